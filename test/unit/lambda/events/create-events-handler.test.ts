import { beforeEach, describe, expect, test, vi } from 'vitest';
import { AuditedRequests } from '../../../../client/mwaa/audit/audited-requests.ts';
import { MALFORMED_LINE, parseAuditLines } from '../../../../client/mwaa/audit/parse-audit-lines.ts';
import { Problem } from '../../../../contract/problem.ts';
import { PROBLEM_TYPES, type ProblemCode } from '../../../../contract/problem-types.ts';
import { RelayOutcomeUnknownError } from '../../../../lambda/front/queue/create-invoke-relay.ts';
import { EVENT_CONFIG } from '../../../fixtures/event-config.ts';
import { getLoggedLines } from '../logged-lines.ts';
import {
  ACCOUNT,
  answer,
  CONTEXT,
  createMessage,
  createOrderEvent,
  createTestEvents,
  EVENT_ID,
  getQueueArn,
  MESSAGE_ID,
  NOW,
  REGION,
  S3_EVENT,
  type TestMessage,
} from './events-fixture.ts';

vi.spyOn(console, 'log').mockImplementation(() => {});
beforeEach(() => void vi.mocked(console.log).mockClear());

const HOUR_MS = 3_600_000;
const FAILED = { batchItemFailures: [{ itemIdentifier: MESSAGE_ID }] };
const DELETED = { batchItemFailures: [] };

