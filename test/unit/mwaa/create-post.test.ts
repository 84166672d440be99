import type { AgentOptions } from 'node:https';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { createSendCommand } from '../../../mwaa/cli/send-command.ts';
import { createPost, NoResponseError, type PostLimits } from '../../../mwaa/connection/create-post.ts';
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

const openServers: { close(): void }[] = [];
afterEach(() => {
  for (const server of openServers.splice(0)) server.close();
});
const closeAfterTest = <Server extends { close(): void }>(server: Server): Server => {
  openServers.push(server);
  return server;
};

const TOKEN = { token: 'secret', hostname: TEST_HOST };
/** Long enough never to be reached where a test does not shorten it. */
const LIMITS: PostLimits = { connectTimeoutMs: 10_000, postTimeoutMs: 10_000, maxResponseBytes: 100_000 };
const neverAborted = new AbortController().signal;

interface PostSetup {
  airflow?: string;
  limits?: Partial<PostLimits>;
  network?: AgentOptions;
  signal?: AbortSignal;
}

/** A poster to that port of this machine, and a clock that is set. */
function createTestPost(port: number, { airflow = '2.10.3', limits, network, signal = neverAborted }: PostSetup = {}) {
  const clock = { now: 1_000_000 };
  const asked: string[] = [];
  const trusting = { port, ca: CA_CERTIFICATE, lookup: createLocalhostLookup(asked), ...network };
  const post = createPost(airflow, { ...LIMITS, ...limits }, () => clock.now, trusting);
  return { clock, asked, post: (line = 'version') => post(TOKEN, line, signal) };
}

/** What a post to a server that acts like this comes to. */
async function postToServer(acts: readonly RespondToRequest[], setting?: PostSetup) {
  const server = closeAfterTest(await startScriptedWebServer(...acts));
  const { post, asked } = createTestPost(server.port, setting);
  const result = await post().catch((error: unknown) => error);
  return { result, server, asked };
}

const respondOk = respondWith(200, 'ok');

test('a command goes out as MWAA documents it, and the answer comes back', async () => {
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
])('Airflow %s is asked at %s', async (airflow, path) => {
  const { server } = await postToServer([respondOk], { airflow });
  expect(server.received.map((request) => request.path)).toEqual([path]);
});

