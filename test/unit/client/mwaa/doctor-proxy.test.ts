import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CALLER_STEPS, FUNCTION_STEPS } from '../../../../client/mwaa/doctor/diagnose-proxy.ts';
import { REST_FUNCTION_STEPS } from '../../../../client/mwaa/doctor/relay-steps.ts';
import type { ProblemCode } from '../../../../contract/problem-types.ts';
import { REST_CONNECTIVITY_STEPS } from '../../../../mwaa/rest/check-rest-connectivity.ts';
import {
  AWS_KEYS,
  createDoctorProblem,
  type DoctorApi,
  type DoctorResponse,
  type DoctorScript,
  findBrokenStep,
  HEALTHY_STEPS,
  runDoctor,
  startDoctorApi,
} from './doctor-api.ts';

let api: DoctorApi;
let apiVariables: NodeJS.ProcessEnv;
beforeAll(async () => {
  api = await startDoctorApi();
  apiVariables = { ...AWS_KEYS, MWAA_CLI_PROXY_URL: api.url, MWAA_ENVIRONMENT: 'prod' };
});
beforeEach(() => {
  api.script = {};
});
afterAll(() => api.close());

describe('mwaa doctor, if all checks pass', () => {
  test('prints one line per step, with details', async () => {
    const { exitCode, stdout, stderr } = await runDoctor(apiVariables);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.split('\n');
    const steps = lines.map((line) => /^ {2}ok {9}(.{15}) +\d+ ms/.exec(line)?.[1]?.trim()).filter(Boolean);
    expect(steps).toEqual([...CALLER_STEPS, ...FUNCTION_STEPS]);
    expect(stdout).toMatch(/settings .* prod at http:\/\/127\.0\.0\.1:\d+\/v1, signed for eu-west-1/);
    expect(stdout).toMatch(/credentials .* access key …MPLE, from AWS_ACCESS_KEY_ID/);
    expect(stdout).toMatch(/grants .* may run 1 command$/m);
    expect(stdout).toMatch(/\nAll checks passed\.\n$/);
    expect(stdout).not.toContain('secret');
  });

  test('prints one JSON object with --json', async () => {
    const { exitCode, stdout } = await runDoctor(apiVariables, '--json');
    const { healthy, steps } = JSON.parse(stdout);
    expect({ exitCode, healthy }).toEqual({ exitCode: 0, healthy: true });
    expect(steps.map(({ side, step }: Record<string, string>) => `${side}: ${step}`)).toEqual([
      ...CALLER_STEPS.map((step) => `caller: ${step}`),
      ...FUNCTION_STEPS.map((step) => `function: ${step}`),
    ]);
  });

  test('prints the steps of the REST relay if the environment offers the REST API', async () => {
    const rest = {
      healthy: true,
      airflowRole: 'User',
      steps: REST_CONNECTIVITY_STEPS.map((step) => ({ step, status: 'ok' })),
    };
    const commands = ['dags list', 'api GET /dags', 'api GET /dags/{dag_id}', '@health'].map((command) => ({
      command,
    }));
    api.script = { health: { body: { healthy: true, steps: HEALTHY_STEPS, rest } }, commands: { body: { commands } } };
    const { exitCode, stdout } = await runDoctor(apiVariables);
    expect(exitCode).toBe(0);
    const [, heading = '', ...lines] = stdout
      .split('\n\n')
      .at(-2)!
      .split(/^(REST .*)\n/m);
    expect(heading).toBe('REST relay function (as it reports itself)');
    const steps = lines
      .join('')
      .split('\n')
      .map((line) => /^ {2}ok {9}(.{1,15})/.exec(line)?.[1]?.trim());
    expect(steps).toEqual([...REST_FUNCTION_STEPS]);
    expect(stdout).toMatch(/REST relay .* Airflow role User$/m);
    expect(stdout).toMatch(/grants .* may run 1 command and send 2 REST operations$/m);
  });

  test('checks the environment of --environment', async () => {
    const { MWAA_ENVIRONMENT: _unset, ...others } = apiVariables;
    expect(await runDoctor(others, '--environment', 'prod')).toMatchObject({ exitCode: 0 });
  });
});

