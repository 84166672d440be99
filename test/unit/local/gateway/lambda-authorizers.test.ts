import { beforeEach, describe, expect, test } from 'vitest';
import { createGatewayRequest } from '../../../../local/gateway/front/gateway-request.ts';
import { createLambdaAuthorizers } from '../../../../local/gateway/front/lambda-authorizers.ts';
import type { InvokeResult, LocalFunctions } from '../../../../local/gateway/functions/start-functions.ts';
import type { Authorizer, GatewayModel } from '../../../../local/gateway/template/gateway-model.ts';

const AUTHORIZER: Authorizer = {
  id: 'a1',
  function: 'Check',
  header: 'authorization',
  expression: 'Bearer \\S+',
  ttlSeconds: 60,
};
const SOURCE = 'arn:aws:execute-api:eu-west-1:111122223333:api/authorizers/a1';
const METHOD = 'arn:aws:execute-api:eu-west-1:111122223333:api/v1/GET/x';

const createModel = (sourceArn: string, principal = 'apigateway.amazonaws.com') =>
  ({
    location: { partition: 'aws', region: 'eu-west-1', account: '111122223333' },
    api: { id: 'api' },
    permissions: [{ function: 'Check', action: 'lambda:InvokeFunction', principal, sourceArn }],
  }) as unknown as GatewayModel;

const GOOD = {
  principalId: 'jo',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }],
  },
  context: { text: 't', number: 1, yes: true },
};

let answer: { outcome: InvokeResult; payload: unknown };
let events: unknown[] = [];
let now = 0;
const functions = {
  invoke: async (_id: string, { event }: { event: string }, onChunk: (data: Buffer) => void) => {
    events.push(JSON.parse(event));
    if (answer.outcome.kind === 'success') onChunk(Buffer.from(JSON.stringify(answer.payload) ?? 'undefined'));
    return answer.outcome;
  },
} as unknown as LocalFunctions;

beforeEach(() => {
  [answer, events, now] = [{ outcome: { kind: 'success' }, payload: GOOD }, [], 0];
});

const createRequest = (authorization?: string) =>
  createGatewayRequest({
    target: '/v1/x',
    httpMethod: 'GET',
    protocol: 'HTTP/1.1',
    sourceIp: '127.0.0.1',
    startedAt: 0,
    headers: authorization === undefined ? [] : [['Authorization', authorization]],
  }).exchange;

const createAuthorize = (model = createModel(SOURCE), authorizer = AUTHORIZER) => {
  const { authorize } = createLambdaAuthorizers(model, functions, () => now);
  return (authorization?: string) => authorize(createRequest(authorization), authorizer, METHOD);
};

test('is told the token and the method, and hands on its context as text', async () => {
  const said = await createAuthorize()('Bearer t');

  expect(events).toEqual([{ type: 'TOKEN', authorizationToken: 'Bearer t', methodArn: METHOD }]);
  expect(said).toMatchObject({ principalId: 'jo', context: { text: 't', number: '1', yes: 'true' } });
});

describe('its answer', () => {
  test('is kept for each token by itself, until its time is over', async () => {
    const ask = createAuthorize();
    for (const token of ['Bearer a', 'Bearer a', 'Bearer b', 'Bearer a']) await ask(token);
    expect(events).toHaveLength(2);
    now = 59_999;
    await ask('Bearer a');
    expect(events).toHaveLength(2);
    now = 60_000;
    await ask('Bearer a');
    expect(events).toHaveLength(3);
  });

  test('is not kept where nothing is to be', async () => {
    const ask = createAuthorize(createModel(SOURCE), { ...AUTHORIZER, ttlSeconds: 0 });
    for (let n = 0; n < 3; n++) await ask('Bearer a');
    expect(events).toHaveLength(3);
  });

  test('that was a refusal is not kept', async () => {
    const ask = createAuthorize();
    answer.outcome = { kind: 'function-error', error: { errorType: 'Error', errorMessage: 'Unauthorized' } };
    await expect(ask('Bearer a')).rejects.toMatchObject({ responseType: 'UNAUTHORIZED', status: 401 });
    answer.outcome = { kind: 'success' };
    await expect(ask('Bearer a')).resolves.toMatchObject({ principalId: 'jo' });
  });
});

