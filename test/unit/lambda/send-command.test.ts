import { describe, expect, test } from 'vitest';
import { type Answer, type Fault, NoAnswer } from '../../../lambda/mwaa/post.ts';
import { type CommandToSend, commandSender, type SendTrace } from '../../../lambda/mwaa/send-command.ts';
import { Problem } from '../../../lambda/problem.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const STREAMS = JSON.stringify({ stdout: base64('out'), stderr: base64('err') });
const HTML = '<html>';

const RAN: Answer = { status: 200, body: STREAMS };
const answer = (status: number, body = HTML): Answer => ({ status, body });
const lost = (sent: boolean, reused: boolean) => new NoAnswer('ECONNRESET', sent, { reused });
const failed = (fault: Fault, sent: boolean) => new NoAnswer('ECODE', sent, { fault });

type Reply = Answer | NoAnswer | Error;

interface Setting {
  /** Left out: a trigger. */
  command?: Partial<CommandToSend>;
  busyMs?: number;
  requestMs?: number;
}

/** Sends a command to replies given in turn. Tells what was posted, with which token, and how long was waited in between. */
async function send(replies: readonly Reply[], { command, ...limits }: Setting = {}) {
  const left = [...replies];
  const posted: string[] = [];
  const pauses: number[] = [];
  const trace: SendTrace = {};
  const clock = { now: 0 };
  let tokens = 0;
  let token: { token: string; hostname: string } | undefined;
  const sender = commandSender({
    tokens: {
      get: async () => {
        token ??= { token: `t${++tokens}`, hostname: 'web.example' };
        return token;
      },
      forget: () => {
        token = undefined;
      },
    },
    post: async ({ token }, line) => {
      posted.push(`${token} ${line}`);
      const reply = left.shift();
      if (reply === undefined) throw new Error('more posts than replies');
      if (reply instanceof Error) throw reply;
      return reply;
    },
    busyMs: 0,
    now: () => clock.now,
    random: () => 1,
    wait: async (milliseconds) => {
      pauses.push(milliseconds);
      clock.now += milliseconds;
    },
    ...limits,
  });
  const result = await sender(
    { line: 'dags trigger d', repeatable: false, look: 'Look for run r.', data: { runId: 'r' }, trace, ...command },
    new AbortController().signal,
  ).catch((error: unknown) => error);
  expect(left).toEqual([]);
  return { result, posted, pauses, trace, tokens };
}

const READ = { line: 'dags list', repeatable: true };

describe.each([
  ['a command that changes something', {}],
  ['a read', READ],
])('%s', (_what, command) => {
  test.each<[what: string, reply: Answer]>([
    ['200 with streams', RAN],
    ['400 with streams', answer(400, STREAMS)],
  ])('%s is an answer', async (_reply, reply) => {
    const { result, posted, trace } = await send([reply], { command });
    expect(result).toEqual({ status: reply.status, streams: { stdout: 'out', stderr: 'err' } });
    expect(posted).toHaveLength(1);
    expect(trace).toMatchObject({ sent: true, upstreamStatus: reply.status, posts: 1 });
  });
});