describe('mwaa doctor, if a step fails', () => {
  test('does not try later steps, and prints the remedy below the failed step', async () => {
    api.script = { environments: createDoctorProblem('throttled') };
    const { exitCode, stdout } = await runDoctor(apiVariables);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      / {2}ok {9}authentication .*\n {2}FAILED {5}permission .*\n {13}The API is throttling requests/,
    );
    expect(stdout.match(/^ {2}not tried /gm)).toHaveLength(3 + FUNCTION_STEPS.length);
    expect(stdout).toMatch(/\nFailed at: permission \(caller\)\.\n$/);
  });

  test.each<[what: string, rest: object, failed: RegExp, notTried: number]>([
    [
      'a step of the REST relay',
      { steps: [{ step: 'token', status: 'failed', detail: 'Allow airflow:CreateWebLoginToken.' }] },
      / {2}FAILED {5}token .*\n {13}Allow airflow:CreateWebLoginToken\.\n/,
      0,
    ],
    [
      'the REST relay itself',
      { steps: [], detail: 'All slots are taken.' },
      / {2}FAILED {5}REST relay .*\n {13}The request to the REST relay function failed\. All slots are taken\.\n/,
      REST_CONNECTIVITY_STEPS.length,
    ],
  ])('names %s', async (_what, rest, failed, notTried) => {
    api.script = {
      health: createDoctorProblem('unhealthy', 'D', {
        healthy: false,
        steps: HEALTHY_STEPS,
        rest: { healthy: false, ...rest },
      }),
    };
    const { exitCode, stdout } = await runDoctor(apiVariables);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(failed);
    expect(stdout.match(/^ {2}not tried /gm) ?? []).toHaveLength(notTried);
    expect(stdout).toMatch(/\nFailed at: (?:token|REST relay) \(REST relay\)\.\n$/);
  });
});

const METHOD_ARN = 'arn:aws:execute-api:eu-west-1:********2222:abc123/v1/GET/environments';
const SAME_ACCOUNT_ARN = 'arn:aws:sts::111122222222:assumed-role/team/jo';
const OTHER_ACCOUNT_ARN = 'arn:aws:sts::111122223333:assumed-role/team/jo';
const NOT_GRANTED = createDoctorProblem('not-granted', 'T', { caller: SAME_ACCOUNT_ARN });
const formatMinutesFromNow = (minutes: number) => new Date(Date.now() + minutes * 60_000).toUTCString();

const scriptUnsigned = (unsigned: DoctorResponse): DoctorScript => ({ unsigned });
const scriptRefusal = (code: ProblemCode, detail?: string, errorType?: string): DoctorScript => ({
  environments: createDoctorProblem(code, detail, {}, errorType),
});
const scriptDenial = (caller: string, deny = ''): DoctorScript =>
  scriptRefusal(
    'caller-refused',
    `User: ${caller} is not authorized to perform: execute-api:Invoke on resource: ${METHOD_ARN}${deny}`,
  );
const formatExplicitDeny = (policy = '') => ` with an explicit deny${policy}`;
const scriptCommands = (commands: object[], health: DoctorResponse = NOT_GRANTED): DoctorScript => ({
  commands: { body: { commands } },
  health,
});
const scriptEnvironments = (names: string[], commands: DoctorResponse): DoctorScript => ({
  environments: { body: { environments: names.map((name) => ({ name })) } },
  commands,
});

type Row = [cause: string, script: DoctorScript, step: string, remedy: RegExp];

