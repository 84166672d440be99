import { beforeEach, describe, expect, test } from 'vitest';
import { createGatewayRequest } from '../../../../local/gateway/front/gateway-request.ts';
import { createLambdaAuthorizers } from '../../../../local/gateway/front/lambda-authorizers.ts';
import type { InvokeResult } from '../../../../local/gateway/functions/lambda-api.ts';
import type { LocalFunctions } from '../../../../local/gateway/functions/start-functions.ts';
import type { Authorizer, GatewayModel } from '../../../../local/gateway/template/gateway-model.ts';

const AUTHORIZER: Authorizer = {
  id: 'a1',
  function: 'Check',
  header: 'authorization',
  expression: 'Bearer \\S+',
  ttlSeconds: 60,
};
const AUTHORIZER_ARN = 'arn:aws:execute-api:eu-west-1:111122223333:api/authorizers/a1';
const METHOD_ARN = 'arn:aws:execute-api:eu-west-1:111122223333:api/v1/GET/x';

const CHECK_ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:check';
const createModel = (sourceArn: string, principal = 'apigateway.amazonaws.com') =>
  ({
    location: { partition: 'aws', region: 'eu-west-1', account: '111122223333' },
    api: { id: 'api' },
    functions: new Map([['Check', { arn: CHECK_ARN }]]),
    resourcePolicies: new Map([
      [
        'Check',
        {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: principal },
              Action: 'lambda:InvokeFunction',
              Resource: CHECK_ARN,
              Condition: { ArnLike: { 'aws:SourceArn': sourceArn } },
            },
          ],
        },
      ],
    ]),
  }) as unknown as GatewayModel;

const VALID_RESULT = {
  principalId: 'jo',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }],
  },
  context: { text: 't', number: 1, yes: true },
};

let invocation: { result: InvokeResult; payload: unknown };
let events: unknown[] = [];
let now = 0;
const functions = {
  invoke: async (_id: string, { event }: { event: string }, onChunk: (data: Buffer) => void) => {
    events.push(JSON.parse(event));
    if (invocation.result.kind === 'success') onChunk(Buffer.from(JSON.stringify(invocation.payload) ?? 'undefined'));
    return invocation.result;
  },
} as unknown as LocalFunctions;

beforeEach(() => {
  invocation = { result: { kind: 'success' }, payload: VALID_RESULT };
  events = [];
  now = 0;
});

const createRequest = (authorization?: string) =>
  createGatewayRequest({
    target: '/v1/x',
    httpMethod: 'GET',
    protocol: 'HTTP/1.1',
    sourceIp: '127.0.0.1',
    startedAt: 0,
    headers: authorization === undefined ? [] : [['Authorization', authorization]],
  }).request;

const createAuthorize = (model = createModel(AUTHORIZER_ARN), authorizer = AUTHORIZER) => {
  const { authorize } = createLambdaAuthorizers(model, functions, () => now);
  return (authorization?: string) => authorize(createRequest(authorization), authorizer, METHOD_ARN);
};

test('the authorizer receives the token and the method, and its context is passed on as text', async () => {
  const result = await createAuthorize()('Bearer t');

  expect(events).toEqual([{ type: 'TOKEN', authorizationToken: 'Bearer t', methodArn: METHOD_ARN }]);
  expect(result).toMatchObject({ principalId: 'jo', context: { text: 't', number: '1', yes: 'true' } });
});

describe('the result of an authorizer', () => {
  test('is cached separately for each token until it expires', async () => {
    const authorize = createAuthorize();
    for (const token of ['Bearer a', 'Bearer a', 'Bearer b', 'Bearer a']) await authorize(token);
    expect(events).toHaveLength(2);
    now = 59_999;
    await authorize('Bearer a');
    expect(events).toHaveLength(2);
    now = 60_000;
    await authorize('Bearer a');
    expect(events).toHaveLength(3);
  });

  test('is not cached when the TTL is 0', async () => {
    const authorize = createAuthorize(createModel(AUTHORIZER_ARN), { ...AUTHORIZER, ttlSeconds: 0 });
    for (let n = 0; n < 3; n++) await authorize('Bearer a');
    expect(events).toHaveLength(3);
  });

  test('is not cached when it rejects the caller', async () => {
    const authorize = createAuthorize();
    invocation.result = { kind: 'function-error', error: { errorType: 'Error', errorMessage: 'Unauthorized' } };
    await expect(authorize('Bearer a')).rejects.toMatchObject({ responseType: 'UNAUTHORIZED', status: 401 });
    invocation.result = { kind: 'success' };
    await expect(authorize('Bearer a')).resolves.toMatchObject({ principalId: 'jo' });
  });
});

