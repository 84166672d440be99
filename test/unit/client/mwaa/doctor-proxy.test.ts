import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CALLER_STEPS, FUNCTION_STEPS } from '../../../../client/mwaa/doctor/diagnose-proxy.ts';
import type { ProblemCode } from '../../../../contract/problem-types.ts';
import {
  AWS_KEYS,
  createDoctorProblem,
  type DoctorApi,
  type DoctorResponse,
  type DoctorScript,
  findBrokenStep,
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

describe('all is well', () => {
  test('each step has its line, with what was found', async () => {
    const { exitCode, stdout, stderr } = await runDoctor(apiVariables);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.split('\n');
    const named = lines.map((line) => /^ {2}ok {9}(.{15}) +\d+ ms/.exec(line)?.[1]?.trim()).filter(Boolean);
    expect(named).toEqual([...CALLER_STEPS, ...FUNCTION_STEPS]);
    expect(stdout).toMatch(/settings .* prod at http:\/\/127\.0\.0\.1:\d+\/v1, signed for eu-west-1/);
    expect(stdout).toMatch(/credentials .* access key …MPLE, from AWS_ACCESS_KEY_ID/);
    expect(stdout).toMatch(/grants .* may run 1 command$/m);
    expect(stdout).toMatch(/\nAll is well\.\n$/);
    expect(stdout).not.toContain('secret');
  });

  test('as one JSON object', async () => {
    const { exitCode, stdout } = await runDoctor(apiVariables, '--json');
    const { healthy, steps } = JSON.parse(stdout);
    expect({ exitCode, healthy }).toEqual({ exitCode: 0, healthy: true });
    expect(steps.map(({ side, step }: Record<string, string>) => `${side}: ${step}`)).toEqual([
      ...CALLER_STEPS.map((step) => `caller: ${step}`),
      ...FUNCTION_STEPS.map((step) => `function: ${step}`),
    ]);
  });

  test('with the environment that is named', async () => {
    const { MWAA_ENVIRONMENT: _, ...others } = apiVariables;
    expect(await runDoctor(others, '--environment', 'prod')).toMatchObject({ exitCode: 0 });
  });
});

describe('something is broken', () => {
  test('the steps behind it are not tried, and what to change stands below it', async () => {
    api.script = { environments: createDoctorProblem('throttled') };
    const { exitCode, stdout } = await runDoctor(apiVariables);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      / {2}ok {9}authentication .*\n {2}FAILED {5}permission .*\n {13}The API lets no more requests/,
    );
    expect(stdout.match(/^ {2}not tried /gm)).toHaveLength(3 + FUNCTION_STEPS.length);
    expect(stdout).toMatch(/\nBroken at: permission \(caller\)\.\n$/);
  });
});

const METHOD_ARN = 'arn:aws:execute-api:eu-west-1:********2222:abc123/v1/GET/environments';
const OWN_ARN = 'arn:aws:sts::111122222222:assumed-role/team/jo';
const FOREIGN_ARN = 'arn:aws:sts::111122223333:assumed-role/team/jo';
const NOT_GRANTED = createDoctorProblem('not-granted', 'T', { caller: OWN_ARN });
const formatMinutesFromNow = (minutes: number) => new Date(Date.now() + minutes * 60_000).toUTCString();

const scriptUnsigned = (said: DoctorResponse): DoctorScript => ({ unsigned: said });
const scriptRefusal = (code: ProblemCode, detail?: string, errorType?: string): DoctorScript => ({
  environments: createDoctorProblem(code, detail, {}, errorType),
});
const scriptDenial = (who: string, how = ''): DoctorScript =>
  scriptRefusal(
    'caller-refused',
    `User: ${who} is not authorized to perform: execute-api:Invoke on resource: ${METHOD_ARN}${how}`,
  );
const formatExplicitDeny = (where = '') => ` with an explicit deny${where}`;
const scriptCommands = (commands: object[], health: DoctorResponse = NOT_GRANTED): DoctorScript => ({
  commands: { body: { commands } },
  health,
});
const scriptEnvironments = (names: string[], commands: DoctorResponse): DoctorScript => ({
  environments: { body: { environments: names.map((name) => ({ name })) } },
  commands,
});

type Row = [what: string, script: DoctorScript, at: string, detail: RegExp];

