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
let clock = 0;

beforeAll(async () => {
  alice = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/data-engineer/alice', [ALLOW]);
  gateway = await startGateway({
    assemblyDir: assembly.directory,
    network: {},
    principals,
    now: () => Date.now() + clock,
  });
});

afterAll(async () => {
  await gateway.close();
  assembly.remove();
});

/** A signed request; what of it is sent can differ from what was signed. */
async function callGateway(
  path: string,
  order: unknown,
  signing: SigningOptions & { who?: Principal } = {},
): Promise<ReceivedResponse> {
  const url = gateway.url + path;
  const body = typeof order === 'string' ? order : JSON.stringify(order);
  const headers = await signRequest(signing.who ?? alice, url, {
    body,
    headers: { 'content-type': 'application/json' },
    ...signing,
  });
  return sendSigned(url, headers, body, signing.method);
}

const parseBody = (answer: ReceivedResponse) => JSON.parse(answer.text);

describe('a signed request', () => {
  it('reaches a buffered function as a proxy event', async () => {
    const answer = await callGateway('/buffered?b=2&a=1&a=x%20y', { do: 'echo' });

    const { event, context } = parseBody(answer);
    expect(answer.status).toBe(200);
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
        requestId: answer.headers['x-amzn-requestid'],
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

  it('is answered by a stream: metadata first, then pieces as they come', async () => {
    const answer = await callGateway('/streamed/x', { do: 'pieces' });

    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ 'x-one': '1', 'x-many': 'a, b', 'set-cookie': ['c=1', 'd=2'] });
    expect(answer.pieces.map(({ text }) => text)).toEqual(['first ', 'second']);
  });

  it('keeps the path encoded as sent', async () => {
    const { event } = parseBody(await callGateway('/streamed/a%20b%2Fc', { do: 'echo' }));

    expect(event.pathParameters).toEqual({ name: 'a%20b%2Fc' });
    expect(event.path).toBe('/streamed/a%20b%2Fc');
  });

  it('is logged once, with its caller', async () => {
    const answer = await callGateway('/buffered', { do: 'say', what: 'hello' });

    const id = String(answer.headers['x-amzn-requestid']);
    expect(gateway.logs.search(id, 'access').map(({ message }) => message)).toEqual([
      `${id} 200 ${alice.arn} /buffered ${answer.text.length}`,
    ]);
  });

  const curl = spawnSync('curl', ['--version']).status === 0;
  if (!curl) console.warn('skipped: curl is not on the PATH');
  it.skipIf(!curl).each([
    ['a body', '/buffered', []],
    ['a query', '/buffered?a=1&b=2', []],
    ['Expect', '/buffered', ['-H', 'Expect: 100-continue']],
  ])('made by curl --aws-sigv4 is accepted: %s', async (_what, path, more) => {
    const { accessKeyId, secretAccessKey, sessionToken } = alice;

    const { stdout } = await promisify(execFile)('curl', [
      ...['-s', '-o', '/dev/null', '-w', '%{http_code}', '--aws-sigv4', 'aws:amz:ap-southeast-2:execute-api'],
      ...['--user', `${accessKeyId}:${secretAccessKey}`, '-H', `X-Amz-Security-Token: ${sessionToken}`],
      ...['-H', 'Content-Type: application/json', '-d', '{"do":"say","what":"it\'s curl"}', ...more],
      gateway.url + path,
    ]);

    expect(stdout).toBe('200');
  });
});

