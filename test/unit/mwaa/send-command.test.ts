import { describe, expect, test } from 'vitest';
import { Problem } from '../../../contract/problem.ts';
import { type CommandToSend, createSendCommand, type SendTrace } from '../../../mwaa/cli/send-command.ts';
import { type CliResponse, NoResponseError, type PostFailure } from '../../../mwaa/connection/create-post.ts';

const encodeBase64 = (text: string) => Buffer.from(text).toString('base64');
const STREAMS_BODY = JSON.stringify({ stdout: encodeBase64('out'), stderr: encodeBase64('err') });
const HTML_BODY = '<html>';

const COMMAND_RESPONSE: CliResponse = { status: 200, body: STREAMS_BODY };
const createResponse = (status: number, body = HTML_BODY): CliResponse => ({ status, body });
const createConnectionLost = (sent: boolean, reused: boolean) => new NoResponseError('ECONNRESET', sent, { reused });
const createNoResponse = (fault: PostFailure, sent: boolean) => new NoResponseError('ECODE', sent, { failure: fault });

type ScriptedReply = CliResponse | NoResponseError | Error;

interface SendSetup {
  /** Left out: a trigger. */
  command?: Partial<CommandToSend>;
  busyRetryMs?: number;
  requestTimeoutMs?: number;
}

