import { describe, expect, test } from 'vitest';
import { Problem } from '../../../../contract/problem.ts';
import { PROBLEM_TYPES } from '../../../../contract/problem-types.ts';
import { sendCall } from '../../../../mwaa/rest/send-call.ts';
import type { CallToSend, CallTrace } from '../../../../mwaa/rest/send-call-types.ts';
import { createCloseAfterTest } from '../../close-after-test.ts';
import { neverAborted } from '../cli-responses.ts';
import {
  closeConnection,
  formatResponseHead,
  neverRespond,
  type RespondToRequest,
  respondWith,
} from '../scripted-web-server.ts';
import {
  createJwt,
  createLogins,
  HTML_TYPE,
  JSON_TYPE,
  READ,
  type RestSetup,
  startRestServer,
  WRITE,
} from './rest-server.ts';

const closeAfterTest = createCloseAfterTest();

const ANSWER = respondWith(200, '{"dags":[]}', JSON_TYPE);
const respondJson = (status: number, body: object) => respondWith(status, JSON.stringify(body), JSON_TYPE);
const respondHtml = (status: number, body: string, headers = {}) =>
  respondWith(status, body, { ...HTML_TYPE, ...headers });
const redirect = (status: number, location: string) => respondWith(status, '', { location });

const UNAUTHORIZED = respondWith(401, '{"detail":null,"title":"Unauthorized","status":401}', {
  'content-type': 'application/problem+json',
});
const INVALID_JWT = respondJson(403, { detail: 'Invalid JWT token' });
const LOGIN_PAGE = respondHtml(200, '<html><head><title>Sign In - Airflow</title></head></html>');
const START_PAGE = respondHtml(200, '<html><head><title>Airflow</title></head><div id="root"></div></html>');
const TOO_LARGE = respondWith(200, `"${'x'.repeat(200_000)}"`, JSON_TYPE);
const FIRST_HALF: RespondToRequest = (socket) =>
  socket.write(`${formatResponseHead(200, { ...JSON_TYPE, 'content-length': '100' })}{"dags":`);
const CUT_IN_BODY: RespondToRequest = (socket, request) => {
  FIRST_HALF(socket, request);
  setTimeout(() => socket.destroy(), 20);
};

/** A login, after which the server closes the connection. */
const loginAndClose = (): readonly RespondToRequest[] => {
  const login = createLogins();
  return [
    (socket, request) => {
      login(socket, request);
      socket.end();
    },
  ];
};

/** Status of the answer or code of the problem, the number of calls that arrived, and the number of logins. */
async function send(call: CallToSend, calls: readonly RespondToRequest[], setup: RestSetup = {}) {
  const server = closeAfterTest(await startRestServer(calls, setup));
  const trace: CallTrace = {};
  const result = await sendCall(server.upstream, { ...call, trace }, neverAborted).catch((error: unknown) => error);
  const { logins, calls: arrived } = server.received;
  const name = result instanceof Problem ? result.code : (result as { status?: number }).status;
  return { result, trace, server, summary: `${name}, ${arrived.length}, ${logins.length}` };
}

type Row = [what: string, calls: readonly RespondToRequest[], read: string, write: string, setup?: () => RestSetup];

