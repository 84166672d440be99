/** The authorizer before a real issuer, `oidc-provider` on loopback, over HTTPS with the fetcher that is deployed. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { AuthorizerFile } from '../../../config/authorizer-file.ts';
import { createAuthorizerHandler } from '../../../lambda/authorizer/create-authorizer-handler.ts';
import { createJwksFetcher } from '../../../lambda/authorizer/create-jwks-fetcher.ts';
import {
  createVerifyToken,
  JWKS_MAX_AGE_MS,
  type VerifyToken,
} from '../../../lambda/authorizer/create-verify-token.ts';
import { parseCallerPatterns } from '../../../lambda/authorizer/select-named-claims.ts';
import { createCertificateAuthority } from '../../../local/mwaa/certificate-authority.ts';
import { ISSUER_URL, type OidcIssuer, startOidcIssuer } from '../../local/oidc-issuer.ts';
import { encodeBase64Url } from './authorizer-tokens.ts';

const REAL_ISSUER_FILE: AuthorizerFile = {
  ...{ issuer: ISSUER_URL, jwksUri: `${ISSUER_URL}/jwks`, audience: ['mwaa-cli-proxy'] },
  ...{ requiredClaims: { org: ['data'] }, who: ['oidc:groups=engineers'] },
};
const CLIENTS = {
  jo: { claims: { org: 'data', groups: ['engineers', 'football'] } },
  lasting: { claims: { org: 'data', groups: ['engineers'] }, lifeSeconds: 3600 },
  unnamed: { claims: { org: 'data', groups: ['football'] } },
  stranger: { claims: { groups: ['engineers'] } },
  elsewhere: { claims: { org: 'data', groups: ['engineers'] }, audience: 'another-service' },
};

let issuer: OidcIssuer;
let ca: string;
beforeAll(async () => {
  const authority = await createCertificateAuthority(mkdtempSync(join(tmpdir(), 'issuer-')));
  ca = readFileSync(authority.file, 'utf8');
  issuer = await startOidcIssuer((hostname) => authority.issueCertificate(hostname), CLIENTS);
});
afterAll(() => issuer.close());

let later: number;
let verifyToken: VerifyToken;
let logged: string[];
beforeEach(() => {
  const [hostname, port] = Object.values(issuer.network)[0]!.split(':');
  later = 0;
  logged = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void logged.push(line));
  verifyToken = createVerifyToken(
    REAL_ISSUER_FILE,
    () => Date.now() + later,
    createJwksFetcher({ ca, hostname, port, servername: new URL(ISSUER_URL).hostname }),
  );
});

const authorizeToken = async (token: string): Promise<string> => {
  const asked = createAuthorizerHandler(verifyToken, parseCallerPatterns(REAL_ISSUER_FILE.who));
  const methodArn = 'arn:aws:execute-api:eu-west-1:111122223333:abc/v1/GET/oidc/environments';
  return asked({ type: 'TOKEN', authorizationToken: `Bearer ${token}`, methodArn }).then(
    ({ policyDocument }: APIGatewayAuthorizerResult) => (policyDocument.Statement[0] as { Effect: string }).Effect,
    ({ message }) => (message === 'Unauthorized' ? JSON.parse(logged.at(-1)!).why : `failed: ${message}`),
  );
};

test.each<[client: keyof typeof CLIENTS, outcome: string]>([
  ['jo', 'Allow'],
  ['unnamed', 'Deny'],
  ['stranger', 'RequiredClaim'],
  ['elsewhere', 'Audience'],
])('a token of %s: %s', async (client, outcome) => {
  expect(await authorizeToken(await issuer.issueToken(client))).toBe(outcome);
});

test('a token that has expired', async () => {
  const token = await issuer.issueToken('jo');
  later = 500_000;
  expect(await authorizeToken(token)).toBe('Allow');
  later = 600_000;
  expect(await authorizeToken(token)).toBe('Expired');
});

test('a token that is tampered with, or of the algorithm none', async () => {
  const [header, claims = '', signature] = (await issuer.issueToken('unnamed')).split('.');
  const more = encodeBase64Url({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), groups: ['engineers'] });
  const { kid } = JSON.parse(Buffer.from(header ?? '', 'base64url').toString());

  expect(await authorizeToken([header, claims, signature].join('.'))).toBe('Deny');
  expect(await authorizeToken([header, more, signature].join('.'))).toBe('Signature');
  expect(await authorizeToken([encodeBase64Url({ alg: 'none', kid }), more, signature].join('.'))).toBe('Algorithm');
  expect(await authorizeToken([encodeBase64Url({ alg: 'none', kid }), more, ''].join('.'))).toBe('NoBearerToken');
});

test('a new key beside the old, then without it', async () => {
  const old = await issuer.issueToken('jo');
  expect(await authorizeToken(old)).toBe('Allow');

  await issuer.rotateKeys(true);
  const young = await issuer.issueToken('jo');
  expect([await authorizeToken(young), await authorizeToken(old)]).toEqual(['Allow', 'Allow']);

  await issuer.rotateKeys(false);
  const youngest = await issuer.issueToken('jo');
  expect([await authorizeToken(youngest), await authorizeToken(young)]).toEqual(['Allow', 'UnknownKey']);
});

test('a key that is taken out while nothing new is seen, for no longer than is said', async () => {
  const old = await issuer.issueToken('lasting');
  expect(await authorizeToken(old)).toBe('Allow');
  await issuer.rotateKeys(false);

  later = JWKS_MAX_AGE_MS - 60_000;
  expect(await authorizeToken(old)).toBe('Allow');
  later = JWKS_MAX_AGE_MS;
  expect(await authorizeToken(old)).toBe('UnknownKey');
});

test('an issuer that does not answer lets nobody in and refuses nobody', async () => {
  const token = await issuer.issueToken('jo');
  issuer.setAvailable(false);
  const refused = await authorizeToken(token);
  issuer.setAvailable(true);

  expect(refused).toBe("failed: The issuer's keys could not be fetched.");
  expect(await authorizeToken(token)).toBe('Allow');
});
