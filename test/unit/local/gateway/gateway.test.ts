import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../../../local/gateway/start.ts';
import { createPrincipalStore, type Principal } from '../../../../local/iam/principal-store.ts';
import { createFixtureTemplate, writeAssembly } from './assembly-fixture.ts';
import { type ReceivedResponse, type SigningOptions, sendSigned, signRequest } from './signed-request.ts';

const ALLOW = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }],
};

const principals = createPrincipalStore();
const assembly = writeAssembly(createFixtureTemplate());
let gateway: Gateway;
let alice: Principal;
let clockOffsetMs = 0;

beforeAll(async () => {
  alice = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/data-engineer/alice', [ALLOW]);
  gateway = await startGateway({
    assemblyDir: assembly.directory,
    network: {},
    principals,
    now: () => Date.now() + clockOffsetMs,
  });
});

afterAll(async () => {
  await gateway.close();
  assembly.remove();
});

/** Sends a signed request. `signing.method` and `signing.headers` are both signed and sent. */
async function callGateway(
  path: string,
  instruction: unknown,
  signing: SigningOptions & { signer?: Principal } = {},
): Promise<ReceivedResponse> {
  const url = gateway.url + path;
  const body = typeof instruction === 'string' ? instruction : JSON.stringify(instruction);
  const headers = await signRequest(signing.signer ?? alice, url, {
    body,
    headers: { 'content-type': 'application/json' },
    ...signing,
  });
  return sendSigned(url, headers, body, signing.method);
}

const parseBody = (response: ReceivedResponse) => JSON.parse(response.text);

describe('a signed request', () => {
  it('reaches a buffered function as a proxy event', async () => {
    const response = await callGateway('/buffered?b=2&a=1&a=x%20y', { do: 'echo' });

    const { event, context } = parseBody(response);
    expect(response.status).toBe(200);
    expect(event).toMatchObject({
      resource: '/buffered',
      path: '/buffered',
      httpMethod: 'POST',
      queryStringParameters: { b: '2', a: 'x y' },
      multiValueQueryStringParameters: { b: ['2'], a: ['1', 'x y'] },
      pathParameters: null,
      stageVariables: null,
      body: '{"do":"echo"}',
      isBase64Encoded: false,
      requestContext: {
        accountId: '111122223333',
        apiId: gateway.model.api.id,
        stage: 'v1',
        path: '/v1/buffered',
        resourcePath: '/buffered',
        requestId: response.headers['x-amzn-requestid'],
        identity: { userArn: alice.arn, caller: alice.userId, accountId: '111122223333', accessKey: alice.accessKeyId },
      },
    });
    expect(context).toMatchObject({
      functionName: expect.stringContaining('BufferedFunction'),
      logGroupName: 'functions',
    });
    expect(context.remaining).toBeGreaterThan(1_000);
    expect(context.remaining).toBeLessThanOrEqual(10_000);
  });

  it('receives a streamed response: metadata first, then each chunk when it is written', async () => {
    const response = await callGateway('/streamed/x', { do: 'pieces' });

    expect(response.status).toBe(201);
    expect(response.headers).toMatchObject({ 'x-one': '1', 'x-many': 'a, b', 'set-cookie': ['c=1', 'd=2'] });
    expect(response.chunks.map(({ text }) => text)).toEqual(['first ', 'second']);
  });

  it('passes the path to the function encoded as sent', async () => {
    const { event } = parseBody(await callGateway('/streamed/a%20b%2Fc', { do: 'echo' }));

    expect(event.pathParameters).toEqual({ name: 'a%20b%2Fc' });
    expect(event.path).toBe('/streamed/a%20b%2Fc');
  });

  it('writes one access log line that names the caller', async () => {
    const response = await callGateway('/buffered', { do: 'say', what: 'hello' });

    const id = String(response.headers['x-amzn-requestid']);
    expect(gateway.logs.search(id, 'access').map(({ message }) => message)).toEqual([
      `${id} 200 ${alice.arn} /buffered ${response.text.length}`,
    ]);
  });

  const hasCurl = spawnSync('curl', ['--version']).status === 0;
  if (!hasCurl) console.warn('skipped: curl is not on the PATH');
  it.skipIf(!hasCurl).each([
    ['a body', '/buffered', []],
    ['a query', '/buffered?a=1&b=2', []],
    ['an Expect header', '/buffered', ['-H', 'Expect: 100-continue']],
  ])('is accepted from curl --aws-sigv4 with %s', async (_what, path, curlOptions) => {
    const { accessKeyId, secretAccessKey, sessionToken } = alice;

    const { stdout } = await promisify(execFile)('curl', [
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '--aws-sigv4',
      'aws:amz:ap-southeast-2:execute-api',
      '--user',
      `${accessKeyId}:${secretAccessKey}`,
      '-H',
      `X-Amz-Security-Token: ${sessionToken}`,
      '-H',
      'Content-Type: application/json',
      '-d',
      '{"do":"say","what":"it\'s curl"}',
      ...curlOptions,
      gateway.url + path,
    ]);

    expect(stdout).toBe('200');
  });
});

