/** Callers with a token: the authorizer's policy and the API's resource policy, evaluated together. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../../../local/gateway/start.ts';
import { createPrincipalStore } from '../../../../local/iam/principal-store.ts';
import {
  addToFixture,
  createFixtureTemplate,
  createFunction,
  createInvocationUri,
  createPermission,
  writeAssembly,
} from './assembly-fixture.ts';
import { type ReceivedResponse, sendSigned } from './signed-request.ts';

const { PostStreamed, PostBuffered, Stage } = createFixtureTemplate().Resources;
const custom = { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Authorizer' } };
const FORMAT = ['requestId', 'status', 'error.responseType'].concat(
  ['principalId', 'team', 'status', 'integrationStatus', 'error'].map((name) => `authorizer.${name}`),
);

const assembly = writeAssembly(
  addToFixture({
    PostStreamed: { ...PostStreamed!, Properties: { ...PostStreamed!.Properties, ...custom } },
    PostBuffered: { ...PostBuffered!, Properties: { ...PostBuffered!.Properties, ...custom } },
    Authorizer: {
      Type: 'AWS::ApiGateway::Authorizer',
      Properties: {
        RestApiId: { Ref: 'Api' },
        Type: 'TOKEN',
        Name: 'tokens',
        IdentitySource: 'method.request.header.Authorization',
        IdentityValidationExpression: '^Bearer [\\w-]+$',
        AuthorizerResultTtlInSeconds: 60,
        AuthorizerUri: createInvocationUri('Check', 'invocations', '2015-03-31'),
      },
    },
    Check: createFunction('index.authorizer', { LoggingConfig: { LogGroup: 'checks' }, Timeout: 1 }),
    PermitCheck: {
      ...createPermission('Check', ''),
      Properties: {
        ...createPermission('Check', '').Properties,
        SourceArn: {
          'Fn::Join': [
            '',
            [
              'arn:aws:execute-api:ap-southeast-2:111122223333:',
              { Ref: 'Api' },
              '/authorizers/',
              { Ref: 'Authorizer' },
            ],
          ],
        },
      },
    },
    Stage: {
      ...Stage!,
      Properties: {
        ...Stage!.Properties,
        AccessLogSetting: {
          DestinationArn: { 'Fn::GetAtt': ['AccessLog', 'Arn'] },
          Format: JSON.stringify(Object.fromEntries(FORMAT.map((name) => [name, `$context.${name}`]))),
        },
      },
    },
  }),
);
let gateway: Gateway;
let clockOffsetMs = 0;

beforeAll(async () => {
  gateway = await startGateway({
    assemblyDir: assembly.directory,
    network: {},
    principals: createPrincipalStore(),
    now: () => Date.now() + clockOffsetMs,
  });
});
afterAll(async () => {
  await gateway.close();
  assembly.remove();
});

let tokens = 0;
/** Creates a new token each time, so that no result is cached. */
const createToken = (instruction: object = {}) =>
  `Bearer ${Buffer.from(JSON.stringify({ ...instruction, n: ++tokens }).replace('{api}', formatApiArn())).toString('base64url')}`;
const formatApiArn = () => `arn:aws:execute-api:ap-southeast-2:111122223333:${gateway.model.api.id}`;
const countAuthorizerCalls = () => gateway.logs.search(/authorizer invoked for/, 'checks').length;
const callWithToken = (
  authorization?: string,
  path = '/buffered',
  headers: Record<string, string> = {},
): Promise<ReceivedResponse> =>
  sendSigned(
    gateway.url + path,
    { ...(authorization === undefined ? {} : { Authorization: authorization }), ...headers },
    '{"do":"echo"}',
  );
const readAccessLogLine = (response: ReceivedResponse) => {
  const [line] = gateway.logs.search(String(response.headers['x-amzn-requestid']), 'access');
  return JSON.parse(line?.message ?? '{}');
};

/** Calls the API while it has this resource policy. */
async function callUnderPolicy(
  policy: unknown,
  authorization: string,
): Promise<[status: number, detail: string, isAuthorizerInvoked: boolean]> {
  const before = countAuthorizerCalls();
  Object.assign(gateway.model.api, { policy });
  const response = await callWithToken(authorization);
  Object.assign(gateway.model.api, { policy: undefined });
  return [
    response.status,
    response.status === 200 ? '' : JSON.parse(response.text).detail,
    countAuthorizerCalls() > before,
  ];
}

