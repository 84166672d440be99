import { describe, expect, test } from 'vitest';
import { Problem } from '../../../../contract/problem.ts';
import { findCookie } from '../../../../mwaa/rest/find-cookie.ts';
import { sendCall } from '../../../../mwaa/rest/send-call.ts';
import { createCloseAfterTest } from '../../close-after-test.ts';
import { neverAborted } from '../cli-responses.ts';
import {
  closeConnection,
  neverRespond,
  type RespondToRequest,
  respondWith,
  TEST_HOST,
} from '../scripted-web-server.ts';
import { createJwt, createLogins, HTML_TYPE, JSON_TYPE, READ, type RestSetup, startRestServer } from './rest-server.ts';

const closeAfterTest = createCloseAfterTest();

const ANSWER = respondWith(200, '{}', JSON_TYPE);
const UNAUTHORIZED = respondWith(401, '{}', JSON_TYPE);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const logIn = (status: number, setCookie: string | undefined, headers: Readonly<Record<string, string>> = {}) =>
  respondWith(status, '', { ...HTML_TYPE, ...(setCookie !== undefined && { 'set-cookie': setCookie }), ...headers });

const COOKIE = 'session=abc; HttpOnly; Path=/';

async function start(setup: RestSetup, calls: readonly RespondToRequest[] = [ANSWER]) {
  const server = closeAfterTest(await startRestServer(calls, setup));
  const send = () => sendCall(server.upstream, READ, neverAborted).catch((error: unknown) => error as Problem);
  return { ...server, send };
}

describe('a login', () => {
  test.each<[what: string, login: RespondToRequest]>([
    ['200', logIn(200, COOKIE)],
    ['302 to a page, which is not followed', logIn(302, COOKIE, { location: '/home' })],
    ['303 to another host, which is not followed', logIn(303, COOKIE, { location: 'https://other.example/' })],
  ])('succeeds with the cookie: %s', async (_what, login) => {
    const { send, received } = await start({ logins: [login] });
    expect(await send()).toMatchObject({ status: 200 });
    expect(received).toMatchObject({ logins: [{}], calls: [{ headers: { cookie: 'session=abc' } }] });
  });

  test.each<[what: string, login: RespondToRequest, code: string, detail: RegExp, setup?: RestSetup]>([
    [
      '404 with a cookie',
      logIn(404, COOKIE),
      'token-refused',
      /no login of Airflow 2\.10\.3 at \/aws_mwaa\/login \(HTTP 404\)/,
    ],
    ['405', logIn(405, undefined), 'token-refused', /no login of Airflow 2\.10\.3/],
    ['200 without a cookie', logIn(200, undefined), 'token-refused', /no cookie session \(HTTP 200\)/],
    ['302 without a cookie', logIn(302, undefined, { location: '/' }), 'token-refused', /no cookie session/],
    ['302 with the cookie of the other major', logIn(302, '_token=a.b.c'), 'token-refused', /no cookie session/],
    ['302 with a cookie that is removed', logIn(302, 'session=; Max-Age=0'), 'token-refused', /no cookie session/],
    ['3.x: no cookie', logIn(302, COOKIE), 'token-refused', /no cookie _token/, { airflow: '3.0.6' }],
    ['3.x: an empty cookie', logIn(302, '_token=""'), 'token-refused', /no cookie _token/, { airflow: '3.0.6' }],
    ['400', logIn(400, COOKIE), 'token-refused', /rejected a new token \(HTTP 400\)/],
    ['401', logIn(401, undefined), 'token-refused', /rejected a new token \(HTTP 401\)/],
    ['403', logIn(403, COOKIE), 'token-refused', /rejected a new token \(HTTP 403\)/],
    ['429', logIn(429, undefined), 'throttled', /login at the web server failed/],
    ['500', logIn(500, COOKIE), 'airflow-error', /login at the web server failed \(HTTP 500\)/],
    ['503', respondWith(503, '<title>503 Busy</title>', HTML_TYPE), 'environment-not-available', /HTTP 503: 503 Busy/],
    ['504', logIn(504, undefined), 'airflow-timeout', /login at the web server failed/],
    ['a lost answer', closeConnection, 'airflow-error', /The login changes nothing, so send the request again/],
    ['no answer', neverRespond, 'airflow-timeout', /did not respond/, { callTimeoutMs: 200 }],
  ])('fails: %s', async (_what, login, code, detail, setup) => {
    const { send, received } = await start({ ...setup, logins: [login] });
    expect(await send()).toMatchObject({ code, message: expect.stringMatching(detail) });
    expect(received).toMatchObject({ logins: { length: 1 }, calls: [] });
  });

  test('that fails is tried again by the next call', async () => {
    const { send, received } = await start({ logins: [logIn(500, undefined), createLogins()] });
    expect(await send()).toBeInstanceOf(Problem);
    expect(await send()).toMatchObject({ status: 200 });
    expect(received.logins).toHaveLength(2);
  });

  test('whose kept-alive connection was closed is repeated with a new token', async () => {
    const { send, received } = await start({ logins: [createLogins(), closeConnection, createLogins()] }, [
      UNAUTHORIZED,
      ANSWER,
    ]);
    expect(await send()).toMatchObject({ status: 200 });
    expect(received.logins.map(({ body }) => body)).toEqual([1, 2, 3].map((count) => `token=token%2B${count}%2F%3D`));
  });
});

