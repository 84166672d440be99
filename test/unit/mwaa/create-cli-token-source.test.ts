import { Agent, createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createCliTokenSource, toTokenProblem } from '../../../mwaa/token/create-cli-token-source.ts';
import { createTokenCache } from '../../../mwaa/token/create-token-cache.ts';
import { deriveTokenTimeouts } from '../../../mwaa/token/derive-token-timeouts.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const CLIENT_CONFIG = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  disableHostPrefix: true,
};

/** The AWS SDK, asking there. */
const createSource = (endpoint: string, answerMs = 2_000) =>
  createCliTokenSource('Prod', { connectMs: 1_000, answerMs }, { ...CLIENT_CONFIG, endpoint });

/** MWAA's token API, answering in turn, the last answer for ever. Counts the requests. */
async function startTokenApi(...answers: readonly RequestListener[]) {
  const paths: (string | undefined)[] = [];
  const url = await listen(
    createServer((request, response) => {
      paths.push(`${request.method} ${request.url}`);
      answers[Math.min(paths.length, answers.length) - 1]!(request, response);
    }),
  );
  return { url, paths };
}

const respondWithError =
  (status: number, type: string): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
    response.end(JSON.stringify({ message: 'arn:aws:sts::111122223333:assumed-role/relay is not what it should be' }));
  };

const respondWithToken =
  (body: unknown): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };

const TOKEN = { CliToken: 'token-1', WebServerHostname: 'web.example' };
const neverAborted = new AbortController().signal;

test('a token and its host', async () => {
  const { url, paths } = await startTokenApi(respondWithToken(TOKEN));
  expect(await createSource(url)(neverAborted)).toEqual({ token: 'token-1', hostname: 'web.example' });
  expect(paths).toEqual(['POST /clitoken/Prod']);
});

describe('what MWAA answers', () => {
  test.each<[status: number, type: string, code: string, detail: RegExp, requests: number]>([
    [404, 'ResourceNotFoundException', 'no-such-environment', /mwaaName/, 1],
    [403, 'AccessDeniedException', 'token-not-permitted', /airflow:CreateCliToken.*endpoint/, 1],
    [403, 'UnrecognizedClientException', 'token-not-permitted', /credentials/, 1],
    [403, 'ExpiredTokenException', 'token-not-permitted', /credentials/, 1],
    [403, 'NeverHeardOfException', 'token-not-permitted', /airflow:CreateCliToken/, 1],
    [429, 'ThrottlingException', 'token-throttled', /Wait a moment/, 3],
    [400, 'ThrottlingException', 'token-throttled', /Wait a moment/, 3],
    [400, 'ValidationException', 'environment-not-available', /AVAILABLE/, 1],
    [409, 'ConflictException', 'environment-not-available', /AVAILABLE/, 1],
    [500, 'InternalServerException', 'environment-not-available', /AVAILABLE/, 3],
    [503, 'ServiceUnavailableException', 'environment-not-available', /AVAILABLE/, 3],
  ])('%i %s is %s', async (status, type, code, detail, requests) => {
    const { url, paths } = await startTokenApi(respondWithError(status, type));
    await expect(createSource(url)(neverAborted)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(detail),
      data: { upstreamStatus: status },
    });
    expect(paths).toHaveLength(requests);
  });

  test('throttled once: asked again, within the one call', async () => {
    const { url, paths } = await startTokenApi(respondWithError(429, 'ThrottlingException'), respondWithToken(TOKEN));
    expect(await createSource(url)(neverAborted)).toMatchObject({ token: 'token-1' });
    expect(paths).toHaveLength(2);
  });

  test('an answer without a token is no token', async () => {
    const { url } = await startTokenApi(respondWithToken({ WebServerHostname: 'web.example' }));
    await expect(createSource(url)(neverAborted)).rejects.toMatchObject({ code: 'environment-not-available' });
  });

  test('HTML is no token', async () => {
    const { url } = await startTokenApi((_request, response) => response.writeHead(502).end('<html>'));
    await expect(createSource(url)(neverAborted)).rejects.toMatchObject({ code: 'environment-not-available' });
  });

  test("MWAA's own words, which name ARNs, are not told", async () => {
    const { url } = await startTokenApi(respondWithError(403, 'AccessDeniedException'));
    await expect(createSource(url)(neverAborted)).rejects.toMatchObject({
      message: expect.not.stringContaining('111122223333'),
    });
  });
});

describe('MWAA cannot be reached', () => {
  test('refused: the step is named, and what to change', async () => {
    const url = await listen(createTcpServer());
    await new Promise((resolve) => servers.pop()!.close(resolve));
    await expect(createSource(url)(neverAborted)).rejects.toMatchObject({
      code: 'token-unreachable',
      message: expect.stringMatching(/ECONNREFUSED.*security group/),
    });
  });

  test('a name that does not resolve', async () => {
    await expect(createSource('https://env.airflow.invalid')(neverAborted)).rejects.toMatchObject({
      code: 'token-unreachable',
      message: expect.stringMatching(/interface endpoint for airflow\.env with private DNS/),
    });
  });

  test('no TLS', async () => {
    const url = await listen(createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    await expect(createSource(url.replace('http:', 'https:'))(neverAborted)).rejects.toMatchObject({
      code: 'token-unreachable',
      message: expect.stringContaining('speaks no TLS'),
    });
  });

  test('a connection that closes is tried three times', async () => {
    let connections = 0;
    const url = await listen(
      createTcpServer((socket) => {
        connections += 1;
        socket.destroy();
      }),
    );
    await expect(createSource(url)(neverAborted)).rejects.toMatchObject({ code: 'token-unreachable' });
    expect(connections).toBe(3);
  });

  test('an API that says nothing is given up in the time of a token', async () => {
    const { url, paths } = await startTokenApi(() => {});
    await expect(createTokenCache(createSource(url), Date.now, 60).get(neverAborted)).rejects.toMatchObject({
      code: 'token-timeout',
    });
    expect(paths).toHaveLength(1);
  });

  test('packets that go nowhere: three attempts end before the time of a token does, and the step is named', async () => {
    // In place of a network that drops packets, which not every machine has: a name server that says nothing.
    const { port } = new URL(await listen(createTcpServer()));
    const agent = new Agent({ lookup: () => {} });
    const requestHandler = { connectionTimeout: deriveTokenTimeouts(5_000, 3_000).connectMs, httpAgent: agent };
    const create = createCliTokenSource('Prod', deriveTokenTimeouts(5_000, 3_000), {
      ...CLIENT_CONFIG,
      endpoint: `http://silent.test:${port}`,
      requestHandler,
    });
    await expect(createTokenCache(create, Date.now, 3_000).get(neverAborted)).rejects.toMatchObject({
      code: 'token-unreachable',
      message: expect.stringContaining('security group'),
    });
  });

  test('a connection that died silently leaves time for another', async () => {
    const { url, paths } = await startTokenApi(() => {}, respondWithToken(TOKEN));
    expect(await createSource(url, 50)(neverAborted)).toMatchObject({ token: 'token-1' });
    expect(paths).toHaveLength(2);
  });

  test.each<[code: string, advice: RegExp]>([
    ['ENOTFOUND', /cannot be resolved/],
    ['EAI_AGAIN', /cannot be resolved/],
    ['ETIMEDOUT', /security group/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /TLS/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /TLS/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /TLS/],
    ['ECONNRESET', /send the request again/],
  ])('%s', (code, advice) => {
    expect(toTokenProblem(Object.assign(new Error('x'), { code }))).toMatchObject({
      code: 'token-unreachable',
      message: expect.stringMatching(advice),
    });
  });
});
