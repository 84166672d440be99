/** Callers with a token: what their authoriser says and what the API's policy says, taken together. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Gateway, startGateway } from '../../../local/gateway/start.ts';
import { createPrincipals } from '../../../local/iam/principals.ts';
import { fixturePlus, fixtureTemplate, invocationUri, lambda, permission, writeAssembly } from './assembly-fixture.ts';
import { type Answer, send } from './signed-request.ts';

// Processes are started here, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const { PostStreamed, PostBuffered, Stage } = fixtureTemplate().Resources;
const custom = { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Authorizer' } };
const FORMAT = ['requestId', 'status', 'error.responseType'].concat(
  ['principalId', 'team', 'status', 'integrationStatus', 'error'].map((name) => `authorizer.${name}`),
);

const assembly = writeAssembly(
  fixturePlus({
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
        AuthorizerUri: invocationUri('Check', 'invocations', '2015-03-31'),
      },
    },
    Check: lambda('index.authorizer', { LoggingConfig: { LogGroup: 'checks' }, Timeout: 1 }),
    PermitCheck: {
      ...permission('Check', ''),
      Properties: {
        ...permission('Check', '').Properties,
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
    principals: createPrincipals(),
    now: () => Date.now() + clock,
  });
});
afterAll(async () => {
  await gateway.close();
  assembly.remove();
});

let tokens = 0;
/** A new one each time, so that no kept answer is met. */
const token = (order: object = {}) =>
  `Bearer ${Buffer.from(JSON.stringify({ ...order, n: ++tokens }).replace('{api}', apiArn())).toString('base64url')}`;
const apiArn = () => `arn:aws:execute-api:ap-southeast-2:111122223333:${gateway.model.api.id}`;
const asked = () => gateway.logs.search(/asked for/, 'checks').length;
const call = (authorization?: string, path = '/buffered', headers: Record<string, string> = {}): Promise<Answer> =>
  send(
    gateway.url + path,
    { ...(authorization === undefined ? {} : { Authorization: authorization }), ...headers },
    '{"do":"echo"}',
  );
const logged = (answer: Answer) => {
  const [line] = gateway.logs.search(String(answer.headers['x-amzn-requestid']), 'access');
  return JSON.parse(line?.message ?? '{}');
};

/** Puts a resource policy on the API for one call. */
async function under(policy: unknown, authorization: string): Promise<[status: number, says: string, asked: boolean]> {
  const before = asked();
  Object.assign(gateway.model.api, { policy });
  const answer = await call(authorization);
  Object.assign(gateway.model.api, { policy: undefined });
  return [answer.status, answer.status === 200 ? '' : JSON.parse(answer.text).detail, asked() > before];
}

const policy = (Effect: string, Condition?: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Principal: '*', Action: 'execute-api:Invoke', Resource: '*', ...(Condition && { Condition }) }],
});
const none = undefined;