describe('the host of the web server', () => {
  test('of somebody else gets no token', async () => {
    const { send, received } = await start({ webServerDomains: [] });
    expect(await send()).toMatchObject({ code: 'host-refused' });
    expect(received.logins).toHaveLength(0);
  });

  test('of the configuration replaces that of MWAA', async () => {
    const createToken = async () => ({ WebToken: 't', WebServerHostname: 'other.example' });
    const { send } = await start({ webServerDomains: [], webServerHostname: TEST_HOST, createToken });
    expect(await send()).toMatchObject({ status: 200 });
  });
});

describe('the token API', () => {
  const reject = (name: string, httpStatusCode: number) => async () => {
    throw Object.assign(new Error('arn'), { name, $metadata: { httpStatusCode } });
  };

  test.each<[what: string, setup: RestSetup, code: string, detail: RegExp]>([
    [
      'denies',
      { createToken: reject('AccessDeniedException', 403) },
      'token-not-permitted',
      /^MWAA issued no web login token \(AccessDeniedException, 403\)\. Allow airflow:CreateWebLoginToken/,
    ],
    ['throttles', { createToken: reject('ThrottlingException', 429) }, 'token-throttled', /requests for tokens/],
    [
      'returns no token',
      { createToken: async () => ({ WebServerHostname: TEST_HOST }) },
      'environment-not-available',
      /no token/,
    ],
    [
      'does not respond',
      { createToken: () => new Promise(() => {}), tokenTimeoutMs: 100 },
      'token-timeout',
      /^MWAA issued no web login token within 0\.1 seconds/,
    ],
  ])('%s', async (_what, setup, code, detail) => {
    const { send, received } = await start(setup);
    expect(await send()).toMatchObject({ code, message: expect.stringMatching(detail) });
    expect(received).toMatchObject({ logins: [], calls: [] });
  });

  test('does not respond in the time that the caller has', async () => {
    const { upstream } = await start({ createToken: () => new Promise(() => {}) });
    await expect(sendCall(upstream, READ, AbortSignal.timeout(50))).rejects.toMatchObject({
      code: 'airflow-timeout',
      message: expect.stringContaining('within the time left for the request. Nothing was run.'),
    });
  });
});

describe('the life of a session', () => {
  /** The number of logins after calls at these ages of the first session. */
  async function countLogins(setup: RestSetup, ...ages: readonly number[]): Promise<number[]> {
    const { send, received, clock } = await start(setup);
    const startedAt = clock.now;
    const counts: number[] = [];
    for (const age of [0, ...ages]) {
      clock.now = startedAt + age;
      await send();
      // A login in the background has arrived by then.
      await new Promise((resolve) => setTimeout(resolve, 50));
      counts.push(received.logins.length);
    }
    return counts;
  }

  test('on Airflow 2 is eleven hours of twelve', async () => {
    expect(await countLogins({}, 10.9 * HOUR, 11 * HOUR + 1)).toEqual([1, 1, 2]);
  });

  test('in its last minute, the next login is under way', async () => {
    const login: RespondToRequest = (socket, request) => setTimeout(() => createLogins()(socket, request), 10);
    expect(await countLogins({ logins: [login] }, 11 * HOUR - MINUTE / 2, 11 * HOUR + 1)).toEqual([1, 2, 2]);
  });

  test.each<[what: string, lifeMs: number, unused: number[], counts: number[]]>([
    ['ten minutes: ends a twelfth earlier', 10 * MINUTE, [4 * MINUTE, 9.2 * MINUTE], [1, 1, 2]],
    ['a day: is used as long as on Airflow 2', 24 * HOUR, [10.9 * HOUR, 11 * HOUR + 1], [1, 1, 2]],
  ])('on Airflow 3 is that of the JWT: %s', async (_what, lifeMs, ages, counts) => {
    const exp = (Date.UTC(2026, 10, 29) + lifeMs) / 1000;
    const login = logIn(302, `_token=${createJwt({ exp })}`);
    expect(await countLogins({ airflow: '3.0.6', logins: [login] }, ...ages)).toEqual(counts);
  });

  test('ends when the clock is set back', async () => {
    expect(await countLogins({}, -HOUR)).toEqual([1, 2]);
  });
});

describe('findCookie', () => {
  test.each<[lines: string[] | undefined, value: string | undefined]>([
    [undefined, undefined],
    [[], undefined],
    [['session=a'], 'a'],
    [['session=a; HttpOnly'], 'a'],
    [['session="a.b"; HttpOnly'], 'a.b'],
    [['session=a=b='], 'a=b='],
    [['other=x', 'session=a'], 'a'],
    [['session=old', 'session=new'], 'new'],
    [['session=old', 'session=; Max-Age=0'], undefined],
    [['xsession=a'], undefined],
    [['session='], undefined],
    [['session'], undefined],
    [['session=a b'], undefined],
    [['session=a\u00e9'], undefined],
  ])('%j', (lines, value) => {
    expect(findCookie(lines, 'session')).toBe(value);
  });
});
