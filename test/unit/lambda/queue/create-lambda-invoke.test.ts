import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { createLambdaInvoke } from '../../../../lambda/front/queue/create-lambda-invoke.ts';
import { findInvokeErrorMeaning, INVOKE_ERROR_MEANINGS } from '../../../../lambda/front/queue/invoke-errors.ts';
import { CONNECT_TIMEOUT_MS } from '../../../../lambda/front/queue/send-request.ts';
import { createCloseAfterTest } from '../../close-after-test.ts';
import {
  CA_CERTIFICATE,
  closeConnection,
  createLocalhostLookup,
  findClosedPort,
  formatResponseHead,
  neverRespond,
  type RespondToRequest,
  respondWith,
  startScriptedWebServer,
  startTcpServer,
  TEST_HOST,
} from '../../mwaa/scripted-web-server.ts';
import { MODELED_ERRORS } from './modeled-errors.ts';

const closeAfterTest = createCloseAfterTest();

interface Setup {
  network?: Parameters<typeof createLambdaInvoke>[1];
  credentials?: () => Promise<never>;
  timeoutMs?: number;
}

/** Invokes a function at a port of this machine, with a clock that the test sets. */
function createTestInvoke(port: number, { network, credentials, timeoutMs = 20_000 }: Setup = {}) {
  const clock = { now: 1_000_000 };
  const invoke = createLambdaInvoke(
    () => clock.now,
    { ca: CA_CERTIFICATE, lookup: createLocalhostLookup(), ...network },
    {
      region: 'eu-west-1',
      endpoint: `https://${TEST_HOST}:${port}`,
      credentials: credentials ?? { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    },
  );
  return { clock, invoke: (payload = '{"a":1}') => invoke('relay-a', payload, AbortSignal.timeout(timeoutMs)) };
}

/** Invokes a function of a server with the given actions. */
async function invokeServer(actions: readonly RespondToRequest[], setup?: Setup) {
  const server = closeAfterTest(await startScriptedWebServer(...actions));
  const { invoke } = createTestInvoke(server.port, setup);
  return { result: await invoke(), server };
}

const respondWithError = (name: string, status: number, body: object = {}, headers: Record<string, string> = {}) =>
  respondWith(status, JSON.stringify(body), {
    'content-type': 'application/json',
    'x-amzn-errortype': name,
    ...headers,
  });

test('sends the payload to the function, signed, and returns the bytes of its response', async () => {
  const { result, server } = await invokeServer([respondWith(200, '{"status":200,"body":{"é":1}}')]);
  expect(result).toMatchObject({ kind: 'response' });
  expect(new TextDecoder().decode((result as { payload: Uint8Array }).payload)).toBe('{"status":200,"body":{"é":1}}');
  expect(server.received).toMatchObject([
    {
      method: 'POST',
      path: '/2015-03-31/functions/relay-a/invocations',
      body: '{"a":1}',
      headers: {
        host: `${TEST_HOST}:${server.port}`,
        'content-length': '7',
        authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 .*SignedHeaders=/),
      },
    },
  ]);
  // Absent: Lambda's default is a synchronous invocation.
  expect(server.received[0]!.headers['x-amz-invocation-type'] ?? 'RequestResponse').toBe('RequestResponse');
});

test('text that is not ASCII arrives as UTF-8, with its length in bytes', async () => {
  const server = closeAfterTest(await startScriptedWebServer(respondWith(200, '{}')));
  const payload = '{"a":"é🚀"}';
  await createTestInvoke(server.port).invoke(payload);
  expect(server.received).toMatchObject([{ body: payload, headers: { 'content-length': '14' } }]);
});

test('a function that failed', async () => {
  const body = '{"errorType":"Runtime.ExitError"}';
  const { result } = await invokeServer([respondWith(200, body, { 'x-amz-function-error': 'Unhandled' })]);
  expect(result.kind).toBe('function-error');
  expect(new TextDecoder().decode((result as { payload: Uint8Array }).payload)).toBe(body);
});