describe('no connection: nothing was sent', () => {
  test('refused', async () => {
    await expect(createTestPost(await findClosedPort()).post()).rejects.toMatchObject({
      failure: 'connect',
      reason: 'ECONNREFUSED',
      sent: false,
    });
  });

  test('a name that does not resolve', async () => {
    const lookup: AgentOptions['lookup'] = (_hostname, _options, callback) =>
      callback(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), []);
    await expect(createTestPost(1, { network: { lookup } }).post()).rejects.toMatchObject({
      failure: 'name resolution',
      reason: 'ENOTFOUND',
      sent: false,
    });
  });

  test('a name server that says nothing', async () => {
    const network = { lookup: () => {} };
    await expect(createTestPost(1, { network, limits: { connectTimeoutMs: 20 } }).post()).rejects.toMatchObject({
      failure: 'name resolution',
      sent: false,
    });
  });

  test.each<[what: string, network: AgentOptions, code: string]>([
    ['a certificate for another name', { servername: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['a certificate nobody vouches for', { ca: [] }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('%s', async (_what, network, code) => {
    const { result, server } = await postToServer([respondOk], { network });
    expect(result).toMatchObject({ failure: 'TLS', reason: code, sent: false });
    expect(server.received).toEqual([]);
  });

  test.each<[what: string, act: Parameters<typeof startTcpServer>[0]]>([
    ['a server that speaks no TLS', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a server that hangs up in the handshake', (socket) => socket.destroy()],
    ['a server that is silent in the handshake', () => {}],
  ])('%s', async (_what, act) => {
    const { port } = closeAfterTest(await startTcpServer(act));
    await expect(createTestPost(port, { limits: { connectTimeoutMs: 1500 } }).post()).rejects.toMatchObject({
      failure: 'TLS',
      sent: false,
    });
  });

  test('a connection that was given up is closed', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const { port } = closeAfterTest(await startTcpServer((socket) => socket.resume().on('close', () => resolve())));
    await expect(createTestPost(port, { limits: { connectTimeoutMs: 1500 } }).post()).rejects.toMatchObject({
      failure: 'TLS',
    });
    await closed;
  });

  test('the request is over while connecting', async () => {
    const { port } = closeAfterTest(await startTcpServer(() => {}));
    await expect(createTestPost(port, { signal: AbortSignal.timeout(1500) }).post()).rejects.toMatchObject({
      failure: 'TLS',
      reason: 'the time of the request was over',
      sent: false,
    });
  });

  test('the request is over before it began', async () => {
    const { result, server } = await postToServer([respondOk], { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ sent: false });
    expect(server.connections).toEqual([]);
  });
});

const STALLED_HEAD = formatResponseHead(200, { 'content-length': '100' });
const sendTrickle: RespondToRequest = (socket) => {
  socket.write(STALLED_HEAD);
  const timer = setInterval(() => socket.write('x'), 5);
  socket.on('close', () => clearInterval(timer));
};
const sendEndlessBody: RespondToRequest = (socket) => {
  socket.write(formatResponseHead(200, { 'transfer-encoding': 'chunked' }));
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const pour = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', pour);
  pour();
};

/** Sent, and no whole answer. The command arrived once. */
describe('after sending', () => {
  const QUICK = { postTimeoutMs: 150 };

  test.each<[what: string, act: RespondToRequest, failure: string, reason: RegExp, limits?: Partial<PostLimits>]>([
    ['hangs up before any answer', closeConnection, 'exchange', /ECONNRESET/],
    ['hangs up in the body', (socket) => socket.end(`${STALLED_HEAD}x`), 'exchange', /ECONNRESET/],
    [
      'hangs up between two chunks',
      (socket) => socket.end(`${formatResponseHead(200, { 'transfer-encoding': 'chunked' })}1\r\nx\r\n`),
      'exchange',
      /ECONNRESET/,
    ],
    ['speaks no HTTP', (socket) => socket.write('SMTP ready\r\n\r\n'), 'exchange', /HPE_INVALID/],
    ['is silent', neverRespond, 'timeout', /in time/, QUICK],
    ['is silent after the headers', (socket) => socket.write(STALLED_HEAD), 'timeout', /in time/, QUICK],
    ['is silent in the body', (socket) => socket.write(`${STALLED_HEAD}x`), 'timeout', /in time/, QUICK],
    ['sends a byte now and then', sendTrickle, 'timeout', /in time/, QUICK],
    ['sends without an end', sendEndlessBody, 'size', /its answer, a 200, is larger than 100000 bytes/],
    ['sends one byte too many', respondWith(200, 'x'.repeat(100_001)), 'size', /larger than 100000 bytes/],
  ])('it %s', async (_what, act, failure, reason, limits = {}) => {
    const { result, server } = await postToServer([act], { limits });
    expect(result).toBeInstanceOf(NoResponseError);
    expect(result).toMatchObject({ failure, reason: expect.stringMatching(reason), sent: true, reused: false });
    expect(server.received).toHaveLength(1);
  });

  test('what is not read to its end is hung up on', async () => {
    const { server } = await postToServer([sendEndlessBody]);
    await expect.poll(() => server.connections[0]?.closed).toBe(true);
  });

  test('an answer may take longer than connecting may', async () => {
    const late: RespondToRequest = (socket, request) => setTimeout(() => respondOk(socket, request), 2000);
    const { result } = await postToServer([late], { limits: { connectTimeoutMs: 1500 } });
    expect(result).toMatchObject({ body: 'ok' });
  });

  test('as many bytes as are read are an answer', async () => {
    const { result } = await postToServer([respondWith(200, 'x'.repeat(100_000))]);
    expect(result).toMatchObject({ status: 200 });
  });

  test('the next post works', async () => {
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
  ])('to %s is followed with method, body and token', async (location, path, status) => {
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
    ['https://', 'no readable address'],
  ])('to %s is refused, and nothing is sent there', async (location, named) => {
    const { result, server, asked } = await postToServer([respondWithRedirect(location), respondOk]);
    expect(result).toMatchObject({ failure: 'redirect', reason: `it redirects to ${named}`, sent: false });
    expect(server.received).toHaveLength(1);
    expect(asked).toEqual([TEST_HOST]);
  });

  test('after a redirect is refused', async () => {
    const { result, server } = await postToServer([respondWithRedirect('/a'), respondWithRedirect('/b'), respondOk]);
    expect(result).toMatchObject({ failure: 'redirect', reason: 'it redirects a second time', sent: false });
    expect(server.received).toHaveLength(2);
  });

  test.each([301, 302, 303])('%i is none: the command may have run', async (status) => {
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
    ['serves again', 0, {}, 1],
    ['serves after 30 seconds', 30_000, {}, 1],
    ['does not serve after more', 30_001, {}, 2],
    ['does not serve when the clock is set back', -1, {}, 2],
    ['serves for a second less than the server says', 4_000, { 'keep-alive': 'timeout=5' }, 1],
    ['does not serve for longer', 4_001, { 'keep-alive': 'max=9, timeout=5' }, 2],
    ['does not serve when the server closes it', 0, { connection: 'close' }, 2],
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
    ['an end', (socket) => socket.end()],
    ['a hang-up', (socket) => socket.destroy()],
  ])('closed meanwhile, with %s that nobody has read yet, is not used', async (_how, close) => {
    const server = closeAfterTest(await startScriptedWebServer(respondOk));
    const { post } = createTestPost(server.port);
    await post();
    close(server.connections[0]!);
    expect(await post()).toMatchObject({ body: 'ok' });
    expect(server.connections).toHaveLength(2);
    expect(server.received).toHaveLength(2);
  });

  test('a connection too old to be used does not end a post that is under way on another', async () => {
    const waiting: (() => void)[] = [];
    const late: RespondToRequest = (socket, request) => waiting.push(() => respondOk(socket, request));
    const server = closeAfterTest(await startScriptedWebServer(late, respondOk));
    const { post, clock } = createTestPost(server.port);
    const slow = post('slow');
    while (server.received.length === 0) await nextTurn();
    await post();
    clock.now += 60_000;
    await post();
    waiting[0]!();
    expect(await slow).toMatchObject({ body: 'ok' });
  });

  /** The classic race: the server closes the connection while the request travels. It may have read it. */
  test('closed while the request travels: sent, and said to be a connection that had served', async () => {
    const server = closeAfterTest(await startScriptedWebServer(respondOk, closeConnection));
    const { post } = createTestPost(server.port);
    await post();
    await expect(post()).rejects.toMatchObject({ failure: 'exchange', sent: true, reused: true });
    expect(server.received).toHaveLength(2);
    expect(server.connections).toHaveLength(1);
  });
});

/** Sending as the relay does it, over real sockets: how often the command arrives. */
describe('a whole command', () => {
  const STREAMS = JSON.stringify({ stdout: Buffer.from('out').toString('base64'), stderr: null });
  const RAN = respondWith(200, STREAMS);
  const TRIGGER = { commandLine: 'dags trigger d', readOnly: false };
  const READ = { commandLine: 'dags list', readOnly: true };

  function sending(port: number, limits?: Partial<PostLimits>) {
    const { post, clock } = createTestPost(port, limits === undefined ? {} : { limits });
    return createSendCommand({
      tokens: { get: async () => TOKEN, invalidate: () => {} },
      post: (_token, line) => post(line),
      busyRetryMs: 20_000,
      now: () => clock.now,
      wait: async () => {},
    });
  }

  const BUSY = respondWith(503, '<html>');

  test.each<[what: string, acts: RespondToRequest[], command: typeof READ, outcome: unknown, arrived: number]>([
    ['503 then 200: a trigger', [BUSY, RAN], TRIGGER, { status: 200 }, 2],
    ['403, then 200', [respondWith(403, ''), RAN], TRIGGER, { status: 200 }, 2],
    ['403 for ever', [respondWith(403, '')], TRIGGER, { code: 'token-refused' }, 3],
    ['a hang-up: a trigger', [closeConnection], TRIGGER, { code: 'outcome-unknown' }, 1],
    ['a hang-up: a read', [closeConnection], READ, { code: 'airflow-error' }, 1],
    ['500: a trigger', [respondWith(500, '')], TRIGGER, { code: 'outcome-unknown' }, 1],
    ['504: a trigger', [respondWith(504, '')], TRIGGER, { code: 'outcome-unknown' }, 1],
    ['an answer without an end: a trigger', [sendEndlessBody], TRIGGER, { code: 'outcome-unknown' }, 1],
    ['an answer without an end: a read', [sendEndlessBody], READ, { code: 'answer-too-large' }, 1],
    ['a redirect elsewhere', [respondWithRedirect('https://evil.test/')], TRIGGER, { code: 'redirect-refused' }, 1],
  ])('%s', async (_what, acts, command, outcome, arrived) => {
    const server = closeAfterTest(await startScriptedWebServer(...acts));
    const result = await sending(server.port)(command, neverAborted).catch((error: unknown) => error);
    expect(result).toMatchObject(outcome as object);
    expect(server.received).toHaveLength(arrived);
  });

  test.each<[what: string, command: typeof READ, outcome: unknown, arrived: number]>([
    ['a read is repeated', READ, { status: 200 }, 3],
    ['a trigger is not', TRIGGER, { code: 'outcome-unknown' }, 2],
  ])('a kept-alive connection closed while the request travels: %s', async (_what, command, outcome, arrived) => {
    const server = closeAfterTest(await startScriptedWebServer(RAN, closeConnection, RAN));
    const send = sending(server.port);
    await send(READ, neverAborted);
    const result = await send(command, neverAborted).catch((error: unknown) => error);
    expect(result).toMatchObject(outcome as object);
    expect(server.received).toHaveLength(arrived);
  });

  test('nothing listens: nothing is sent, and the answer names the step and what to change', async () => {
    const failing = sending(await findClosedPort())(TRIGGER, neverAborted);
    await expect(failing).rejects.toMatchObject({
      code: 'airflow-unreachable',
      message: expect.stringMatching(/web\.test cannot be reached \(connect: ECONNREFUSED\).*security group/),
    });
  });
});