test.each([undefined, '', 'Basic x', 'Bearer', 'Bearer a b', 'xBearer a'])(
  '%j is refused without a call',
  async (header) => {
    await expect(createAuthorize()(header)).rejects.toMatchObject({ responseType: 'UNAUTHORIZED', status: 401 });
    expect(events).toEqual([]);
  },
);

test.each<[what: string, model: GatewayModel]>([
  ['another authorizer', createModel(SOURCE.replace('a1', 'a2'))],
  ['another API', createModel(SOURCE.replace(':api/', ':xyz/'))],
  ['another service', createModel(SOURCE, 'events.amazonaws.com')],
])('a function that lets %s call it is not called', async (_what, model) => {
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
  ['an error that only begins so', createFunctionError('Unauthorized: expired'), 200],
  ['a timeout', createFunctionError('Task timed out after 10.00 seconds'), 200],
  ['a throttled function', { kind: 'rejected', error: 'TooManyRequestsException' }, 429],
])('%s is a failure: neither a yes nor a no', async (_what, outcome, integrationStatus) => {
  answer = { outcome, payload: GOOD };
  const exchange = createRequest('Bearer a');
  const asked = createLambdaAuthorizers(createModel(SOURCE), functions, () => now).authorize(
    exchange,
    AUTHORIZER,
    METHOD,
  );

  await expect(asked).rejects.toMatchObject({ responseType: 'AUTHORIZER_FAILURE', status: 500 });
  expect(exchange.authorizerInvocation).toMatchObject({ status: 500, integrationStatus });
});

test.each<[what: string, payload: unknown]>([
  ['nothing', null],
  ['text', 'yes'],
  ['a list', [GOOD]],
  ['no JSON', undefined],
  ['no principal', { ...GOOD, principalId: '' }],
  ['a principal that is no text', { ...GOOD, principalId: 7 }],
  ['no policy', { ...GOOD, policyDocument: undefined }],
  ['a policy that is text', { ...GOOD, policyDocument: 'Allow' }],
  ['a policy without statements', { ...GOOD, policyDocument: { Version: '2012-10-17' } }],
  ['a statement that is none', { ...GOOD, policyDocument: { Statement: [null] } }],
  ['a list in the context', { ...GOOD, context: { groups: ['a'] } }],
  ['an object in the context', { ...GOOD, context: { claims: {} } }],
  ['null in the context', { ...GOOD, context: { claims: null } }],
  ['null as context', { ...GOOD, context: null }],
  ['text as context', { ...GOOD, context: 'x' }],
  ['an empty list as context', { ...GOOD, context: [] }],
  ['a member that is unknown', { ...GOOD, isAuthorized: true }],
  ['more than 8 KB', { ...GOOD, context: { text: 'x'.repeat(9000) } }],
])('%s is an answer that API Gateway cannot read', async (_what, payload) => {
  answer.payload = payload;
  await expect(createAuthorize()('Bearer a')).rejects.toMatchObject({
    responseType: 'AUTHORIZER_CONFIGURATION_ERROR',
    status: 500,
    errorType: 'AuthorizerConfigurationException',
  });
  answer.payload = GOOD;
  await expect(createAuthorize()('Bearer a')).resolves.toMatchObject({ principalId: 'jo' });
});

test('an answer of nearly 8 KB is read', async () => {
  const text = 'x'.repeat(8192 - JSON.stringify({ ...GOOD, context: { text: '' } }).length);
  answer.payload = { ...GOOD, context: { text } };
  expect((await createAuthorize()('Bearer a')).context.text).toHaveLength(text.length);
});

test('an ARN beyond 1600 bytes is refused without a call', async () => {
  const { authorize } = createLambdaAuthorizers(createModel(SOURCE), functions, () => now);
  const long = METHOD + 'x'.repeat(1600 - METHOD.length);
  await authorize(createRequest('Bearer a'), AUTHORIZER, long);
  await expect(authorize(createRequest('Bearer b'), AUTHORIZER, `${long}x`)).rejects.toMatchObject({ status: 414 });
  expect(events).toHaveLength(1);
});
