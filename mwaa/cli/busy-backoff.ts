import { setTimeout as delay } from 'node:timers/promises';

const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 2_000;
/** With less time left, the command is not retried: it could time out, and its outcome would be unknown. */
const MIN_TIME_LEFT_MS = 5_000;

export interface BusyBackoffOptions {
  /** How long the command is retried, counted from the first call. */
  readonly busyRetryMs: number | undefined;
  /** Time left for the request. */
  readonly timeLeftMs: () => number;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** A number from 0 to 1. */
  readonly random?: (() => number) | undefined;
  readonly wait?: ((milliseconds: number, signal: AbortSignal) => Promise<unknown>) | undefined;
}

/**
 * Waits between retries, with doubling delays and jitter, so that callers do not all retry at the same time.
 *
 * @returns a function that waits and returns true, or returns false if there is no time for another attempt
 */
export function createBusyBackoff({
  busyRetryMs = 0,
  timeLeftMs,
  signal,
  now,
  random = Math.random,
  wait = waitMs,
}: BusyBackoffOptions): () => Promise<boolean> {
  let busySince: number | undefined;
  let maxDelayMs = FIRST_BACKOFF_MS;
  return async () => {
    busySince ??= now();
    const delayMs = maxDelayMs * (0.5 + random() / 2);
    maxDelayMs = Math.min(maxDelayMs * 2, MAX_BACKOFF_MS);
    if (now() - busySince + delayMs > busyRetryMs || timeLeftMs() - delayMs < MIN_TIME_LEFT_MS) return false;
    await wait(delayMs, signal).catch(() => {});
    return !signal.aborted;
  };
}

const waitMs = (milliseconds: number, signal: AbortSignal): Promise<unknown> =>
  delay(milliseconds, undefined, { signal });
