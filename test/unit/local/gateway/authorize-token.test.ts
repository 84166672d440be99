/** Callers with a token: what their authorizer says and what the API's policy says, taken together. */
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
let clock = 0;

beforeAll(async () => {
  gateway = await startGateway({
    assemblyDir: assembly.directory,
    network: {},
    principals: createPrincipalStore(),
    now: () => Date.now() + clock,
  });
});
afterAll(async () => {
  await gateway.close();
  assembly.remove();
});

let tokens = 0;
/** A new one each time, so that no kept answer is met. */
const createToken = (order: object = {}) =>
  `Bearer ${Buffer.from(JSON.stringify({ ...order, n: ++tokens }).replace('{api}', formatApiArn())).toString('base64url')}`;
const formatApiArn = () => `arn:aws:execute-api:ap-southeast-2:111122223333:${gateway.model.api.id}`;
const countAuthorizerCalls = () => gateway.logs.search(/asked for/, 'checks').length;
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
const readAccessLogLine = (answer: ReceivedResponse) => {
  const [line] = gateway.logs.search(String(answer.headers['x-amzn-requestid']), 'access');
  return JSON.parse(line?.message ?? '{}');
};

/** Puts a resource policy on the API for one call. */
async function callUnderPolicy(
  policy: unknown,
  authorization: string,
): Promise<[status: number, says: string, asked: boolean]> {
  const before = countAuthorizerCalls();
  Object.assign(gateway.model.api, { policy });
  const answer = await callWithToken(authorization);
  Object.assign(gateway.model.api, { policy: undefined });
  return [answer.status, answer.status === 200 ? '' : JSON.parse(answer.text).detail, countAuthorizerCalls() > before];
}

const createResourcePolicy = (Effect: string, Condition?: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Principal: '*', Action: 'execute-api:Invoke', Resource: '*', ...(Condition && { Condition }) }],
});
const none = undefined;

