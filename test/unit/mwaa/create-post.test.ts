import type { AgentOptions } from 'node:https';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { RELAY_REMEDIES } from '../../../lambda/relay/relay-remedies.ts';
import { createSendCommand } from '../../../mwaa/cli/send-command.ts';
import { createPost } from '../../../mwaa/connection/create-post.ts';
import { NoResponseError } from '../../../mwaa/connection/no-response-error.ts';
import type { PostLimits } from '../../../mwaa/connection/post.ts';
import { createCloseAfterTest } from '../close-after-test.ts';
import { createTokens, encodeStreams, HTML_BODY, neverAborted } from './cli-responses.ts';
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
} from './scripted-web-server.ts';

const closeAfterTest = createCloseAfterTest();

const TOKEN = { token: 'secret', hostname: TEST_HOST };
/** Limits that no test reaches unless it lowers them. */
const LIMITS: PostLimits = { connectTimeoutMs: 10_000, postTimeoutMs: 10_000, maxResponseBytes: 100_000 };

interface PostSetup {
  airflow?: string;
  limits?: Partial<PostLimits>;
  network?: AgentOptions;
  signal?: AbortSignal;
}

/** Posts to a port of this machine, with a clock that the test sets. */
function createTestPost(port: number, { airflow = '2.10.3', limits, network, signal = neverAborted }: PostSetup = {}) {
  const clock = { now: 1_000_000 };
  const lookups: string[] = [];
  const options = { port, ca: CA_CERTIFICATE, lookup: createLocalhostLookup(lookups), ...network };
  const post = createPost(airflow, { ...LIMITS, ...limits }, () => clock.now, options);
  return { clock, lookups, post: (commandLine = 'version') => post(TOKEN, commandLine, signal) };
}

/** Posts to a server with the given actions. Returns the response or the error. */
async function postToServer(actions: readonly RespondToRequest[], setup?: PostSetup) {
  const server = closeAfterTest(await startScriptedWebServer(...actions));
  const { post, lookups } = createTestPost(server.port, setup);
  const result = await post().catch((error: unknown) => error);
  return { result, server, lookups };
}

const respondOk = respondWith(200, 'ok');

test('posts a command as MWAA documents it, and returns the response', async () => {
  const { result, server } = await postToServer([respondOk]);
  expect(result).toMatchObject({ status: 200, body: 'ok' });
  expect(server.received).toMatchObject([
    {
      method: 'POST',
      path: '/aws_mwaa/cli',
      headers: { host: TEST_HOST, authorization: 'Bearer secret', 'content-type': 'text/plain', 'content-length': '7' },
      body: 'version',
    },
  ]);
});

test.each([
  ['1.10.12', '/aws_mwaa/cli'],
  ['2.11.2', '/aws_mwaa/cli'],
  ['3.0.6', '/aws_mwaa/cli/'],
])('Airflow %s: posts to %s', async (airflow, path) => {
  const { server } = await postToServer([respondOk], { airflow });
  expect(server.received.map((request) => request.path)).toEqual([path]);
});