test.each([undefined, '', 'Basic x', 'Bearer', 'Bearer a b', 'xBearer a'])(
  'authorize returns 401 for the header %j without invoking the authorizer',
  async (header) => {
    await expect(createAuthorize()(header)).rejects.toMatchObject({ responseType: 'UNAUTHORIZED', status: 401 });
    expect(events).toEqual([]);
  },
);

test.each<[what: string, model: GatewayModel]>([
  ['another authorizer', createModel(AUTHORIZER_ARN.replace('a1', 'a2'))],
  ['another API', createModel(AUTHORIZER_ARN.replace(':api/', ':xyz/'))],
  ['another service', createModel(AUTHORIZER_ARN, 'events.amazonaws.com')],
])('an authorizer whose policy allows %s is not invoked', async (_what, model) => {
  await expect(createAuthorize(model)('Bearer a')).rejects.toMatchObject({
    responseType: 'AUTHORIZER_CONFIGURATION_ERROR',
  });
  expect(events).toEqual([]);
});

const createFunctionError = (errorMessage: string): InvokeResult => ({
  kind: 'function-error',
  error: { errorType: 'Error', errorMessage },
});

test.each<[what: string, outcome: InvokeResult, lambdaStatus: number]>([
  ['another error', createFunctionError('unauthorized'), 200],
  ['an error that starts with Unauthorized', createFunctionError('Unauthorized: expired'), 200],
  ['a timeout', createFunctionError('Task timed out after 10.00 seconds'), 200],
  [
    'a throttled function',
    { kind: 'rejected', error: 'TooManyRequestsException', reason: 'ConcurrentInvocationLimitExceeded' },
    429,
  ],
])('%s is an authorizer failure', async (_what, result, integrationStatus) => {
  invocation = { result, payload: VALID_RESULT };
  const request = createRequest('Bearer a');
  const { authorize } = createLambdaAuthorizers(createModel(AUTHORIZER_ARN), functions, () => now);

  await expect(authorize(request, AUTHORIZER, METHOD_ARN)).rejects.toMatchObject({
    responseType: 'AUTHORIZER_FAILURE',
    status: 500,
  });
  expect(request.authorizerInvocation).toMatchObject({ status: 500, integrationStatus });
});

test.each<[what: string, payload: unknown]>([
  ['null', null],
  ['text', 'yes'],
  ['a list', [VALID_RESULT]],
  ['text that is not JSON', undefined],
  ['no principal', { ...VALID_RESULT, principalId: '' }],
  ['a principal that is not text', { ...VALID_RESULT, principalId: 7 }],
  ['no policy', { ...VALID_RESULT, policyDocument: undefined }],
  ['a policy that is text', { ...VALID_RESULT, policyDocument: 'Allow' }],
  ['a policy without statements', { ...VALID_RESULT, policyDocument: { Version: '2012-10-17' } }],
  ['a statement that is null', { ...VALID_RESULT, policyDocument: { Statement: [null] } }],
  ['a list in the context', { ...VALID_RESULT, context: { groups: ['a'] } }],
  ['an object in the context', { ...VALID_RESULT, context: { claims: {} } }],
  ['null in the context', { ...VALID_RESULT, context: { claims: null } }],
  ['null as context', { ...VALID_RESULT, context: null }],
  ['text as context', { ...VALID_RESULT, context: 'x' }],
  ['an empty list as context', { ...VALID_RESULT, context: [] }],
  ['an unknown member', { ...VALID_RESULT, isAuthorized: true }],
  ['more than 8 KB', { ...VALID_RESULT, context: { text: 'x'.repeat(9000) } }],
])('a result with %s is a configuration error and is not cached', async (_what, payload) => {
  invocation.payload = payload;
  await expect(createAuthorize()('Bearer a')).rejects.toMatchObject({
    responseType: 'AUTHORIZER_CONFIGURATION_ERROR',
    status: 500,
    errorType: 'AuthorizerConfigurationException',
  });
  invocation.payload = VALID_RESULT;
  await expect(createAuthorize()('Bearer a')).resolves.toMatchObject({ principalId: 'jo' });
});

test('authorize accepts a result of 8 KB', async () => {
  const text = 'x'.repeat(8192 - JSON.stringify({ ...VALID_RESULT, context: { text: '' } }).length);
  invocation.payload = { ...VALID_RESULT, context: { text } };
  expect((await createAuthorize()('Bearer a')).context.text).toHaveLength(text.length);
});

test('authorize returns 414 for an ARN of more than 1600 bytes without invoking the authorizer', async () => {
  const { authorize } = createLambdaAuthorizers(createModel(AUTHORIZER_ARN), functions, () => now);
  const long = METHOD_ARN + 'x'.repeat(1600 - METHOD_ARN.length);
  await authorize(createRequest('Bearer a'), AUTHORIZER, long);
  await expect(authorize(createRequest('Bearer b'), AUTHORIZER, `${long}x`)).rejects.toMatchObject({ status: 414 });
  expect(events).toHaveLength(1);
});
