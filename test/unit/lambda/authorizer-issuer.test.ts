/** The authoriser before a real issuer, `oidc-provider` on loopback, over HTTPS with the fetcher that is deployed. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { answer } from '../../../lambda/authorizer/answer.ts';
import { keysByHttps } from '../../../lambda/authorizer/fetch-keys.ts';
import { readWho } from '../../../lambda/authorizer/named-claims.ts';
import { type CheckToken, KEYS_KEPT_MS, tokenCheck } from '../../../lambda/authorizer/token-check.ts';
import type { AuthorizerFile } from '../../../lambda/authorizer-file.ts';
import { createAuthority } from '../../../local/mwaa/ca.ts';
import { ISSUER, type Issuer, startIssuer } from '../../local/issuer.ts';
import { encoded } from './authorizer-tokens.ts';

const FILE: AuthorizerFile = {
  ...{ issuer: ISSUER, jwksUri: `${ISSUER}/jwks`, audience: ['mwaa-cli-proxy'] },
  ...{ requiredClaims: { org: ['data'] }, who: ['oidc:groups=engineers'] },
};
const CLIENTS = {
  jo: { claims: { org: 'data', groups: ['engineers', 'football'] } },
  lasting: { claims: { org: 'data', groups: ['engineers'] }, lifeSeconds: 3600 },
  unnamed: { claims: { org: 'data', groups: ['football'] } },
  stranger: { claims: { groups: ['engineers'] } },
  elsewhere: { claims: { org: 'data', groups: ['engineers'] }, audience: 'another-service' },
};

let issuer: Issuer;
let ca: string;
beforeAll(async () => {
  const authority = await createAuthority(mkdtempSync(join(tmpdir(), 'issuer-')));
  ca = readFileSync(authority.file, 'utf8');
  issuer = await startIssuer((hostname) => authority.issue(hostname), CLIENTS);
});
afterAll(() => issuer.close());

let later: number;
let check: CheckToken;
let logged: string[];
beforeEach(() => {
  const [hostname, port] = Object.values(issuer.network)[0]!.split(':');
  later = 0;
  logged = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void logged.push(line));
  check = tokenCheck(
    FILE,
    () => Date.now() + later,
    keysByHttps({ ca, hostname, port, servername: new URL(ISSUER).hostname }),
  );
});

const ask = async (token: string): Promise<string> => {
  const asked = answer(check, readWho(FILE.who));
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
  expect(await ask(await issuer.token(client))).toBe(outcome);
});

test('a token that has expired', async () => {
  const token = await issuer.token('jo');
  later = 500_000;
  expect(await ask(token)).toBe('Allow');
  later = 600_000;
  expect(await ask(token)).toBe('Expired');
});

test('a token that is tampered with, or of the algorithm none', async () => {
  const [header, claims = '', signature] = (await issuer.token('unnamed')).split('.');
  const more = encoded({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), groups: ['engineers'] });
  const { kid } = JSON.parse(Buffer.from(header ?? '', 'base64url').toString());

  expect(await ask([header, claims, signature].join('.'))).toBe('Deny');
  expect(await ask([header, more, signature].join('.'))).toBe('Signature');
  expect(await ask([encoded({ alg: 'none', kid }), more, signature].join('.'))).toBe('Algorithm');
  expect(await ask([encoded({ alg: 'none', kid }), more, ''].join('.'))).toBe('NoBearerToken');
});

test('a new key beside the old, then without it', async () => {
  const old = await issuer.token('jo');
  expect(await ask(old)).toBe('Allow');

  await issuer.rotate(true);
  const young = await issuer.token('jo');
  expect([await ask(young), await ask(old)]).toEqual(['Allow', 'Allow']);

  await issuer.rotate(false);
  const youngest = await issuer.token('jo');
  expect([await ask(youngest), await ask(young)]).toEqual(['Allow', 'UnknownKey']);
});

test('a key that is taken out while nothing new is seen, for no longer than is said', async () => {
  const old = await issuer.token('lasting');
  expect(await ask(old)).toBe('Allow');
  await issuer.rotate(false);

  later = KEYS_KEPT_MS - 60_000;
  expect(await ask(old)).toBe('Allow');
  later = KEYS_KEPT_MS;
  expect(await ask(old)).toBe('UnknownKey');
});

test('an issuer that does not answer lets nobody in and refuses nobody', async () => {
  const token = await issuer.token('jo');
  issuer.answering(false);
  const refused = await ask(token);
  issuer.answering(true);

  expect(refused).toBe("failed: The issuer's keys could not be fetched.");
  expect(await ask(token)).toBe('Allow');
});
