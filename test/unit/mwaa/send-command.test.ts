import { describe, expect, test } from 'vitest';
import { Problem } from '../../../contract/problem.ts';
import { RELAY_REMEDIES } from '../../../lambda/relay/relay-remedies.ts';
import { createSendCommand } from '../../../mwaa/cli/send-command.ts';
import type { CommandToSend, SendTrace } from '../../../mwaa/cli/send-command-types.ts';
import { NoResponseError, type PostFailure } from '../../../mwaa/connection/no-response-error.ts';
import type { CliResponse } from '../../../mwaa/connection/post.ts';
import { createTokens, encodeStreams, HTML_BODY, neverAborted } from './cli-responses.ts';

const STREAMS_BODY = encodeStreams('out', 'err');

const COMMAND_RESPONSE: CliResponse = { status: 200, body: STREAMS_BODY };
const createResponse = (status: number, body = HTML_BODY): CliResponse => ({ status, body });
const createConnectionLost = (sent: boolean, reused: boolean) => new NoResponseError('ECONNRESET', sent, { reused });
const createNoResponse = (failure: PostFailure, sent: boolean) => new NoResponseError('ECODE', sent, { failure });

type ScriptedReply = CliResponse | NoResponseError | Error;

interface SendSetup {
  /** Default: a trigger. */
  command?: Partial<CommandToSend>;
  busyRetryMs?: number;
  requestTimeoutMs?: number;
}

/** Sends a command to a server with the given replies, one per post. Returns the posts with their tokens, and the delays. */
async function sendToReplies(replies: readonly ScriptedReply[], { command, ...limits }: SendSetup = {}) {
  const remaining = [...replies];
  const posted: string[] = [];
  const delays: number[] = [];
  const trace: SendTrace = {};
  const clock = { now: 0 };
  let tokens = 0;
  let token: { token: string; hostname: string } | undefined;
  const send = createSendCommand({
    remedies: RELAY_REMEDIES,
    tokens: {
      get: async () => {
        token ??= { token: `t${++tokens}`, hostname: 'web.example' };
        return token;
      },
      invalidate: () => {
        token = undefined;
      },
    },
    post: async ({ token }, commandLine) => {
      posted.push(`${token} ${commandLine}`);
      const reply = remaining.shift();
      if (reply === undefined) throw new Error('more posts than replies');
      if (reply instanceof Error) throw reply;
      return reply;
    },
    busyRetryMs: 0,
    now: () => clock.now,
    random: () => 1,
    wait: async (milliseconds) => {
      delays.push(milliseconds);
      clock.now += milliseconds;
    },
    ...limits,
  });
  const result = await send(
    {
      commandLine: 'dags trigger d',
      readOnly: false,
      unknownOutcomeRemedy: 'Look for run r.',
      problemMembers: { runId: 'r' },
      trace,
      ...command,
    },
    neverAborted,
  ).catch((error: unknown) => error);
  expect(remaining).toEqual([]);
  return { result, posted, delays, trace, tokens };
}

const READ_ONLY_COMMAND = { commandLine: 'dags list', readOnly: true };

describe.each([
  ['a changing command', {}],
  ['a read-only command', READ_ONLY_COMMAND],
])('%s', (_what, command) => {
  test.each<[what: string, reply: CliResponse]>([
    ['200 with streams', COMMAND_RESPONSE],
    ['400 with streams', createResponse(400, STREAMS_BODY)],
  ])('gets its streams from %s', async (_reply, reply) => {
    const { result, posted, trace } = await sendToReplies([reply], { command });
    expect(result).toEqual({ status: reply.status, streams: { stdout: 'out', stderr: 'err' } });
    expect(posted).toHaveLength(1);
    expect(trace).toMatchObject({ sent: true, upstreamStatus: reply.status, posts: 1 });
  });
});

