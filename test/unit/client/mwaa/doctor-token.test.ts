import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDoctorProblem, type DoctorApi, findBrokenStep, runDoctor, startDoctorApi } from './doctor-api.ts';

const ISSUER = 'https://id.example.com';
const NOW = Math.floor(Date.now() / 1000);

const CLAIMS = { iss: ISSUER, aud: 'mwaa-cli-proxy', sub: 'jo', exp: NOW + 600, org: 'data' };
const HEADER = { alg: 'ES256', kid: 'k-1' };
const encodeTokenPart = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const createToken = (claims: object = {}, header: object = {}) =>
  `${encodeTokenPart({ ...HEADER, ...header })}.${encodeTokenPart({ ...CLAIMS, ...claims })}.c2lnbmF0dXJl`;

/** What an API says that takes tokens: whose, and for whom; or, if it is older, nothing of that. */
const PROBLEM_WITH_EXPECTATIONS = createDoctorProblem('not-authenticated', 'T', {
  issuer: ISSUER,
  audience: ['mwaa-cli-proxy', 'other'],
});
const PROBLEM_WITHOUT_EXPECTATIONS = createDoctorProblem('not-authenticated');

let api: DoctorApi;
let apiVariables: NodeJS.ProcessEnv;
beforeAll(async () => {
  api = await startDoctorApi();
  apiVariables = { MWAA_CLI_PROXY_URL: api.url, MWAA_ENVIRONMENT: 'prod' };
});
beforeEach(() => {
  api.script = { unsigned: PROBLEM_WITH_EXPECTATIONS };
});
afterAll(() => api.close());

const findBrokenStepWithToken = (MWAA_CLI_PROXY_TOKEN: string) =>
  findBrokenStep({ ...apiVariables, MWAA_CLI_PROXY_TOKEN });
const expectBrokenAt = (step: string, detail: RegExp) => ({
  at: `caller: ${step}`,
  detail: expect.stringMatching(detail),
});

test('all is well, and what the token says is shown, the token itself never', async () => {
  const { exitCode, stdout } = await runDoctor({ ...apiVariables, MWAA_CLI_PROXY_TOKEN: createToken() });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /subject "jo", issuer "https:\/\/id\.example\.com", audience mwaa-cli-proxy, .*other claims: org$/m,
  );
  expect(stdout).not.toContain('c2lnbmF0dXJl');
});

describe('what can be seen of a token', () => {
  test.each<[what: string, token: string, detail: RegExp]>([
    ['expired', createToken({ exp: NOW - 60 }), /expired at 20.*Z, and it is 20.*Z: get a new one/],
    ['not valid yet', createToken({ nbf: NOW + 600 }), /not valid before/],
    [
      'of another issuer',
      createToken({ iss: `${ISSUER}/` }),
      /issuer "https:\/\/id\.example\.com\/", and this API trusts https:\/\/id\.example\.com, to the letter/,
    ],
    [
      'for another audience',
      createToken({ aud: ['x', 'y'] }),
      /audience x, y, and this API wants mwaa-cli-proxy or other/,
    ],
    ['for nobody', createToken({ aud: undefined }), /audience of nobody/],
    ['without a subject', createToken({ sub: undefined }), /subject \(sub\)/],
    ['without an end', createToken({ exp: undefined }), /when it expires \(exp\)/],
    ['without a key', createToken({}, { kid: undefined }), /\(kid\)/],
    ['with a shared secret', createToken({}, { alg: 'HS256' }), /"HS256", which the authorizer does not take/],
    ['with Bearer before it', `Bearer ${createToken()}`, /leave that out/],
    ['opaque', 'gho_16C7e42F292c6912E7710c838347Ae178B4a', /no JSON Web Token/],
    ['with a line break', `${createToken()}\nx`, /line breaks/],
    ['of five parts', `${createToken()}.x.y`, /no JSON Web Token/],
  ])('%s', async (_what, given, detail) => {
    expect(await findBrokenStepWithToken(given)).toEqual(expectBrokenAt('credentials', detail));
  });

  test('its times are read by the clock of those who check it', async () => {
    const hour = 3_600_000;
    api.script = { unsigned: PROBLEM_WITH_EXPECTATIONS, date: new Date(Date.now() - 4 * 60_000).toUTCString() };
    expect(await findBrokenStepWithToken(createToken({ exp: NOW - 120 }))).toBeUndefined();
    api.script = { unsigned: PROBLEM_WITH_EXPECTATIONS, date: new Date(Date.now() + hour).toUTCString() };
    expect(await findBrokenStepWithToken(createToken())).toEqual(expectBrokenAt('clock', /1 h .*behind AWS's/));
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
    expect(await findBrokenStep({ ...apiVariables, ...variables })).toEqual(expectBrokenAt('credentials', detail));
  });
});

describe('what is answered to a token', () => {
  test.each<[what: string, script: DoctorApi['script'], step: string, detail: RegExp]>([
    [
      'a 401, and issuer and audience are known',
      { environments: PROBLEM_WITH_EXPECTATIONS },
      'authentication',
      /Issuer and audience are right.*requiredClaims.*other claims: org|other claims: org.*Issuer and audience are right.*requiredClaims/,
    ],
    [
      'a 401 of an API that does not tell them',
      { unsigned: PROBLEM_WITHOUT_EXPECTATIONS, environments: PROBLEM_WITHOUT_EXPECTATIONS },
      'authentication',
      /Its issuer and audience must be those of api\.oidc/,
    ],
    [
      'a 503 of the authorizer',
      { environments: createDoctorProblem('authorizer-failed') },
      'authentication',
      /keys \(api\.oidc\.jwksUri\)/,
    ],
    [
      'nobody of the grants',
      {
        environments: createDoctorProblem(
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
        environments: createDoctorProblem(
          'caller-refused',
          'User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********2222:abc/v1/GET/oidc/environments with an explicit deny',
        ),
      },
      'permission',
      /private API, come through one of its endpoints/,
    ],
    [
      'no paths for tokens',
      { unsigned: createDoctorProblem('not-signed') },
      'API',
      /no paths for tokens here.*unset MWAA_CLI_PROXY_TOKEN/,
    ],
    [
      'no grant',
      {
        commands: { body: { commands: [] } },
        health: createDoctorProblem('not-granted', 'T', { caller: `oidc:${ISSUER} jo` }),
      },
      'grants',
      /who: "oidc:sub=jo"/,
    ],
  ])('%s', async (_what, script, step, detail) => {
    api.script = { unsigned: PROBLEM_WITH_EXPECTATIONS, ...script };
    expect(await findBrokenStepWithToken(createToken())).toEqual(expectBrokenAt(step, detail));
  });
});