const ROWS: Row[] = [
  ['an answer', [ANSWER], '200, 1, 1', '200, 1, 1'],
  ['no content', [respondWith(204, '')], '204, 1, 1', '204, 1, 1'],
  ['a log as text', [respondWith(200, 'line', { 'content-type': 'text/plain' })], '200, 1, 1', '200, 1, 1'],
  ['a log as lines', [respondWith(200, '{}\n', { 'content-type': 'application/x-ndjson' })], '200, 1, 1', '200, 1, 1'],

  // Errors of Airflow, which are passed on
  ['invalid', [respondJson(400, { detail: 'no' })], '400, 1, 1', '400, 1, 1'],
  ['unknown DAG', [respondJson(404, { detail: 'no' })], '404, 1, 1', '404, 1, 1'],
  ['conflict', [respondJson(409, { detail: 'no' })], '409, 1, 1', '409, 1, 1'],
  ['not valid', [respondJson(422, { detail: [] })], '422, 1, 1', '422, 1, 1'],
  ['forbidden for a reason', [respondJson(403, { detail: 'chose not to expose' })], '403, 1, 1', '403, 1, 1'],

  // The session
  ['session expired in flight', [UNAUTHORIZED, ANSWER], '200, 2, 2', '200, 2, 2'],
  ['401 always', [UNAUTHORIZED], 'token-refused, 2, 2', 'token-refused, 2, 2'],
  ['403 Invalid JWT once', [INVALID_JWT, ANSWER], '200, 2, 2', '200, 2, 2'],
  ['403 Invalid JWT always', [INVALID_JWT], 'token-refused, 2, 2', 'token-refused, 2, 2'],
  ['redirect to the login once', [redirect(302, '/login/?next=x'), ANSWER], '200, 2, 2', '200, 2, 2'],
  ['redirect to the login always', [redirect(307, '/auth/login')], 'token-refused, 2, 2', 'token-refused, 2, 2'],
  [
    'redirect to the login of AWS',
    [redirect(302, 'https://eu-west-1.signin.aws.amazon.com/oauth'), ANSWER],
    '200, 2, 2',
    '200, 2, 2',
  ],
  ['login page once', [LOGIN_PAGE, ANSWER], '200, 2, 2', 'outcome-unknown, 1, 1'],
  ['login page always', [LOGIN_PAGE], 'airflow-error, 2, 2', 'outcome-unknown, 1, 1'],
  ['401, then a lost answer', [UNAUTHORIZED, CUT_IN_BODY], 'airflow-error, 3, 2', 'outcome-unknown, 2, 2'],

  // Airflow's role
  [
    '403 on Airflow 2',
    [respondJson(403, { detail: null, title: 'Forbidden' })],
    'role-refused, 1, 1',
    'role-refused, 1, 1',
  ],
  ['403 on Airflow 3', [respondJson(403, { detail: 'Forbidden' })], 'role-refused, 1, 1', 'role-refused, 1, 1'],

  // Something else than the API
  ['another page', [START_PAGE], 'airflow-error, 1, 1', 'outcome-unknown, 1, 1'],
  ['nothing', [respondWith(200, '', JSON_TYPE)], 'airflow-error, 1, 1', 'outcome-unknown, 1, 1'],
  [
    'compressed',
    [respondWith(200, 'x', { ...JSON_TYPE, 'content-encoding': 'gzip' })],
    'airflow-error, 1, 1',
    'outcome-unknown, 1, 1',
  ],
  [
    'bytes',
    [respondWith(200, 'x', { 'content-type': 'application/octet-stream' })],
    'airflow-error, 1, 1',
    'outcome-unknown, 1, 1',
  ],
  ['same call elsewhere', [redirect(308, '/api/v1/dags/')], 'redirect-refused, 1, 1', 'redirect-refused, 1, 1'],
  [
    'another page elsewhere',
    [redirect(303, 'https://other.example/x')],
    'redirect-refused, 1, 1',
    'outcome-unknown, 1, 1',
  ],
  ['page: 403', [respondHtml(403, '<html>')], 'call-refused, 1, 1', 'call-refused, 1, 1'],
  [
    'page: 404',
    [respondHtml(404, '<html>', { 'set-cookie': 'session=x' })],
    'call-refused, 1, 1',
    'call-refused, 1, 1',
  ],
  ['page: 413', [respondHtml(413, '<html>')], 'call-refused, 1, 1', 'call-refused, 1, 1'],

  // Failures of the server
  ['408', [respondHtml(408, '<html>')], 'airflow-timeout, 1, 1', 'outcome-unknown, 1, 1'],
  ['429', [respondJson(429, {})], 'throttled, 1, 1', 'outcome-unknown, 1, 1'],
  ['500 of Airflow', [respondJson(500, { detail: 'x' })], 'airflow-error, 1, 1', 'outcome-unknown, 1, 1'],
  ['500 page', [respondHtml(500, '<html>')], 'airflow-error, 1, 1', 'outcome-unknown, 1, 1'],
  ['502', [respondHtml(502, '<html>')], 'airflow-error, 1, 1', 'outcome-unknown, 1, 1'],
  ['503', [respondHtml(503, '<html>')], 'environment-not-available, 1, 1', 'outcome-unknown, 1, 1'],
  ['504', [respondHtml(504, '<html>')], 'airflow-timeout, 1, 1', 'outcome-unknown, 1, 1'],

  // Lost answers. The connection has served the login, so a web server may have closed it: reads are repeated once.
  ['reset once', [closeConnection, ANSWER], '200, 2, 1', 'outcome-unknown, 1, 1'],
  ['reset always', [closeConnection], 'airflow-error, 2, 1', 'outcome-unknown, 1, 1'],
  ['cut in the body', [CUT_IN_BODY], 'airflow-error, 2, 1', 'outcome-unknown, 1, 1'],
  [
    'reset on a new connection',
    [closeConnection],
    'airflow-error, 1, 1',
    'outcome-unknown, 1, 1',
    () => ({ logins: loginAndClose() }),
  ],
  ['closed before the call', [ANSWER], '200, 1, 1', '200, 1, 1', () => ({ logins: loginAndClose() })],
  ['no answer', [neverRespond], 'airflow-timeout, 1, 1', 'outcome-unknown, 1, 1', () => ({ callTimeoutMs: 300 })],
  ['slow body', [FIRST_HALF], 'airflow-timeout, 1, 1', 'outcome-unknown, 1, 1', () => ({ callTimeoutMs: 300 })],
  ['larger than the limit', [TOO_LARGE], 'answer-too-large, 1, 1', 'outcome-unknown, 1, 1'],
  [
    '20 MB',
    [respondWith(200, `"${'x'.repeat(20_000_000)}"`, JSON_TYPE)],
    'answer-too-large, 1, 1',
    'outcome-unknown, 1, 1',
    () => ({ maxResponseBytes: 6_000_000 }),
  ],
];