/** Sends a command to replies given in turn. Tells what was posted, with which token, and how long was waited in between. */
async function sendToReplies(replies: readonly ScriptedReply[], { command, ...limits }: SendSetup = {}) {
  const left = [...replies];
  const posted: string[] = [];
  const pauses: number[] = [];
  const trace: SendTrace = {};
  const clock = { now: 0 };
  let tokens = 0;
  let token: { token: string; hostname: string } | undefined;
  const sender = createSendCommand({
    tokens: {
      get: async () => {
        token ??= { token: `t${++tokens}`, hostname: 'web.example' };
        return token;
      },
      invalidate: () => {
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
    busyRetryMs: 0,
    now: () => clock.now,
    random: () => 1,
    wait: async (milliseconds) => {
      pauses.push(milliseconds);
      clock.now += milliseconds;
    },
    ...limits,
  });
  const result = await sender(
    {
      commandLine: 'dags trigger d',
      readOnly: false,
      unknownOutcomeRemedy: 'Look for run r.',
      problemMembers: { runId: 'r' },
      trace,
      ...command,
    },
    new AbortController().signal,
  ).catch((error: unknown) => error);
  expect(left).toEqual([]);
  return { result, posted, pauses, trace, tokens };
}

const READ_ONLY_COMMAND = { commandLine: 'dags list', readOnly: true };

describe.each([
  ['a command that changes something', {}],
  ['a read', READ_ONLY_COMMAND],
])('%s', (_what, command) => {
  test.each<[what: string, reply: CliResponse]>([
    ['200 with streams', COMMAND_RESPONSE],
    ['400 with streams', createResponse(400, STREAMS_BODY)],
  ])('%s is an answer', async (_reply, reply) => {
    const { result, posted, trace } = await sendToReplies([reply], { command });
    expect(result).toEqual({ status: reply.status, streams: { stdout: 'out', stderr: 'err' } });
    expect(posted).toHaveLength(1);
    expect(trace).toMatchObject({ sent: true, upstreamStatus: reply.status, posts: 1 });
  });
});

/** What each reply means: the problem for a command that changes something, that for a read, and the number of posts. */
describe('no streams', () => {
  test.each<[what: string, replies: ScriptedReply[], changing: string, read: string]>([
    ['200 with HTML', [createResponse(200)], 'outcome-unknown', 'airflow-error'],
    ['200 with nothing', [createResponse(200, '')], 'outcome-unknown', 'airflow-error'],
    ['200, cut off', [createResponse(200, STREAMS_BODY.slice(0, 20))], 'outcome-unknown', 'airflow-error'],
    ['200 with bad base64', [createResponse(200, '{"stdout":"%%","stderr":""}')], 'outcome-unknown', 'airflow-error'],
    ['200 with wrong types', [createResponse(200, '{"stdout":1,"stderr":[]}')], 'outcome-unknown', 'airflow-error'],
    ['200 with JSON null', [createResponse(200, 'null')], 'outcome-unknown', 'airflow-error'],
    ['302', [createResponse(302)], 'outcome-unknown', 'airflow-error'],
    ['404', [createResponse(404)], 'outcome-unknown', 'airflow-error'],
    ['500', [createResponse(500)], 'outcome-unknown', 'airflow-error'],
    ['500 with streams', [createResponse(500, STREAMS_BODY)], 'outcome-unknown', 'airflow-error'],
    ['502', [createResponse(502)], 'outcome-unknown', 'airflow-error'],
    ['503 with streams: it ran', [createResponse(503, STREAMS_BODY)], 'outcome-unknown', 'airflow-error'],
    ['403 with streams: it ran', [createResponse(403, STREAMS_BODY)], 'outcome-unknown', 'airflow-error'],
    ['504', [createResponse(504)], 'outcome-unknown', 'airflow-timeout'],
    ['503', [createResponse(503)], 'airflow-busy', 'airflow-busy'],
    ['no name', [createNoResponse('name resolution', false)], 'airflow-unreachable', 'airflow-unreachable'],
    ['no connection', [createNoResponse('connect', false)], 'airflow-unreachable', 'airflow-unreachable'],
    ['no TLS', [createNoResponse('TLS', false)], 'airflow-unreachable', 'airflow-unreachable'],
    ['no answer in time', [createNoResponse('timeout', true)], 'outcome-unknown', 'airflow-timeout'],
    ['too large', [createNoResponse('size', true)], 'outcome-unknown', 'answer-too-large'],
    ['redirected elsewhere', [createNoResponse('redirect', false)], 'redirect-refused', 'redirect-refused'],
    ['a new connection lost after sending', [createConnectionLost(true, false)], 'outcome-unknown', 'airflow-error'],
    [
      'a new connection lost before sending',
      [createConnectionLost(false, false)],
      'airflow-unreachable',
      'airflow-unreachable',
    ],
    [
      'connections lost before sending, twice',
      [createConnectionLost(false, true), createConnectionLost(false, true)],
      'airflow-unreachable',
      'airflow-unreachable',
    ],
    [
      'lost before sending, then after',
      [createConnectionLost(false, true), createConnectionLost(true, false)],
      'outcome-unknown',
      'airflow-error',
    ],
  ])('%s', async (_what, replies, changing, read) => {
    const changed = await sendToReplies(replies);
    const asked = await sendToReplies(replies, { command: READ_ONLY_COMMAND });
    expect([changed.result, asked.result]).toMatchObject([{ code: changing }, { code: read }]);
    expect([changed.posted.length, asked.posted.length]).toEqual([replies.length, replies.length]);
    expect(changed.trace.sent).toBe(changing === 'outcome-unknown');
  });

  test('a kept-alive connection lost after sending: a read is repeated once, anything else is not', async () => {
    const changed = await sendToReplies([createConnectionLost(true, true)]);
    expect(changed.result).toMatchObject({ code: 'outcome-unknown' });
    const asked = await sendToReplies([createConnectionLost(true, true), COMMAND_RESPONSE], {
      command: READ_ONLY_COMMAND,
    });
    expect(asked.result).toMatchObject({ status: 200 });
    const twice = await sendToReplies([createConnectionLost(true, true), createConnectionLost(true, true)], {
      command: READ_ONLY_COMMAND,
    });
    expect(twice.result).toMatchObject({ code: 'airflow-error' });
  });

  test('a kept-alive connection found closed before sending: sent once more, on another', async () => {
    const { result, posted, trace } = await sendToReplies([createConnectionLost(false, true), COMMAND_RESPONSE]);
    expect(result).toMatchObject({ status: 200 });
    expect(posted).toEqual(['t1 dags trigger d', 't1 dags trigger d']);
    expect(trace).toMatchObject({ sent: true, posts: 2 });
  });

  test('an open fate says where to look, and carries what the relay knows', async () => {
    const { result } = await sendToReplies([createResponse(500)]);
    expect(result).toMatchObject({
      message: 'The command was sent, and what became of it is not known: MWAA answered 500. Look for run r.',
      data: { runId: 'r', upstreamStatus: 500 },
    });
  });

  test('an unforeseen error after sending is an open fate; before, it is what it is', async () => {
    const after = await sendToReplies([new TypeError('bug')]);
    expect(after.result).toMatchObject({ code: 'outcome-unknown', cause: expect.any(TypeError) });
    const read = await sendToReplies([new TypeError('bug')], { command: READ_ONLY_COMMAND });
    expect(read.result).toBeInstanceOf(TypeError);
  });
});

describe.each([401, 403])('%i', (status) => {
  const REFUSED = createResponse(status);

  test('once: a stale token, and the command is sent again with a new one', async () => {
    const { result, posted, tokens, trace } = await sendToReplies([REFUSED, COMMAND_RESPONSE]);
    expect(result).toMatchObject({ status: 200 });
    expect(posted).toEqual(['t1 dags trigger d', 't2 dags trigger d']);
    expect({ tokens, trace }).toMatchObject({ tokens: 2, trace: { posts: 2, sent: true } });
  });

  /** The third post is of the command `version`, with the second token. */
  test.each<[what: string, probe: ScriptedReply, code: string, detail: RegExp]>([
    ['and version runs: the command is refused', COMMAND_RESPONSE, 'command-refused', /does not allow this command/],
    ['and version too: the token is refused', REFUSED, 'token-refused', /does not take the tokens/],
    ['and version meets a busy server', createResponse(503), 'command-refused', /could not be told/],
    ['and version gets HTML', createResponse(200), 'command-refused', /could not be told/],
    ['and version gets nothing', createConnectionLost(true, true), 'command-refused', /could not be told/],
  ])('twice %s', async (_what, probe, code, detail) => {
    const { result, posted, tokens, trace } = await sendToReplies([REFUSED, REFUSED, probe]);
    expect(result).toMatchObject({
      code,
      message: expect.stringMatching(detail),
      data: { upstreamStatus: status, runId: 'r' },
    });
    expect(posted).toEqual(['t1 dags trigger d', 't2 dags trigger d', 't2 version']);
    expect({ tokens, trace }).toMatchObject({ tokens: 2, trace: { posts: 3, sent: false, upstreamStatus: status } });
  });

  test('twice to version itself needs no third post', async () => {
    const { result, posted } = await sendToReplies([REFUSED, REFUSED], {
      command: { commandLine: 'version', readOnly: true },
    });
    expect(result).toMatchObject({ code: 'token-refused' });
    expect(posted).toHaveLength(2);
  });

  test('then busy, then refused again: renewed once in all', async () => {
    const { result, tokens } = await sendToReplies([REFUSED, createResponse(503), REFUSED, COMMAND_RESPONSE], {
      busyRetryMs: 10_000,
    });
    expect({ result, tokens }).toMatchObject({ result: { code: 'command-refused' }, tokens: 2 });
  });
});

describe('503', () => {
  const BUSY = createResponse(503);

  test('then 200: the command is offered again after a pause', async () => {
    const { result, posted, pauses, trace } = await sendToReplies([BUSY, COMMAND_RESPONSE], { busyRetryMs: 20_000 });
    expect(result).toMatchObject({ status: 200 });
    expect(pauses).toEqual([250]);
    expect({ posted: posted.length, trace }).toMatchObject({ posted: 2, trace: { sent: true, posts: 2 } });
  });

  test('for ever: pauses double up to two seconds, until the time for it is over', async () => {
    const { result, pauses, trace } = await sendToReplies(Array<CliResponse>(6).fill(BUSY), { busyRetryMs: 6_000 });
    expect(result).toMatchObject({ code: 'airflow-busy', data: { upstreamStatus: 503, runId: 'r' } });
    expect(pauses).toEqual([250, 500, 1000, 2000, 2000]);
    expect(trace).toMatchObject({ sent: false, posts: 6 });
  });

  test('with little time left in the request: not offered again', async () => {
    expect((await sendToReplies([BUSY], { busyRetryMs: 20_000, requestTimeoutMs: 5_100 })).pauses).toEqual([]);
    expect((await sendToReplies([BUSY], { busyRetryMs: 20_000, command: { timeLeftMs: () => 5_100 } })).pauses).toEqual(
      [],
    );
    expect(
      (await sendToReplies([BUSY, COMMAND_RESPONSE], { busyRetryMs: 20_000, command: { timeLeftMs: () => 5_300 } }))
        .pauses,
    ).toEqual([250]);
  });

  test('then an open fate: not offered again', async () => {
    const { result, posted, trace } = await sendToReplies([BUSY, createNoResponse('timeout', true)], {
      busyRetryMs: 20_000,
    });
    expect({ result, posts: posted.length }).toMatchObject({ result: { code: 'outcome-unknown' }, posts: 2 });
    expect(trace).not.toHaveProperty('upstreamStatus');
  });
});

test('a timeout while waiting for a busy server is still an answer that nothing ran', async () => {
  const controller = new AbortController();
  const sender = createSendCommand({
    tokens: { get: async () => ({ token: 't', hostname: 'h' }), invalidate: () => {} },
    post: async () => createResponse(503),
    busyRetryMs: 60_000,
    wait: async () => {
      controller.abort();
      throw new Error('aborted');
    },
  });
  await expect(sender({ commandLine: 'dags trigger d', readOnly: false }, controller.signal)).rejects.toMatchObject({
    code: 'airflow-busy',
  });
});

test('the configured host takes the place of the one MWAA names', async () => {
  const hosts: string[] = [];
  const sender = createSendCommand({
    tokens: { get: async () => ({ token: 't', hostname: 'from-mwaa' }), invalidate: () => {} },
    post: async ({ hostname }) => {
      hosts.push(hostname);
      return COMMAND_RESPONSE;
    },
    webServerHostname: 'configured',
  });
  await sender({ commandLine: 'version', readOnly: true }, new AbortController().signal);
  expect(hosts).toEqual(['configured']);
});

test('without a token nothing is sent', async () => {
  const refused = new Problem('token-throttled', 'x');
  const trace: SendTrace = {};
  const sender = createSendCommand({
    tokens: { get: () => Promise.reject(refused), invalidate: () => {} },
    post: async () => COMMAND_RESPONSE,
  });
  const sending = sender({ commandLine: 'dags trigger d', readOnly: false, trace }, new AbortController().signal);
  await expect(sending).rejects.toBe(refused);
  expect(trace).toEqual({});
});