describe('a gateway response is returned for a request', () => {
  const summarizeError = async (response: Promise<ReceivedResponse>) => {
    const { status, headers, text } = await response;
    return [status, JSON.parse(text).type, headers['x-amzn-errortype']];
  };
  const missingToken = [403, 'MISSING_AUTHENTICATION_TOKEN', 'MissingAuthenticationTokenException'];

  it('without a signature', async () => {
    expect(await summarizeError(sendSigned(`${gateway.url}/buffered`, {}, '{}'))).toEqual(missingToken);
  });

  it.each([['/nowhere'], ['/streamed'], ['/streamed/a/b'], ['/buffered/'], ['/']])(
    'with the unknown path %s',
    async (path) => {
      expect(await summarizeError(callGateway(path, { do: 'echo' }))).toEqual(missingToken);
    },
  );

  it('with an unknown method', async () => {
    expect(await summarizeError(callGateway('/buffered', '', { method: 'GET' }))).toEqual(missingToken);
  });

  it('to another stage', async () => {
    const { status, text } = await sendSigned(gateway.url.replace('/v1', '/v2'), {});

    expect([status, text]).toEqual([403, '{"message":"Forbidden"}']);
  });

  it('that is signed for another region', async () => {
    expect(await summarizeError(callGateway('/buffered', {}, { region: 'eu-west-1' }))).toEqual([
      403,
      'INVALID_SIGNATURE',
      'InvalidSignatureException',
    ]);
  });

  it('that was changed after it was signed', async () => {
    const url = `${gateway.url}/buffered`;
    const headers = await signRequest(alice, url, { body: '{"do":"echo"}' });

    expect(await summarizeError(sendSigned(url, headers, '{"do":"exit"}'))).toEqual([
      403,
      'INVALID_SIGNATURE',
      'InvalidSignatureException',
    ]);
  });

  it('that was signed more than five minutes ago', async () => {
    clockOffsetMs = 6 * 60_000;
    const error = await summarizeError(callGateway('/buffered', {}));
    clockOffsetMs = 0;

    expect(error).toEqual([403, 'INVALID_SIGNATURE', 'InvalidSignatureException']);
  });

  it('of a caller whose policies do not allow it', async () => {
    const signer = principals.issueCredentials('arn:aws:iam::111122223333:user/mallory', []);

    const response = await callGateway('/buffered', {}, { signer });

    expect(response.status).toBe(403);
    expect(parseBody(response)).toMatchObject({
      type: 'ACCESS_DENIED',
      detail: expect.stringMatching(/user\/mallory is not authorized .*\/v1\/POST\/buffered$/),
      id: response.headers['x-amzn-requestid'],
    });
    expect(response.headers['content-type']).toBe('application/problem+json');
  });

  it('with a body of more than 10 MB', async () => {
    expect(await summarizeError(callGateway('/buffered', 'x'.repeat(10 * 1024 * 1024 + 1)))).toEqual([
      413,
      'REQUEST_TOO_LARGE',
      'RequestTooLargeException',
    ]);
  });
});