describe('the policies of API and authoriser together', () => {
  const EXPLICIT = /with an explicit deny$/;
  const SILENT = /access this resource$/;

  test.each<[what: string, resource: unknown, order: object, status: number, says: RegExp, asked: boolean]>([
    ['only the authoriser allows', none, {}, 200, /^$/, true],
    ['only the authoriser denies', none, { effect: 'Deny' }, 403, EXPLICIT, true],
    ['the authoriser says nothing', none, { effect: 'none' }, 403, SILENT, true],
    ['both allow', policy('Allow'), {}, 200, /^$/, true],
    ['only the API allows', policy('Allow'), { effect: 'none' }, 200, /^$/, true],
    ['the API allows, the authoriser denies', policy('Allow'), { effect: 'Deny' }, 403, EXPLICIT, true],
    [
      'neither says anything',
      policy('Allow', { Bool: { 'aws:SecureTransport': 'false' } }),
      { effect: 'none' },
      403,
      SILENT,
      true,
    ],
    ['the API denies', policy('Deny'), {}, 403, /anonymous .* explicit deny$/, false],
    ['the API denies plain HTTP', policy('Deny', { Bool: { 'aws:SecureTransport': 'false' } }), {}, 200, /^$/, true],
    [
      'the API denies an address',
      policy('Deny', { IpAddress: { 'aws:SourceIp': '127.0.0.1' } }),
      {},
      403,
      EXPLICIT,
      false,
    ],
    [
      'the API denies other addresses',
      policy('Deny', { NotIpAddress: { 'aws:SourceIp': '127.0.0.1' } }),
      {},
      200,
      /^$/,
      true,
    ],
    // Nobody is a principal: what asks for one shuts everybody out.
    [
      'the API denies other accounts',
      policy('Deny', { StringNotEquals: { 'aws:PrincipalAccount': '111122223333' } }),
      {},
      403,
      EXPLICIT,
      false,
    ],
    [
      'the API denies other roles',
      policy('Deny', { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:*' } }),
      {},
      403,
      EXPLICIT,
      false,
    ],
    [
      'the API denies other organisations',
      policy('Deny', { StringNotEquals: { 'aws:PrincipalOrgID': 'o-a' } }),
      {},
      403,
      EXPLICIT,
      false,
    ],
    [
      'the API denies other endpoints',
      policy('Deny', { StringNotEquals: { 'aws:SourceVpce': 'vpce-0' } }),
      {},
      403,
      EXPLICIT,
      false,
    ],
    [
      'the authoriser allows an account',
      none,
      { condition: { StringEquals: { 'aws:PrincipalAccount': '111122223333' } } },
      403,
      SILENT,
      true,
    ],
    [
      'the authoriser allows any principal',
      none,
      { condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:*' } } },
      403,
      SILENT,
      true,
    ],
    [
      'the authoriser allows an address',
      none,
      { condition: { IpAddress: { 'aws:SourceIp': '127.0.0.1' } } },
      200,
      /^$/,
      true,
    ],
    ['the authoriser allows another method', none, { resource: '{api}/*/GET/*' }, 403, SILENT, true],
    ['the authoriser allows another stage', none, { resource: '{api}/v2/*' }, 403, SILENT, true],
    ['the authoriser allows this method', none, { resource: '{api}/v1/POST/buffered' }, 200, /^$/, true],
  ])('%s', async (_what, resource, order, status, says, wasAsked) => {
    const [seen, detail, isAsked] = await under(resource, token(order));

    expect([seen, isAsked]).toEqual([status, wasAsked]);
    expect(detail).toMatch(says);
  });
});

test('an integration gets what the authoriser said, as text, and no caller of IAM', async () => {
  const answer = await call(token({ context: { team: 'a', number: 7, yes: true } }));

  const { requestContext } = JSON.parse(answer.text).event;
  expect(requestContext.authorizer).toEqual({
    ...{ principalId: 'jo', team: 'a', number: '7', yes: 'true' },
    integrationLatency: expect.any(Number),
  });
  expect(requestContext.identity).toMatchObject({ userArn: null, accountId: null, caller: null, accessKey: null });
  expect(logged(answer)).toMatchObject({
    ...{ status: '200', 'authorizer.principalId': 'jo', 'authorizer.team': 'a' },
    ...{ 'authorizer.status': '200', 'authorizer.integrationStatus': '200', 'authorizer.error': '-' },
  });
});

test('an answer is kept for every method of the API, and judged anew for each', async () => {
  const one = token({ resource: '{api}/v1/POST/buffered' });
  const before = asked();
  const statuses = [];
  for (const path of ['/buffered', '/streamed/x', '/buffered']) statuses.push((await call(one, path)).status);

  expect(statuses).toEqual([200, 403, 200]);
  expect(asked()).toBe(before + 1);
  clock += 60_000;
  await call(one);
  expect(asked()).toBe(before + 2);
});

describe('who is not let in', () => {
  test.each<[what: string, authorization: () => string | undefined, status: number, type: string, says: object]>([
    ['no token', () => undefined, 401, 'UNAUTHORIZED', { 'authorizer.status': '-' }],
    ['another scheme', () => 'Basic x', 401, 'UNAUTHORIZED', { 'authorizer.status': '-' }],
    ['a token of other letters', () => `${token()}.x`, 401, 'UNAUTHORIZED', { 'authorizer.status': '-' }],
    [
      'the authoriser does not know them',
      () => token({ error: 'Unauthorized' }),
      ...([401, 'UNAUTHORIZED'] as const),
      { 'authorizer.status': '401', 'authorizer.error': 'Unauthorized' },
    ],
    [
      'it fails',
      () => token({ error: 'issuer is silent' }),
      ...([500, 'AUTHORIZER_FAILURE'] as const),
      { 'authorizer.status': '500', 'authorizer.error': 'issuer is silent' },
    ],
    [
      'it writes a policy that is none',
      () => token({ effect: 'Alow' }),
      ...([500, 'AUTHORIZER_CONFIGURATION_ERROR'] as const),
      { 'authorizer.principalId': 'jo' },
    ],
    [
      'it says what cannot be handed on',
      () => token({ context: { groups: ['a'] } }),
      ...([500, 'AUTHORIZER_CONFIGURATION_ERROR'] as const),
      { 'authorizer.principalId': '-' },
    ],
  ])('%s', async (_what, authorization, status, type, says) => {
    const answer = await call(authorization());

    expect(answer.status).toBe(status);
    expect(logged(answer)).toMatchObject({ status: String(status), 'error.responseType': type, ...says });
  });

  test('while the authoriser is throttled: neither a yes nor a no, and it is not kept', async () => {
    const one = token();
    gateway.controls.throttle(true);
    const refused = await call(one);
    gateway.controls.throttle(false);

    expect([refused.status, logged(refused)['authorizer.integrationStatus']]).toEqual([500, '429']);
    expect((await call(one)).status).toBe(200);
  });

  test('when the authoriser may not be called', async () => {
    const { permissions } = gateway.model;
    permissions.push(...permissions.splice(0).filter(({ function: target }) => target !== 'Check'));
    const answer = await call(token());

    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([500, 'AuthorizerConfigurationException']);
  });
});