const NOT_THE_API: Row[] = [
  [
    'an HTML page',
    scriptUnsigned({ headers: { 'content-type': 'text/html' }, body: '<html><title>Guest Wi-Fi</title>' }),
    'API',
    /HTML page \(HTTP 200, "Guest Wi-Fi"\).*sign in/,
  ],
  [
    'a redirect to another host',
    scriptUnsigned({ status: 302, headers: { location: 'https://login.example.com/x' } }),
    'API',
    /redirects to https:\/\/login\.example\.com/,
  ],
  [
    'another API',
    scriptUnsigned({ status: 403, body: { message: 'Missing Authentication Token' } }),
    'API',
    /Another API/,
  ],
  [
    'a stage that does not exist',
    scriptUnsigned({ status: 403, body: { message: 'Forbidden' } }),
    'API',
    /no such stage/,
  ],
  [
    'another service',
    scriptUnsigned({ status: 404, body: { message: 'Not Found' } }),
    'API',
    /HTTP 404: .*Not Found.* is not from the proxy's API/,
  ],
  ['an empty response', scriptUnsigned({ status: 200, body: '' }), 'API', /an empty body/],
  [
    'the address of the paths for tokens',
    scriptUnsigned(createDoctorProblem('not-authenticated')),
    'API',
    /paths that accept only tokens/,
  ],
];

