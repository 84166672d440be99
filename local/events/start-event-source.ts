/**
 * An event source mapping: polls a queue, invokes a function with its messages, and deletes those that it has processed.
 *
 * Documented (Lambda, "Using Lambda with Amazon SQS", "Handling errors for an SQS event source"): at most `MaximumConcurrency` invocations at
 * the same time; what failed stays in the queue until its visibility timeout ends; a throttled invocation is repeated with back-off until then;
 * a message may be delivered more than once, also without an error.
 * Assumed: the length of the back-off; five pollers without a maximum; that the function's resource policy does not apply.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { InvokeResult } from '../gateway/functions/lambda-api.ts';
import type { EventSource, Queue } from '../gateway/template/gateway-model.ts';
import { selectProcessed } from './read-batch-response.ts';
import { type SqsMessage, toRecord } from './sqs-message.ts';

export interface EventSourceOptions {
  readonly source: Pick<EventSource, 'batchSize' | 'maxConcurrency' | 'reportsItemFailures'>;
  readonly queue: Pick<Queue, 'arn' | 'visibilityTimeoutSeconds'>;
  readonly region: string;
  /** Returns up to `count` messages, or none. */
  receive(count: number): Promise<readonly SqsMessage[]>;
  delete(messages: readonly SqsMessage[]): Promise<void>;
  invoke(event: string): Promise<{ readonly result: InvokeResult; readonly payload: string }>;
  /** Whether a batch is delivered a second time after it was processed, as SQS may do. Default: never. */
  readonly repeats?: (batch: readonly SqsMessage[]) => boolean;
}

/** What has happened to the batches. */
export interface EventSourceStatistics {
  processed: number;
  failed: number;
  /** Invocations that Lambda throttled. */
  throttled: number;
  /** Batches that were throttled until their visibility timeout ended. */
  dropped: number;
  /** Batches that were delivered a second time. */
  repeated: number;
}

export interface RunningEventSource {
  readonly statistics: Readonly<EventSourceStatistics>;
  /** Looks for messages at once. Otherwise it looks less and less often while the queue is empty. */
  wake(): void;
  /** Receives no more messages. */
  stop(): void;
  /** Stops, and waits until the running invocations have ended. */
  close(): Promise<void>;
}

const DEFAULT_CONCURRENCY = 5;
const FIRST_IDLE_MS = 50;
const MAX_IDLE_MS = 1000;
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;

export function startEventSource(options: EventSourceOptions): RunningEventSource {
  const { source, receive } = options;
  const statistics: EventSourceStatistics = { processed: 0, failed: 0, throttled: 0, dropped: 0, repeated: 0 };
  const closing = new AbortController();
  const { signal } = closing;
  let waking = new AbortController();
  const poll = async () => {
    let idleMs = FIRST_IDLE_MS;
    while (!signal.aborted) {
      const isWoken = waking.signal;
      const batch = await receive(source.batchSize);
      if (batch.length === 0) {
        const isOver = await pause(idleMs, AbortSignal.any([signal, isWoken]));
        idleMs = isOver ? Math.min(2 * idleMs, MAX_IDLE_MS) : FIRST_IDLE_MS;
      } else {
        idleMs = FIRST_IDLE_MS;
        await deliver(options, batch, statistics, signal);
        if (!signal.aborted && options.repeats?.(batch)) {
          statistics.repeated += 1;
          await deliver(options, batch, statistics, signal);
        }
      }
    }
  };
  const pollUntilStopped = () =>
    poll().catch((error: unknown) => {
      // An invocation is cut off when the functions end.
      if (!signal.aborted) console.error('local event source mapping:', error);
    });
  const ended = Promise.all(Array.from({ length: source.maxConcurrency ?? DEFAULT_CONCURRENCY }, pollUntilStopped));
  return {
    statistics,
    wake() {
      waking.abort();
      waking = new AbortController();
    },
    stop: () => closing.abort(),
    async close() {
      closing.abort();
      await ended;
    },
  };
}

async function deliver(
  { source, queue, region, invoke, delete: deleteMessages }: EventSourceOptions,
  batch: readonly SqsMessage[],
  statistics: EventSourceStatistics,
  signal: AbortSignal,
): Promise<void> {
  const event = JSON.stringify({ Records: batch.map((message) => toRecord(message, { arn: queue.arn, region })) });
  const visibleAt = performance.now() + 1000 * queue.visibilityTimeoutSeconds;
  for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS)) {
    const { result, payload } = await invoke(event);
    if (result.kind === 'rejected' && result.error === 'TooManyRequestsException') {
      statistics.throttled += 1;
      if (performance.now() + backoffMs < visibleAt && (await pause(backoffMs, signal))) continue;
      statistics.dropped += 1;
      return;
    }
    const done = result.kind !== 'success' ? [] : source.reportsItemFailures ? selectProcessed(batch, payload) : batch;
    statistics.processed += done.length;
    statistics.failed += batch.length - done.length;
    if (done.length > 0) await deleteMessages(done);
    return;
  }
}

/** Returns false if the signal aborts it. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<boolean> =>
  sleep(milliseconds, true, { signal }).catch(() => false);
