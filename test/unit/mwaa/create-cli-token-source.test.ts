import { Agent, createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createSdkTokenCall } from '../../../client/direct/create-sdk-token-call.ts';
import { createTokenCall } from '../../../lambda/relay/create-token-call.ts';
import { RELAY_REMEDIES } from '../../../lambda/relay/relay-remedies.ts';
import { type CreateCliToken, createCliTokenSource } from '../../../mwaa/token/create-cli-token-source.ts';
import { createTokenCache } from '../../../mwaa/token/create-token-cache.ts';
import { toTokenProblem } from '../../../mwaa/token/create-token-source.ts';
import { deriveTokenTimeouts, type TokenTimeouts } from '../../../mwaa/token/derive-token-timeouts.ts';
import { neverAborted } from './cli-responses.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const REGION = 'eu-west-1';
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };

/** Calls the token API at an endpoint. */
type ConnectTokenApi = (endpoint: string, timeouts: TokenTimeouts, agent?: Agent) => CreateCliToken;

/** The relay's own client, and the AWS SDK. Both must behave the same. */
const CLIENTS: readonly (readonly [name: string, connect: ConnectTokenApi])[] = [
  [
    'the relay',
    (endpoint, timeouts, agent) =>
      createTokenCall('Prod', timeouts, {
        region: REGION,
        credentials: CREDENTIALS,
        endpoint,
        ...(agent !== undefined && { agent }),
      }),
  ],
  [
    'the AWS SDK',
    (endpoint, timeouts, agent) =>
      createSdkTokenCall('Prod', timeouts, {
        region: REGION,
        credentials: CREDENTIALS,
        endpoint,
        disableHostPrefix: true,
        ...(agent !== undefined && {
          requestHandler: { connectionTimeout: timeouts.connectTimeoutMs, httpAgent: agent },
        }),
      }),
  ],
];

