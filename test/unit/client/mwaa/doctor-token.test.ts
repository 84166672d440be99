import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDoctorProblem, type DoctorApi, findBrokenStep, runDoctor, startDoctorApi } from './doctor-api.ts';

const ISSUER = 'https://id.example.com';
const NOW = Math.floor(Date.now() / 1000);

const HOUR_MS = 3_600_000;

const CLAIMS = { iss: ISSUER, aud: 'mwaa-cli-proxy', sub: 'jo', exp: NOW + 600, org: 'data' };
const HEADER = { alg: 'ES256', kid: 'k-1' };
const encodeTokenPart = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const createToken = (claims: object = {}, header: object = {}) =>
  `${encodeTokenPart({ ...HEADER, ...header })}.${encodeTokenPart({ ...CLAIMS, ...claims })}.c2lnbmF0dXJl`;

/** Current APIs return the issuer and audiences that they accept; older ones do not. */
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
const expectBrokenAt = (step: string, remedy: RegExp) => ({
  at: `caller: ${step}`,
  detail: expect.stringMatching(remedy),
});

test('mwaa doctor prints the claims of a valid token but never the token', async () => {
  const { exitCode, stdout } = await runDoctor({ ...apiVariables, MWAA_CLI_PROXY_TOKEN: createToken() });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /subject "jo", issuer "https:\/\/id\.example\.com", audience mwaa-cli-proxy, .*other claims: org$/m,
  );
  expect(stdout).not.toContain('c2lnbmF0dXJl');
});

describe('mwaa doctor finds a token', () => {
  test.each<[cause: string, token: string, remedy: RegExp]>([
    ['that has expired', createToken({ exp: NOW - 60 }), /expired at 20.*Z, and it is now 20.*Z: get a new one/],
    ['that is not valid yet', createToken({ nbf: NOW + 600 }), /not valid before/],
    [
      'of another issuer',
      createToken({ iss: `${ISSUER}/` }),
      /issuer "https:\/\/id\.example\.com\/", but this API trusts exactly https:\/\/id\.example\.com/,
    ],
    [
      'for another audience',
      createToken({ aud: ['x', 'y'] }),
      /audience x, y, but this API requires mwaa-cli-proxy or other/,
    ],
    ['without an audience', createToken({ aud: undefined }), /audience \(none\)/],
    ['without a subject', createToken({ sub: undefined }), /subject \(sub\)/],
    ['without an expiration time', createToken({ exp: undefined }), /no expiration time \(exp\)/],
    ['without a key id', createToken({}, { kid: undefined }), /\(kid\)/],
    ['signed with a shared secret', createToken({}, { alg: 'HS256' }), /"HS256", which the authorizer does not accept/],
    ['that starts with Bearer', `Bearer ${createToken()}`, /starts with "Bearer": remove/],
    ['that is opaque', 'gho_16C7e42F292c6912E7710c838347Ae178B4a', /not a JSON Web Token/],
    ['with a line break', `${createToken()}\nx`, /line breaks/],
    ['of five parts', `${createToken()}.x.y`, /not a JSON Web Token/],
  ])('%s', async (_cause, token, remedy) => {
    expect(await findBrokenStepWithToken(token)).toEqual(expectBrokenAt('credentials', remedy));
  });

  test('by the clock of the API', async () => {
    api.script = { unsigned: PROBLEM_WITH_EXPECTATIONS, date: new Date(Date.now() - 4 * 60_000).toUTCString() };
    expect(await findBrokenStepWithToken(createToken({ exp: NOW - 120 }))).toBeUndefined();
    api.script = { unsigned: PROBLEM_WITH_EXPECTATIONS, date: new Date(Date.now() + HOUR_MS).toUTCString() };
    expect(await findBrokenStepWithToken(createToken())).toEqual(expectBrokenAt('clock', /1 h .*behind AWS's/));
  });
});

describe('mwaa doctor finds a token source', () => {
  const folder = mkdtempSync(join(tmpdir(), 'token-'));
  writeFileSync(join(folder, 'empty'), '\n');
  test.each<[cause: string, variables: NodeJS.ProcessEnv, remedy: RegExp]>([
    [
      'that is a missing file',
      { MWAA_CLI_PROXY_TOKEN_FILE: join(folder, 'x') },
      /token could not be read.*no such file/,
    ],
    [
      'that is an empty file',
      { MWAA_CLI_PROXY_TOKEN_FILE: join(folder, 'empty') },
      /is empty.*MWAA_CLI_PROXY_TOKEN_FILE or/,
    ],
    ['that is a failing command', { MWAA_CLI_PROXY_TOKEN_COMMAND: 'echo not logged in >&2; exit 4' }, /not logged in/],
  ])('%s', async (_cause, variables, remedy) => {
    expect(await findBrokenStep({ ...apiVariables, ...variables })).toEqual(expectBrokenAt('credentials', remedy));
  });
});

describe('mwaa doctor, after the API rejects a token, finds', () => {
  test.each<[cause: string, script: DoctorApi['script'], step: string, remedy: RegExp]>([
    [
      'a claim or signature, if the API returns its issuer and audiences',
      { environments: PROBLEM_WITH_EXPECTATIONS },
      'authentication',
      /other claims: org.*Issuer and audience are correct.*requiredClaims/,
    ],
    [
      'the issuer or audience, if the API does not return them',
      { unsigned: PROBLEM_WITHOUT_EXPECTATIONS, environments: PROBLEM_WITHOUT_EXPECTATIONS },
      'authentication',
      /Its issuer and audience must match api\.oidc/,
    ],
    [
      'a failure of the authorizer',
      { environments: createDoctorProblem('authorizer-failed') },
      'authentication',
      /keys \(api\.oidc\.jwksUri\)/,
    ],
    [
      'a caller that no grant names',
      {
        environments: createDoctorProblem(
          'caller-refused',
          'User is not authorized to access this resource with an explicit deny in an identity-based policy',
        ),
      },
      'permission',
      /token is valid, but no grant names its caller \(subject "jo"/,
    ],
    [
      'a request to a private API from outside its VPC endpoints',
      {
        environments: createDoctorProblem(
          'caller-refused',
          'User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********2222:abc/v1/GET/oidc/environments with an explicit deny',
        ),
      },
      'permission',
      /private API must be called through one of its VPC endpoints/,
    ],
    [
      'an API without paths for tokens',
      { unsigned: createDoctorProblem('not-signed') },
      'API',
      /no paths for tokens.*unset MWAA_CLI_PROXY_TOKEN/,
    ],
    [
      'a caller without grants in the environment',
      {
        environments: { body: { environments: [] } },
        commands: createDoctorProblem('not-found', 'T', { caller: `oidc:${ISSUER} jo` }),
      },
      'environment',
      /who: "oidc:sub=jo"/,
    ],
  ])('%s', async (_cause, script, step, remedy) => {
    api.script = { unsigned: PROBLEM_WITH_EXPECTATIONS, ...script };
    expect(await findBrokenStepWithToken(createToken())).toEqual(expectBrokenAt(step, remedy));
  });
});