const AUTHENTICATION_FAILURES: Row[] = [
  ['a clock that is fast', { date: formatMinutesFromNow(-20) }, 'clock', /(20 min|19 min 5).* ahead of AWS's.*NTP/],
  ['a clock that is slow', { date: formatMinutesFromNow(90) }, 'clock', /1 h (30|29) min.* behind AWS's/],
  [
    'an expired signature',
    scriptRefusal(
      'not-signed',
      'Signature expired: 20260101T000000Z is now earlier than …',
      'InvalidSignatureException',
    ),
    'authentication',
    /clock of this machine is wrong/,
  ],
  [
    'a signature that is not yet valid',
    scriptRefusal('not-signed', 'Signature not yet current: 2026'),
    'authentication',
    /clock of this machine is wrong/,
  ],
  [
    'a path that does not exist',
    scriptRefusal('not-signed', 'x', 'MissingAuthenticationTokenException'),
    'path',
    /no \/environments at this address/,
  ],
  [
    'a path that does not exist, without an error type',
    scriptRefusal('not-signed', 'Either the request carries no AWS Signature Version 4, or …'),
    'path',
    /Authorization/,
  ],
  [
    'a signature for another region',
    scriptRefusal('not-signed', "Credential should be scoped to a valid region, not 'eu-west-1'. "),
    'authentication',
    /signed for the region eu-west-1.*set AWS_REGION/,
  ],
  [
    'a signature for another region, with a shorter message',
    scriptRefusal('not-signed', 'Credential should be scoped to a valid region.'),
    'authentication',
    /AWS_REGION/,
  ],
  [
    'an expired session',
    scriptRefusal('not-signed', 'The security token included in the request is expired', 'ExpiredTokenException'),
    'authentication',
    /have expired.*aws sso login/,
  ],
  [
    'an unknown access key',
    scriptRefusal(
      'gateway-refused',
      'The security token included in the request is invalid.',
      'UnrecognizedClientException',
    ),
    'authentication',
    /does not recognize these credentials.*…MPLE/,
  ],
  [
    'an unknown access key, with an access denied error',
    scriptRefusal('caller-refused', 'The security token included in the request is invalid.', 'AccessDeniedException'),
    'authentication',
    /does not recognize these/,
  ],
  [
    'a wrong secret access key',
    scriptRefusal('not-signed', 'The request signature we calculated does not match the signature you provided.'),
    'authentication',
    /secret access key does not belong to this access key/,
  ],
  [
    'a malformed Authorization header',
    scriptRefusal(
      'gateway-refused',
      "Authorization header requires 'Credential' parameter.",
      'IncompleteSignatureException',
    ),
    'authentication',
    /cannot parse the signature/,
  ],
];

const PERMISSION_FAILURES: Row[] = [
  [
    'a missing identity policy',
    scriptDenial(SAME_ACCOUNT_ARN),
    'permission',
    /No identity policy of arn:aws:sts::111122222222:.* add an Allow for \S+:abc123\/v1\/\* to one\.$/,
  ],
  [
    'a missing identity policy, with a longer message',
    scriptDenial(SAME_ACCOUNT_ARN, ' because no identity-based policy allows the execute-api:Invoke action'),
    'permission',
    /No identity policy/,
  ],
  [
    'a missing identity policy in another account',
    scriptDenial(OTHER_ACCOUNT_ARN),
    'permission',
    /No identity policy.*must allow 111122223333 too/,
  ],
  [
    'an explicit deny',
    scriptDenial(SAME_ACCOUNT_ARN, formatExplicitDeny()),
    'permission',
    /resource policy of the API does not allow arn:aws:sts::111122222222:assumed-role\/team\/jo/,
  ],
  [
    'an explicit deny for another account',
    scriptDenial(OTHER_ACCOUNT_ARN, formatExplicitDeny()),
    'permission',
    /does not allow the account 111122223333.*\*2222/,
  ],
  [
    'an explicit deny in the resource policy',
    scriptDenial(OTHER_ACCOUNT_ARN, formatExplicitDeny(' in a resource-based policy')),
    'permission',
    /does not allow the account 111122223333/,
  ],
  [
    'an explicit deny in an identity policy',
    scriptDenial(SAME_ACCOUNT_ARN, formatExplicitDeny(' in an identity-based policy')),
    'permission',
    /caller's side \(identity-based policy\)/,
  ],
  [
    'an explicit deny in a service control policy',
    scriptDenial(SAME_ACCOUNT_ARN, formatExplicitDeny(' in a service control policy')),
    'permission',
    /caller's side \(service control policy\)/,
  ],
  [
    'a web ACL that blocks the request',
    scriptRefusal('gateway-refused', 'A web ACL blocked the request. Nothing was run.'),
    'permission',
    /AWS WAF/,
  ],
  ['throttling', scriptRefusal('throttled'), 'permission', /throttling/],
  ['an exceeded quota', scriptRefusal('quota-exceeded'), 'permission', /quota/],
  ['any other refusal', scriptRefusal('gateway-refused', 'Something new.'), 'permission', /HTTP 403\): Something new/],
];

const GRANT_FAILURES: Row[] = [
  ['a front function that fails', scriptRefusal('gateway-error'), 'environment', /front function failed.*concurrency/],
  [
    'a misspelled environment',
    scriptEnvironments(['Prod', 'next'], createDoctorProblem('not-found')),
    'environment',
    /no environment "prod".*Did you mean "Prod"\?.*Prod, next/,
  ],
  [
    'an unknown environment, without grants',
    scriptEnvironments([], createDoctorProblem('not-found')),
    'environment',
    /Nothing is granted to you in any environment of this API/,
  ],
  [
    'an identity policy that does not allow all paths',
    { commands: scriptDenial(SAME_ACCOUNT_ARN).environments! },
    'environment',
    /No identity policy/,
  ],
  [
    'a caller without grants',
    scriptEnvironments([], createDoctorProblem('not-found', 'T', { caller: SAME_ACCOUNT_ARN })),
    'environment',
    /caller is arn:aws:sts::111122222222:assumed-role\/team\/jo.*\n- { who: "arn:aws:iam::111122222222:role\/team", where: prod, may: \["@read","@health"] }/,
  ],
  [
    'a caller without the grant for health',
    scriptCommands([{ command: 'version' }]),
    'health grant',
    /may: \["@health"] }/,
  ],
];