describe('without a connection nothing is sent', () => {
  test('connection refused', async () => {
    await expect(createTestPost(await findClosedPort()).post()).rejects.toMatchObject({
      failure: 'connect',
      reason: 'ECONNREFUSED',
      sent: false,
    });
  });

  test('host name does not resolve', async () => {
    const lookup: AgentOptions['lookup'] = (_hostname, _options, callback) =>
      callback(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), []);
    await expect(createTestPost(1, { network: { lookup } }).post()).rejects.toMatchObject({
      failure: 'name resolution',
      reason: 'ENOTFOUND',
      sent: false,
    });
  });

  test('name server does not respond', async () => {
    const network = { lookup: () => {} };
    await expect(createTestPost(1, { network, limits: { connectTimeoutMs: 20 } }).post()).rejects.toMatchObject({
      failure: 'name resolution',
      sent: false,
    });
  });

  test.each<[what: string, network: AgentOptions, code: string]>([
    ['certificate for another name', { servername: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['certificate of an unknown authority', { ca: [] }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('%s', async (_what, network, code) => {
    const { result, server } = await postToServer([respondOk], { network });
    expect(result).toMatchObject({ failure: 'TLS', reason: code, sent: false });
    expect(server.received).toEqual([]);
  });

  test.each<[what: string, act: Parameters<typeof startTcpServer>[0]]>([
    ['server without TLS', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['connection closed during the TLS handshake', (socket) => socket.destroy()],
    ['no response during the TLS handshake', () => {}],
  ])('%s', async (_what, act) => {
    const { port } = closeAfterTest(await startTcpServer(act));
    await expect(createTestPost(port, { limits: { connectTimeoutMs: 1500 } }).post()).rejects.toMatchObject({
      failure: 'TLS',
      sent: false,
    });
  });

  test('closes the connection after a timeout', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const { port } = closeAfterTest(await startTcpServer((socket) => socket.resume().on('close', () => resolve())));
    await expect(createTestPost(port, { limits: { connectTimeoutMs: 1500 } }).post()).rejects.toMatchObject({
      failure: 'TLS',
    });
    await closed;
  });

  test('request times out while connecting', async () => {
    const { port } = closeAfterTest(await startTcpServer(() => {}));
    await expect(createTestPost(port, { signal: AbortSignal.timeout(1500) }).post()).rejects.toMatchObject({
      failure: 'TLS',
      reason: 'the request timed out',
      sent: false,
    });
  });

  test('request is aborted before it starts', async () => {
    const { result, server } = await postToServer([respondOk], { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ sent: false });
    expect(server.connections).toEqual([]);
  });
});

const STALLED_HEAD = formatResponseHead(200, { 'content-length': '10000' });
const sendTrickle: RespondToRequest = (socket) => {
  socket.write(STALLED_HEAD);
  const timer = setInterval(() => socket.write('x'), 5);
  socket.on('close', () => clearInterval(timer));
};
const sendEndlessBody: RespondToRequest = (socket) => {
  socket.write(formatResponseHead(200, { 'transfer-encoding': 'chunked' }));
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const fill = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', fill);
  fill();
};

describe('after sending, if the server', () => {
  const QUICK = { postTimeoutMs: 1500 };

  test.each<[what: string, act: RespondToRequest, failure: string, reason: RegExp, limits?: Partial<PostLimits>]>([
    ['closes the connection before responding', closeConnection, 'exchange', /ECONNRESET/],
    ['closes the connection in the body', (socket) => socket.end(`${STALLED_HEAD}x`), 'exchange', /ECONNRESET/],
    [
      'closes the connection between two chunks',
      (socket) => socket.end(`${formatResponseHead(200, { 'transfer-encoding': 'chunked' })}1\r\nx\r\n`),
      'exchange',
      /ECONNRESET/,
    ],
    ['does not speak HTTP', (socket) => socket.write('SMTP ready\r\n\r\n'), 'exchange', /HPE_INVALID/],
    ['never responds', neverRespond, 'timeout', /in time/, QUICK],
    ['stalls after the headers', (socket) => socket.write(STALLED_HEAD), 'timeout', /in time/, QUICK],
    ['stalls in the body', (socket) => socket.write(`${STALLED_HEAD}x`), 'timeout', /in time/, QUICK],
    ['sends one byte at a time', sendTrickle, 'timeout', /in time/, QUICK],
    ['sends an endless body', sendEndlessBody, 'size', /the response \(HTTP 200\) is larger than 100000 bytes/],
    ['sends one byte more than the limit', respondWith(200, 'x'.repeat(100_001)), 'size', /larger than 100000 bytes/],
  ])('%s', async (_what, act, failure, reason, limits = {}) => {
    const { result, server } = await postToServer([act], { limits });
    expect(result).toBeInstanceOf(NoResponseError);
    expect(result).toMatchObject({ failure, reason: expect.stringMatching(reason), sent: true, reused: false });
    expect(server.received).toHaveLength(1);
  });

  test('sends more than the limit, the connection is closed', async () => {
    const { server } = await postToServer([sendEndlessBody]);
    await expect.poll(() => server.connections[0]?.closed).toBe(true);
  });

  test('takes longer than the timeout for connecting, the response is returned', async () => {
    const late: RespondToRequest = (socket, request) => setTimeout(() => respondOk(socket, request), 2000);
    const { result } = await postToServer([late], { limits: { connectTimeoutMs: 1500 } });
    expect(result).toMatchObject({ body: 'ok' });
  });

  test('sends exactly the limit, the response is returned', async () => {
    const { result } = await postToServer([respondWith(200, 'x'.repeat(100_000))]);
    expect(result).toMatchObject({ status: 200 });
  });

  test('fails, the next post works', async () => {
    const server = closeAfterTest(await startScriptedWebServer(closeConnection, sendEndlessBody, respondOk));
    const { post } = createTestPost(server.port);
    await expect(post()).rejects.toMatchObject({ failure: 'exchange' });
    await expect(post()).rejects.toMatchObject({ failure: 'size' });
    expect(await post()).toMatchObject({ body: 'ok' });
    expect(server.received).toHaveLength(3);
  });
});

const respondWithRedirect = (location: string, status = 307) => respondWith(status, '', { location });

describe('a redirect', () => {
  test.each<[location: string, path: string, status?: number]>([
    ['/aws_mwaa/cli/', '/aws_mwaa/cli/'],
    [`https://${TEST_HOST}/aws_mwaa/cli/`, '/aws_mwaa/cli/'],
    [`https://${TEST_HOST}:443/elsewhere?x=1`, '/elsewhere?x=1'],
    ['/aws_mwaa/cli/', '/aws_mwaa/cli/', 308],
  ])('to %s is followed with the same method, body and token', async (location, path, status) => {
    const { result, server } = await postToServer([respondWithRedirect(location, status), respondOk]);
    expect(result).toMatchObject({ body: 'ok' });
    const sent = { method: 'POST', headers: { authorization: 'Bearer secret' }, body: 'version' };
    expect(server.received).toMatchObject([
      { ...sent, path: '/aws_mwaa/cli' },
      { ...sent, path },
    ]);
    expect(server.connections).toHaveLength(1);
  });

  test.each([
    ['https://evil.test/aws_mwaa/cli', 'https://evil.test'],
    [`http://${TEST_HOST}/aws_mwaa/cli/`, `http://${TEST_HOST}`],
    [`https://${TEST_HOST}:8443/aws_mwaa/cli/`, `https://${TEST_HOST}:8443`],
    [`https://${TEST_HOST}.evil.test/`, `https://${TEST_HOST}.evil.test`],
    ['//evil.test/', 'https://evil.test'],
    ['https://', 'an invalid address'],
  ])('to %s is not followed', async (location, target) => {
    const { result, server, lookups } = await postToServer([respondWithRedirect(location), respondOk]);
    expect(result).toMatchObject({ failure: 'redirect', reason: `it redirects to ${target}`, sent: false });
    expect(server.received).toHaveLength(1);
    expect(lookups).toEqual([TEST_HOST]);
  });

  test('after a redirect is not followed', async () => {
    const { result, server } = await postToServer([respondWithRedirect('/a'), respondWithRedirect('/b'), respondOk]);
    expect(result).toMatchObject({ failure: 'redirect', reason: 'it redirects a second time', sent: false });
    expect(server.received).toHaveLength(2);
  });

  test.each([301, 302, 303])('with status %i is not followed, because the command may have run', async (status) => {
    const { result, server } = await postToServer([respondWithRedirect('/aws_mwaa/cli/', status), respondOk]);
    expect(result).toMatchObject({ status });
    expect(server.received).toHaveLength(1);
  });

  test('is not remembered', async () => {
    const server = closeAfterTest(await startScriptedWebServer(respondWithRedirect('/aws_mwaa/cli/'), respondOk));
    const { post } = createTestPost(server.port);
    await post();
    await post();
    expect(server.received.map(({ path }) => path)).toEqual(['/aws_mwaa/cli', '/aws_mwaa/cli/', '/aws_mwaa/cli']);
  });
});

describe('a kept-alive connection', () => {
  test.each<[what: string, idleMs: number, headers: Record<string, string>, connections: number]>([
    ['is reused', 0, {}, 1],
    ['is reused after 30 seconds', 30_000, {}, 1],
    ['is not reused after more than 30 seconds', 30_001, {}, 2],
    ['is not reused after the clock was set back', -1, {}, 2],
    ['is reused until a second before the timeout of the server', 4_000, { 'keep-alive': 'timeout=5' }, 1],
    ['is not reused after that', 4_001, { 'keep-alive': 'max=9, timeout=5' }, 2],
    ['is not reused if the server closes it', 0, { connection: 'close' }, 2],
  ])('%s', async (_what, idleMs, headers, connections) => {
    const server = closeAfterTest(await startScriptedWebServer(respondWith(200, 'ok', headers)));
    const { post, clock } = createTestPost(server.port);
    await post();
    clock.now += idleMs;
    expect(await post()).toMatchObject({ body: 'ok' });
    expect(server.connections).toHaveLength(connections);
    expect(server.received).toHaveLength(2);
  });

  test.each<[how: string, close: (socket: { end(): void; destroy(): void }) => void]>([
    ['end()', (socket) => socket.end()],
    ['destroy()', (socket) => socket.destroy()],
  ])('that the server closed unnoticed, with %s, is not reused', async (_how, close) => {
    const server = closeAfterTest(await startScriptedWebServer(respondOk));
    const { post } = createTestPost(server.port);
    await post();
    close(server.connections[0]!);
    expect(await post()).toMatchObject({ body: 'ok' });
    expect(server.connections).toHaveLength(2);
    expect(server.received).toHaveLength(2);
  });

  test('that is stale is closed without affecting a pending post on another connection', async () => {
    const pending: (() => void)[] = [];
    const late: RespondToRequest = (socket, request) => pending.push(() => respondOk(socket, request));
    const server = closeAfterTest(await startScriptedWebServer(late, respondOk));
    const { post, clock } = createTestPost(server.port);
    const slow = post('slow');
    while (server.received.length === 0) await nextTurn();
    await post();
    clock.now += 60_000;
    await post();
    pending[0]!();
    expect(await slow).toMatchObject({ body: 'ok' });
  });

  test('is not used for another host', async () => {
    const server = closeAfterTest(await startScriptedWebServer(respondOk));
    const network = { port: server.port, ca: CA_CERTIFICATE, lookup: createLocalhostLookup() };
    const post = createPost('2.10.3', LIMITS, Date.now, network);
    const { signal } = new AbortController();
    await post(TOKEN, 'version', signal);
    await expect(post({ ...TOKEN, hostname: 'other.test' }, 'version', signal)).rejects.toMatchObject({
      failure: 'TLS',
      reused: false,
      sent: false,
    });
    expect(server.received).toHaveLength(1);
  });

  /** A race condition: the server closes the connection while the request is in transit. The server may have read the request. */
  test('closed while the request is in transit: fails as sent, on a reused connection', async () => {
    const server = closeAfterTest(await startScriptedWebServer(respondOk, closeConnection));
    const { post } = createTestPost(server.port);
    await post();
    await expect(post()).rejects.toMatchObject({ failure: 'exchange', sent: true, reused: true });
    expect(server.received).toHaveLength(2);
    expect(server.connections).toHaveLength(1);
  });
});

/** Tests `createSendCommand` over real sockets, and counts how often the server receives the command. */
describe('sending a command', () => {
  const RAN = respondWith(200, encodeStreams('out'));
  const TRIGGER = { commandLine: 'dags trigger d', readOnly: false };
  const READ = { commandLine: 'dags list', readOnly: true };

  function createTestSend(port: number, limits?: Partial<PostLimits>) {
    const { post, clock } = createTestPost(port, limits === undefined ? {} : { limits });
    return createSendCommand({
      remedies: RELAY_REMEDIES,
      tokens: createTokens(TOKEN.token, TOKEN.hostname),
      post: (_token, commandLine) => post(commandLine),
      busyRetryMs: 20_000,
      now: () => clock.now,
      wait: async () => {},
    });
  }

  const BUSY = respondWith(503, HTML_BODY);

  test.each<[what: string, actions: RespondToRequest[], command: typeof READ, outcome: unknown, arrived: number]>([
    ['503, then 200: a trigger', [BUSY, RAN], TRIGGER, { status: 200 }, 2],
    ['403, then 200: a trigger', [respondWith(403, ''), RAN], TRIGGER, { status: 200 }, 2],
    ['403 forever: a trigger', [respondWith(403, '')], TRIGGER, { code: 'token-refused' }, 3],
    ['connection closed: a trigger', [closeConnection], TRIGGER, { code: 'outcome-unknown' }, 1],
    ['connection closed: a read-only command', [closeConnection], READ, { code: 'airflow-error' }, 1],
    ['500: a trigger', [respondWith(500, '')], TRIGGER, { code: 'outcome-unknown' }, 1],
    ['504: a trigger', [respondWith(504, '')], TRIGGER, { code: 'outcome-unknown' }, 1],
    ['endless response: a trigger', [sendEndlessBody], TRIGGER, { code: 'outcome-unknown' }, 1],
    ['endless response: a read-only command', [sendEndlessBody], READ, { code: 'answer-too-large' }, 1],
    [
      'redirect to another host: a trigger',
      [respondWithRedirect('https://evil.test/')],
      TRIGGER,
      { code: 'redirect-refused' },
      1,
    ],
  ])('%s', async (_what, actions, command, outcome, arrived) => {
    const server = closeAfterTest(await startScriptedWebServer(...actions));
    const result = await createTestSend(server.port)(command, neverAborted).catch((error: unknown) => error);
    expect(result).toMatchObject(outcome as object);
    expect(server.received).toHaveLength(arrived);
  });

  test.each<[what: string, command: typeof READ, outcome: unknown, arrived: number]>([
    ['a read-only command is sent again', READ, { status: 200 }, 3],
    ['a trigger is not sent again', TRIGGER, { code: 'outcome-unknown' }, 2],
  ])('reused connection closed while the request is in transit: %s', async (_what, command, outcome, arrived) => {
    const server = closeAfterTest(await startScriptedWebServer(RAN, closeConnection, RAN));
    const send = createTestSend(server.port);
    await send(READ, neverAborted);
    const result = await send(command, neverAborted).catch((error: unknown) => error);
    expect(result).toMatchObject(outcome as object);
    expect(server.received).toHaveLength(arrived);
  });

  test('connection refused: the problem names the step and the remedy', async () => {
    const failing = createTestSend(await findClosedPort())(TRIGGER, neverAborted);
    await expect(failing).rejects.toMatchObject({
      code: 'airflow-unreachable',
      message: expect.stringMatching(/web\.test cannot be reached \(connect: ECONNREFUSED\).*security group/),
    });
  });
});
