import type { RunState } from './api-types.ts';
import { POLL_LIMITS } from './wait-rules.ts';

/** The result of one poll. */
export type PollResult =
  | { readonly run: RunState }
  /** There is no such run. */
  | { readonly run: undefined }
  /** The state could not be read, but the next poll may succeed. A message for the reader. */
  | { readonly transientError: string };

/** How waiting ended. */
export type WaitResult =
  | { readonly ended: 'success' | 'failed'; readonly run: RunState }
  | { readonly ended: 'not found'; readonly wasSeen: boolean }
  | { readonly ended: 'timed out'; readonly state: RunState['state'] | undefined };

export interface WaitLimits {
  /** How long to wait, in milliseconds. */
  readonly timeoutMs: number;
  /** The first pause, in milliseconds. Later pauses are longer. */
  readonly initialIntervalMs: number;
  /** How long to wait for the run to be created, in milliseconds. */
  readonly appearanceTimeoutMs: number;
}

/** Notified of everything that happens while waiting. `sinceMs` counts from the start of the wait. */
export interface WaitObserver {
  /** The run is in this state, which is not final. */
  onState(state: RunState['state'], sinceMs: number): void;
  onTransientError(text: string, sinceMs: number): void;
}

/** When something happens, and when the next poll is due. */
export interface Clock {
  /** Milliseconds since an arbitrary point. */
  now(): number;
  /** @throws the signal's reason */
  sleep(ms: number, signal: AbortSignal): Promise<unknown>;
  /** Between 0 and 1. */
  random(): number;
}

/** Monotonic, so that it does not depend on the system time. */
export const PROCESS_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => process.getBuiltinModule('node:timers/promises').setTimeout(ms, undefined, { signal }),
  random: Math.random,
};

/**
 * Polls a run until it has finished, with increasing pauses.
 *
 * @param poll throws if polling again would not help, and the reason of its signal
 * @throws the error of `poll`; the reason of the signal
 */
export async function waitForRun(
  poll: (signal: AbortSignal) => Promise<PollResult>,
  limits: WaitLimits,
  observer: WaitObserver,
  clock: Clock,
  signal: AbortSignal,
): Promise<WaitResult> {
  const startedAt = clock.now();
  const maxPauseMs = Math.max(POLL_LIMITS.maxPauseMs, limits.initialIntervalMs);
  let pauseMs = limits.initialIntervalMs;
  let state: RunState['state'] | undefined;
  for (let isLast = false; ; ) {
    const leftMs = limits.timeoutMs - (clock.now() - startedAt);
    const result = leftMs > 0 ? await pollWithTimeout(leftMs, poll, signal) : undefined;
    const sinceMs = clock.now() - startedAt;
    if (result === undefined) return { ended: 'timed out', state };
    if ('transientError' in result) observer.onTransientError(result.transientError, sinceMs);
    else if (result.run === undefined) {
      if (state !== undefined || sinceMs >= limits.appearanceTimeoutMs)
        return { ended: 'not found', wasSeen: state !== undefined };
    } else {
      state = result.run.state;
      if (state === 'success' || state === 'failed') return { ended: state, run: result.run };
      observer.onState(state, sinceMs);
    }
    if (isLast) return { ended: 'timed out', state };
    const remainingMs = limits.timeoutMs - sinceMs;
    const nextPauseMs = pauseMs * (1 + POLL_LIMITS.pauseJitter * (2 * clock.random() - 1));
    isLast = nextPauseMs >= remainingMs - POLL_LIMITS.lastPollMs;
    await clock.sleep(
      isLast ? Math.max(remainingMs - POLL_LIMITS.lastPollMs, remainingMs / 2, 0) : nextPauseMs,
      signal,
    );
    pauseMs = Math.min(pauseMs * POLL_LIMITS.pauseGrowth, maxPauseMs);
  }
}

/** Returns undefined if the poll takes longer than `timeoutMs`. */
async function pollWithTimeout(
  timeoutMs: number,
  poll: (signal: AbortSignal) => Promise<PollResult>,
  signal: AbortSignal,
): Promise<PollResult | undefined> {
  const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
  try {
    return await poll(AbortSignal.any([signal, timeout]));
  } catch (error) {
    if (timeout.aborted) return undefined;
    throw error;
  }
}
