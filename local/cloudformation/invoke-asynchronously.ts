/**
 * Lambda's queue of asynchronous invocations.
 *
 * Documented (Lambda, "How Lambda handles errors and retries with asynchronous invocation"): an event waits while the function is throttled, and is
 * discarded after `MaximumEventAgeInSeconds`; the pause grows from one second to five minutes; a failed invocation is repeated
 * `MaximumRetryAttempts` times, after one and two minutes; an event may be delivered more than once. Here the pauses are shorter.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { InvokeResult } from '../gateway/functions/lambda-api.ts';

/** The settings of `AWS::Lambda::EventInvokeConfig`. */
export interface EventInvokeConfig {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
}

export interface AsynchronousOptions extends EventInvokeConfig {
  invoke(event: unknown): Promise<InvokeResult>;
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2000;
const RETRY_PAUSE_MS = 200;

/** Delivers an event until the function has run without an error, or the event is discarded. Resolves with the last result. */
export async function invokeAsynchronously(
  event: unknown,
  { invoke, maximumRetryAttempts, maximumEventAgeSeconds, signal }: AsynchronousOptions,
): Promise<InvokeResult> {
  const acceptedAt = performance.now();
  let pauseMs = FIRST_PAUSE_MS;
  let failures = 0;
  for (;;) {
    const result = await invoke(event);
    if (result.kind === 'success' || signal.aborted) return result;
    if (result.kind === 'function-error') {
      if (failures === maximumRetryAttempts) return result;
      failures += 1;
      await sleep(RETRY_PAUSE_MS);
      continue;
    }
    if (performance.now() - acceptedAt + pauseMs > maximumEventAgeSeconds * 1000) return result;
    await sleep(pauseMs);
    pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2);
  }
}
