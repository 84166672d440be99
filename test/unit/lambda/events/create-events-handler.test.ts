import { expect, test, vi } from 'vitest';
import { getLoggedLines } from '../logged-lines.ts';
import { answer, createTestEvents, EVENT_ID, MESSAGE_ID } from './events-fixture.ts';

vi.spyOn(console, 'log').mockImplementation(() => {});

test('runs the command of an event as its caller, and lets the message be deleted', async () => {
  const { receive, requests, calls } = createTestEvents();

  expect(await receive({})).toEqual({ batchItemFailures: [] });
  expect(calls).toEqual([]);
  expect(requests).toMatchObject([
    {
      environment: 'prod',
      requestId: MESSAGE_ID,
      extendedRequestId: MESSAGE_ID,
      caller: { declared: 'event:landing' },
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
      event: 'landing',
      eventId: EVENT_ID,
      caller: 'event:landing',
      environment: 'prod',
      decision: 'allowed',
      result: 'succeeded',
      fate: 'done',
      EventsDone: 1,
    },
  ]);
});

test('hides the message of a busy environment, and reports it as failed', async () => {
  const { receive, calls } = createTestEvents({ relay: () => answer(503, 'airflow-busy', {}, 5) });

  expect(await receive({})).toEqual({ batchItemFailures: [{ itemIdentifier: MESSAGE_ID }] });
  expect(calls).toEqual([{ hide: 'proxy-12345678-event-landing', handle: expect.any(String), seconds: 8 }]);
});

test('sends an event whose command failed to the dead-letter queue, with the reason', async () => {
  const { receive, calls } = createTestEvents({
    relay: () => answer(422, 'command-failed', { detail: 'Dag id ingest not found' }),
  });

  expect(await receive({})).toEqual({ batchItemFailures: [] });
  expect(calls).toEqual([
    {
      send: 'proxy-12345678-dead-landing',
      body: expect.stringContaining(EVENT_ID),
      attributes: {
        problem: 'command-failed',
        detail: 'Dag id ingest not found',
        requestId: MESSAGE_ID,
        event: 'landing',
      },
    },
  ]);
});