describe('a request that API Gateway answers itself', () => {
  const type = async (answer: Promise<ReceivedResponse>) => {
    const { status, headers, text } = await answer;
    return [status, JSON.parse(text).type, headers['x-amzn-errortype']];
  };
  const missing = [403, 'MISSING_AUTHENTICATION_TOKEN', 'MissingAuthenticationTokenException'];

  it('has no signature', async () => {
    expect(await type(sendSigned(`${gateway.url}/buffered`, {}, '{}'))).toEqual(missing);
  });

  it.each([['/nowhere'], ['/streamed'], ['/streamed/a/b'], ['/buffered/'], ['/']])(
    'has an unknown path: %s',
    async (path) => {
      expect(await type(callGateway(path, { do: 'echo' }))).toEqual(missing);
    },
  );

  it('has an unknown method', async () => {
    expect(await type(callGateway('/buffered', '', { method: 'GET' }))).toEqual(missing);
  });

  it('has another stage', async () => {
    const { status, text } = await sendSigned(gateway.url.replace('/v1', '/v2'), {});

    expect([status, text]).toEqual([403, '{"message":"Forbidden"}']);
  });

  it('was signed for another region', async () => {
    expect(await type(callGateway('/buffered', {}, { region: 'eu-west-1' }))).toEqual([
      ...[403, 'INVALID_SIGNATURE', 'InvalidSignatureException'],
    ]);
  });

  it('was changed on its way', async () => {
    const url = `${gateway.url}/buffered`;
    const headers = await signRequest(alice, url, { body: '{"do":"echo"}' });

    expect(await type(sendSigned(url, headers, '{"do":"exit"}'))).toEqual([
      ...[403, 'INVALID_SIGNATURE', 'InvalidSignatureException'],
    ]);
  });

  it('comes from a skewed clock', async () => {
    clock = 6 * 60_000;
    const seen = await type(callGateway('/buffered', {}));
    clock = 0;

    expect(seen).toEqual([403, 'INVALID_SIGNATURE', 'InvalidSignatureException']);
  });

  it('comes from somebody whose policies do not allow it', async () => {
    const who = principals.issueCredentials('arn:aws:iam::111122223333:user/mallory', []);

    const answer = await callGateway('/buffered', {}, { who });

    expect(answer.status).toBe(403);
    expect(parseBody(answer)).toMatchObject({
      type: 'ACCESS_DENIED',
      detail: expect.stringMatching(/user\/mallory is not authorized .*\/v1\/POST\/buffered$/),
      id: answer.headers['x-amzn-requestid'],
    });
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  it('is too large', async () => {
    expect(await type(callGateway('/buffered', 'x'.repeat(10 * 1024 * 1024 + 1)))).toEqual([
      ...[413, 'REQUEST_TOO_LARGE', 'RequestTooLargeException'],
    ]);
  });
});

describe('a function', () => {
  const failed = [502, '{"message":"Internal server error"}'];
  const shape = ({ status, text }: ReceivedResponse) => [status, text];
  /** Waits for the function to be free: its concurrency is one. */
  const streamed = (order: unknown) => callGateway('/streamed/x', order);

  it('sees the template’s variables and Lambda’s, and none of the machine’s', async () => {
    const variables = parseBody(await streamed({ do: 'env' }));

    expect(Object.keys(variables).sort()).toEqual([
      ...['AWS_ACCESS_KEY_ID', 'AWS_DEFAULT_REGION', 'AWS_EXECUTION_ENV', 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
      ...['AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_FUNCTION_VERSION', 'AWS_LAMBDA_INITIALIZATION_TYPE'],
      ...['AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', 'AWS_REGION', 'AWS_SECRET_ACCESS_KEY'],
      ...['AWS_SESSION_TOKEN', 'COLOR', 'LAMBDA_TASK_ROOT', 'LANG', 'PATH', 'TZ', '_HANDLER', '_X_AMZN_TRACE_ID'],
    ]);
    expect(variables.COLOR).toBe('green');
    const itself = gateway.functionPrincipals.get(variables.AWS_LAMBDA_FUNCTION_NAME);
    expect(itself?.accessKeyId).toBe(variables.AWS_ACCESS_KEY_ID);
    expect(itself?.arn).toMatch(/:assumed-role\/Fixture-Role-\w+\/Fixture-StreamedFunction-\w+$/);
  });

  it('is kept for the next call', async () => {
    const first = parseBody(await streamed({ do: 'echo' }));
    const second = parseBody(await streamed({ do: 'echo' }));

    expect(second).toMatchObject({ pid: first.pid, served: first.served + 1 });
  });

  it('is throttled beyond its reserved concurrency', async () => {
    const answers = await Promise.all([streamed({ do: 'wait', ms: 300 }), streamed({ do: 'wait', ms: 300 })]);

    expect(answers.map(shape).sort()).toEqual([
      [200, expect.stringContaining('served')],
      [500, '{"message":"Internal server error"}'],
    ]);
  });

  it.each([
    ['that blocks is killed at its timeout', { do: 'block' }, /Task timed out after 3.00 seconds/],
    ['that exits', { do: 'exit' }, /Runtime exited with error: exit status 3/],
    ['that throws where nobody catches', { do: 'uncaught' }, /Uncaught Exception .*nobody caught me/],
    ['whose promise nobody will settle', { do: 'never' }, /Runtime.TruncatedResponse/],
    ['that throws', { do: 'throw' }, /Invoke Error .*"errorType":"RangeError","errorMessage":"as asked"/],
  ])('%s fails with 502, and the next call is served', async (_what, order, line) => {
    const before = gateway.logs.search(line, 'functions').length;

    const answer = await streamed(order);

    expect(shape(answer)).toEqual(failed);
    expect(gateway.logs.search(line, 'functions')).toHaveLength(before + 1);
    expect((await streamed({ do: 'echo' })).status).toBe(200);
  });

  it.each([
    ['no metadata', { do: 'raw', text: 'hello' }],
    ['metadata that is not JSON', { do: 'raw', text: 'hello\0\0\0\0\0\0\0\0body' }],
    ['an unknown member', { do: 'raw', text: '{"status":200}\0\0\0\0\0\0\0\0body' }],
    ['a header HTTP does not allow', { do: 'raw', text: '{"headers":{"a b":"c"}}\0\0\0\0\0\0\0\0body' }],
    ['metadata beyond 16 KB', { do: 'raw', text: `{"headers":{"a":"${'b'.repeat(17_000)}"}}\0\0\0\0\0\0\0\0body` }],
    ['a body given to end() alone, which goes without metadata', { do: 'end-only' }],
  ])('that streams %s is refused', async (_what, order) => {
    expect(shape(await streamed(order))).toEqual(failed);
  });

  it('that fails halfway breaks the connection', async () => {
    await expect(streamed({ do: 'halfway' })).rejects.toThrow(/aborted|hang up|reset/);
  });

  it.each([
    ['nothing', null],
    ['text', 'hello'],
    ['no status', { body: 'x' }],
    ['an object as body', { statusCode: 200, body: { a: 1 } }],
    ['an unknown member', { statusCode: 200, cookies: [] }],
  ])('that returns %s is refused', async (_what, answer) => {
    expect(shape(await callGateway('/buffered', { do: 'answer', answer }))).toEqual(failed);
  });

  it('has its lines between START and REPORT', async () => {
    await callGateway('/buffered', { do: 'say', what: 'one\ntwo' });

    const lines = gateway.logs.lines('functions').map(({ message }) => message);
    const said = lines.findIndex((message) => message.includes('one\rtwo'));
    expect(lines.slice(said - 1, said + 3)).toEqual([
      expect.stringMatching(/^START RequestId: \S+ Version: \$LATEST$/),
      expect.stringMatching(/^\S+Z\t\S+\tINFO\tone\rtwo$/),
      expect.stringMatching(/^END RequestId: /),
      expect.stringMatching(/^REPORT RequestId: .*\tMemory Size: 128 MB\t/),
    ]);
  });
});
