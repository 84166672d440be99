/** The front calls Lambda without the client of the AWS SDK. Here it behaves like that client. */
import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { resolveEndpoint } from '../../../../lambda/aws/service-endpoint.ts';
import type { SignedRequest } from '../../../../lambda/aws/sign-request.ts';
import { createLambdaInvoke } from '../../../../lambda/front/queue/create-lambda-invoke.ts';
import { readInvokeResponse } from '../../../../lambda/front/queue/read-invoke-response.ts';
import type { ReceivedResponse } from '../../../../lambda/front/queue/send-request.ts';
import { createCloseAfterTest } from '../../close-after-test.ts';
import {
  CA_CERTIFICATE,
  createLocalhostLookup,
  respondWith,
  startScriptedWebServer,
  TEST_HOST,
} from '../../mwaa/scripted-web-server.ts';

const closeAfterTest = createCloseAfterTest();
afterEach(() => vi.unstubAllEnvs());

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
const OK: ReceivedResponse = { statusCode: 200, headers: {}, body: Buffer.from('{}') };

/** A client of the SDK whose requests are recorded and answered with one response. */
function createSdk(response: ReceivedResponse, config: LambdaClientConfig = {}) {
  const requests: SignedRequest[] = [];
  const client = new LambdaClient({
    region: 'eu-west-1',
    credentials: CREDENTIALS,
    maxAttempts: 1,
    ...config,
    requestHandler: {
      handle: async (request: SignedRequest) => {
        requests.push(request);
        return { response: { ...response, body: new Uint8Array(response.body) } };
      },
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    } as unknown as NonNullable<LambdaClientConfig['requestHandler']>,
  });
  const send = () => client.send(new InvokeCommand({ FunctionName: 'relay-a', Payload: Buffer.from('{"a":1}') }));
  return { requests, send };
}

/** Invokes the function once for each response, and returns the requests. */
async function invokeServer(...headers: Record<string, string>[]) {
  const server = closeAfterTest(
    await startScriptedWebServer(...headers.map((header) => respondWith(200, '{}', header))),
  );
  const invoke = createLambdaInvoke(
    Date.now,
    { ca: CA_CERTIFICATE, lookup: createLocalhostLookup() },
    { region: 'eu-west-1', endpoint: `https://${TEST_HOST}:${server.port}`, credentials: CREDENTIALS },
  );
  for (const _ of headers) await invoke('relay-a', '{"a":1}', AbortSignal.timeout(10_000));
  return server.received;
}

const UNKNOWN_REGIONS = ['eu-new-9', 'cn-new-9', 'us-gov-new-9', 'us-isob-new-9'];

test.each([...RegionInfo.regions.map(({ name }) => name), ...UNKNOWN_REGIONS])(
  'the endpoints of %s',
  async (region) => {
    for (const fips of [false, true]) {
      for (const dualStack of [false, true]) {
        const { requests, send } = createSdk(OK, { region, useFipsEndpoint: fips, useDualstackEndpoint: dualStack });
        await send();
        const variables = { AWS_USE_FIPS_ENDPOINT: String(fips), AWS_USE_DUALSTACK_ENDPOINT: String(dualStack) };
        expect(resolveEndpoint('lambda', region, variables).host).toBe(requests[0]!.hostname);
      }
    }
  },
);

const LAMBDA_URL = 'http://127.0.0.1:4566/lambda';
const GENERAL_URL = 'https://aws.example.com';

test.each<NodeJS.ProcessEnv>([
  { AWS_ENDPOINT_URL_LAMBDA: LAMBDA_URL },
  { AWS_ENDPOINT_URL: GENERAL_URL },
  { AWS_ENDPOINT_URL_LAMBDA: LAMBDA_URL, AWS_ENDPOINT_URL: GENERAL_URL },
  { AWS_ENDPOINT_URL_LAMBDA: '', AWS_ENDPOINT_URL: GENERAL_URL },
  { AWS_ENDPOINT_URL_LAMBDA: LAMBDA_URL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
  { AWS_ENDPOINT_URL_LAMBDA: LAMBDA_URL, AWS_USE_FIPS_ENDPOINT: 'true' },
  { AWS_ENDPOINT_URL_LAMBDA: LAMBDA_URL, AWS_USE_DUALSTACK_ENDPOINT: 'true' },
  { AWS_USE_FIPS_ENDPOINT: 'true' },
])('the endpoint with %o', async (variables) => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const { requests, send } = createSdk(OK);
  const isAccepted = await send().then(
    () => true,
    () => false,
  );
  if (!isAccepted) {
    expect(() => resolveEndpoint('lambda', 'eu-west-1', variables)).toThrow('cannot be combined');
    return;
  }
  const { protocol, hostname, port, pathname } = resolveEndpoint('lambda', 'eu-west-1', variables);
  const [{ path, ...request }] = requests as [SignedRequest];
  expect({ protocol, hostname, port }).toEqual({
    protocol: request.protocol,
    hostname: request.hostname,
    port: String(request.port ?? ''),
  });
  expect(`${pathname.replace(/\/$/, '')}/2015-03-31/functions/relay-a/invocations`).toBe(path);
});