describe('result, number of calls, and number of logins', () => {
  test.each<Row>(ROWS)('%s', async (_what, calls, read, write, setup) => {
    expect(await send(READ, calls, setup?.())).toMatchObject({ summary: read });
    expect(await send(WRITE, calls, setup?.())).toMatchObject({ summary: write });
  });

  test.each<Row>(ROWS.filter(([, , , write]) => !/^\d/.test(write)))(
    '%s: the status and the trace say whether the write may have run',
    async (_what, calls, _read, _write, setup) => {
      const { result, trace } = await send(WRITE, calls, setup?.());
      const { status, retrySafe } = PROBLEM_TYPES[(result as Problem).code];
      const mayHaveRun = (result as Problem).code === 'outcome-unknown';
      expect({ sent: trace.sent, retrySafe }).toEqual({ sent: mayHaveRun, retrySafe: !mayHaveRun });
      // Clients repeat these by themselves.
      if (mayHaveRun) expect([408, 429, 500, 502, 503, 504]).not.toContain(status);
    },
  );
});

describe('what is sent', () => {
  test('Airflow 2: the cookie', async () => {
    const { server } = await send(READ, [ANSWER]);
    expect(server.received).toMatchObject({
      logins: [
        {
          method: 'POST',
          path: '/aws_mwaa/login',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: 'token=token%2B1%2F%3D',
        },
      ],
      calls: [{ method: 'GET', path: '/api/v1/dags?limit=2', headers: { cookie: 'session=session-1' }, body: '' }],
    });
    expect(Object.keys(server.received.calls[0]!.headers).sort()).toEqual(['accept', 'connection', 'cookie', 'host']);
  });

  test('Airflow 3: the JWT of the cookie, as a bearer token', async () => {
    const jwt = createJwt({ sub: '1' });
    const login = respondWith(302, '', { 'set-cookie': `_token=${jwt}; Secure; HttpOnly` });
    const { server, summary } = await send(WRITE, [ANSWER], { airflow: '3.0.6', logins: [login] });
    expect(summary).toBe('200, 1, 1');
    expect(server.received).toMatchObject({
      logins: [{ path: '/pluginsv2/aws_mwaa/login' }],
      calls: [
        {
          method: 'POST',
          headers: { authorization: `Bearer ${jwt}`, 'content-type': 'application/json', accept: 'application/json' },
          body: '{"conf":{}}',
        },
      ],
    });
    expect(server.received.calls[0]!.headers).not.toHaveProperty('cookie');
  });

  test.each<[CallToSend['method'], headers: object]>([
    ['GET', {}],
    ['DELETE', {}],
    ['POST', { 'content-length': '0' }],
    ['PUT', { 'content-length': '0' }],
    ['PATCH', { 'content-length': '0' }],
  ])('%s without a body', async (method, headers) => {
    const { server } = await send({ method, target: '/api/v1/x', readOnly: false }, [ANSWER]);
    const { accept, connection, cookie, host, ...others } = server.received.calls[0]!.headers;
    expect(others).toEqual(headers);
  });

  test('the form of the answer that is asked for', async () => {
    const { server } = await send({ ...READ, accept: 'text/plain' }, [ANSWER]);
    expect(server.received.calls[0]!.headers.accept).toBe('text/plain');
  });
});

