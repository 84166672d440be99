import type { AgentOptions } from 'node:https';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { NoAnswer, type PostLimits, poster } from '../../../lambda/mwaa/post.ts';
import { commandSender } from '../../../lambda/mwaa/send-command.ts';
import {
  type Act,
  AUTHORITY,
  answers,
  closedPort,
  HOST,
  hangsUp,
  head,
  saysNothing,
  tcpServer,
  toThisMachine,
  webServer,
} from './web-server.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});
const opened = <Server extends { close(): void }>(server: Server): Server => {
  open.push(server);
  return server;
};

const TOKEN = { token: 'secret', hostname: HOST };
/** Long enough never to be reached where a test does not shorten it. */
const LIMITS: PostLimits = { connectMs: 10_000, postMs: 10_000, answerBytes: 100_000 };
const never = new AbortController().signal;

interface Setting {
  airflow?: string;
  limits?: Partial<PostLimits>;
  network?: AgentOptions;
  signal?: AbortSignal;
}

/** A poster to that port of this machine, and a clock that is set. */
function posting(port: number, { airflow = '2.10.3', limits, network, signal = never }: Setting = {}) {
  const clock = { now: 1_000_000 };
  const asked: string[] = [];
  const trusting = { port, ca: AUTHORITY, lookup: toThisMachine(asked), ...network };
  const post = poster(airflow, { ...LIMITS, ...limits }, () => clock.now, trusting);
  return { clock, asked, post: (line = 'version') => post(TOKEN, line, signal) };
}

/** What a post to a server that acts like this comes to. */
async function postTo(acts: readonly Act[], setting?: Setting) {
  const server = opened(await webServer(...acts));
  const { post, asked } = posting(server.port, setting);
  const result = await post().catch((error: unknown) => error);
  return { result, server, asked };
}

const OK = answers(200, 'ok');

test('a command goes out as MWAA documents it, and the answer comes back', async () => {
  const { result, server } = await postTo([OK]);
  expect(result).toMatchObject({ status: 200, body: 'ok' });
  expect(server.received).toMatchObject([
    {
      method: 'POST',
      path: '/aws_mwaa/cli',
      headers: { host: HOST, authorization: 'Bearer secret', 'content-type': 'text/plain', 'content-length': '7' },
      body: 'version',
    },
  ]);
});

test.each([
  ['1.10.12', '/aws_mwaa/cli'],
  ['2.11.2', '/aws_mwaa/cli'],
  ['3.0.6', '/aws_mwaa/cli/'],
])('Airflow %s is asked at %s', async (airflow, path) => {
  const { server } = await postTo([OK], { airflow });
  expect(server.received.map((request) => request.path)).toEqual([path]);
});

