import type { Run } from '../../../airflow/run-state.ts';

/** One look at the run. */
export type Seen =
  | { readonly run: Run }
  /** The list was read, and the run is not in it. */
  | { readonly run: undefined }
  /** Nothing was seen, and the next look may see more. In words. */
  | { readonly trouble: string };

/** How waiting ended. */
export type End =
  | { readonly ended: 'success' | 'failed'; readonly run: Run }
  | { readonly ended: 'not there'; readonly wasThere: boolean }
  | { readonly ended: 'timed out'; readonly state: string | undefined };

export interface Bounds {
  /** How long to wait, in milliseconds. */
  readonly timeout: number;
  /** The first pause, in milliseconds. The next ones are longer. */
  readonly interval: number;
  /** How long a run may take to appear at all, in milliseconds. */
  readonly appears: number;
}

/** What passes while waiting, for whoever looks on. */
export interface Watcher {
  /** The run is in this state, which is not its last. */
  state(state: string, sinceMs: number): void;
  trouble(text: string, sinceMs: number): void;
}

export interface Clock {
  /** Milliseconds since any point. */
  now(): number;
  /** @throws the signal's reason */
  pause(ms: number, signal: AbortSignal): Promise<unknown>;
  /** Between 0 and 1. */
  random(): number;
}

/** MWAA runs about four commands at once, and each is a Python process of its own: a run of hours is looked at once a minute. */
const LONGEST_PAUSE = 60_000;
const GROWTH = 1.5;
/** Part of a pause by which it is shorter or longer: those who began together shall not stay together. */
const JITTER = 0.2;
/** The last look is so long before the end: it takes its time too. */
const LAST_LOOK = 10_000;

/**
 * Looks at a run until it has ended, one look after the other, with pauses that grow.
 *
 * @param look throws where waiting is of no use, and the reason of its signal
 * @throws what `look` throws; the reason of the signal
 */
export async function waitForRun(
  look: (signal: AbortSignal) => Promise<Seen>,
  bounds: Bounds,
  watcher: Watcher,
  clock: Clock,
  signal: AbortSignal,
): Promise<End> {
  const start = clock.now();
  const longest = Math.max(LONGEST_PAUSE, bounds.interval);
  let pause = bounds.interval;
  let state: string | undefined;
  for (let last = false; ; ) {
    const left = bounds.timeout - (clock.now() - start);
    const seen = left > 0 ? await within(left, look, signal) : undefined;
    const since = clock.now() - start;
    if (seen === undefined) return { ended: 'timed out', state };
    if ('trouble' in seen) watcher.trouble(seen.trouble, since);
    else if (seen.run === undefined) {
      if (state !== undefined || since >= bounds.appears) return { ended: 'not there', wasThere: state !== undefined };
    } else {
      state = seen.run.state;
      if (state === 'success' || state === 'failed') return { ended: state, run: seen.run };
      watcher.state(state, since);
    }
    if (last) return { ended: 'timed out', state };
    const rest = bounds.timeout - since;
    const next = pause * (1 + JITTER * (2 * clock.random() - 1));
    last = next >= rest - LAST_LOOK;
    await clock.pause(last ? Math.max(rest - LAST_LOOK, rest / 2, 0) : next, signal);
    pause = Math.min(pause * GROWTH, longest);
  }
}

/** A look that is cut off where the time is up: then undefined. */
async function within(
  ms: number,
  look: (signal: AbortSignal) => Promise<Seen>,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  const timeUp = AbortSignal.timeout(Math.ceil(ms));
  try {
    return await look(AbortSignal.any([signal, timeUp]));
  } catch (error) {
    if (timeUp.aborted) return undefined;
    throw error;
  }
}