const NOT_THE_API: Row[] = [
  [
    'a page',
    scriptUnsigned({ headers: { 'content-type': 'text/html' }, body: '<html><title>Guest Wi-Fi</title>' }),
    'API',
    /A page answers \(HTTP 200, "Guest Wi-Fi"\).*sign in/,
  ],
  [
    'a redirect',
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
  ['no such stage', scriptUnsigned({ status: 403, body: { message: 'Forbidden' } }), 'API', /no such stage/],
  [
    'another service',
    scriptUnsigned({ status: 404, body: { message: 'Not Found' } }),
    'API',
    /HTTP 404: .*Not Found.* is not the proxy's API/,
  ],
  ['nothing readable', scriptUnsigned({ status: 200, body: '' }), 'API', /an empty body/],
  ['the paths for tokens', scriptUnsigned(createDoctorProblem('not-authenticated')), 'API', /paths for tokens/],
];

const AUTHENTICATION_FAILURES: Row[] = [
  ['a date that is earlier', { date: formatMinutesFromNow(-20) }, 'clock', /(20 min|19 min 5).* ahead of AWS's.*NTP/],
  ['a date that is later', { date: formatMinutesFromNow(90) }, 'clock', /1 h (30|29) min.* behind AWS's/],
  [
    'a signature that is too old',
    scriptRefusal(
      'not-signed',
      'Signature expired: 20260101T000000Z is now earlier than …',
      'InvalidSignatureException',
    ),
    'authentication',
    /clock is off/,
  ],
  [
    'a signature of tomorrow',
    scriptRefusal('not-signed', 'Signature not yet current: 2026'),
    'authentication',
    /clock is off/,
  ],
  [
    'no such path',
    scriptRefusal('not-signed', 'x', 'MissingAuthenticationTokenException'),
    'path',
    /no \/environments behind this address/,
  ],
  [
    'no such path, without a type',
    scriptRefusal('not-signed', 'Either the request carries no AWS Signature Version 4, or …'),
    'path',
    /Authorization/,
  ],
  [
    'another region',
    scriptRefusal('not-signed', "Credential should be scoped to a valid region, not 'eu-west-1'. "),
    'authentication',
    /signed for the region eu-west-1.*set AWS_REGION/,
  ],
  [
    'another region, in fewer words',
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
    'an unknown key',
    scriptRefusal(
      'gateway-refused',
      'The security token included in the request is invalid.',
      'UnrecognizedClientException',
    ),
    'authentication',
    /does not know these credentials.*…MPLE/,
  ],
  [
    'an unknown key as access denied',
    scriptRefusal('caller-refused', 'The security token included in the request is invalid.', 'AccessDeniedException'),
    'authentication',
    /does not know these/,
  ],
  [
    'another secret',
    scriptRefusal('not-signed', 'The request signature we calculated does not match the signature you provided.'),
    'authentication',
    /secret access key is not this access key's/,
  ],
  [
    'a spoilt header',
    scriptRefusal(
      'gateway-refused',
      "Authorization header requires 'Credential' parameter.",
      'IncompleteSignatureException',
    ),
    'authentication',
    /cannot read the signature/,
  ],
];

const PERMISSION_FAILURES: Row[] = [
  [
    'no identity policy',
    scriptDenial(OWN_ARN),
    'permission',
    /No identity policy of arn:aws:sts::111122222222:.* add an Allow on \S+:abc123\/v1\/\* to it\.$/,
  ],
  [
    'no identity policy, in more words',
    scriptDenial(OWN_ARN, ' because no identity-based policy allows the execute-api:Invoke action'),
    'permission',
    /No identity policy/,
  ],
  [
    'no identity policy, abroad',
    scriptDenial(FOREIGN_ARN),
    'permission',
    /No identity policy.*must let 111122223333 in too/,
  ],
  [
    'an explicit deny',
    scriptDenial(OWN_ARN, formatExplicitDeny()),
    'permission',
    /resource policy does not let arn:aws:sts::111122222222:assumed-role\/team\/jo in/,
  ],
  [
    'an explicit deny abroad',
    scriptDenial(FOREIGN_ARN, formatExplicitDeny()),
    'permission',
    /does not let the account 111122223333 in.*\*2222/,
  ],
  [
    'one of the resource policy',
    scriptDenial(FOREIGN_ARN, formatExplicitDeny(' in a resource-based policy')),
    'permission',
    /does not let the account 111122223333 in/,
  ],
  [
    'one of their own',
    scriptDenial(OWN_ARN, formatExplicitDeny(' in an identity-based policy')),
    'permission',
    /its own side \(identity-based policy\)/,
  ],
  [
    'one of their organization',
    scriptDenial(OWN_ARN, formatExplicitDeny(' in a service control policy')),
    'permission',
    /its own side \(service control policy\)/,
  ],
  [
    'a web ACL',
    scriptRefusal('gateway-refused', 'A web ACL blocked the request. Nothing was run.'),
    'permission',
    /AWS WAF/,
  ],
  ['throttling', scriptRefusal('throttled'), 'permission', /throttling/],
  ['a quota', scriptRefusal('quota-exceeded'), 'permission', /quota/],
  ['any other refusal', scriptRefusal('gateway-refused', 'Something new.'), 'permission', /HTTP 403\): Something new/],
];

const GRANT_FAILURES: Row[] = [
  ['a directory that fails', scriptRefusal('gateway-error'), 'environment', /directory function.*concurrency/],
  [
    'a name in other letters',
    scriptEnvironments(['Prod', 'next'], createDoctorProblem('not-signed')),
    'environment',
    /no environment "prod".*Did you mean "Prod"\?.*Prod, next/,
  ],
  [
    'a name of nothing',
    scriptEnvironments([], createDoctorProblem('not-found')),
    'environment',
    /Nothing is granted to you behind this API/,
  ],
  [
    'a policy for one path alone',
    { commands: scriptDenial(OWN_ARN).environments! },
    'environment',
    /No identity policy/,
  ],
  [
    'no grant',
    scriptCommands([]),
    'grants',
    /caller is arn:aws:sts::111122222222:assumed-role\/team\/jo.*\n- { who: "arn:aws:iam::111122222222:role\/team", where: prod, may: \["@read","@health"] }/,
  ],
  ['no grant for health', scriptCommands([{ command: 'version' }]), 'health grant', /may: \["@health"] }/],
];

describe.each([
  ['something else answers', NOT_THE_API],
  ['who asks', AUTHENTICATION_FAILURES],
  ['may they', PERMISSION_FAILURES],
  ['what is there', GRANT_FAILURES],
])('what is answered names step and mend: %s', (_, rows) => {
  test.each(rows)('%s', async (_what, script, at, detail) => {
    api.script = script;
    expect(await findBrokenStep(apiVariables)).toEqual({ at: `caller: ${at}`, detail: expect.stringMatching(detail) });
  });
});

test('a redirect to the same address by HTTPS asks for https://', async () => {
  api.script = scriptUnsigned({
    status: 301,
    headers: { location: `${api.url.replace('http:', 'https:')}/environments` },
  });
  expect(await findBrokenStep(apiVariables)).toEqual({
    at: 'caller: API',
    detail: expect.stringContaining('write https://'),
  });
});

const scriptHealth = (said: DoctorResponse): DoctorScript => ({ health: said });
const FAILED_STEPS = [
  { step: 'token', status: 'failed', durationMs: 7, detail: 'Mend the role.' },
  { step: 'TLS', status: 'not tried' },
];

test.each<Row>([
  [
    'at its limit',
    scriptHealth(createDoctorProblem('gateway-error')),
    'relay',
    /relay function: Lambda did not run.*concurrency/,
  ],
  ['that takes too long', scriptHealth(createDoctorProblem('gateway-timeout')), 'relay', /no answer in time/],
  ['that failed', scriptHealth(createDoctorProblem('internal-error')), 'relay', /its log/],
  ['of another API', scriptHealth(createDoctorProblem('untrusted-event')), 'relay', /deploy again/],
  ['without a path', scriptHealth(createDoctorProblem('not-signed')), 'relay', /older than the configuration/],
  ['that is throttled', scriptHealth(createDoctorProblem('throttled')), 'relay', /throttling/],
  ['that answers nothing', scriptHealth({ body: {} }), 'relay', /HTTP 200/],
  [
    'with any other problem',
    scriptHealth(createDoctorProblem('not-found', 'Something new.')),
    'relay',
    /Something new\. \(HTTP 404, not-found\)/,
  ],
  [
    'whose own step fails',
    scriptHealth(createDoctorProblem('unhealthy', 'T', { steps: FAILED_STEPS })),
    'token',
    /^Mend the role\.$/,
  ],
])('a function %s', async (_what, script, at, detail) => {
  api.script = script;
  expect(await findBrokenStep(apiVariables)).toEqual({ at: `function: ${at}`, detail: expect.stringMatching(detail) });
});

describe('bad usage: exit status 2, on standard error', () => {
  test.each([
    [['--nonsense'], '--nonsense'],
    [['prod'], 'What is prod?'],
    [['--environment'], '--environment'],
  ])('%j', async (args, complaint) => {
    expect(await runDoctor(apiVariables, ...args)).toEqual({
      ...{ exitCode: 2, stdout: '' },
      stderr: expect.stringContaining(complaint),
    });
  });

  test('--help is good usage', async () => {
    expect(await runDoctor(apiVariables, '--help')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('mwaa doctor'),
    });
  });
});