test('runs the command of an event as its caller, and lets the message be deleted', async () => {
  const { receive, requests, calls } = createTestEvents();

  expect(await receive({})).toEqual(DELETED);
  expect(calls).toEqual([]);
  expect(requests).toMatchObject([
    {
      environment: 'prod',
      requestId: MESSAGE_ID,
      extendedRequestId: 'lambda-request-id',
      caller: { declared: 'event:landing' },
      // The function has 300 seconds, of which it keeps ten, and the relay one.
      deadline: NOW + 289_000,
      action: {
        kind: 'command',
        argv: ['dags', 'trigger', 'ingest', '--conf={"file":"in/a b.csv","bucket":"landing"}'],
        idempotencyKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    },
  ]);
  expect(getLoggedLines()).toMatchObject([
    {
      audit: 'request',
      route: 'event',
      requestId: MESSAGE_ID,
      event: 'landing',
      eventId: EVENT_ID,
      caller: 'event:landing',
      environment: 'prod',
      decision: 'allowed',
      grant: 'dags trigger ingest --conf=*',
      result: 'succeeded',
      status: 200,
      receiveCount: 1,
      ageMs: 1000,
      disposition: 'done',
      EventsDone: 1,
      EventsDelayed: 0,
      EventsDead: 0,
      EventAge: 1000,
      _aws: { CloudWatchMetrics: [{ Dimensions: [['environment'], ['environment', 'event']] }] },
    },
  ]);
});

test('a command that is no trigger has no key', async () => {
  const { receive, requests } = createTestEvents();

  await receive({ event: 'orders', body: createOrderEvent({ id: 7 }) });

  expect(requests[0]?.action).toMatchObject({ argv: ['variables', 'set', 'last_order', '7'] });
  expect(requests[0]?.action.idempotencyKey).toBeUndefined();
});

test('hides the message of a busy environment, and reports it as failed', async () => {
  const { receive, calls } = createTestEvents({ relay: () => answer(503, 'airflow-busy', {}, 5) });

  expect(await receive({})).toEqual(FAILED);
  expect(calls).toEqual([{ hide: 'proxy-12345678-event-landing', handle: `handle of ${MESSAGE_ID}`, seconds: 8 }]);
  expect(getLoggedLines()).toMatchObject([
    { result: 'airflow-busy', disposition: 'later', delaySeconds: 8, EventsDelayed: 1, EventsDone: 0 },
  ]);
});

test('sends an event whose command failed to the dead-letter queue, with the reason', async () => {
  const { receive, calls } = createTestEvents({
    relay: () => answer(422, 'command-failed', { detail: 'Dag id ingest not found' }),
  });

  expect(await receive({})).toEqual(DELETED);
  expect(calls).toEqual([
    {
      send: 'proxy-12345678-dead-landing',
      body: JSON.stringify(S3_EVENT),
      attributes: {
        problem: 'command-failed',
        detail: 'Dag id ingest not found',
        requestId: MESSAGE_ID,
        event: 'landing',
      },
    },
  ]);
  expect(getLoggedLines()).toMatchObject([{ result: 'command-failed', disposition: 'never', EventsDead: 1 }]);
});

/** What ends a try with a problem. */
type Relay = NonNullable<Parameters<typeof createTestEvents>[0]>['relay'];
const answersWith =
  (code: ProblemCode): Relay =>
  () =>
    answer(PROBLEM_TYPES[code].status, code, { detail: 'd' });
const failsWith =
  (error: Error): Relay =>
  () =>
    Promise.reject(error);

describe('what becomes of a message', () => {
  test.each<[what: string, relay: Relay, disposition: 'done' | 'later' | 'never', problem?: string]>([
    ['the command succeeded', () => answer(200, 'succeeded'), 'done'],
    ['an earlier delivery has made the run', () => answer(200, 'succeeded', { replayed: true }), 'done'],
    [
      'nothing shows whether the command succeeded, and Airflow reported no error',
      () => answer(200, 'unverified'),
      'done',
    ],
    ['no slot became free', failsWith(new Problem('busy', 'd')), 'later'],
    ['Lambda could not start the relay', failsWith(new Problem('relay-unavailable', 'd')), 'later'],
    ['the connection to the relay was lost', failsWith(new RelayOutcomeUnknownError('lost')), 'later'],
    ['the answer of the relay cannot be read', () => Buffer.from('?'), 'later'],
    ['an error of this function', failsWith(new TypeError('x is undefined')), 'later'],
    ['MWAA is busy', answersWith('airflow-busy'), 'later'],
    ['Airflow is not reachable', answersWith('airflow-unreachable'), 'later'],
    ['the outcome is unknown', answersWith('outcome-unknown'), 'later'],
    ['the outcome is unclear', answersWith('outcome-unclear'), 'later'],
    ['the relay has no permission for tokens', answersWith('token-not-permitted'), 'later'],
    ['another run has the same logical date', answersWith('logical-date-collision'), 'later'],
    ['the command failed', answersWith('command-failed'), 'never', 'command-failed'],
    ['the key was used for other content', answersWith('key-reused'), 'never', 'key-reused'],
    ['the relay has other grants, during a deployment', answersWith('not-granted'), 'later'],
    ['the relay has another release, during a deployment', answersWith('invalid-command'), 'later'],
    ['a problem that a newer relay has', () => answer(418, 'is-teapot'), 'later'],
  ])('%s', async (_what, relay, disposition, problem) => {
    const { receive, calls } = createTestEvents({ relay: relay! });

    expect(await receive({})).toEqual(disposition === 'later' ? FAILED : DELETED);
    expect(calls).toMatchObject(
      disposition === 'done'
        ? []
        : disposition === 'later'
          ? [{ hide: expect.any(String) }]
          : [{ attributes: { problem } }],
    );
    expect(getLoggedLines()).toMatchObject([{ disposition }]);
  });
});

describe('an event that can never succeed goes to the dead-letter queue without a command', () => {
  const order = (value: unknown): TestMessage => ({ event: 'orders', body: createOrderEvent(value) });
  test.each<[what: string, message: TestMessage, problem: string, detail: RegExp]>([
    ['no JSON', { body: '{' }, 'malformed-request', /not JSON/],
    ['no event', { body: '{"records":[]}' }, 'malformed-request', /not an event/],
    ['a list', { body: [] }, 'malformed-request', /not an event/],
    ['very many lists', { body: '['.repeat(400_000) }, 'malformed-request', /too many/],
    ['no value for a placeholder', { body: { ...S3_EVENT, detail: {} } }, 'invalid-command', /no value for \{key\}/],
    ['no value that says which events are the same', order({}), 'invalid-command', /no value for/],
    ['null', order({ id: null }), 'invalid-command', /null|no value/],
    [
      'an empty value that says which events are the same',
      order({ id: '' }),
      'invalid-command',
      /no value for detail\.order\.id/,
    ],
    [
      'a value that begins with a hyphen',
      order({ id: '--json' }),
      'invalid-command',
      /\{detail\.order\.id\} begins with "-"/,
    ],
    [
      'a lone surrogate',
      { event: 'orders', body: '{"id":"1","detail":{"order":{"id":"\\ud800"}}}' },
      'invalid-command',
      /surrogate/,
    ],
    ['a control character', order({ id: '\0' }), 'invalid-command', /control character/],
    ['a huge value', order({ id: 'x'.repeat(200_000) }), 'request-too-large', /200000 bytes/],
  ])('%s', async (_what, message, problem, detail) => {
    const { receive, requests, calls } = createTestEvents();

    expect(await receive(message)).toEqual(DELETED);
    expect(requests).toEqual([]);
    expect(calls).toMatchObject([
      { send: expect.stringContaining('-dead-'), attributes: { problem, detail: expect.stringMatching(detail) } },
    ]);
  });

  test('a command that is not granted', async () => {
    const config = EVENT_CONFIG.replace('dags trigger ingest --conf=*', 'dags trigger other --conf=*');
    const { receive, requests, calls } = createTestEvents({ config });

    expect(await receive({})).toEqual(DELETED);
    expect(requests).toEqual([]);
    expect(calls).toMatchObject([
      { attributes: { problem: 'not-granted', detail: expect.stringContaining('dag_id must match other') } },
    ]);
    expect(getLoggedLines()).toMatchObject([{ decision: 'refused', result: 'not-granted' }]);
  });

  test('a caller without any grant', async () => {
    const config = EVENT_CONFIG.replace('event:landing, where: prod', 'event:landing, where: prod, enabled: false');
    const { receive, calls } = createTestEvents({ config });

    expect(await receive({})).toEqual(DELETED);
    expect(calls).toMatchObject([{ attributes: { problem: 'not-found' } }]);
  });
});

describe('an event that waited for long', () => {
  test.each<[what: string, ageMs: number, tries: number, calls: object[]]>([
    ['is tried while its time lasts', 23 * HOUR_MS, 1, [{ hide: expect.any(String) }]],
    [
      'is given up with the reason of the last try',
      24 * HOUR_MS - 1000,
      1,
      [{ attributes: { problem: 'airflow-busy' } }],
    ],
    ['is tried if its time has just ended', 24.5 * HOUR_MS, 1, [{ attributes: { problem: 'airflow-busy' } }]],
    ['is not tried if its time ended long ago', 26 * HOUR_MS, 0, [{ attributes: { problem: 'too-old' } }]],
  ])('%s', async (_what, ageMs, tries, expected) => {
    const { receive, requests, calls } = createTestEvents({ relay: answersWith('airflow-busy')! });

    await receive({ ageMs });

    expect(requests).toHaveLength(tries);
    expect(calls).toMatchObject(expected);
  });

  test('has the time of its rule', async () => {
    const { receive, calls } = createTestEvents();

    await receive({ event: 'orders', body: createOrderEvent({ id: 1 }), ageMs: 4 * HOUR_MS });

    expect(calls).toMatchObject([
      { attributes: { problem: 'too-old', detail: expect.stringContaining('giveUpHours is 2') } },
    ]);
  });
});

describe('SQS fails', () => {
  const broken = { hide: () => Promise.reject(new Error('down')), send: () => Promise.reject(new Error('down')) };

  test('an event that cannot be sent to the dead-letter queue stays in its queue', async () => {
    const { receive } = createTestEvents({ relay: answersWith('command-failed')!, queues: broken });

    expect(await receive({})).toEqual(FAILED);
    expect(getLoggedLines()).toMatchObject([{ result: 'command-failed', disposition: 'later', error: 'Error: down' }]);
  });

  test('a message that cannot be hidden is delivered again when SQS shows it', async () => {
    const { receive } = createTestEvents({ relay: answersWith('airflow-busy')!, queues: broken });

    expect(await receive({})).toEqual(FAILED);
    expect(getLoggedLines()).toMatchObject([{ disposition: 'later', error: 'Error: down' }]);
  });
});

describe('nothing runs', () => {
  test.each<[what: string, message: TestMessage, result: string]>([
    ['for a disabled event', { event: 'paused' }, 'disabled'],
    [
      'for a queue of another account',
      { eventSourceARN: getQueueArn('landing').replace(ACCOUNT, '222233334444') },
      'untrusted-event',
    ],
    [
      'for a queue of another region',
      { eventSourceARN: getQueueArn('landing').replace(REGION, 'us-east-1') },
      'untrusted-event',
    ],
    [
      'for another source with the name of a queue',
      { eventSourceARN: getQueueArn('landing').replace(':sqs:', ':kinesis:') },
      'untrusted-event',
    ],
    ['for another queue', { eventSourceARN: getQueueArn('other') }, 'untrusted-event'],
    [
      'for a queue with the name of a property',
      { eventSourceARN: `arn:aws:sqs:${REGION}:${ACCOUNT}:constructor` },
      'untrusted-event',
    ],
  ])('%s', async (_what, message, result) => {
    const { receive, requests, calls } = createTestEvents();

    expect(await receive(message)).toEqual(FAILED);
    expect(requests).toEqual([]);
    expect(calls).toMatchObject([{ hide: expect.any(String) }]);
    expect(getLoggedLines()).toMatchObject([{ result, disposition: 'later' }]);
  });

  test('for the events of a disabled environment', async () => {
    const config = EVENT_CONFIG.replace('airflow: 2.10.3', 'airflow: 2.10.3\n    enabled: false');
    const { receive, requests } = createTestEvents({ config });

    expect(await receive({})).toEqual(FAILED);
    expect(requests).toEqual([]);
  });
});

test('what a message says about its caller makes no difference', async () => {
  const { receive, requests } = createTestEvents();

  await receive({ body: { ...S3_EVENT, caller: 'event:nightly', name: 'nightly', environment: 'next' } });

  expect(requests).toMatchObject([{ environment: 'prod', caller: { declared: 'event:landing' } }]);
});

test('several messages are independent of each other', async () => {
  const { handler, calls } = createTestEvents();
  const Records = ['a', 'b', 'c'].map((messageId) =>
    createMessage({ messageId, ...(messageId === 'b' ? { event: 'paused' } : {}) }),
  );

  expect(await handler({ Records }, CONTEXT)).toEqual({ batchItemFailures: [{ itemIdentifier: 'b' }] });
  expect(calls).toMatchObject([{ handle: 'handle of b' }]);
});

test('the log has no values of the event except those of commands, without secrets', async () => {
  const config = EVENT_CONFIG.replace(
    'variables set last_order {detail.order.id}',
    'connections add {detail.order.id} --conn-password={detail.order.secret}',
  ).replace('variables set last_order *', 'connections add * --conn-password=*');
  const { receive, requests } = createTestEvents({ config, relay: answersWith('airflow-busy')! });

  await receive({
    event: 'orders',
    body: createOrderEvent({ id: 'a', secret: 'hunter2', other: 'hunter3' }, 'hunter4 x'),
  });

  expect(requests[0]?.action.argv).toContain('--conn-password=hunter2');
  const text = JSON.stringify(getLoggedLines());
  expect(text).toContain('connections');
  expect(text).not.toMatch(/hunter/);
});

test('mwaa audit shows each try of an event', async () => {
  const requests = new AuditedRequests();
  const shown: unknown[] = [];
  for (const [index, code] of ['airflow-busy', 'succeeded'].entries()) {
    const { handler } = createTestEvents({
      relay: (request) => {
        const { requestId, extendedRequestId, environment } = request;
        const line = {
          requestId,
          extendedRequestId,
          lambdaRequestId: `relay-${index}`,
          environment,
          caller: 'event:landing',
        };
        console.log(JSON.stringify({ audit: 'intent', ...line, decision: 'allowed' }));
        console.log(JSON.stringify({ audit: 'outcome', ...line, decision: 'allowed', outcome: code }));
        return code === 'succeeded' ? answer(200, code) : answer(503, code);
      },
    });
    await handler({ Records: [createMessage()] }, { ...CONTEXT, awsRequestId: `try-${index}` });
  }
  for (const line of getLoggedLines()) {
    for (const parsed of parseAuditLines(JSON.stringify(line))) {
      if (parsed !== MALFORMED_LINE) shown.push(requests.addLine(parsed)?.outcome);
    }
  }
  expect(shown.filter((outcome) => outcome !== undefined)).toEqual(['airflow-busy', 'succeeded']);
  expect(requests.getUnfinished()).toEqual([]);
});