describe('the policies of API and authorizer together', () => {
  const EXPLICIT = /with an explicit deny$/;
  const SILENT = /access this resource$/;

  test.each<[what: string, resource: unknown, order: object, status: number, says: RegExp, asked: boolean]>([
    ['only the authorizer allows', none, {}, 200, /^$/, true],
    ['only the authorizer denies', none, { effect: 'Deny' }, 403, EXPLICIT, true],
    ['the authorizer says nothing', none, { effect: 'none' }, 403, SILENT, true],
    ['both allow', createResourcePolicy('Allow'), {}, 200, /^$/, true],
    ['only the API allows', createResourcePolicy('Allow'), { effect: 'none' }, 200, /^$/, true],
    ['the API allows, the authorizer denies', createResourcePolicy('Allow'), { effect: 'Deny' }, 403, EXPLICIT, true],
    [
      'neither says anything',
      createResourcePolicy('Allow', { Bool: { 'aws:SecureTransport': 'false' } }),
      { effect: 'none' },
      403,
      SILENT,
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
      EXPLICIT,
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
    // Nobody is a principal: what asks for one shuts everybody out.
    [
      'the API denies other accounts',
      createResourcePolicy('Deny', { StringNotEquals: { 'aws:PrincipalAccount': '111122223333' } }),
      {},
      403,
      EXPLICIT,
      false,
    ],
    [
      'the API denies other roles',
      createResourcePolicy('Deny', { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:*' } }),
      {},
      403,
      EXPLICIT,
      false,
    ],
    [
      'the API denies other organizations',
      createResourcePolicy('Deny', { StringNotEquals: { 'aws:PrincipalOrgID': 'o-a' } }),
      {},
      403,
      EXPLICIT,
      false,
    ],
    [
      'the API denies other endpoints',
      createResourcePolicy('Deny', { StringNotEquals: { 'aws:SourceVpce': 'vpce-0' } }),
      {},
      403,
      EXPLICIT,
      false,
    ],
    [
      'the authorizer allows an account',
      none,
      { condition: { StringEquals: { 'aws:PrincipalAccount': '111122223333' } } },
      403,
      SILENT,
      true,
    ],
    [
      'the authorizer allows any principal',
      none,
      { condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:*' } } },
      403,
      SILENT,
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
    ['the authorizer allows another method', none, { resource: '{api}/*/GET/*' }, 403, SILENT, true],
    ['the authorizer allows another stage', none, { resource: '{api}/v2/*' }, 403, SILENT, true],
    ['the authorizer allows this method', none, { resource: '{api}/v1/POST/buffered' }, 200, /^$/, true],
  ])('%s', async (_what, resource, order, status, says, wasAsked) => {
    const [seen, detail, isAsked] = await callUnderPolicy(resource, createToken(order));

    expect([seen, isAsked]).toEqual([status, wasAsked]);
    expect(detail).toMatch(says);
  });
});

test('an integration gets what the authorizer said, as text, and no caller of IAM', async () => {
  const answer = await callWithToken(createToken({ context: { team: 'a', number: 7, yes: true } }));

  const { requestContext } = JSON.parse(answer.text).event;
  expect(requestContext.authorizer).toEqual({
    ...{ principalId: 'jo', team: 'a', number: '7', yes: 'true' },
    integrationLatency: expect.any(Number),
  });
  expect(requestContext.identity).toMatchObject({ userArn: null, accountId: null, caller: null, accessKey: null });
  expect(readAccessLogLine(answer)).toMatchObject({
    ...{ status: '200', 'authorizer.principalId': 'jo', 'authorizer.team': 'a' },
    ...{ 'authorizer.status': '200', 'authorizer.integrationStatus': '200', 'authorizer.error': '-' },
  });
});

test('an answer is kept for every method of the API, and judged anew for each', async () => {
  const one = createToken({ resource: '{api}/v1/POST/buffered' });
  const before = countAuthorizerCalls();
  const statuses = [];
  for (const path of ['/buffered', '/streamed/x', '/buffered']) statuses.push((await callWithToken(one, path)).status);

  expect(statuses).toEqual([200, 403, 200]);
  expect(countAuthorizerCalls()).toBe(before + 1);
  clock += 60_000;
  await callWithToken(one);
  expect(countAuthorizerCalls()).toBe(before + 2);
});

describe('who is not let in', () => {
  test.each<[what: string, authorization: () => string | undefined, status: number, type: string, says: object]>([
    ['no token', () => undefined, 401, 'UNAUTHORIZED', { 'authorizer.status': '-' }],
    ['another scheme', () => 'Basic x', 401, 'UNAUTHORIZED', { 'authorizer.status': '-' }],
    ['a token of other letters', () => `${createToken()}.x`, 401, 'UNAUTHORIZED', { 'authorizer.status': '-' }],
    [
      'the authorizer does not know them',
      () => createToken({ error: 'Unauthorized' }),
      ...([401, 'UNAUTHORIZED'] as const),
      { 'authorizer.status': '401', 'authorizer.error': 'Unauthorized' },
    ],
    [
      'it fails',
      () => createToken({ error: 'issuer is silent' }),
      ...([500, 'AUTHORIZER_FAILURE'] as const),
      { 'authorizer.status': '500', 'authorizer.error': 'issuer is silent' },
    ],
    [
      'it writes a policy that is none',
      () => createToken({ effect: 'Alow' }),
      ...([500, 'AUTHORIZER_CONFIGURATION_ERROR'] as const),
      { 'authorizer.principalId': 'jo' },
    ],
    [
      'it says what cannot be handed on',
      () => createToken({ context: { groups: ['a'] } }),
      ...([500, 'AUTHORIZER_CONFIGURATION_ERROR'] as const),
      { 'authorizer.principalId': '-' },
    ],
  ])('%s', async (_what, authorization, status, type, says) => {
    const answer = await callWithToken(authorization());

    expect(answer.status).toBe(status);
    expect(readAccessLogLine(answer)).toMatchObject({ status: String(status), 'error.responseType': type, ...says });
  });

  test('while the authorizer is throttled: neither a yes nor a no, and it is not kept', async () => {
    const one = createToken();
    gateway.controls.setThrottled(true);
    const refused = await callWithToken(one);
    gateway.controls.setThrottled(false);

    expect([refused.status, readAccessLogLine(refused)['authorizer.integrationStatus']]).toEqual([500, '429']);
    expect((await callWithToken(one)).status).toBe(200);
  });

  test('when the authorizer may not be called', async () => {
    const { permissions } = gateway.model;
    permissions.push(...permissions.splice(0).filter(({ function: target }) => target !== 'Check'));
    const answer = await callWithToken(createToken());

    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([500, 'AuthorizerConfigurationException']);
  });
});
