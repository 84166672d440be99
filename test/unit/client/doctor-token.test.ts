import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Api, broken, doctor, problem, startApi } from './doctor-api.ts';

const ISSUER = 'https://id.example.com';
const NOW = Math.floor(Date.now() / 1000);

const CLAIMS = { iss: ISSUER, aud: 'mwaa-cli-proxy', sub: 'jo', exp: NOW + 600, org: 'data' };
const HEADER = { alg: 'ES256', kid: 'k-1' };
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (claims: object = {}, header: object = {}) =>
  `${part({ ...HEADER, ...header })}.${part({ ...CLAIMS, ...claims })}.c2lnbmF0dXJl`;

/** What an API says that takes tokens: whose, and for whom; or, if it is older, nothing of that. */
const TELLING = problem('not-authenticated', 'T', { issuer: ISSUER, audience: ['mwaa-cli-proxy', 'other'] });
const SILENT = problem('not-authenticated');

let api: Api;
let set: NodeJS.ProcessEnv;
beforeAll(async () => {
  api = await startApi();
  set = { MWAA_CLI_PROXY_URL: api.url, MWAA_ENVIRONMENT: 'prod' };
});
beforeEach(() => {
  api.script = { unsigned: TELLING };
});
afterAll(() => api.close());

const withToken = (MWAA_CLI_PROXY_TOKEN: string) => broken({ ...set, MWAA_CLI_PROXY_TOKEN });
const at = (step: string, detail: RegExp) => ({ at: `caller: ${step}`, detail: expect.stringMatching(detail) });

test('all is well, and what the token says is shown, the token itself never', async () => {
  const { exitCode, stdout } = await doctor({ ...set, MWAA_CLI_PROXY_TOKEN: token() });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /subject "jo", issuer "https:\/\/id\.example\.com", audience mwaa-cli-proxy, .*other claims: org$/m,
  );
  expect(stdout).not.toContain('c2lnbmF0dXJl');
});

describe('what can be seen of a token', () => {
  test.each<[what: string, token: string, detail: RegExp]>([
    ['expired', token({ exp: NOW - 60 }), /expired at 20.*Z, and it is 20.*Z: get a new one/],
    ['not valid yet', token({ nbf: NOW + 600 }), /not valid before/],
    [
      'of another issuer',
      token({ iss: `${ISSUER}/` }),
      /issuer "https:\/\/id\.example\.com\/", and this API trusts https:\/\/id\.example\.com, to the letter/,
    ],
    ['for another audience', token({ aud: ['x', 'y'] }), /audience x, y, and this API wants mwaa-cli-proxy or other/],
    ['for nobody', token({ aud: undefined }), /audience of nobody/],
    ['without a subject', token({ sub: undefined }), /subject \(sub\)/],
    ['without an end', token({ exp: undefined }), /when it expires \(exp\)/],
    ['without a key', token({}, { kid: undefined }), /\(kid\)/],
    ['with a shared secret', token({}, { alg: 'HS256' }), /"HS256", which the authoriser does not take/],
    ['with Bearer before it', `Bearer ${token()}`, /leave that out/],
    ['opaque', 'gho_16C7e42F292c6912E7710c838347Ae178B4a', /no JSON Web Token/],
    ['with a line break', `${token()}\nx`, /line breaks/],
    ['of five parts', `${token()}.x.y`, /no JSON Web Token/],
  ])('%s', async (_what, given, detail) => {
    expect(await withToken(given)).toEqual(at('credentials', detail));
  });

  test('its times are read by the clock of those who check it', async () => {
    const hour = 3_600_000;
    api.script = { unsigned: TELLING, date: new Date(Date.now() - 4 * 60_000).toUTCString() };
    expect(await withToken(token({ exp: NOW - 120 }))).toBeUndefined();
    api.script = { unsigned: TELLING, date: new Date(Date.now() + hour).toUTCString() };
    expect(await withToken(token())).toEqual(at('clock', /1 h .*behind AWS's/));
  });
});

describe('where a token comes from', () => {
  const folder = mkdtempSync(join(tmpdir(), 'token-'));
  writeFileSync(join(folder, 'empty'), '\n');
  test.each<[what: string, variables: NodeJS.ProcessEnv, detail: RegExp]>([
    ['a file that is not there', { MWAA_CLI_PROXY_TOKEN_FILE: join(folder, 'x') }, /There is no token.*no such file/],
    ['an empty file', { MWAA_CLI_PROXY_TOKEN_FILE: join(folder, 'empty') }, /is empty.*MWAA_CLI_PROXY_TOKEN_FILE or/],
    ['a command that fails', { MWAA_CLI_PROXY_TOKEN_COMMAND: 'echo not logged in >&2; exit 4' }, /not logged in/],
  ])('%s', async (_what, variables, detail) => {
    expect(await broken({ ...set, ...variables })).toEqual(at('credentials', detail));
  });
});

describe('what is answered to a token', () => {
  test.each<[what: string, script: Api['script'], step: string, detail: RegExp]>([
    [
      'a 401, and issuer and audience are known',
      { environments: TELLING },
      'authentication',
      /Issuer and audience are right.*requiredClaims.*other claims: org|other claims: org.*Issuer and audience are right.*requiredClaims/,
    ],
    [
      'a 401 of an API that does not tell them',
      { unsigned: SILENT, environments: SILENT },
      'authentication',
      /Its issuer and audience must be those of api\.oidc/,
    ],
    [
      'a 503 of the authoriser',
      { environments: problem('authorizer-failed') },
      'authentication',
      /keys \(api\.oidc\.jwksUri\)/,
    ],
    [
      'nobody of the grants',
      {
        environments: problem(
          'caller-refused',
          'User is not authorized to access this resource with an explicit deny in an identity-based policy',
        ),
      },
      'permission',
      /token is good, and no grant names its caller \(subject "jo"/,
    ],
    [
      'not by its endpoint',
      {
        environments: problem(
          'caller-refused',
          'User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********2222:abc/v1/GET/oidc/environments with an explicit deny',
        ),
      },
      'permission',
      /private API, come through one of its endpoints/,
    ],
    [
      'no paths for tokens',
      { unsigned: problem('not-signed') },
      'API',
      /no paths for tokens here.*unset MWAA_CLI_PROXY_TOKEN/,
    ],
    [
      'no grant',
      { commands: { body: { commands: [] } }, health: problem('not-granted', 'T', { caller: `oidc:${ISSUER} jo` }) },
      'grants',
      /who: "oidc:sub=jo"/,
    ],
  ])('%s', async (_what, script, step, detail) => {
    api.script = { unsigned: TELLING, ...script };
    expect(await withToken(token())).toEqual(at(step, detail));
  });
});