describe('what is passed on', () => {
  test('status, content type and body, and no other header', async () => {
    const answer = respondWith(200, '{}', { ...JSON_TYPE, 'set-cookie': 'session=other', location: '/x', etag: 'x' });
    const { result, server } = await send(READ, [answer]);
    expect(result).toEqual({ status: 200, contentType: 'application/json', body: '{}' });
    await sendCall(server.upstream, READ, neverAborted);
    expect(server.received.calls.map(({ headers }) => headers.cookie)).toEqual([
      'session=session-1',
      'session=session-1',
    ]);
  });

  test('a large body as bytes', async () => {
    const { result } = await send(READ, [respondWith(200, `"${'x'.repeat(90_000)}"`, JSON_TYPE)]);
    expect(result).toMatchObject({ body: expect.any(Uint8Array) });
  });

  test("Airflow's words about a failed write", async () => {
    const { result } = await send(WRITE, [respondJson(500, { detail: 'deadlock  detected.' })]);
    expect(result).toMatchObject({
      code: 'outcome-unknown',
      message:
        'The request was sent, and its outcome is unknown: the web server returned HTTP 500: deadlock detected. Check in Airflow ' +
        'whether it ran before you send it again.',
      data: { upstreamStatus: 500 },
    });
  });

  test('the remedy and the members of the call', async () => {
    const call = { ...WRITE, unknownOutcomeRemedy: 'Look for run r.', problemMembers: { runId: 'r', retrySafe: true } };
    const { result } = await send(call, [respondHtml(502, '<title>502 Bad Gateway</title>')]);
    expect(result).toMatchObject({
      message: expect.stringMatching(/HTTP 502: 502 Bad Gateway\. Look for run r\.$/),
      data: { runId: 'r', retrySafe: true, upstreamStatus: 502 },
    });
  });

  test('the role that Airflow rejects, and what to change', async () => {
    const { result } = await send(READ, [respondJson(403, { detail: 'Forbidden' })]);
    expect(result).toMatchObject({
      message: expect.stringMatching(/to the role Viewer, which the REST relay has.*Set restRole/),
      data: { airflowRole: 'Viewer', upstreamStatus: 403 },
    });
  });

  test('only the origin of a redirect', async () => {
    const { result } = await send(READ, [redirect(301, 'https://other.example/path?token=x')]);
    expect((result as Problem).message).toContain('redirects to https://other.example.');
  });
});