describe.each([
  ['an unexpected response', NOT_THE_API],
  ['an authentication failure', AUTHENTICATION_FAILURES],
  ['a permission failure', PERMISSION_FAILURES],
  ['a missing environment or grant', GRANT_FAILURES],
])('mwaa doctor finds %s', (_what, rows) => {
  test.each(rows)('%s', async (_cause, script, step, remedy) => {
    api.script = script;
    expect(await findBrokenStep(apiVariables)).toEqual({
      at: `caller: ${step}`,
      detail: expect.stringMatching(remedy),
    });
  });
});

test('mwaa doctor suggests https:// after a redirect to HTTPS', async () => {
  api.script = scriptUnsigned({
    status: 301,
    headers: { location: `${api.url.replace('http:', 'https:')}/environments` },
  });
  expect(await findBrokenStep(apiVariables)).toEqual({
    at: 'caller: API',
    detail: expect.stringContaining('use https://'),
  });
});

const scriptHealth = (health: DoctorResponse): DoctorScript => ({ health });
const FAILED_STEPS = [
  { step: 'token', status: 'failed', durationMs: 7, detail: 'Fix the role.' },
  { step: 'TLS', status: 'not tried' },
];

test.each<Row>([
  [
    'behind a front that crashes',
    scriptHealth(createDoctorProblem('gateway-error')),
    'relay',
    /relay function failed. Lambda did not run.*concurrency/,
  ],
  ['without a free slot', scriptHealth(createDoctorProblem('busy')), 'relay', /All slots.*raise concurrency.*busy\)/],
  [
    'that Lambda cannot start',
    scriptHealth(createDoctorProblem('relay-unavailable', 'The subnets have no free addresses.')),
    'relay',
    /no free addresses\. \(HTTP 503, relay-unavailable\)/,
  ],
  ['that times out', scriptHealth(createDoctorProblem('gateway-timeout')), 'relay', /did not respond in time/],
  ['that fails', scriptHealth(createDoctorProblem('internal-error')), 'relay', /its log/],
  ['that trusts another API', scriptHealth(createDoctorProblem('untrusted-event')), 'relay', /deploy again/],
  ['that is throttled', scriptHealth(createDoctorProblem('throttled')), 'relay', /throttling/],
  ['that reports no steps', scriptHealth({ body: {} }), 'relay', /HTTP 200/],
  [
    'that returns any other problem',
    scriptHealth(createDoctorProblem('not-found', 'Something new.')),
    'relay',
    /Something new\. \(HTTP 404, not-found\)/,
  ],
  [
    'that reports a failed step',
    scriptHealth(createDoctorProblem('unhealthy', 'T', { steps: FAILED_STEPS })),
    'token',
    /^Fix the role\.$/,
  ],
])('mwaa doctor finds a relay function %s', async (_cause, script, step, remedy) => {
  api.script = script;
  expect(await findBrokenStep(apiVariables)).toEqual({
    at: `function: ${step}`,
    detail: expect.stringMatching(remedy),
  });
});

describe('mwaa doctor', () => {
  test.each([
    [['--nonsense'], '--nonsense'],
    [['prod'], 'Unexpected argument prod'],
    [['--environment'], '--environment'],
  ])('%j is invalid usage: exits with 2 and a message on standard error', async (args, message) => {
    expect(await runDoctor(apiVariables, ...args)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });

  test('--help prints the usage and exits with 0', async () => {
    expect(await runDoctor(apiVariables, '--help')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('mwaa doctor'),
    });
  });
});