/** Each row has the problem for a command that changes something, and for a read-only command. Each reply answers one post. */
describe('without streams', () => {
  test.each<[what: string, replies: ScriptedReply[], changing: string, readOnly: string]>([
    ['200 with HTML', [createResponse(200)], 'outcome-unknown', 'airflow-error'],
    ['200 with an empty body', [createResponse(200, '')], 'outcome-unknown', 'airflow-error'],
    ['200 with a truncated body', [createResponse(200, STREAMS_BODY.slice(0, 20))], 'outcome-unknown', 'airflow-error'],
    ['200 with bad base64', [createResponse(200, '{"stdout":"%%","stderr":""}')], 'outcome-unknown', 'airflow-error'],
    ['200 with wrong types', [createResponse(200, '{"stdout":1,"stderr":[]}')], 'outcome-unknown', 'airflow-error'],
    ['200 with JSON null', [createResponse(200, 'null')], 'outcome-unknown', 'airflow-error'],
    ['302', [createResponse(302)], 'outcome-unknown', 'airflow-error'],
    ['404', [createResponse(404)], 'outcome-unknown', 'airflow-error'],
    ['500', [createResponse(500)], 'outcome-unknown', 'airflow-error'],
    ['500 with streams', [createResponse(500, STREAMS_BODY)], 'outcome-unknown', 'airflow-error'],
    ['502', [createResponse(502)], 'outcome-unknown', 'airflow-error'],
    ['503 with streams (the command ran)', [createResponse(503, STREAMS_BODY)], 'outcome-unknown', 'airflow-error'],
    ['403 with streams (the command ran)', [createResponse(403, STREAMS_BODY)], 'outcome-unknown', 'airflow-error'],
    ['504', [createResponse(504)], 'outcome-unknown', 'airflow-timeout'],
    ['503', [createResponse(503)], 'airflow-busy', 'airflow-busy'],
    [
      'failed name resolution',
      [createNoResponse('name resolution', false)],
      'airflow-unreachable',
      'airflow-unreachable',
    ],
    ['failed connection', [createNoResponse('connect', false)], 'airflow-unreachable', 'airflow-unreachable'],
    ['failed TLS handshake', [createNoResponse('TLS', false)], 'airflow-unreachable', 'airflow-unreachable'],
    ['timeout', [createNoResponse('timeout', true)], 'outcome-unknown', 'airflow-timeout'],
    ['too large a response', [createNoResponse('size', true)], 'outcome-unknown', 'answer-too-large'],
    ['redirect to another host', [createNoResponse('redirect', false)], 'redirect-refused', 'redirect-refused'],
    ['new connection lost after sending', [createConnectionLost(true, false)], 'outcome-unknown', 'airflow-error'],
    [
      'new connection lost before sending',
      [createConnectionLost(false, false)],
      'airflow-unreachable',
      'airflow-unreachable',
    ],
    [
      'reused connections lost before sending, twice',
      [createConnectionLost(false, true), createConnectionLost(false, true)],
      'airflow-unreachable',
      'airflow-unreachable',
    ],
    [
      'reused connection lost before sending, then a new one after sending',
      [createConnectionLost(false, true), createConnectionLost(true, false)],
      'outcome-unknown',
      'airflow-error',
    ],
  ])('becomes a problem: %s', async (_what, replies, changing, readOnly) => {
    const changed = await sendToReplies(replies);
    const read = await sendToReplies(replies, { command: READ_ONLY_COMMAND });
    expect([changed.result, read.result]).toMatchObject([{ code: changing }, { code: readOnly }]);
    expect([changed.posted.length, read.posted.length]).toEqual([replies.length, replies.length]);
    expect(changed.trace.sent).toBe(changing === 'outcome-unknown');
  });

  test('retries once after a reused connection was lost after sending, but only a read-only command', async () => {
    const changed = await sendToReplies([createConnectionLost(true, true)]);
    expect(changed.result).toMatchObject({ code: 'outcome-unknown' });
    const read = await sendToReplies([createConnectionLost(true, true), COMMAND_RESPONSE], {
      command: READ_ONLY_COMMAND,
    });
    expect(read.result).toMatchObject({ status: 200 });
    const twice = await sendToReplies([createConnectionLost(true, true), createConnectionLost(true, true)], {
      command: READ_ONLY_COMMAND,
    });
    expect(twice.result).toMatchObject({ code: 'airflow-error' });
  });

  test('retries once after a reused connection was lost before sending', async () => {
    const { result, posted, trace } = await sendToReplies([createConnectionLost(false, true), COMMAND_RESPONSE]);
    expect(result).toMatchObject({ status: 200 });
    expect(posted).toEqual(['t1 dags trigger d', 't1 dags trigger d']);
    expect(trace).toMatchObject({ sent: true, posts: 2 });
  });

  test('the problem for an unknown outcome has the remedy and the members of the command', async () => {
    const { result } = await sendToReplies([createResponse(500)]);
    expect(result).toMatchObject({
      message: 'The command was sent, and its outcome is unknown: MWAA returned HTTP 500. Look for run r.',
      data: { runId: 'r', upstreamStatus: 500 },
    });
  });

  test('an unexpected error while posting is an unknown outcome, unless the command is read-only', async () => {
    const after = await sendToReplies([new TypeError('bug')]);
    expect(after.result).toMatchObject({ code: 'outcome-unknown', cause: expect.any(TypeError) });
    const read = await sendToReplies([new TypeError('bug')], { command: READ_ONLY_COMMAND });
    expect(read.result).toBeInstanceOf(TypeError);
  });
});