describe('many calls', () => {
  test('10 at once log in once', async () => {
    const server = closeAfterTest(await startRestServer([ANSWER]));
    const answers = await Promise.all(Array.from({ length: 10 }, () => sendCall(server.upstream, READ, neverAborted)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(server.received).toMatchObject({ logins: { length: 1 }, calls: { length: 10 } });
  });

  test('10 whose session expires at once log in once more', async () => {
    const expectedCookie = { current: 'session=session-1' };
    const answer: RespondToRequest = (socket, request) =>
      (request.headers.cookie === expectedCookie.current ? ANSWER : UNAUTHORIZED)(socket, request);
    const server = closeAfterTest(await startRestServer([answer]));
    await sendCall(server.upstream, READ, neverAborted);
    expectedCookie.current = 'session=session-2';
    const answers = await Promise.all(Array.from({ length: 10 }, () => sendCall(server.upstream, WRITE, neverAborted)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(server.received.logins).toHaveLength(2);
  });
});

test('an abort ends a call: a write may have run', async () => {
  const abort = new AbortController();
  const server = closeAfterTest(await startRestServer([() => abort.abort()]));
  await expect(sendCall(server.upstream, WRITE, abort.signal)).rejects.toMatchObject({ code: 'outcome-unknown' });
});

test('an unexpected error after a write was sent is an unknown outcome', async () => {
  const server = closeAfterTest(await startRestServer([ANSWER]));
  const upstream = {
    ...server.upstream,
    exchange: async () => {
      throw new TypeError('broken');
    },
  };
  await expect(sendCall(upstream, WRITE, neverAborted)).rejects.toMatchObject({
    code: 'outcome-unknown',
    message: expect.stringContaining('the REST relay failed'),
  });
  await expect(sendCall(upstream, READ, neverAborted)).rejects.toThrow(TypeError);
});

test('the trace counts the requests', async () => {
  const { trace } = await send(READ, [UNAUTHORIZED, ANSWER]);
  expect(trace).toEqual({ sent: true, upstreamStatus: 200, posts: 2, postMs: 0, sessionAgeMs: 0 });
});

describe('neither token nor session is in what is reported', () => {
  /** Everything that a log could contain: also the errors behind the problem. */
  const showEverything = (value: unknown): string => {
    const parts: string[] = [];
    for (let error = value; error instanceof Error; error = error.cause) {
      parts.push(error.stack ?? '', ...Object.values(error).map(showMember));
    }
    return parts.join('\n');
  };
  const showMember = (member: unknown): string =>
    member instanceof Uint8Array ? Buffer.from(member).toString('utf8') : JSON.stringify(member);
  const echo =
    (status: number, headers: Readonly<Record<string, string>>): RespondToRequest =>
    (socket, request) =>
      respondWith(status, JSON.stringify({ detail: `saw ${JSON.stringify(request)}` }), headers)(socket, request);
  const SECRET = /token(?:\+|%2B)\d|session-\d/;

  test.each<[string, RespondToRequest]>([
    ['401', echo(401, JSON_TYPE)],
    ['500', echo(500, JSON_TYPE)],
    ['404 page', echo(404, HTML_TYPE)],
    ['redirect', redirect(302, 'https://other.example/session-1')],
    ['no HTTP', (socket, request) => socket.write(`nonsense ${request.headers.cookie}\r\n\r\n`)],
    ['reset', closeConnection],
    ['too large', TOO_LARGE],
  ])('%s of a call', async (_what, action) => {
    for (const call of [READ, WRITE]) {
      const { result, trace } = await send(call, [action]);
      expect(result).toBeInstanceOf(Problem);
      expect(showEverything(result) + JSON.stringify(trace)).not.toMatch(SECRET);
    }
  });

  test.each<[string, RespondToRequest]>([
    ['401', echo(401, JSON_TYPE)],
    ['500', echo(500, { 'content-type': 'text/plain' })],
    ['no cookie', echo(200, JSON_TYPE)],
    ['no HTTP', (socket, request) => socket.write(`nonsense ${request.body}\r\nset-cookie: session-1\r\n\r\n`)],
    [
      'half a header',
      (socket) => socket.end('HTTP/1.1 302 Found\r\nset-cookie: session=session-1\r\nbroken\x00\r\n\r\n'),
    ],
  ])('%s of a login', async (_what, action) => {
    const { result } = await send(READ, [ANSWER], { logins: [action] });
    expect(result).toBeInstanceOf(Problem);
    expect(showEverything(result)).not.toMatch(SECRET);
  });
});