test('a 429, with its reason and Retry-After', async () => {
  const body = { message: 'Rate Exceeded.', Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded', Type: 'User' };
  const { result } = await invokeServer([
    respondWithError('TooManyRequestsException', 429, body, { 'retry-after': '3' }),
  ]);
  expect(result).toMatchObject({
    kind: 'error',
    error: { name: 'TooManyRequestsException', status: 429, reason: body.Reason },
    retryAfterMs: 3000,
  });
});

test.each(['0', '-1', 'soon', 'Wed, 21 Oct 2026 07:28:00 GMT'])('Retry-After: %s is ignored', async (value) => {
  const { result } = await invokeServer([
    respondWithError('TooManyRequestsException', 429, {}, { 'retry-after': value }),
  ]);
  expect(result).toMatchObject({ kind: 'error', error: { name: 'TooManyRequestsException' } });
  expect(result).not.toHaveProperty('retryAfterMs');
});

test('every error is reported by its name, modeled or not, and repeats none', async () => {
  const names = [...new Set([...MODELED_ERRORS, ...Object.keys(INVOKE_ERROR_MEANINGS), 'NewException'])];
  const server = closeAfterTest(
    await startScriptedWebServer(...names.map((name) => respondWithError(`${name}:http://x/`, 502, { Message: 'x' }))),
  );
  const { invoke } = createTestInvoke(server.port);
  const found: string[] = [];
  for (const _ of names) {
    const result = await invoke();
    if (result.kind === 'error') found.push(result.error.name);
  }
  expect(found).toEqual(names);
  expect(server.received).toHaveLength(names.length);
});

test.each([
  [403, 'not-started'],
  [500, 'possibly-started'],
  [502, 'possibly-started'],
  [503, 'possibly-started'],
])('a response with status %i that is not from Lambda: %s', async (status, kind) => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const { result, server } = await invokeServer([respondWith(status, '<html>Proxy</html>')]);
  expect(result).toMatchObject({ kind: 'error', error: { status } });
  if (result.kind === 'error') expect(findInvokeErrorMeaning(result.error).kind).toBe(kind);
  expect(server.received).toHaveLength(1);
});

test('without credentials, nothing is sent', async () => {
  const { result, server } = await invokeServer([respondWith(200, '{}')], {
    credentials: () => Promise.reject(new Error('no credentials')),
  });
  expect(result).toMatchObject({ kind: 'not-prepared' });
  expect(server.received).toHaveLength(0);
});

describe('the connection fails before the request is sent', () => {
  test('name resolution', async () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const { invoke } = createTestInvoke(443, { network: { lookup: (_name, _options, done) => done(error, '', 0) } });
    expect(await invoke()).toMatchObject({ kind: 'no-response', error: { sent: false, failure: 'name resolution' } });
  });

  test('a closed port', async () => {
    const { invoke } = createTestInvoke(await findClosedPort());
    expect(await invoke()).toMatchObject({ kind: 'no-response', error: { sent: false, failure: 'connect' } });
  });

  test('a certificate that is not trusted', async () => {
    const { result, server } = await invokeServer([respondWith(200, '{}')], { network: { ca: [] } });
    expect(result).toMatchObject({ kind: 'no-response', error: { sent: false, failure: 'TLS' } });
    expect(server.received).toHaveLength(0);
  });

  test('a TLS handshake that is cut off', async () => {
    const { port } = closeAfterTest(await startTcpServer((socket) => socket.destroy()));
    const { invoke } = createTestInvoke(port);
    expect(await invoke()).toMatchObject({ kind: 'no-response', error: { sent: false, failure: 'TLS' } });
  });

  test('a TLS handshake that does not end', async () => {
    const { port } = closeAfterTest(await startTcpServer(() => {}));
    const { invoke } = createTestInvoke(port);
    expect(await invoke()).toMatchObject({
      kind: 'no-response',
      error: { sent: false, failure: 'TLS', reason: 'timed out after 3 seconds' },
    });
  });

  test('the deadline while connecting', async () => {
    const { port } = closeAfterTest(await startTcpServer(() => {}));
    const { invoke } = createTestInvoke(port, { timeoutMs: 200 });
    expect(await invoke()).toMatchObject({
      kind: 'no-response',
      error: { sent: false, failure: 'TLS', reason: 'timed out' },
    });
  });
});