describe.each([401, 403])('HTTP %i', (status) => {
  const REJECTED = createResponse(status);

  test('once: sends the command again with a new token', async () => {
    const { result, posted, tokens, trace } = await sendToReplies([REJECTED, COMMAND_RESPONSE]);
    expect(result).toMatchObject({ status: 200 });
    expect(posted).toEqual(['t1 dags trigger d', 't2 dags trigger d']);
    expect({ tokens, trace }).toMatchObject({ tokens: 2, trace: { posts: 2, sent: true } });
  });

  /** The third post is the command `version`, with the second token. */
  test.each<[what: string, probe: ScriptedReply, code: string, detail: RegExp]>([
    ['while version runs: rejects the command', COMMAND_RESPONSE, 'command-refused', /does not allow this command/],
    ['and for version too: rejects the token', REJECTED, 'token-refused', /rejected a new token/],
    ['while version gets a 503: does not say which was rejected', createResponse(503), 'command-refused', /is unknown/],
    ['while version gets HTML: does not say which was rejected', createResponse(200), 'command-refused', /is unknown/],
    [
      'while version gets no response: does not say which was rejected',
      createConnectionLost(true, true),
      'command-refused',
      /is unknown/,
    ],
  ])('twice %s', async (_what, probe, code, detail) => {
    const { result, posted, tokens, trace } = await sendToReplies([REJECTED, REJECTED, probe]);
    expect(result).toMatchObject({
      code,
      message: expect.stringMatching(detail),
      data: { upstreamStatus: status, runId: 'r' },
    });
    expect(posted).toEqual(['t1 dags trigger d', 't2 dags trigger d', 't2 version']);
    expect({ tokens, trace }).toMatchObject({ tokens: 2, trace: { posts: 3, sent: false, upstreamStatus: status } });
  });

  test('twice for the command version: sends no third post', async () => {
    const { result, posted } = await sendToReplies([REJECTED, REJECTED], {
      command: { commandLine: 'version', readOnly: true },
    });
    expect(result).toMatchObject({ code: 'token-refused' });
    expect(posted).toHaveLength(2);
  });

  test('then 503, then the same status again: renews the token only once', async () => {
    const { result, tokens } = await sendToReplies([REJECTED, createResponse(503), REJECTED, COMMAND_RESPONSE], {
      busyRetryMs: 10_000,
    });
    expect({ result, tokens }).toMatchObject({ result: { code: 'command-refused' }, tokens: 2 });
  });
});

describe('HTTP 503', () => {
  const BUSY = createResponse(503);

  test('then 200: sends the command again after a delay', async () => {
    const { result, posted, delays, trace } = await sendToReplies([BUSY, COMMAND_RESPONSE], { busyRetryMs: 20_000 });
    expect(result).toMatchObject({ status: 200 });
    expect(delays).toEqual([250]);
    expect({ posted: posted.length, trace }).toMatchObject({ posted: 2, trace: { sent: true, posts: 2 } });
  });

  test('forever: doubles the delay up to two seconds, and gives up after busyRetryMs', async () => {
    const { result, delays, trace } = await sendToReplies(Array<CliResponse>(6).fill(BUSY), { busyRetryMs: 6_000 });
    expect(result).toMatchObject({ code: 'airflow-busy', data: { upstreamStatus: 503, runId: 'r' } });
    expect(delays).toEqual([250, 500, 1000, 2000, 2000]);
    expect(trace).toMatchObject({ sent: false, posts: 6 });
  });

  test('is not retried with little time left for the request', async () => {
    expect((await sendToReplies([BUSY], { busyRetryMs: 20_000, requestTimeoutMs: 5_100 })).delays).toEqual([]);
    expect((await sendToReplies([BUSY], { busyRetryMs: 20_000, command: { timeLeftMs: () => 5_100 } })).delays).toEqual(
      [],
    );
    expect(
      (await sendToReplies([BUSY, COMMAND_RESPONSE], { busyRetryMs: 20_000, command: { timeLeftMs: () => 5_300 } }))
        .delays,
    ).toEqual([250]);
  });

  test('then an unknown outcome: is not retried', async () => {
    const { result, posted, trace } = await sendToReplies([BUSY, createNoResponse('timeout', true)], {
      busyRetryMs: 20_000,
    });
    expect({ result, posts: posted.length }).toMatchObject({ result: { code: 'outcome-unknown' }, posts: 2 });
    expect(trace).not.toHaveProperty('upstreamStatus');
  });
});

test('an abort while waiting for a busy server is reported as airflow-busy, because nothing ran', async () => {
  const controller = new AbortController();
  const send = createSendCommand({
    remedies: RELAY_REMEDIES,
    tokens: createTokens(),
    post: async () => createResponse(503),
    busyRetryMs: 60_000,
    wait: async () => {
      controller.abort();
      throw new Error('aborted');
    },
  });
  await expect(send({ commandLine: 'dags trigger d', readOnly: false }, controller.signal)).rejects.toMatchObject({
    code: 'airflow-busy',
  });
});