describe('a function', () => {
  const functionFailed = [502, '{"message":"Internal server error"}'];
  const summarize = ({ status, text }: ReceivedResponse) => [status, text];
  const callStreamed = (instruction: unknown) => callGateway('/streamed/x', instruction);

  it('has the variables of the template and of Lambda, and none of this machine', async () => {
    const variables = parseBody(await callStreamed({ do: 'env' }));

    expect(Object.keys(variables).sort()).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_DEFAULT_REGION',
      'AWS_EXECUTION_ENV',
      'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_LAMBDA_FUNCTION_VERSION',
      'AWS_LAMBDA_INITIALIZATION_TYPE',
      'AWS_LAMBDA_LOG_GROUP_NAME',
      'AWS_LAMBDA_LOG_STREAM_NAME',
      'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'COLOR',
      'LAMBDA_TASK_ROOT',
      'LANG',
      'PATH',
      'TZ',
      '_HANDLER',
      '_X_AMZN_TRACE_ID',
    ]);
    expect(variables.COLOR).toBe('green');
    const principal = gateway.functionPrincipals.get(variables.AWS_LAMBDA_FUNCTION_NAME);
    expect(principal?.accessKeyId).toBe(variables.AWS_ACCESS_KEY_ID);
    expect(principal?.arn).toMatch(/:assumed-role\/Fixture-Role-\w+\/Fixture-StreamedFunction-\w+$/);
  });

  it('keeps its process for the next invocation', async () => {
    const first = parseBody(await callStreamed({ do: 'echo' }));
    const second = parseBody(await callStreamed({ do: 'echo' }));

    expect(second).toMatchObject({ pid: first.pid, served: first.served + 1 });
  });

  it('is throttled beyond its reserved concurrency', async () => {
    const responses = await Promise.all(Array.from({ length: 6 }, () => callStreamed({ do: 'wait', ms: 1000 })));

    expect(responses.map(summarize).sort()).toEqual([
      ...Array.from({ length: 5 }, () => [200, expect.stringContaining('served')]),
      [500, '{"message":"Internal server error"}'],
    ]);
  });

  it.each([
    ['that blocks', { do: 'block' }, /Task timed out after 3.00 seconds/],
    ['that exits', { do: 'exit' }, /Runtime exited with error: exit status 3/],
    ['that throws an uncaught exception', { do: 'uncaught' }, /Uncaught Exception .*thrown outside the handler/],
    ['whose promise never settles', { do: 'never' }, /Runtime.TruncatedResponse/],
    ['that throws', { do: 'throw' }, /Invoke Error .*"errorType":"RangeError","errorMessage":"thrown by the handler"/],
  ])('%s fails with 502, and the next invocation succeeds', async (_what, instruction, line) => {
    const before = gateway.logs.search(line, 'functions').length;

    const response = await callStreamed(instruction);

    expect(summarize(response)).toEqual(functionFailed);
    expect(gateway.logs.search(line, 'functions')).toHaveLength(before + 1);
    expect((await callStreamed({ do: 'echo' })).status).toBe(200);
  });

  it.each([
    ['no metadata', { do: 'raw', text: 'hello' }],
    ['metadata that is not JSON', { do: 'raw', text: 'hello\0\0\0\0\0\0\0\0body' }],
    ['an unknown member', { do: 'raw', text: '{"status":200}\0\0\0\0\0\0\0\0body' }],
    ['a header name that HTTP does not allow', { do: 'raw', text: '{"headers":{"a b":"c"}}\0\0\0\0\0\0\0\0body' }],
    ['metadata beyond 16 KB', { do: 'raw', text: `{"headers":{"a":"${'b'.repeat(17_000)}"}}\0\0\0\0\0\0\0\0body` }],
    ['a body by end() alone, which sends no metadata', { do: 'end-only' }],
  ])('that streams %s fails with 502', async (_what, instruction) => {
    expect(summarize(await callStreamed(instruction))).toEqual(functionFailed);
  });

  it('that fails midway through its stream closes the connection', async () => {
    await expect(callStreamed({ do: 'halfway' })).rejects.toThrow(/aborted|hang up|reset/);
  });

  it.each([
    ['null', null],
    ['text', 'hello'],
    ['no status', { body: 'x' }],
    ['an object as body', { statusCode: 200, body: { a: 1 } }],
    ['an unknown member', { statusCode: 200, cookies: [] }],
  ])('that returns %s fails with 502', async (_what, response) => {
    expect(summarize(await callGateway('/buffered', { do: 'answer', answer: response }))).toEqual(functionFailed);
  });

  it('logs its lines between START and REPORT', async () => {
    await callGateway('/buffered', { do: 'say', what: 'one\ntwo' });

    const lines = gateway.logs.lines('functions').map(({ message }) => message);
    const index = lines.findIndex((message) => message.includes('one\rtwo'));
    expect(lines.slice(index - 1, index + 3)).toEqual([
      expect.stringMatching(/^START RequestId: \S+ Version: \$LATEST$/),
      expect.stringMatching(/^\S+Z\t\S+\tINFO\tone\rtwo$/),
      expect.stringMatching(/^END RequestId: /),
      expect.stringMatching(/^REPORT RequestId: .*\tMemory Size: 128 MB\t/),
    ]);
  });
});
