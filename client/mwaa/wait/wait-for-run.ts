import type { DagRun } from '../../../airflow/dag-run-state.ts';

/** One look at the run. */
export type PollResult =
  | { readonly run: DagRun }
  /** The list was read, and the run is not in it. */
  | { readonly run: undefined }
  /** Nothing was seen, and the next look may see more. In words. */
  | { readonly transientError: string };

/** How waiting ended. */
export type WaitResult =
  | { readonly ended: 'success' | 'failed'; readonly run: DagRun }
  | { readonly ended: 'not there'; readonly wasSeen: boolean }
  | { readonly ended: 'timed out'; readonly state: string | undefined };

export interface WaitLimits {
  /** How long to wait, in milliseconds. */
  readonly timeoutMs: number;
  /** The first pause, in milliseconds. The next ones are longer. */
  readonly initialIntervalMs: number;
  /** How long a run may take to appear at all, in milliseconds. */
  readonly appearanceTimeoutMs: number;
}

/** What passes while waiting, for whoever looks on. */
export interface WaitObserver {
  /** The run is in this state, which is not its last. */
  onState(state: string, sinceMs: number): void;
  onTransientError(text: string, sinceMs: number): void;
}

export interface Clock {
  /** Milliseconds since any point. */
  now(): number;
  /** @throws the signal's reason */
  sleep(ms: number, signal: AbortSignal): Promise<unknown>;
  /** Between 0 and 1. */
  random(): number;
}

/** MWAA runs about four commands at once, and each is a Python process of its own: a run of hours is looked at once a minute. */
const MAX_PAUSE_MS = 60_000;
const PAUSE_GROWTH = 1.5;
/** Part of a pause by which it is shorter or longer: those who began together shall not stay together. */
const PAUSE_JITTER = 0.2;
/** The last look is so long before the end: it takes its time too. */
const LAST_POLL_MS = 10_000;

/**
 * Looks at a run until it has ended, one look after the other, with pauses that grow.
 *
 * @param look throws where waiting is of no use, and the reason of its signal
 * @throws what `look` throws; the reason of the signal
 */
export async function waitForRun(
  look: (signal: AbortSignal) => Promise<PollResult>,
  bounds: WaitLimits,
  watcher: WaitObserver,
  clock: Clock,
  signal: AbortSignal,
): Promise<WaitResult> {
  const start = clock.now();
  const longest = Math.max(MAX_PAUSE_MS, bounds.initialIntervalMs);
  let pause = bounds.initialIntervalMs;
  let state: string | undefined;
  for (let last = false; ; ) {
    const left = bounds.timeoutMs - (clock.now() - start);
    const seen = left > 0 ? await pollWithTimeout(left, look, signal) : undefined;
    const since = clock.now() - start;
    if (seen === undefined) return { ended: 'timed out', state };
    if ('transientError' in seen) watcher.onTransientError(seen.transientError, since);
    else if (seen.run === undefined) {
      if (state !== undefined || since >= bounds.appearanceTimeoutMs)
        return { ended: 'not there', wasSeen: state !== undefined };
    } else {
      state = seen.run.state;
      if (state === 'success' || state === 'failed') return { ended: state, run: seen.run };
      watcher.onState(state, since);
    }
    if (last) return { ended: 'timed out', state };
    const rest = bounds.timeoutMs - since;
    const next = pause * (1 + PAUSE_JITTER * (2 * clock.random() - 1));
    last = next >= rest - LAST_POLL_MS;
    await clock.sleep(last ? Math.max(rest - LAST_POLL_MS, rest / 2, 0) : next, signal);
    pause = Math.min(pause * PAUSE_GROWTH, longest);
  }
}

/** A look that is cut off where the time is up: then undefined. */
async function pollWithTimeout(
  ms: number,
  look: (signal: AbortSignal) => Promise<PollResult>,
  signal: AbortSignal,
): Promise<PollResult | undefined> {
  const timeUp = AbortSignal.timeout(Math.ceil(ms));
  try {
    return await look(AbortSignal.any([signal, timeUp]));
  } catch (error) {
    if (timeUp.aborted) return undefined;
    throw error;
  }
}