test('a configured host overrides the one that MWAA returns', async () => {
  const hosts: string[] = [];
  const send = createSendCommand({
    remedies: RELAY_REMEDIES,
    tokens: createTokens('t', 'from-mwaa'),
    post: async ({ hostname }) => {
      hosts.push(hostname);
      return COMMAND_RESPONSE;
    },
    webServerHostname: 'configured',
  });
  await send({ commandLine: 'version', readOnly: true }, neverAborted);
  expect(hosts).toEqual(['configured']);
});

test('sends nothing without a token', async () => {
  const problem = new Problem('token-throttled', 'x');
  const trace: SendTrace = {};
  const send = createSendCommand({
    remedies: RELAY_REMEDIES,
    tokens: { get: () => Promise.reject(problem), invalidate: () => {} },
    post: async () => COMMAND_RESPONSE,
  });
  const sending = send({ commandLine: 'dags trigger d', readOnly: false, trace }, neverAborted);
  await expect(sending).rejects.toBe(problem);
  expect(trace).toEqual({});
});

describe('"sub command not allowed"', () => {
  const REFUSAL = 'sub command not allowed';
  test.each<[where: string, body: string]>([
    ['the body', REFUSAL],
    ['JSON', JSON.stringify({ message: `Sub command not allowed: db reset` })],
    ['a page', `<html><body><h1>Error</h1>sub-command not allowed.</body></html>`],
    ['JSON with streams that are not encoded', JSON.stringify({ stdout: REFUSAL, stderr: '' })],
  ])('in %s refuses the command at once, at any status', async (_where, body) => {
    for (const status of [200, 400, 401, 403, 404, 500, 502, 503]) {
      const { result, posted, trace } = await sendToReplies([createResponse(status, body)]);
      expect(result, `${status}`).toMatchObject({ code: 'command-refused', data: { upstreamStatus: status } });
      expect(posted).toHaveLength(1);
      expect(trace.sent).toBe(false);
    }
  });

  test.each([403, 500])('alone in a stream refuses the command at status %s', async (status) => {
    for (const body of [encodeStreams(REFUSAL), encodeStreams('', `\u001b[31mError: ${REFUSAL}\u001b[0m\n`)]) {
      expect((await sendToReplies([createResponse(status, body)])).result).toMatchObject({ code: 'command-refused' });
    }
  });

  test.each<[what: string, body: string, commandLine: string, code: string]>([
    ['with more output', encodeStreams(`${REFUSAL}\n[]`), 'dags trigger d', 'outcome-unknown'],
    ['as a part of a line of the other stream', encodeStreams('x', REFUSAL), 'dags trigger d', 'outcome-unknown'],
    ['repeated from the command', `<p>${REFUSAL}</p>`, `variables set k '${REFUSAL}'`, 'outcome-unknown'],
  ])('does not count %s', async (_what, body, commandLine, code) => {
    const { result } = await sendToReplies([createResponse(500, body)], { command: { commandLine } });
    expect(result).toMatchObject({ code });
  });

  test('in the streams of a command that may have run is left to the verdict', async () => {
    const { result } = await sendToReplies([createResponse(200, encodeStreams(REFUSAL))]);
    expect(result).toMatchObject({ status: 200, streams: { stdout: REFUSAL } });
  });
});

describe('an answer that is lost after about 120 seconds names the timeout of the web server', () => {
  const sendFor = async (seconds: number, reply: CliResponse | NoResponseError, readOnly = false) => {
    let now = 0;
    const send = createSendCommand({
      remedies: RELAY_REMEDIES,
      tokens: createTokens(),
      post: async () => {
        now += seconds * 1000;
        if (reply instanceof Error) throw reply;
        return reply;
      },
      now: () => now,
    });
    return send({ commandLine: 'dags list', readOnly }, neverAborted).catch(({ message }: Error) => message);
  };
  const CAUSE =
    /after 12\d seconds\. Airflow's web server probably ended its worker.*120 seconds.*web_server_worker_timeout/;

  test.each<[what: string, reply: CliResponse | NoResponseError]>([
    ['a connection that is cut', createConnectionLost(true, false)],
    ['502', createResponse(502)],
    ['504', createResponse(504)],
  ])('%s', async (_what, reply) => {
    for (const readOnly of [false, true]) {
      expect(await sendFor(121, reply, readOnly)).toMatch(CAUSE);
      expect(await sendFor(60, reply, readOnly)).not.toMatch(/worker/);
    }
  });

  test.each<[what: string, reply: CliResponse | NoResponseError]>([
    ['a timeout of the client', createNoResponse('timeout', true)],
    ['a response that is too large', createNoResponse('size', true)],
    ['404', createResponse(404)],
  ])('but not %s', async (_what, reply) => expect(await sendFor(121, reply)).not.toMatch(/worker/));
});
