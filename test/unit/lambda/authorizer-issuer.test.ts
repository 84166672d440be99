/** Tests the authorizer with a real issuer: `oidc-provider` on this machine, over HTTPS and with the deployed fetcher. */
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
  issuer: ISSUER_URL,
  jwksUri: `${ISSUER_URL}/jwks`,
  audience: ['mwaa-cli-proxy'],
  requiredClaims: { org: ['data'] },
  who: ['oidc:groups=engineers'],
};
const CLIENTS = {
  jo: { claims: { org: 'data', groups: ['engineers', 'football'] } },
  longLived: { claims: { org: 'data', groups: ['engineers'] }, lifeSeconds: 3600 },
  unnamed: { claims: { org: 'data', groups: ['football'] } },
  withoutOrg: { claims: { groups: ['engineers'] } },
  otherAudience: { claims: { org: 'data', groups: ['engineers'] }, audience: 'another-service' },
};

let issuer: OidcIssuer;
let ca: string;
beforeAll(async () => {
  const authority = await createCertificateAuthority(mkdtempSync(join(tmpdir(), 'issuer-')));
  ca = readFileSync(authority.file, 'utf8');
  issuer = await startOidcIssuer((hostname) => authority.issueCertificate(hostname), CLIENTS);
});
afterAll(() => issuer.close());

let clockOffsetMs: number;
let verifyToken: VerifyToken;
let logged: string[];
beforeEach(() => {
  const [hostname, port] = Object.values(issuer.network)[0]!.split(':');
  clockOffsetMs = 0;
  logged = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void logged.push(line));
  verifyToken = createVerifyToken(
    REAL_ISSUER_FILE,
    () => Date.now() + clockOffsetMs,
    createJwksFetcher({ ca, hostname, port, servername: new URL(ISSUER_URL).hostname }),
  );
});

const authorizeToken = async (token: string): Promise<string> => {
  const handler = createAuthorizerHandler(verifyToken, parseCallerPatterns(REAL_ISSUER_FILE.who));
  const methodArn = 'arn:aws:execute-api:eu-west-1:111122223333:abc/v1/GET/oidc/environments';
  return handler({ type: 'TOKEN', authorizationToken: `Bearer ${token}`, methodArn }).then(
    ({ policyDocument }: APIGatewayAuthorizerResult) => (policyDocument.Statement[0] as { Effect: string }).Effect,
    ({ message }) => (message === 'Unauthorized' ? JSON.parse(logged.at(-1)!).why : `failed: ${message}`),
  );
};

test.each<[client: keyof typeof CLIENTS, outcome: string]>([
  ['jo', 'Allow'],
  ['unnamed', 'Deny'],
  ['withoutOrg', 'RequiredClaim'],
  ['otherAudience', 'Audience'],
])('a token of the client %s: %s', async (client, outcome) => {
  expect(await authorizeToken(await issuer.issueToken(client))).toBe(outcome);
});

test('rejects an expired token', async () => {
  const token = await issuer.issueToken('jo');
  clockOffsetMs = 500_000;
  expect(await authorizeToken(token)).toBe('Allow');
  clockOffsetMs = 600_000;
  expect(await authorizeToken(token)).toBe('Expired');
});

test('rejects a tampered token and the algorithm none', async () => {
  const [header, claims = '', signature] = (await issuer.issueToken('unnamed')).split('.');
  const changedClaims = encodeBase64Url({
    ...JSON.parse(Buffer.from(claims, 'base64url').toString()),
    groups: ['engineers'],
  });
  const { kid } = JSON.parse(Buffer.from(header ?? '', 'base64url').toString());

  expect(await authorizeToken([header, claims, signature].join('.'))).toBe('Deny');
  expect(await authorizeToken([header, changedClaims, signature].join('.'))).toBe('Signature');
  expect(await authorizeToken([encodeBase64Url({ alg: 'none', kid }), changedClaims, signature].join('.'))).toBe(
    'Algorithm',
  );
  expect(await authorizeToken([encodeBase64Url({ alg: 'none', kid }), changedClaims, ''].join('.'))).toBe(
    'NoBearerToken',
  );
});

test('accepts a new key next to the old one, then rejects the removed one', async () => {
  const old = await issuer.issueToken('jo');
  expect(await authorizeToken(old)).toBe('Allow');

  await issuer.rotateKeys(true);
  const second = await issuer.issueToken('jo');
  expect([await authorizeToken(second), await authorizeToken(old)]).toEqual(['Allow', 'Allow']);

  await issuer.rotateKeys(false);
  const third = await issuer.issueToken('jo');
  expect([await authorizeToken(third), await authorizeToken(second)]).toEqual(['Allow', 'UnknownKey']);
});

test('trusts a removed key for at most JWKS_MAX_AGE_MS', async () => {
  const old = await issuer.issueToken('longLived');
  expect(await authorizeToken(old)).toBe('Allow');
  await issuer.rotateKeys(false);

  clockOffsetMs = JWKS_MAX_AGE_MS - 60_000;
  expect(await authorizeToken(old)).toBe('Allow');
  clockOffsetMs = JWKS_MAX_AGE_MS;
  expect(await authorizeToken(old)).toBe('UnknownKey');
});

test('fails, without allowing or denying, while the issuer does not respond', async () => {
  const token = await issuer.issueToken('jo');
  issuer.setAvailable(false);
  const duringOutage = await authorizeToken(token);
  issuer.setAvailable(true);

  expect(duringOutage).toBe("failed: The issuer's keys could not be fetched.");
  expect(await authorizeToken(token)).toBe('Allow');
});