/** MWAA's token API. Each responder handles one request; the last one handles all further requests. Records the paths. */
async function startTokenApi(...responders: readonly RequestListener[]) {
  const paths: (string | undefined)[] = [];
  const url = await listen(
    createServer((request, response) => {
      paths.push(`${request.method} ${request.url}`);
      responders[Math.min(paths.length, responders.length) - 1]!(request, response);
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

describe.each(CLIENTS)('%s', (_name, connect) => {
  const createSource = (endpoint: string, responseTimeoutMs = 2_000) =>
    createCliTokenSource(connect(endpoint, { connectTimeoutMs: 1_000, responseTimeoutMs }), RELAY_REMEDIES);

  test('returns the token and its host', async () => {
    const { url, paths } = await startTokenApi(respondWithToken(TOKEN));
    expect(await createSource(url)(neverAborted)).toEqual({ token: 'token-1', hostname: 'web.example' });
    expect(paths).toEqual(['POST /clitoken/Prod']);
  });

  describe('an error of the MWAA API', () => {
    test.each<[status: number, type: string, code: string, detail: RegExp, requests: number]>([
      [404, 'ResourceNotFoundException', 'no-such-environment', /mwaaName/, 1],
      [403, 'AccessDeniedException', 'token-not-permitted', /airflow:CreateCliToken.*endpoint/, 1],
      [403, 'UnrecognizedClientException', 'token-not-permitted', /credentials/, 1],
      [403, 'ExpiredTokenException', 'token-not-permitted', /credentials/, 1],
      [403, 'UnknownException', 'token-not-permitted', /airflow:CreateCliToken/, 1],
      [429, 'ThrottlingException', 'token-throttled', /Wait a moment/, 3],
      [400, 'ThrottlingException', 'token-throttled', /Wait a moment/, 3],
      [400, 'ValidationException', 'environment-not-available', /AVAILABLE/, 1],
      [409, 'ConflictException', 'environment-not-available', /AVAILABLE/, 1],
      [500, 'InternalServerException', 'environment-not-available', /AVAILABLE/, 3],
      [503, 'ServiceUnavailableException', 'environment-not-available', /AVAILABLE/, 3],
    ])('%i %s becomes %s', async (status, type, code, detail, requests) => {
      const { url, paths } = await startTokenApi(respondWithError(status, type));
      await expect(createSource(url)(neverAborted)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(detail),
        data: { upstreamStatus: status },
      });
      expect(paths).toHaveLength(requests);
    });

    test('retries after one throttled request', async () => {
      const { url, paths } = await startTokenApi(respondWithError(429, 'ThrottlingException'), respondWithToken(TOKEN));
      expect(await createSource(url)(neverAborted)).toMatchObject({ token: 'token-1' });
      expect(paths).toHaveLength(2);
    });

    test('rejects a response without a token', async () => {
      const { url } = await startTokenApi(respondWithToken({ WebServerHostname: 'web.example' }));
      await expect(createSource(url)(neverAborted)).rejects.toMatchObject({ code: 'environment-not-available' });
    });

    test('rejects a response with HTML', async () => {
      const { url } = await startTokenApi((_request, response) => response.writeHead(502).end('<html>'));
      await expect(createSource(url)(neverAborted)).rejects.toMatchObject({ code: 'environment-not-available' });
    });

    test("does not repeat MWAA's own message, which contains ARNs", async () => {
      const { url } = await startTokenApi(respondWithError(403, 'AccessDeniedException'));
      await expect(createSource(url)(neverAborted)).rejects.toMatchObject({
        message: expect.not.stringContaining('111122223333'),
      });
    });
  });

  describe('the MWAA API cannot be reached', () => {
    test('connection refused: names the step and the remedy', async () => {
      const url = await listen(createTcpServer());
      await new Promise((resolve) => servers.pop()!.close(resolve));
      await expect(createSource(url)(neverAborted)).rejects.toMatchObject({
        code: 'token-unreachable',
        message: expect.stringMatching(/ECONNREFUSED.*security group/),
      });
    });

    test('host name does not resolve', async () => {
      await expect(createSource('https://env.airflow.invalid')(neverAborted)).rejects.toMatchObject({
        code: 'token-unreachable',
        message: expect.stringMatching(/airflow\.env interface endpoint with private DNS/),
      });
    });

    test('server without TLS', async () => {
      const url = await listen(createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
      await expect(createSource(url.replace('http:', 'https:'))(neverAborted)).rejects.toMatchObject({
        code: 'token-unreachable',
        message: expect.stringContaining('TLS handshake was cut off'),
      });
    });

    test('connection closed: tries three times', async () => {
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

    test('no response: times out with token-timeout', async () => {
      const { url, paths } = await startTokenApi(() => {});
      await expect(
        createTokenCache(createSource(url), Date.now, 60, RELAY_REMEDIES).get(neverAborted),
      ).rejects.toMatchObject({
        code: 'token-timeout',
      });
      expect(paths).toHaveLength(1);
    });

    test('packets dropped: three attempts end before the timeout, and the error names the remedy', async () => {
      // Not every machine has a network that drops packets. A name server that never responds has the same effect.
      const { port } = new URL(await listen(createTcpServer()));
      const agent = new Agent({ lookup: () => {} });
      const call = connect(`http://silent.test:${port}`, deriveTokenTimeouts(5_000, 3_000), agent);
      const source = createCliTokenSource(call, RELAY_REMEDIES);
      await expect(createTokenCache(source, Date.now, 3_000, RELAY_REMEDIES).get(neverAborted)).rejects.toMatchObject({
        code: 'token-unreachable',
        message: expect.stringContaining('security group'),
      });
    });

    test('a dead connection leaves time for a second attempt', async () => {
      const { url, paths } = await startTokenApi(() => {}, respondWithToken(TOKEN));
      expect(await createSource(url, 50)(neverAborted)).toMatchObject({ token: 'token-1' });
      expect(paths).toHaveLength(2);
    });
  });

  test('a clock that is ten minutes off is corrected after one rejected request', async () => {
    const serverTime = new Date(Date.now() - 600_000);
    const signedAt: string[] = [];
    const { url } = await startTokenApi(
      (request, response) => {
        signedAt.push(String(request.headers['x-amz-date']));
        response.setHeader('date', serverTime.toUTCString());
        respondWithError(403, 'InvalidSignatureException')(request, response);
      },
      (request, response) => {
        signedAt.push(String(request.headers['x-amz-date']));
        respondWithToken(TOKEN)(request, response);
      },
    );
    expect(await createSource(url)(neverAborted)).toMatchObject({ token: 'token-1' });
    expect(signedAt[1]!.slice(0, 13)).toBe(serverTime.toISOString().replaceAll(/[-:]/g, '').slice(0, 13));
    expect(signedAt[1]! < signedAt[0]!).toBe(true);
  });

  test('a request that is rejected with the right time is not repeated', async () => {
    const { url, paths } = await startTokenApi(respondWithError(403, 'InvalidSignatureException'));
    await expect(createSource(url)(neverAborted)).rejects.toMatchObject({ code: 'token-not-permitted' });
    expect(paths).toHaveLength(1);
  });
});

/** The SDK that the clients use is older than this rule. */
test.each(['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])(
  'the relay tries again if the network is not ready at first (%s)',
  async (code) => {
    const { url, paths } = await startTokenApi(respondWithToken(TOKEN));
    let lookups = 0;
    const agent = new Agent({
      lookup: (_hostname, _options, callback) => {
        lookups += 1;
        if (lookups === 1) callback(Object.assign(new Error('x'), { code }), []);
        else callback(null, [{ address: '127.0.0.1', family: 4 }]);
      },
    });
    const [, connectRelay] = CLIENTS[0]!;
    const call = connectRelay(url.replace('127.0.0.1', 'silent.test'), deriveTokenTimeouts(5_000, 3_000), agent);
    expect(await createCliTokenSource(call, RELAY_REMEDIES)(neverAborted)).toMatchObject({ token: 'token-1' });
    expect([lookups, paths.length]).toEqual([2, 1]);
  },
);

describe('the MWAA API cannot be reached', () => {
  test.each<[code: string, remedy: RegExp]>([
    ['ENOTFOUND', /cannot resolve/],
    ['EAI_AGAIN', /cannot resolve/],
    ['ETIMEDOUT', /security group/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /TLS/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /TLS/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /TLS/],
    ['ECONNRESET', /Send the request again/],
  ])('%s is reported with its remedy', (code, remedy) => {
    expect(toTokenProblem(Object.assign(new Error('x'), { code }), 'CLI token', RELAY_REMEDIES)).toMatchObject({
      code: 'token-unreachable',
      message: expect.stringMatching(remedy),
    });
  });
});