const createResourcePolicy = (Effect: string, Condition?: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Principal: '*', Action: 'execute-api:Invoke', Resource: '*', ...(Condition && { Condition }) }],
});
const none = undefined;

describe('the policies of the API and of the authorizer', () => {
  const EXPLICIT_DENY = /with an explicit deny$/;
  const IMPLICIT_DENY = /access this resource$/;

  test.each<
    [
      what: string,
      resourcePolicy: unknown,
      instruction: object,
      status: number,
      detail: RegExp,
      isAuthorizerInvoked: boolean,
    ]
  >([
    ['only the authorizer allows', none, {}, 200, /^$/, true],
    ['only the authorizer denies', none, { effect: 'Deny' }, 403, EXPLICIT_DENY, true],
    ['the authorizer has no statement', none, { effect: 'none' }, 403, IMPLICIT_DENY, true],
    ['both allow', createResourcePolicy('Allow'), {}, 200, /^$/, true],
    ['only the API allows', createResourcePolicy('Allow'), { effect: 'none' }, 200, /^$/, true],
    [
      'the API allows, the authorizer denies',
      createResourcePolicy('Allow'),
      { effect: 'Deny' },
      403,
      EXPLICIT_DENY,
      true,
    ],
    [
      'neither allows nor denies',
      createResourcePolicy('Allow', { Bool: { 'aws:SecureTransport': 'false' } }),
      { effect: 'none' },
      403,
      IMPLICIT_DENY,
      true,
    ],
    ['the API denies', createResourcePolicy('Deny'), {}, 403, /anonymous .* explicit deny$/, false],
    [
      'the API denies plain HTTP',
      createResourcePolicy('Deny', { Bool: { 'aws:SecureTransport': 'false' } }),
      {},
      200,
      /^$/,
      true,
    ],
    [
      'the API denies an address',
      createResourcePolicy('Deny', { IpAddress: { 'aws:SourceIp': '127.0.0.1' } }),
      {},
      403,
      EXPLICIT_DENY,
      false,
    ],
    [
      'the API denies other addresses',
      createResourcePolicy('Deny', { NotIpAddress: { 'aws:SourceIp': '127.0.0.1' } }),
      {},
      200,
      /^$/,
      true,
    ],
    // The caller is not an IAM principal, so a condition on principals excludes everyone.
    [
      'the API denies other accounts',
      createResourcePolicy('Deny', { StringNotEquals: { 'aws:PrincipalAccount': '111122223333' } }),
      {},
      403,
      EXPLICIT_DENY,
      false,
    ],
    [
      'the API denies other roles',
      createResourcePolicy('Deny', { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:*' } }),
      {},
      403,
      EXPLICIT_DENY,
      false,
    ],
    [
      'the API denies other organizations',
      createResourcePolicy('Deny', { StringNotEquals: { 'aws:PrincipalOrgID': 'o-a' } }),
      {},
      403,
      EXPLICIT_DENY,
      false,
    ],
    [
      'the API denies other endpoints',
      createResourcePolicy('Deny', { StringNotEquals: { 'aws:SourceVpce': 'vpce-0' } }),
      {},
      403,
      EXPLICIT_DENY,
      false,
    ],
    [
      'the authorizer allows an account',
      none,
      { condition: { StringEquals: { 'aws:PrincipalAccount': '111122223333' } } },
      403,
      IMPLICIT_DENY,
      true,
    ],
    [
      'the authorizer allows any principal',
      none,
      { condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:*' } } },
      403,
      IMPLICIT_DENY,
      true,
    ],
    [
      'the authorizer allows an address',
      none,
      { condition: { IpAddress: { 'aws:SourceIp': '127.0.0.1' } } },
      200,
      /^$/,
      true,
    ],
    ['the authorizer allows another method', none, { resource: '{api}/*/GET/*' }, 403, IMPLICIT_DENY, true],
    ['the authorizer allows another stage', none, { resource: '{api}/v2/*' }, 403, IMPLICIT_DENY, true],
    ['the authorizer allows this method', none, { resource: '{api}/v1/POST/buffered' }, 200, /^$/, true],
  ])('when %s: status $3', async (_what, resourcePolicy, instruction, status, detail, isAuthorizerInvoked) => {
    const actual = await callUnderPolicy(resourcePolicy, createToken(instruction));

    expect(actual).toEqual([status, expect.stringMatching(detail), isAuthorizerInvoked]);
  });
});

test('an integration receives the authorizer context as text, and no IAM identity', async () => {
  const response = await callWithToken(createToken({ context: { team: 'a', number: 7, yes: true } }));

  const { requestContext } = JSON.parse(response.text).event;
  expect(requestContext.authorizer).toEqual({
    principalId: 'jo',
    team: 'a',
    number: '7',
    yes: 'true',
    integrationLatency: expect.any(Number),
  });
  expect(requestContext.identity).toMatchObject({ userArn: null, accountId: null, caller: null, accessKey: null });
  expect(readAccessLogLine(response)).toMatchObject({
    status: '200',
    'authorizer.principalId': 'jo',
    'authorizer.team': 'a',
    'authorizer.status': '200',
    'authorizer.integrationStatus': '200',
    'authorizer.error': '-',
  });
});

test('a result is cached for all methods of the API, and its policy is evaluated for each', async () => {
  const token = createToken({ resource: '{api}/v1/POST/buffered' });
  const before = countAuthorizerCalls();
  const statuses = [];
  for (const path of ['/buffered', '/streamed/x', '/buffered'])
    statuses.push((await callWithToken(token, path)).status);

  expect(statuses).toEqual([200, 403, 200]);
  expect(countAuthorizerCalls()).toBe(before + 1);
  clockOffsetMs += 60_000;
  await callWithToken(token);
  expect(countAuthorizerCalls()).toBe(before + 2);
});

describe('the gateway rejects a request', () => {
  test.each<[what: string, authorization: () => string | undefined, status: number, type: string, logged: object]>([
    ['without a token', () => undefined, 401, 'UNAUTHORIZED', { 'authorizer.status': '-' }],
    ['with another authorization scheme', () => 'Basic x', 401, 'UNAUTHORIZED', { 'authorizer.status': '-' }],
    [
      'with a token that does not match the expression',
      () => `${createToken()}.x`,
      401,
      'UNAUTHORIZED',
      { 'authorizer.status': '-' },
    ],
    [
      'whose token the authorizer rejects',
      () => createToken({ error: 'Unauthorized' }),
      ...([401, 'UNAUTHORIZED'] as const),
      { 'authorizer.status': '401', 'authorizer.error': 'Unauthorized' },
    ],
    [
      'when the authorizer fails',
      () => createToken({ error: 'issuer does not respond' }),
      ...([500, 'AUTHORIZER_FAILURE'] as const),
      { 'authorizer.status': '500', 'authorizer.error': 'issuer does not respond' },
    ],
    [
      'when the authorizer returns a malformed policy',
      () => createToken({ effect: 'Alow' }),
      ...([500, 'AUTHORIZER_CONFIGURATION_ERROR'] as const),
      { 'authorizer.principalId': 'jo' },
    ],
    [
      'when the authorizer returns a context that cannot be passed on',
      () => createToken({ context: { groups: ['a'] } }),
      ...([500, 'AUTHORIZER_CONFIGURATION_ERROR'] as const),
      { 'authorizer.principalId': '-' },
    ],
  ])('%s', async (_what, authorization, status, type, logged) => {
    const response = await callWithToken(authorization());

    expect(response.status).toBe(status);
    expect(readAccessLogLine(response)).toMatchObject({
      status: String(status),
      'error.responseType': type,
      ...logged,
    });
  });

  test('with 500 while the authorizer is throttled, and caches nothing', async () => {
    const token = createToken();
    gateway.controls.setThrottled(true);
    const throttled = await callWithToken(token);
    gateway.controls.setThrottled(false);

    expect([throttled.status, readAccessLogLine(throttled)['authorizer.integrationStatus']]).toEqual([500, '429']);
    expect((await callWithToken(token)).status).toBe(200);
  });

  test('when API Gateway has no permission to invoke the authorizer', async () => {
    (gateway.model.resourcePolicies as Map<string, unknown>).delete('Check');
    const response = await callWithToken(createToken());

    expect([response.status, response.headers['x-amzn-errortype']]).toEqual([500, 'AuthorizerConfigurationException']);
  });
});