describe('settings', () => {
  const API = 'https://abc123.execute-api.eu-west-1.amazonaws.com';
  test.each<[what: string, change: () => NodeJS.ProcessEnv, detail: RegExp]>([
    ['no environment', () => ({ MWAA_ENVIRONMENT: '' }), /Set MWAA_ENVIRONMENT/],
    ['no region', () => ({ AWS_REGION: '' }), /Set AWS_REGION/],
    ['no address at all', () => ({ MWAA_CLI_PROXY_URL: 'nowhere' }), /MWAA_CLI_PROXY_URL is not an address/],
    ['a profile that is not there', () => ({ MWAA_CLI_PROXY_PROFILE: 'x' }), /there is no file/],
    ['no stage', () => ({ MWAA_CLI_PROXY_URL: API }), /has no stage: write https:\/\/abc123\S+\/STAGE/],
    ['no stage, with a slash', () => ({ MWAA_CLI_PROXY_URL: `${API}/` }), /has no stage/],
    [
      'no HTTPS',
      () => ({ MWAA_CLI_PROXY_URL: `${API.replace('https', 'http')}/v1` }),
      /begins with http:\/\/.*write https/,
    ],
    [
      'more than the stage',
      () => ({ MWAA_CLI_PROXY_URL: `${API}/v1/environments/prod/cli` }),
      /write https:\/\/abc123\S+amazonaws\.com\/v1\./,
    ],
    ['another scheme', () => ({ MWAA_CLI_PROXY_URL: 'ftp://a.example.com' }), /must begin with https/],
    ['a query', () => ({ MWAA_CLI_PROXY_URL: `${API}/v1?x=1` }), /leave out what comes from the \?/],
    ['a password', () => ({ MWAA_CLI_PROXY_URL: 'https://a:b@a.example.com/v1' }), /user or password/],
    ['a line break', () => ({ MWAA_CLI_PROXY_URL: `${API}/v1\n` }), /line break/],
    [
      'the name of an endpoint',
      () => ({ MWAA_CLI_PROXY_URL: 'https://vpce-0a-1b.execute-api.eu-west-1.vpce.amazonaws.com/v1' }),
      /API-ENDPOINT\.execute-api/,
    ],
  ])('%s', async (_what, change, detail) => {
    expect(await findBrokenStep({ ...apiVariables, ...change() })).toEqual({
      at: 'caller: settings',
      detail: expect.stringMatching(detail),
    });
  });

  test.each(['/', '//'])('an address may end with %s', async (end) => {
    expect(await findBrokenStep({ ...apiVariables, MWAA_CLI_PROXY_URL: `${api.url}${end}` })).toBeUndefined();
  });

  test.each([
    ['/environments', 'environments'],
    ['/environments/prod/cli', 'environments'],
    ['/oidc', 'oidc'],
  ])('an address of a domain that goes on with %s is said so once the API does not know it', async (path, added) => {
    api.script = { environments: createDoctorProblem('not-signed', 'x', {}, 'MissingAuthenticationTokenException') };
    const detail = `The client adds /${added} itself: write ${api.url}.`;
    expect(await findBrokenStep({ ...apiVariables, MWAA_CLI_PROXY_URL: `${api.url}${path}` })).toEqual({
      at: 'caller: path',
      detail: expect.stringContaining(detail),
    });
  });
});

describe('credentials', () => {
  test.each<[what: string, change: NodeJS.ProcessEnv, detail: RegExp]>([
    ['temporary ones without their token', { AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE' }, /set AWS_SESSION_TOKEN/],
    [
      "a user's with another's token",
      { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SESSION_TOKEN: 'x' },
      /unset AWS_SESSION_TOKEN/,
    ],
    ['quotes', { AWS_SECRET_ACCESS_KEY: '"secret"' }, /quotes or spaces/],
    [
      'a profile that is not there',
      { AWS_PROFILE: 'no-such-profile-here' },
      /profile no-such-profile-here \(AWS_PROFILE\) gives no/,
    ],
  ])('%s', async (_what, change, detail) => {
    expect(await findBrokenStep({ ...apiVariables, ...change })).toEqual({
      at: 'caller: credentials',
      detail: expect.stringMatching(detail),
    });
  });
});
