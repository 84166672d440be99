import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { SqsMessage } from '../../../../local/events/sqs-message.ts';
import { type EventSourceOptions, startEventSource } from '../../../../local/events/start-event-source.ts';
import type { InvokeResult } from '../../../../local/gateway/functions/lambda-api.ts';

const ARN = 'arn:aws:sqs:eu-west-1:111122223333:orders';
const SUCCESS: InvokeResult = { kind: 'success' };
const THROTTLED: InvokeResult = {
  kind: 'rejected',
  error: 'TooManyRequestsException',
  reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
};
const FAILED: InvokeResult = { kind: 'function-error', error: { errorType: 'Error', errorMessage: 'no' } };

interface Play {
  readonly messages: number;
  readonly source?: Partial<EventSourceOptions['source']>;
  readonly visibilityTimeoutSeconds?: number;
  readonly repeats?: EventSourceOptions['repeats'];
  readonly invoke: (ids: string[], invocation: number) => Promise<{ result: InvokeResult; payload?: string }>;
}

/** Runs until the queue is empty and all invocations have ended. */
async function play({ messages, source = {}, visibilityTimeoutSeconds = 60, repeats, invoke }: Play) {
  const queue: SqsMessage[] = Array.from({ length: messages }, (_, index) => ({
    MessageId: `m${index}`,
    ReceiptHandle: `r${index}`,
    Body: '{}',
  }));
  const deleted: string[] = [];
  const events: unknown[] = [];
  let running = 0;
  let maxRunning = 0;
  let invocations = 0;
  const started = startEventSource({
    source: { batchSize: 1, maxConcurrency: 2, reportsItemFailures: true, ...source },
    queue: { arn: ARN, visibilityTimeoutSeconds },
    region: 'eu-west-1',
    receive: async (count) => queue.splice(0, count),
    delete: async (done) => void deleted.push(...done.map(({ MessageId }) => MessageId)),
    async invoke(event) {
      running += 1;
      maxRunning = Math.max(maxRunning, running);
      invocations += 1;
      const parsed = JSON.parse(event) as { Records: { messageId: string }[] };
      events.push(parsed);
      const { result, payload = '' } = await invoke(
        parsed.Records.map(({ messageId }) => messageId),
        invocations,
      );
      running -= 1;
      return { result, payload };
    },
    ...(repeats === undefined ? {} : { repeats }),
  });
  const { statistics } = started;
  const isSettled = () => statistics.processed + statistics.failed + statistics.dropped >= messages && running === 0;
  while (!isSettled()) await sleep(5);
  await sleep(20);
  await started.close();
  return { deleted: deleted.sort(), events, invocations, maxRunning, statistics };
}

test('processed messages are deleted, one invocation each, and never more at once than the maximum', async () => {
  const { deleted, invocations, maxRunning } = await play({
    messages: 5,
    invoke: async () => {
      await sleep(5);
      return { result: SUCCESS };
    },
  });
  expect({ deleted, invocations, maxRunning }).toEqual({
    deleted: ['m0', 'm1', 'm2', 'm3', 'm4'],
    invocations: 5,
    maxRunning: 2,
  });
});

test('the event has the records of SQS', async () => {
  const { events } = await play({ messages: 1, invoke: async () => ({ result: SUCCESS }) });
  expect(events).toEqual([
    {
      Records: [
        {
          messageId: 'm0',
          receiptHandle: 'r0',
          body: '{}',
          attributes: {},
          messageAttributes: {},
          eventSource: 'aws:sqs',
          eventSourceARN: ARN,
          awsRegion: 'eu-west-1',
        },
      ],
    },
  ]);
});

test('a failed item stays in the queue, and the others of its batch do not', async () => {
  const { deleted, statistics } = await play({
    messages: 3,
    source: { batchSize: 3 },
    invoke: async () => ({ result: SUCCESS, payload: '{"batchItemFailures":[{"itemIdentifier":"m1"}]}' }),
  });
  expect(deleted).toEqual(['m0', 'm2']);
  expect(statistics).toMatchObject({ processed: 2, failed: 1 });
});

test('without ReportBatchItemFailures the response means nothing', async () => {
  const { deleted } = await play({
    messages: 1,
    source: { reportsItemFailures: false },
    invoke: async () => ({ result: SUCCESS, payload: '{"batchItemFailures":[{"itemIdentifier":"m0"}]}' }),
  });
  expect(deleted).toEqual(['m0']);
});

test('after an error of the function the whole batch stays', async () => {
  const { deleted, invocations, statistics } = await play({
    messages: 2,
    source: { batchSize: 2 },
    invoke: async () => ({ result: FAILED }),
  });
  expect({ deleted, invocations, failed: statistics.failed }).toEqual({ deleted: [], invocations: 1, failed: 2 });
});

test('a throttled invocation is repeated with the same message until the function takes it', async () => {
  const { deleted, events, statistics } = await play({
    messages: 1,
    invoke: async (_, invocation) => ({ result: invocation < 3 ? THROTTLED : SUCCESS }),
  });
  expect(deleted).toEqual(['m0']);
  expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(1);
  expect(statistics).toMatchObject({ processed: 1, throttled: 2, dropped: 0 });
});

test('a throttled invocation is given up when the message becomes visible again', async () => {
  const { deleted, statistics } = await play({
    messages: 1,
    visibilityTimeoutSeconds: 0.15,
    invoke: async () => ({ result: THROTTLED }),
  });
  expect(deleted).toEqual([]);
  expect(statistics).toMatchObject({ processed: 0, throttled: 2, dropped: 1 });
});

test('a message can be delivered again after it was processed', async () => {
  const { events, statistics } = await play({
    messages: 2,
    repeats: ([message]) => message?.MessageId === 'm0',
    invoke: async () => ({ result: SUCCESS }),
  });
  expect(events).toHaveLength(3);
  expect(statistics).toMatchObject({ repeated: 1, processed: 3 });
});
