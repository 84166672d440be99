import { afterEach, describe, expect, test } from 'vitest';
import { JSON_TYPE } from '../../mwaa/rest/rest-server.ts';
import { closeConnection, type RespondToRequest, respondWith } from '../../mwaa/scripted-web-server.ts';
import { type Door, openDoor, testAttacks } from './rest-door.ts';

const DAGS = 'GET /api/v1/dags';
const RUN = 'POST /api/v1/dags/a/dagRuns';
const SENT = `${RUN} {"dag_run_id":"r"}`;
const BODY = '{"dag_run_id":"r"}';

/** `testAttacks` checks that nothing but the session, `accept` and the content type reaches Airflow. */
describe('attacks on the headers', () => {
  testAttacks({ airflow: '2.10.3', may: ['api GET /dags', 'api POST /dags/a/dagRuns --*'] }, [
    ['a cookie', DAGS, DAGS, { headers: { Cookie: 'session=mine' } }],
    ['an authorization', DAGS, DAGS, { headers: { Authorization: 'Bearer mine' } }],
    ['a basic authorization', DAGS, DAGS, { headers: { authorization: 'Basic YWRtaW46YWRtaW4=' } }],
    ['another user', DAGS, DAGS, { headers: { 'Remote-User': 'admin', 'X-Remote-User': 'admin' } }],
    ['forwarding headers', DAGS, DAGS, { headers: { 'X-Forwarded-For': '10.0.0.1', 'X-Forwarded-Host': 'evil.test' } }],
    ['a prefix of a proxy', DAGS, DAGS, { headers: { 'X-Forwarded-Prefix': '/x', 'X-Original-URL': '/api/v1/users' } }],
    ['a host', DAGS, DAGS, { headers: { Host: 'evil.test' } }],
    ['a range', DAGS, DAGS, { headers: { Range: 'bytes=0-10' } }],
    ['a condition', DAGS, DAGS, { headers: { 'If-None-Match': '*', 'If-Modified-Since': 'now' } }],
    ['another accept', DAGS, DAGS, { headers: { Accept: 'text/html' } }],
    ['an encoding', DAGS, DAGS, { headers: { 'Accept-Encoding': 'gzip' } }],
    ['an upgrade', DAGS, DAGS, { headers: { Upgrade: 'websocket', Connection: 'Upgrade' } }],
    ['a transfer encoding', RUN, SENT, { body: BODY, headers: { 'Transfer-Encoding': 'chunked' } }],
    ['a length', RUN, SENT, { body: BODY, headers: { 'Content-Length': '3' } }],
    ['a trace', DAGS, DAGS, { headers: { 'X-Amzn-Trace-Id': 'Root=1', traceparent: '00-1-1-00' } }],
    ['a token of Airflow', DAGS, DAGS, { headers: { 'X-CSRFToken': 'x', 'X-Api-Key': 'y' } }],
    ['UTF-8', RUN, SENT, { body: BODY, headers: { 'Content-Type': 'application/json; charset=utf-8' } }],
    ['UTF-8 in quotes', RUN, SENT, { body: BODY, headers: { 'Content-Type': 'application/json;charset="UTF-8"' } }],
    ['UTF-8 after a blank', RUN, SENT, { body: BODY, headers: { 'Content-Type': 'application/json; charset= utf-8' } }],
    ['upper case', RUN, SENT, { body: BODY, headers: { 'Content-Type': 'Application/JSON' } }],
    [
      'UTF-7',
      RUN,
      'unsupported-media-type',
      { body: BODY, headers: { 'Content-Type': 'application/json; charset=utf-7' } },
    ],
    [
      'two charsets',
      RUN,
      'unsupported-media-type',
      { body: BODY, headers: { 'Content-Type': 'application/json; charset=utf-8; charset=utf-16' } },
    ],
    [
      'a form',
      RUN,
      'unsupported-media-type',
      { body: BODY, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    ],
    ['text', RUN, 'unsupported-media-type', { body: BODY, headers: { 'Content-Type': 'text/plain' } }],
    [
      'a patch',
      RUN,
      'unsupported-media-type',
      { body: BODY, headers: { 'Content-Type': 'application/merge-patch+json' } },
    ],
    ['two content types', RUN, 'malformed-request', { body: BODY, headers: { 'content-type': 'application/json' } }],
    ['no content type', RUN, SENT, { body: BODY, event: { multiValueHeaders: {} } }],
    ['no headers', DAGS, DAGS, { event: { multiValueHeaders: null as never } }],
    ['no caller', DAGS, 'untrusted-event', { event: { requestContext: { httpMethod: 'GET' } as never } }],
    ['the header of an old proxy', DAGS, DAGS, { headers: { 'X-Amz-Security-Token': 'x' } }],
  ]);
});

describe('answers of Airflow', () => {
  let door: Door;
  afterEach(() => door.close());

  const HTML = { 'content-type': 'text/html; charset=utf-8' };
  test.each<[name: string, request: string, respond: RespondToRequest, status: number, code: string | undefined]>([
    ['JSON', DAGS, respondWith(200, '{}', JSON_TYPE), 200, undefined],
    [
      'JSON with secrets in headers',
      DAGS,
      respondWith(200, '{}', {
        ...JSON_TYPE,
        'set-cookie': 'session=s',
        etag: 'e',
        location: '/x',
        'www-authenticate': 'Basic',
        'x-frame-options': 'DENY',
        server: 'gunicorn',
      }),
      200,
      undefined,
    ],
    [
      'an error',
      DAGS,
      respondWith(404, '{"detail":"x"}', { 'content-type': 'application/problem+json', 'set-cookie': 'a=b' }),
      404,
      undefined,
    ],
    ['a redirect to the login', DAGS, respondWith(302, '', { location: '/login/?next=x' }), 424, 'token-refused'],
    [
      'a redirect to another host',
      DAGS,
      respondWith(302, '', { location: 'https://evil.test/' }),
      424,
      'redirect-refused',
    ],
    ['a redirect of a change', RUN, respondWith(308, '', { location: 'https://evil.test/' }), 424, 'redirect-refused'],
    [
      'a redirect after a change',
      RUN,
      respondWith(303, '', { location: 'https://evil.test/' }),
      424,
      'outcome-unknown',
    ],
    ['not modified', DAGS, respondWith(304, ''), 424, 'redirect-refused'],
    ['a page', DAGS, respondWith(200, '<html><script>alert(1)</script>', HTML), 502, 'airflow-error'],
    ['a page after a change', RUN, respondWith(200, '<html>', HTML), 424, 'outcome-unknown'],
    [
      'a page of an error',
      DAGS,
      respondWith(404, '<html>', { ...HTML, 'set-cookie': 'session=x' }),
      424,
      'call-refused',
    ],
    ['a login page', DAGS, respondWith(200, '<title>Airflow - Sign In</title>', HTML), 502, 'airflow-error'],
    [
      'a compressed answer',
      DAGS,
      respondWith(200, 'x', { ...JSON_TYPE, 'content-encoding': 'gzip' }),
      502,
      'airflow-error',
    ],
    ['no session', DAGS, respondWith(401, '{"detail":"no"}', JSON_TYPE), 424, 'token-refused'],
    ['no permission', DAGS, respondWith(403, '{"detail":null,"title":"Forbidden"}', JSON_TYPE), 403, 'role-refused'],
    ['too many requests', RUN, respondWith(429, '{}', JSON_TYPE), 424, 'outcome-unknown'],
    ['an error of the server', RUN, respondWith(500, '{"detail":"x"}', JSON_TYPE), 424, 'outcome-unknown'],
    ['an error of the gateway', RUN, respondWith(504, '<html>', HTML), 424, 'outcome-unknown'],
    ['an error of the server to a question', DAGS, respondWith(500, '{"detail":"x"}', JSON_TYPE), 502, 'airflow-error'],
    ['a lost answer', RUN, closeConnection, 424, 'outcome-unknown'],
    ['an answer without a type', DAGS, respondWith(200, '{}'), 502, 'airflow-error'],
    ['an empty answer', DAGS, respondWith(200, '', JSON_TYPE), 502, 'airflow-error'],
    ['nothing', RUN, respondWith(204, ''), 204, undefined],
  ])('%s', async (_name, request, respond, status, code) => {
    door = await openDoor({ airflow: '2.10.3', may: ['api GET /dags', 'api POST /dags/a/dagRuns --*'] });
    door.respond = respond;
    const [method = '', target = ''] = request.split(' ');
    const answer = await door.send({ method, target, ...(method === 'POST' ? { body: BODY } : {}) });
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(
      Object.keys(answer.headers).filter((name) => !/^(?:content-type|cache-control|retry-after)$/.test(name)),
    ).toEqual([]);
    expect(`${JSON.stringify(answer.headers)}${answer.text}`).not.toMatch(/session-1|evil\.test\/|alert/);
    // A change is never sent twice, unless the session was refused.
    if (method === 'POST') expect(answer.received.filter((received) => received.method === 'POST')).toHaveLength(1);
  });
});

describe('the REST relay itself', () => {
  const REQUEST = {
    environment: 'prod',
    requestId: 'r',
    extendedRequestId: 'x',
    caller: { arn: 'arn:aws:sts::111122223333:assumed-role/team/jo' },
    deadline: Date.now() + 600_000,
    queuedMs: 0,
    action: { kind: 'call', method: 'GET', path: '/api/v1/dags', query: [], receivedAt: 0 },
  };
  const withAction = (action: object) => ({ ...REQUEST, action: { ...REQUEST.action, ...action } });

  test.each<[name: string, event: unknown, code: string]>([
    ['another environment', { ...REQUEST, environment: 'next' }, 'untrusted-event'],
    [
      'a command',
      { ...REQUEST, action: { kind: 'command', argv: ['version'], format: 'json', uniqueId: 'u' } },
      'untrusted-event',
    ],
    ['a health check that is not granted', { ...REQUEST, action: { kind: 'health' } }, 'not-granted'],
    ['an event of another schedule', { scheduled: 'health' }, 'untrusted-event'],
    ['an action that a later front may have', { ...REQUEST, action: { kind: 'calls' } }, 'untrusted-event'],
    ['a name of a JavaScript property', { ...REQUEST, action: { kind: 'constructor' } }, 'untrusted-event'],
    ['nothing', {}, 'untrusted-event'],
    ['no caller', { ...REQUEST, caller: { arn: '' } }, 'untrusted-event'],
    [
      'another caller',
      { ...REQUEST, caller: { arn: 'arn:aws:sts::111122223333:assumed-role/other/jo' } },
      'not-granted',
    ],
    ['a path that the front would refuse', withAction({ path: '/api/v1/dags/../users' }), 'invalid-call'],
    ['the login', withAction({ path: '/login/' }), 'no-such-operation'],
    ['a method that Airflow has and the API has not', withAction({ method: 'OPTIONS' }), 'no-such-operation'],
    ['an operation that is not granted', withAction({ path: '/api/v1/users' }), 'not-granted'],
    ['a query that is no list', withAction({ query: {} }), 'internal-error'],
    ['a path that is no text', withAction({ path: ['/api/v1/dags'] }), 'internal-error'],
    ['a front that stops waiting', { ...REQUEST, deadline: Date.now() + 1000 }, 'relay-unavailable'],
  ])('%s', async (_name, event, code) => {
    const door = await openDoor({ airflow: '2.10.3', may: ['api GET /dags'] });
    const { result } = await door.invokeRelay(event);
    door.close();
    expect(result).toBe(code);
  });

  test('answers a front of another version that it can read', async () => {
    const door = await openDoor({
      airflow: '2.10.3',
      may: ['api GET /dags'],
      changePayload: (payload) => JSON.stringify({ ...JSON.parse(payload), later: true }),
    });
    expect(await door.send({ target: '/api/v1/dags' })).toMatchObject({ status: 200, text: '{}' });
    door.close();
  });

  test('a relay with other grants than the front decides by its own', async () => {
    const door = await openDoor({
      airflow: '2.10.3',
      may: ['api GET /dags'],
      changePayload: (payload) => payload.replace('/api/v1/dags', '/api/v1/users'),
    });
    expect(await door.send({ target: '/api/v1/dags' })).toMatchObject({
      status: 403,
      code: 'not-granted',
      received: [],
    });
    door.close();
  });
});

describe('an environment without rest', () => {
  testAttacks({ airflow: '2.10.3', rest: false, may: ['dags list', '@read', 'api GET /dags'] }, [
    ['an operation that is granted as a command', DAGS, 'not-found'],
    ['an operation that does not exist', 'GET /api/v1/x', 'not-found'],
    ['a change', RUN, 'not-found', { body: BODY }],
  ]);
});