describe('mwaa doctor finds settings with', () => {
  const API = 'https://abc123.execute-api.eu-west-1.amazonaws.com';
  test.each<[cause: string, change: () => NodeJS.ProcessEnv, remedy: RegExp]>([
    ['no environment', () => ({ MWAA_ENVIRONMENT: '' }), /Set MWAA_ENVIRONMENT/],
    ['no region', () => ({ AWS_REGION: '' }), /Set AWS_REGION/],
    ['an invalid address', () => ({ MWAA_CLI_PROXY_URL: 'nowhere' }), /MWAA_CLI_PROXY_URL is not a valid URL/],
    ['a profile that does not exist', () => ({ MWAA_CLI_PROXY_PROFILE: 'x' }), /profiles\.yaml does not exist/],
    ['no stage', () => ({ MWAA_CLI_PROXY_URL: API }), /has no stage: use https:\/\/abc123\S+\/STAGE/],
    ['no stage but a trailing slash', () => ({ MWAA_CLI_PROXY_URL: `${API}/` }), /has no stage/],
    [
      'http:// for an API of API Gateway',
      () => ({ MWAA_CLI_PROXY_URL: `${API.replace('https', 'http')}/v1` }),
      /starts with http:\/\/.*use https/,
    ],
    [
      'a path after the stage',
      () => ({ MWAA_CLI_PROXY_URL: `${API}/v1/environments/prod/cli` }),
      /use https:\/\/abc123\S+amazonaws\.com\/v1\./,
    ],
    ['another scheme', () => ({ MWAA_CLI_PROXY_URL: 'ftp://a.example.com' }), /must start with https/],
    ['a query', () => ({ MWAA_CLI_PROXY_URL: `${API}/v1?x=1` }), /remove everything from the \?/],
    ['a password', () => ({ MWAA_CLI_PROXY_URL: 'https://a:b@a.example.com/v1' }), /user or password/],
    ['a line break', () => ({ MWAA_CLI_PROXY_URL: `${API}/v1\n` }), /line break/],
    [
      'the address of a VPC endpoint',
      () => ({ MWAA_CLI_PROXY_URL: 'https://vpce-0a-1b.execute-api.eu-west-1.vpce.amazonaws.com/v1' }),
      /API-ENDPOINT\.execute-api/,
    ],
  ])('%s', async (_cause, change, remedy) => {
    expect(await findBrokenStep({ ...apiVariables, ...change() })).toEqual({
      at: 'caller: settings',
      detail: expect.stringMatching(remedy),
    });
  });
});

describe('mwaa doctor', () => {
  test.each(['/', '//'])('accepts an address that ends with %s', async (end) => {
    expect(await findBrokenStep({ ...apiVariables, MWAA_CLI_PROXY_URL: `${api.url}${end}` })).toBeUndefined();
  });

  test.each([
    ['/environments', 'environments'],
    ['/environments/prod/cli', 'environments'],
    ['/oidc', 'oidc'],
  ])('suggests to remove %s from an address that the API rejects', async (path, added) => {
    api.script = { environments: createDoctorProblem('not-signed', 'x', {}, 'MissingAuthenticationTokenException') };
    const detail = `The client adds /${added} itself: use ${api.url}.`;
    expect(await findBrokenStep({ ...apiVariables, MWAA_CLI_PROXY_URL: `${api.url}${path}` })).toEqual({
      at: 'caller: path',
      detail: expect.stringContaining(detail),
    });
  });
});

describe('mwaa doctor finds credentials', () => {
  test.each<[cause: string, change: NodeJS.ProcessEnv, remedy: RegExp]>([
    ['that are temporary but have no session token', { AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE' }, /set AWS_SESSION_TOKEN/],
    [
      'that are long-term but have a session token',
      { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SESSION_TOKEN: 'x' },
      /unset AWS_SESSION_TOKEN/,
    ],
    ['with quotes', { AWS_SECRET_ACCESS_KEY: '"secret"' }, /quotes or spaces/],
    [
      'of a profile that does not exist',
      { AWS_PROFILE: 'no-such-profile-here' },
      /profile no-such-profile-here \(AWS_PROFILE\) provides no/,
    ],
  ])('%s', async (_cause, change, remedy) => {
    expect(await findBrokenStep({ ...apiVariables, ...change })).toEqual({
      at: 'caller: credentials',
      detail: expect.stringMatching(remedy),
    });
  });
});