test('the request, except what identifies the SDK', async () => {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'front');
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1');
  const { requests, send } = createSdk(OK);
  await send();
  const [ours] = await invokeServer({});
  const [theirs] = requests;
  expect({ method: ours!.method, path: ours!.path, body: ours!.body }).toEqual({
    method: theirs!.method,
    path: theirs!.path,
    body: Buffer.from(theirs!.body!).toString(),
  });
  const lowerCase = Object.fromEntries(
    Object.entries(theirs!.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  for (const name of [
    'content-type',
    'content-length',
    'x-amz-content-sha256',
    'x-amz-security-token',
    'x-amzn-trace-id',
  ])
    expect([name, ours!.headers[name]]).toEqual([name, lowerCase[name]]);
  const missing = Object.keys(lowerCase).filter((name) => !Object.hasOwn(ours!.headers, name));
  expect(missing.sort()).toEqual(['amz-sdk-invocation-id', 'amz-sdk-request', 'user-agent', 'x-amz-user-agent']);
  expect(ours!.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/lambda\/aws4_request, SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
  );
});

const readSigningTime = ({ headers }: Pick<SignedRequest, 'headers'>): number =>
  Date.parse(headers['x-amz-date']!.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5'));

test.each([
  ['the clock is ten minutes late', 600_000, {}],
  ['the clock is a day early', -86_400_000, {}],
  ['the response is from a cache', 600_000, { age: '60' }],
])('%s', async (_name, skewMs, headers) => {
  const response = { ...headers, date: new Date(Date.now() + skewMs).toUTCString() };
  const { requests, send } = createSdk({ ...OK, headers: response });
  for (const _ of [1, 2]) await send();
  const ours = await invokeServer(response, response);
  for (const [index, expected] of requests.entries()) {
    expect(Math.abs(readSigningTime(ours[index]! as never) - readSigningTime(expected))).toBeLessThan(20_000);
  }
});

test('an invalid date changes nothing', async () => {
  const [, second] = await invokeServer({ date: 'soon' }, {});
  expect(Math.abs(readSigningTime(second! as never) - Date.now())).toBeLessThan(20_000);
});

const NAMES: Record<string, string>[] = [
  {},
  { 'x-amzn-errortype': 'TooManyRequestsException' },
  { 'x-amzn-errortype': 'ServiceException:http://internal.amazon.com/coral/com.amazonaws.lambda/' },
  { 'x-amzn-errortype': 'com.amazonaws.lambda#KMSDisabledException' },
  { 'x-amzn-errortype': 'NewException,OtherException' },
];
const BODIES = [
  '',
  '{}',
  '{"message":"m"}',
  '{"Message":"m","Type":"User"}',
  '{"__type":"AccessDeniedException"}',
  '{"__type":"com.amazonaws.lambda#AccessDeniedException:http://x/"}',
  '{"code":"ThrottlingException","__type":"Other"}',
  '{"Code":"ThrottlingException"}',
  '{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}',
  '{"Reason":7}',
  '<html>',
  'null',
  '"text"',
  '7',
];

describe.each([400, 403, 404, 429, 500, 502, 503])('an error with status %i', (statusCode) => {
  test.each(NAMES)('%o', async (headers) => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    for (const text of BODIES) {
      const response = { statusCode, headers, body: Buffer.from(text) };
      const error = await createSdk(response)
        .send()
        .catch((thrown: unknown) => thrown);
      expect([text, readInvokeResponse(response)]).toMatchObject([text, describeSdkError(error as Error)]);
    }
  });
});

/** What the front needs of an error of the SDK. An error that the SDK cannot read is an error of JavaScript. */
function describeSdkError(error: Error & { $metadata?: { httpStatusCode?: number }; Reason?: unknown }) {
  const isReadable = !(error instanceof SyntaxError || error instanceof TypeError);
  const { Reason: reason } = error;
  return {
    kind: 'error',
    error: {
      name: isReadable ? error.name : 'unreadable response',
      ...(isReadable && typeof reason === 'string' && { reason }),
    },
  };
}

test.each([200, 202, 204])('a function error with status %i', async (statusCode) => {
  const functionErrors: Record<string, string>[] = [
    {},
    { 'x-amz-function-error': 'Unhandled' },
    { 'x-amz-function-error': 'Handled' },
  ];
  for (const headers of functionErrors) {
    const { FunctionError } = await createSdk({ ...OK, statusCode, headers }).send();
    const { kind } = readInvokeResponse({ ...OK, statusCode, headers });
    expect(kind).toBe(FunctionError === undefined ? 'response' : 'function-error');
  }
});