describe('the connection fails after the request is sent', () => {
  const truncate: RespondToRequest = (socket) =>
    socket.end(`${formatResponseHead(200, { 'content-length': '100' })}{"status":`);

  test.each<[name: string, action: RespondToRequest]>([
    ['no response', closeConnection],
    ['half a response', truncate],
  ])('%s: sent, and not repeated', async (_name, action) => {
    const { result, server } = await invokeServer([action]);
    expect(result).toMatchObject({ kind: 'no-response', error: { sent: true, failure: 'exchange' } });
    expect(server.received).toHaveLength(1);
  });

  test('no response until the deadline', async () => {
    const { result, server } = await invokeServer([neverRespond], { timeoutMs: 500 });
    expect(result).toMatchObject({ kind: 'no-response', error: { sent: true, failure: 'timeout' } });
    expect(server.received).toHaveLength(1);
  });

  test('101: fails at once as sent', async () => {
    const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n';
    const { result } = await invokeServer([(socket) => socket.write(head)]);
    expect(result).toMatchObject({ kind: 'no-response', error: { sent: true, failure: 'exchange' } });
  });
});

test('an endpoint without TLS', async () => {
  const server = createServer((_request, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeAfterTest(server);
  const invoke = createLambdaInvoke(Date.now, undefined, {
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  });
  expect(await invoke('relay-a', '{}', AbortSignal.timeout(10_000))).toMatchObject({ kind: 'response' });
});

test('a slow command is neither rejected nor warned about', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const respondLate: RespondToRequest = (socket, request) => {
    setTimeout(() => respondWith(200, '{}')(socket, request), CONNECT_TIMEOUT_MS + 1000);
  };
  expect((await invokeServer([respondLate])).result).toMatchObject({ kind: 'response' });
  expect(warn).not.toHaveBeenCalled();
});

describe('connections', () => {
  test('are reused', async () => {
    const server = closeAfterTest(await startScriptedWebServer(respondWith(200, '{}')));
    const { invoke } = createTestInvoke(server.port);
    for (let call = 0; call < 3; call += 1) expect(await invoke()).toMatchObject({ kind: 'response' });
    expect([server.received.length, server.connections.length]).toEqual([3, 1]);
  });

  test('are reused after a 429', async () => {
    const server = closeAfterTest(await startScriptedWebServer(respondWithError('TooManyRequestsException', 429)));
    const { invoke } = createTestInvoke(server.port);
    for (let call = 0; call < 3; call += 1) expect(await invoke()).toMatchObject({ kind: 'error' });
    expect(server.connections).toHaveLength(1);
  });

  test('that the server closed are replaced, so the outcome is known', async () => {
    const respondAndClose: RespondToRequest = (socket, request) => {
      respondWith(200, '{}')(socket, request);
      setTimeout(() => socket.end(), 20);
    };
    const server = closeAfterTest(await startScriptedWebServer(respondAndClose));
    const { invoke } = createTestInvoke(server.port);
    for (let call = 0; call < 3; call += 1) {
      expect(await invoke()).toMatchObject({ kind: 'response' });
      await sleep(100);
    }
    expect([server.received.length, server.connections.length]).toEqual([3, 3]);
  });

  test('that were idle for long are replaced', async () => {
    const server = closeAfterTest(await startScriptedWebServer(respondWith(200, '{}')));
    const { invoke, clock } = createTestInvoke(server.port);
    await invoke();
    clock.now += 31_000;
    expect(await invoke()).toMatchObject({ kind: 'response' });
    expect(server.connections).toHaveLength(2);
  });
});