/** What each reply means: the problem for a command that changes something, that for a read, and the number of posts. */
describe('no streams', () => {
  test.each<[what: string, replies: Reply[], changing: string, read: string]>([
    ['200 with HTML', [answer(200)], 'outcome-unknown', 'airflow-error'],
    ['200 with nothing', [answer(200, '')], 'outcome-unknown', 'airflow-error'],
    ['200, cut off', [answer(200, STREAMS.slice(0, 20))], 'outcome-unknown', 'airflow-error'],
    ['200 with bad base64', [answer(200, '{"stdout":"%%","stderr":""}')], 'outcome-unknown', 'airflow-error'],
    ['200 with wrong types', [answer(200, '{"stdout":1,"stderr":[]}')], 'outcome-unknown', 'airflow-error'],
    ['200 with JSON null', [answer(200, 'null')], 'outcome-unknown', 'airflow-error'],
    ['302', [answer(302)], 'outcome-unknown', 'airflow-error'],
    ['404', [answer(404)], 'outcome-unknown', 'airflow-error'],
    ['500', [answer(500)], 'outcome-unknown', 'airflow-error'],
    ['500 with streams', [answer(500, STREAMS)], 'outcome-unknown', 'airflow-error'],
    ['502', [answer(502)], 'outcome-unknown', 'airflow-error'],
    ['503 with streams: it ran', [answer(503, STREAMS)], 'outcome-unknown', 'airflow-error'],
    ['403 with streams: it ran', [answer(403, STREAMS)], 'outcome-unknown', 'airflow-error'],
    ['504', [answer(504)], 'outcome-unknown', 'airflow-timeout'],
    ['503', [answer(503)], 'airflow-busy', 'airflow-busy'],
    ['no name', [failed('name resolution', false)], 'airflow-unreachable', 'airflow-unreachable'],
    ['no connection', [failed('connect', false)], 'airflow-unreachable', 'airflow-unreachable'],
    ['no TLS', [failed('TLS', false)], 'airflow-unreachable', 'airflow-unreachable'],
    ['no answer in time', [failed('time-out', true)], 'outcome-unknown', 'airflow-timeout'],
    ['too large', [failed('size', true)], 'outcome-unknown', 'answer-too-large'],
    ['redirected elsewhere', [failed('redirect', false)], 'redirect-refused', 'redirect-refused'],
    ['a new connection lost after sending', [lost(true, false)], 'outcome-unknown', 'airflow-error'],
    ['a new connection lost before sending', [lost(false, false)], 'airflow-unreachable', 'airflow-unreachable'],
    [
      'connections lost before sending, twice',
      [lost(false, true), lost(false, true)],
      'airflow-unreachable',
      'airflow-unreachable',
    ],
    ['lost before sending, then after', [lost(false, true), lost(true, false)], 'outcome-unknown', 'airflow-error'],
  ])('%s', async (_what, replies, changing, read) => {
    const changed = await send(replies);
    const asked = await send(replies, { command: READ });
    expect([changed.result, asked.result]).toMatchObject([{ code: changing }, { code: read }]);
    expect([changed.posted.length, asked.posted.length]).toEqual([replies.length, replies.length]);
    expect(changed.trace.sent).toBe(changing === 'outcome-unknown');
  });

  test('a kept-alive connection lost after sending: a read is repeated once, anything else is not', async () => {
    const changed = await send([lost(true, true)]);
    expect(changed.result).toMatchObject({ code: 'outcome-unknown' });
    const asked = await send([lost(true, true), RAN], { command: READ });
    expect(asked.result).toMatchObject({ status: 200 });
    const twice = await send([lost(true, true), lost(true, true)], { command: READ });
    expect(twice.result).toMatchObject({ code: 'airflow-error' });
  });

  test('a kept-alive connection found closed before sending: sent once more, on another', async () => {
    const { result, posted, trace } = await send([lost(false, true), RAN]);
    expect(result).toMatchObject({ status: 200 });
    expect(posted).toEqual(['t1 dags trigger d', 't1 dags trigger d']);
    expect(trace).toMatchObject({ sent: true, posts: 2 });
  });

  test('an open fate says where to look, and carries what the relay knows', async () => {
    const { result } = await send([answer(500)]);
    expect(result).toMatchObject({
      message: 'The command was sent, and what became of it is not known: MWAA answered 500. Look for run r.',
      data: { runId: 'r', upstreamStatus: 500 },
    });
  });

  test('an unforeseen error after sending is an open fate; before, it is what it is', async () => {
    const after = await send([new TypeError('bug')]);
    expect(after.result).toMatchObject({ code: 'outcome-unknown', cause: expect.any(TypeError) });
    const read = await send([new TypeError('bug')], { command: READ });
    expect(read.result).toBeInstanceOf(TypeError);
  });
});

