/** One resource with a path parameter for every environment, and the headers by which a caller influences a request. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../../../local/gateway/start.ts';
import { createPrincipalStore, type Principal } from '../../../../local/iam/principal-store.ts';
import {
  addToFixture,
  createInvocationUri,
  createMethod,
  createPermission,
  createResource,
  writeAssembly,
} from './assembly-fixture.ts';
import { type SigningOptions, sendSigned, signRequest } from './signed-request.ts';

const INTEGRATION = { Uri: createInvocationUri('BufferedFunction', 'invocations', '2015-03-31') };
const PATH = '/environments/{environment}/cli';
const createGet = () => {
  const method = createMethod('Cli', INTEGRATION);
  return { ...method, Properties: { ...method.Properties, HttpMethod: 'GET' } };
};
const permission = createPermission('BufferedFunction', '');
const fixture = addToFixture({
  Environments: createResource({ 'Fn::GetAtt': ['Api', 'RootResourceId'] }, 'environments'),
  Environment: createResource({ Ref: 'Environments' }, '{environment}'),
  Cli: createResource({ Ref: 'Environment' }, 'cli'),
  PostCli: createMethod('Cli', INTEGRATION),
  GetCli: createGet(),
  PermitCli: {
    ...permission,
    Properties: {
      ...permission.Properties,
      SourceArn: {
        'Fn::Join': ['', ['arn:aws:execute-api:ap-southeast-2:111122223333:', { Ref: 'Api' }, `/v1/*${PATH}`]],
      },
    },
  },
});
(fixture.Resources.Deployment!.DependsOn as string[]).push('PostCli', 'GetCli');

const principals = createPrincipalStore();
const assembly = writeAssembly(fixture);
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ assemblyDir: assembly.directory, network: {}, principals });
});
afterAll(async () => {
  await gateway.close();
  assembly.remove();
});

const createCaller = (...paths: string[]): Principal =>
  principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/reporting/s', [
    {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: paths.map(
            (path) => `arn:aws:execute-api:ap-southeast-2:111122223333:${gateway.model.api.id}/v1/${path}`,
          ),
        },
      ],
    },
  ]);

async function call(
  caller: Principal,
  path: string,
  options: SigningOptions = {},
  instruction: object = { do: 'echo' },
) {
  const url = gateway.url + path;
  const body = JSON.stringify(instruction);
  const headers = await signRequest(caller, url, { body, ...options });
  return sendSigned(url, headers, body, options.method);
}
async function callAndReadEvent(headers: Record<string, string>) {
  const response = await call(createCaller('*'), '/environments/analytics-prod/cli', { headers });
  return { response, event: JSON.parse(response.text).event };
}

test.each([
  ['the environment', 'POST/environments/analytics-prod/cli', '/environments/analytics-prod/cli', 200],
  ['a pattern of environments', 'POST/environments/analytics-*/cli', '/environments/analytics-prod/cli', 200],
  ['another environment', 'POST/environments/analytics-test/cli', '/environments/analytics-prod/cli', 403],
  ['another method', 'GET/environments/analytics-prod/cli', '/environments/analytics-prod/cli', 403],
  ['the parameter in braces', 'POST/environments/{environment}/cli', '/environments/analytics-prod/cli', 403],
  [
    'the environment, and sends it encoded',
    'POST/environments/analytics-prod/cli',
    '/environments/analytics%2Dprod/cli',
    403,
  ],
  ['the environment, and sends a wildcard', 'POST/environments/analytics-prod/cli', '/environments/*/cli', 403],
])('a caller whose policy names %s', async (_what, allowed, path, status) => {
  expect((await call(createCaller(allowed), path)).status).toBe(status);
});

test('the function receives the parameter as sent, and the resource with the name of the parameter', async () => {
  const response = await call(createCaller('*'), '/environments/analytics%2Dprod/cli');
  const { event } = JSON.parse(response.text);

  expect(event).toMatchObject({
    resource: PATH,
    path: '/environments/analytics%2Dprod/cli',
    pathParameters: { environment: 'analytics%2Dprod' },
    requestContext: { resourcePath: PATH, path: '/v1/environments/analytics%2Dprod/cli' },
  });
});

test('X-HTTP-Method-Override changes the method after the policies allowed the other one', async () => {
  const caller = createCaller('GET/environments/analytics-prod/cli');
  const send = (override: string) =>
    call(caller, '/environments/analytics-prod/cli', {
      method: 'GET',
      headers: { 'x-http-method-override': override },
    });

  expect(JSON.parse((await send('POST')).text).event).toMatchObject({
    httpMethod: 'POST',
    requestContext: { httpMethod: 'POST' },
  });
  expect((await send('DELETE')).headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
});

test('a UUID that the caller sends as x-amzn-RequestId is the id of the request, and other text is not', async () => {
  const id = '0d2f2ef5-7e29-4fd6-9a5c-2ea1a83f5d1f';
  const chosen = await callAndReadEvent({ 'x-amzn-requestid': id });
  const other = await callAndReadEvent({ 'x-amzn-requestid': 'mine' });

  expect([chosen.event.requestContext.requestId, chosen.response.headers['x-amzn-requestid']]).toEqual([id, id]);
  expect(gateway.logs.search(id, 'access')).toHaveLength(1);
  expect(chosen.event.requestContext.extendedRequestId).toBe(chosen.response.headers['x-amz-apigw-id']);
  expect(other.event.requestContext.requestId).not.toBe('mine');
});

test('the function does not receive some headers of the request', async () => {
  const passed = { prefer: 'wait=5', 'idempotency-key': 'k', 'x-http-method': 'PUT' };
  const dropped = {
    'content-md5': 'x',
    'max-forwards': '1',
    'proxy-authenticate': 'x',
    server: 'x',
    te: 'trailers',
    'www-authenticate': 'x',
  };
  const { event } = await callAndReadEvent({ ...passed, ...dropped });
  const names = Object.keys(event.headers).map((name) => name.toLowerCase());

  expect(names).toEqual(expect.arrayContaining(Object.keys(passed)));
  expect(names.filter((name) => name in dropped || name === 'authorization')).toEqual([]);
  expect(Object.keys(event.multiValueHeaders).map((name) => name.toLowerCase())).not.toContain('authorization');
});

test('some headers of the response are renamed, one is dropped, the others pass', async () => {
  const renamed = [
    'authorization',
    'content-md5',
    'date',
    'expect',
    'host',
    'max-forwards',
    'proxy-authenticate',
    'server',
    'trailer',
    'user-agent',
    'www-authenticate',
  ];
  const answer = {
    statusCode: 503,
    headers: Object.fromEntries(
      [...renamed, 'transfer-encoding', 'retry-after', 'preference-applied'].map((name) => [name, 'x']),
    ),
  };
  const { status, headers } = await call(createCaller('*'), '/environments/a/cli', {}, { do: 'answer', answer });

  expect(status).toBe(503);
  expect(Object.keys(headers)).toEqual(expect.arrayContaining(renamed.map((name) => `x-amzn-remapped-${name}`)));
  expect(headers).toMatchObject({ 'retry-after': 'x', 'preference-applied': 'x' });
  expect(headers['transfer-encoding']).not.toBe('x');
  expect(headers['x-amzn-remapped-transfer-encoding']).toBeUndefined();
});