describe('no connection: nothing was sent', () => {
  test('refused', async () => {
    await expect(posting(await closedPort()).post()).rejects.toMatchObject({
      fault: 'connect',
      reason: 'ECONNREFUSED',
      sent: false,
    });
  });

  test('a name that does not resolve', async () => {
    const lookup: AgentOptions['lookup'] = (_hostname, _options, callback) =>
      callback(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), []);
    await expect(posting(1, { network: { lookup } }).post()).rejects.toMatchObject({
      fault: 'name resolution',
      reason: 'ENOTFOUND',
      sent: false,
    });
  });

  test('a name server that says nothing', async () => {
    const network = { lookup: () => {} };
    await expect(posting(1, { network, limits: { connectMs: 20 } }).post()).rejects.toMatchObject({
      fault: 'name resolution',
      sent: false,
    });
  });

  test.each<[what: string, network: AgentOptions, code: string]>([
    ['a certificate for another name', { servername: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['a certificate nobody vouches for', { ca: [] }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('%s', async (_what, network, code) => {
    const { result, server } = await postTo([OK], { network });
    expect(result).toMatchObject({ fault: 'TLS', reason: code, sent: false });
    expect(server.received).toEqual([]);
  });

  test.each<[what: string, act: Parameters<typeof tcpServer>[0]]>([
    ['a server that speaks no TLS', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a server that hangs up in the handshake', (socket) => socket.destroy()],
    ['a server that is silent in the handshake', () => {}],
  ])('%s', async (_what, act) => {
    const { port } = opened(await tcpServer(act));
    await expect(posting(port, { limits: { connectMs: 1500 } }).post()).rejects.toMatchObject({
      fault: 'TLS',
      sent: false,
    });
  });

  test('a connection that was given up is closed', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const { port } = opened(await tcpServer((socket) => socket.resume().on('close', () => resolve())));
    await expect(posting(port, { limits: { connectMs: 1500 } }).post()).rejects.toMatchObject({ fault: 'TLS' });
    await closed;
  });

  test('the request is over while connecting', async () => {
    const { port } = opened(await tcpServer(() => {}));
    await expect(posting(port, { signal: AbortSignal.timeout(1500) }).post()).rejects.toMatchObject({
      fault: 'TLS',
      reason: 'the time of the request was over',
      sent: false,
    });
  });

  test('the request is over before it began', async () => {
    const { result, server } = await postTo([OK], { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ sent: false });
    expect(server.connections).toEqual([]);
  });
});

const STALLED = head(200, { 'content-length': '100' });
const TRICKLE: Act = (socket) => {
  socket.write(STALLED);
  const timer = setInterval(() => socket.write('x'), 5);
  socket.on('close', () => clearInterval(timer));
};
const ENDLESS: Act = (socket) => {
  socket.write(head(200, { 'transfer-encoding': 'chunked' }));
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const pour = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', pour);
  pour();
};

/** Sent, and no whole answer. The command arrived once. */
describe('after sending', () => {
  const QUICK = { postMs: 150 };

  test.each<[what: string, act: Act, fault: string, reason: RegExp, limits?: Partial<PostLimits>]>([
    ['hangs up before any answer', hangsUp, 'exchange', /ECONNRESET/],
    ['hangs up in the body', (socket) => socket.end(`${STALLED}x`), 'exchange', /ECONNRESET/],
    [
      'hangs up between two chunks',
      (socket) => socket.end(`${head(200, { 'transfer-encoding': 'chunked' })}1\r\nx\r\n`),
      'exchange',
      /ECONNRESET/,
    ],
    ['speaks no HTTP', (socket) => socket.write('SMTP ready\r\n\r\n'), 'exchange', /HPE_INVALID/],
    ['is silent', saysNothing, 'time-out', /in time/, QUICK],
    ['is silent after the headers', (socket) => socket.write(STALLED), 'time-out', /in time/, QUICK],
    ['is silent in the body', (socket) => socket.write(`${STALLED}x`), 'time-out', /in time/, QUICK],
    ['sends a byte now and then', TRICKLE, 'time-out', /in time/, QUICK],
    ['sends without an end', ENDLESS, 'size', /its answer, a 200, is larger than 100000 bytes/],
    ['sends one byte too many', answers(200, 'x'.repeat(100_001)), 'size', /larger than 100000 bytes/],
  ])('it %s', async (_what, act, fault, reason, limits = {}) => {
    const { result, server } = await postTo([act], { limits });
    expect(result).toBeInstanceOf(NoAnswer);
    expect(result).toMatchObject({ fault, reason: expect.stringMatching(reason), sent: true, reused: false });
    expect(server.received).toHaveLength(1);
  });

  test('what is not read to its end is hung up on', async () => {
    const { server } = await postTo([ENDLESS]);
    await expect.poll(() => server.connections[0]?.closed).toBe(true);
  });

  test('an answer may take longer than connecting may', async () => {
    const late: Act = (socket, request) => setTimeout(() => OK(socket, request), 2000);
    const { result } = await postTo([late], { limits: { connectMs: 1500 } });
    expect(result).toMatchObject({ body: 'ok' });
  });

  test('as many bytes as are read are an answer', async () => {
    const { result } = await postTo([answers(200, 'x'.repeat(100_000))]);
    expect(result).toMatchObject({ status: 200 });
  });

  test('the next post works', async () => {
    const server = opened(await webServer(hangsUp, ENDLESS, OK));
    const { post } = posting(server.port);
    await expect(post()).rejects.toMatchObject({ fault: 'exchange' });
    await expect(post()).rejects.toMatchObject({ fault: 'size' });
    expect(await post()).toMatchObject({ body: 'ok' });
    expect(server.received).toHaveLength(3);
  });
});

const redirects = (location: string, status = 307) => answers(status, '', { location });

describe('a redirect', () => {
  test.each<[location: string, path: string, status?: number]>([
    ['/aws_mwaa/cli/', '/aws_mwaa/cli/'],
    [`https://${HOST}/aws_mwaa/cli/`, '/aws_mwaa/cli/'],
    [`https://${HOST}:443/elsewhere?x=1`, '/elsewhere?x=1'],
    ['/aws_mwaa/cli/', '/aws_mwaa/cli/', 308],
  ])('to %s is followed with method, body and token', async (location, path, status) => {
    const { result, server } = await postTo([redirects(location, status), OK]);
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
    [`http://${HOST}/aws_mwaa/cli/`, `http://${HOST}`],
    [`https://${HOST}:8443/aws_mwaa/cli/`, `https://${HOST}:8443`],
    [`https://${HOST}.evil.test/`, `https://${HOST}.evil.test`],
    ['//evil.test/', 'https://evil.test'],
    ['https://', 'no readable address'],
  ])('to %s is refused, and nothing is sent there', async (location, named) => {
    const { result, server, asked } = await postTo([redirects(location), OK]);
    expect(result).toMatchObject({ fault: 'redirect', reason: `it redirects to ${named}`, sent: false });
    expect(server.received).toHaveLength(1);
    expect(asked).toEqual([HOST]);
  });

  test('after a redirect is refused', async () => {
    const { result, server } = await postTo([redirects('/a'), redirects('/b'), OK]);
    expect(result).toMatchObject({ fault: 'redirect', reason: 'it redirects a second time', sent: false });
    expect(server.received).toHaveLength(2);
  });

  test.each([301, 302, 303])('%i is none: the command may have run', async (status) => {
    const { result, server } = await postTo([redirects('/aws_mwaa/cli/', status), OK]);
    expect(result).toMatchObject({ status });
    expect(server.received).toHaveLength(1);
  });

  test('is not remembered', async () => {
    const server = opened(await webServer(redirects('/aws_mwaa/cli/'), OK));
    const { post } = posting(server.port);
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
    const server = opened(await webServer(answers(200, 'ok', headers)));
    const { post, clock } = posting(server.port);
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
    const server = opened(await webServer(OK));
    const { post } = posting(server.port);
    await post();
    close(server.connections[0]!);
    expect(await post()).toMatchObject({ body: 'ok' });
    expect(server.connections).toHaveLength(2);
    expect(server.received).toHaveLength(2);
  });

  test('a connection too old to be used does not end a post that is under way on another', async () => {
    const waiting: (() => void)[] = [];
    const late: Act = (socket, request) => waiting.push(() => OK(socket, request));
    const server = opened(await webServer(late, OK));
    const { post, clock } = posting(server.port);
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
    const server = opened(await webServer(OK, hangsUp));
    const { post } = posting(server.port);
    await post();
    await expect(post()).rejects.toMatchObject({ fault: 'exchange', sent: true, reused: true });
    expect(server.received).toHaveLength(2);
    expect(server.connections).toHaveLength(1);
  });
});

/** Sending as the relay does it, over real sockets: how often the command arrives. */
describe('a whole command', () => {
  const STREAMS = JSON.stringify({ stdout: Buffer.from('out').toString('base64'), stderr: null });
  const RAN = answers(200, STREAMS);
  const TRIGGER = { line: 'dags trigger d', repeatable: false };
  const READ = { line: 'dags list', repeatable: true };

  function sending(port: number, limits?: Partial<PostLimits>) {
    const { post, clock } = posting(port, limits === undefined ? {} : { limits });
    return commandSender({
      tokens: { get: async () => TOKEN, forget: () => {} },
      post: (_token, line) => post(line),
      busyMs: 20_000,
      now: () => clock.now,
      wait: async () => {},
    });
  }

  const BUSY = answers(503, '<html>');

  test.each<[what: string, acts: Act[], command: typeof READ, outcome: unknown, arrived: number]>([
    ['503 then 200: a trigger', [BUSY, RAN], TRIGGER, { status: 200 }, 2],
    ['403, then 200', [answers(403, ''), RAN], TRIGGER, { status: 200 }, 2],
    ['403 for ever', [answers(403, '')], TRIGGER, { code: 'token-refused' }, 3],
    ['a hang-up: a trigger', [hangsUp], TRIGGER, { code: 'outcome-unknown' }, 1],
    ['a hang-up: a read', [hangsUp], READ, { code: 'airflow-error' }, 1],
    ['500: a trigger', [answers(500, '')], TRIGGER, { code: 'outcome-unknown' }, 1],
    ['504: a trigger', [answers(504, '')], TRIGGER, { code: 'outcome-unknown' }, 1],
    ['an answer without an end: a trigger', [ENDLESS], TRIGGER, { code: 'outcome-unknown' }, 1],
    ['an answer without an end: a read', [ENDLESS], READ, { code: 'answer-too-large' }, 1],
    ['a redirect elsewhere', [redirects('https://evil.test/')], TRIGGER, { code: 'redirect-refused' }, 1],
  ])('%s', async (_what, acts, command, outcome, arrived) => {
    const server = opened(await webServer(...acts));
    const result = await sending(server.port)(command, never).catch((error: unknown) => error);
    expect(result).toMatchObject(outcome as object);
    expect(server.received).toHaveLength(arrived);
  });

  test.each<[what: string, command: typeof READ, outcome: unknown, arrived: number]>([
    ['a read is repeated', READ, { status: 200 }, 3],
    ['a trigger is not', TRIGGER, { code: 'outcome-unknown' }, 2],
  ])('a kept-alive connection closed while the request travels: %s', async (_what, command, outcome, arrived) => {
    const server = opened(await webServer(RAN, hangsUp, RAN));
    const send = sending(server.port);
    await send(READ, never);
    const result = await send(command, never).catch((error: unknown) => error);
    expect(result).toMatchObject(outcome as object);
    expect(server.received).toHaveLength(arrived);
  });

  test('nothing listens: nothing is sent, and the answer names the step and what to change', async () => {
    const failing = sending(await closedPort())(TRIGGER, never);
    await expect(failing).rejects.toMatchObject({
      code: 'airflow-unreachable',
      message: expect.stringMatching(/web\.test cannot be reached \(connect: ECONNREFUSED\).*security group/),
    });
  });
});