describe.each([401, 403])('%i', (status) => {
  const REFUSED = answer(status);

  test('once: a stale token, and the command is sent again with a new one', async () => {
    const { result, posted, tokens, trace } = await send([REFUSED, RAN]);
    expect(result).toMatchObject({ status: 200 });
    expect(posted).toEqual(['t1 dags trigger d', 't2 dags trigger d']);
    expect({ tokens, trace }).toMatchObject({ tokens: 2, trace: { posts: 2, sent: true } });
  });

  /** The third post is of the command `version`, with the second token. */
  test.each<[what: string, probe: Reply, code: string, detail: RegExp]>([
    ['and version runs: the command is refused', RAN, 'command-refused', /does not allow this command/],
    ['and version too: the token is refused', REFUSED, 'token-refused', /does not take the tokens/],
    ['and version meets a busy server', answer(503), 'command-refused', /could not be told/],
    ['and version gets HTML', answer(200), 'command-refused', /could not be told/],
    ['and version gets nothing', lost(true, true), 'command-refused', /could not be told/],
  ])('twice %s', async (_what, probe, code, detail) => {
    const { result, posted, tokens, trace } = await send([REFUSED, REFUSED, probe]);
    expect(result).toMatchObject({
      code,
      message: expect.stringMatching(detail),
      data: { upstreamStatus: status, runId: 'r' },
    });
    expect(posted).toEqual(['t1 dags trigger d', 't2 dags trigger d', 't2 version']);
    expect({ tokens, trace }).toMatchObject({ tokens: 2, trace: { posts: 3, sent: false, upstreamStatus: status } });
  });

  test('twice to version itself needs no third post', async () => {
    const { result, posted } = await send([REFUSED, REFUSED], { command: { line: 'version', repeatable: true } });
    expect(result).toMatchObject({ code: 'token-refused' });
    expect(posted).toHaveLength(2);
  });

  test('then busy, then refused again: renewed once in all', async () => {
    const { result, tokens } = await send([REFUSED, answer(503), REFUSED, RAN], { busyMs: 10_000 });
    expect({ result, tokens }).toMatchObject({ result: { code: 'command-refused' }, tokens: 2 });
  });
});

describe('503', () => {
  const BUSY = answer(503);

  test('then 200: the command is offered again after a pause', async () => {
    const { result, posted, pauses, trace } = await send([BUSY, RAN], { busyMs: 20_000 });
    expect(result).toMatchObject({ status: 200 });
    expect(pauses).toEqual([250]);
    expect({ posted: posted.length, trace }).toMatchObject({ posted: 2, trace: { sent: true, posts: 2 } });
  });

  test('for ever: pauses double up to two seconds, until the time for it is over', async () => {
    const { result, pauses, trace } = await send(Array<Answer>(6).fill(BUSY), { busyMs: 6_000 });
    expect(result).toMatchObject({ code: 'airflow-busy', data: { upstreamStatus: 503, runId: 'r' } });
    expect(pauses).toEqual([250, 500, 1000, 2000, 2000]);
    expect(trace).toMatchObject({ sent: false, posts: 6 });
  });

  test('with little time left in the request: not offered again', async () => {
    expect((await send([BUSY], { busyMs: 20_000, requestMs: 5_100 })).pauses).toEqual([]);
    expect((await send([BUSY], { busyMs: 20_000, command: { timeLeftMs: () => 5_100 } })).pauses).toEqual([]);
    expect((await send([BUSY, RAN], { busyMs: 20_000, command: { timeLeftMs: () => 5_300 } })).pauses).toEqual([250]);
  });

  test('then an open fate: not offered again', async () => {
    const { result, posted, trace } = await send([BUSY, failed('time-out', true)], { busyMs: 20_000 });
    expect({ result, posts: posted.length }).toMatchObject({ result: { code: 'outcome-unknown' }, posts: 2 });
    expect(trace).not.toHaveProperty('upstreamStatus');
  });
});

test('a time-out while waiting for a busy server is still an answer that nothing ran', async () => {
  const controller = new AbortController();
  const sender = commandSender({
    tokens: { get: async () => ({ token: 't', hostname: 'h' }), forget: () => {} },
    post: async () => answer(503),
    busyMs: 60_000,
    wait: async () => {
      controller.abort();
      throw new Error('aborted');
    },
  });
  await expect(sender({ line: 'dags trigger d', repeatable: false }, controller.signal)).rejects.toMatchObject({
    code: 'airflow-busy',
  });
});

test('the configured host takes the place of the one MWAA names', async () => {
  const hosts: string[] = [];
  const sender = commandSender({
    tokens: { get: async () => ({ token: 't', hostname: 'from-mwaa' }), forget: () => {} },
    post: async ({ hostname }) => {
      hosts.push(hostname);
      return RAN;
    },
    hostname: 'configured',
  });
  await sender({ line: 'version', repeatable: true }, new AbortController().signal);
  expect(hosts).toEqual(['configured']);
});

test('without a token nothing is sent', async () => {
  const refused = new Problem('token-throttled', 'x');
  const trace: SendTrace = {};
  const sender = commandSender({
    tokens: { get: () => Promise.reject(refused), forget: () => {} },
    post: async () => RAN,
  });
  const sending = sender({ line: 'dags trigger d', repeatable: false, trace }, new AbortController().signal);
  await expect(sending).rejects.toBe(refused);
  expect(trace).toEqual({});
});
