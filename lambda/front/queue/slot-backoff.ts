/** Why a request waits before it tries again. */
export type WaitReason =
  /** All slots are taken. */
  | 'slot'
  /** There are too many tries a second. */
  | 'rate'
  /** A limit of the account is reached, or Lambda prepares the relay. Both take longer than a command. */
  | 'slow'
  /** No connection to Lambda. */
  | 'connection';

/** What a request remembers between two tries. */
export interface BackoffState {
  /** The mean time between two tries, in milliseconds. */
  readonly intervalMs: number;
  /** The next try is the last one. */
  readonly last: boolean;
}

export interface WaitCircumstances {
  readonly slots: number | 'unreserved';
  /** How much of the caller's patience is left. */
  readonly remainingMs: number;
  /** Lambda's `Retry-After`. */
  readonly retryAfterMs?: number | undefined;
  /** A random number, at least 0 and less than 1. */
  readonly random: number;
}

export interface NextTry {
  readonly state: BackoffState;
  readonly delayMs: number;
}

/** Lambda's rate for a function with N reserved slots is 10 × N a second. Source: Lambda developer guide, "Lambda quotas". */
export const TRIES_PER_SECOND_PER_SLOT = 10;
/** Stands for the number of slots of a relay that has no reserved concurrency. */
const UNRESERVED_SLOTS = 2;

/**
 * The interval after each answer, in units of 1 / (10 × slots) seconds: the number of requests that may try at this interval without
 * exceeding the rate. `npm run bench:queue` shows what these values achieve.
 */
const SLOT_INTERVAL = 20;
const FIRST_RATE_INTERVAL = 60;
const MAX_INTERVAL = 600;
/** Factors of the interval after an answer that the rate is exceeded, and after any other. */
const GROWTH = 4;
const SHRINKAGE = 0.94;
/** A delay differs from the interval by at most this share of it. */
const JITTER = 0.6;

/** The shortest interval, in milliseconds. It matters to relays with many slots. */
const MIN_INTERVAL_MS: Readonly<Record<WaitReason, number>> = { slot: 250, rate: 750, slow: 2000, connection: 500 };
/** The largest interval is at least this long, because the rate of the account can be exceeded too. */
const MIN_MAX_INTERVAL_MS = 10_000;

/**
 * Decides when a request tries again, or undefined if its patience is used up.
 *
 * All fronts together may try 10 × N times a second, and rejected tries may count. No front knows how many others wait. Therefore
 * each tries at an interval that 20 requests can share. When Lambda answers that the rate is exceeded, the interval grows in large steps.
 * It shrinks in small steps while the rate is not exceeded. A request's own waiting time does not matter: requests that arrived
 * early try as often as new ones.
 */
export function getNextTry(
  state: BackoffState | undefined,
  reason: WaitReason,
  { slots, remainingMs, retryAfterMs = 0, random }: WaitCircumstances,
): NextTry | undefined {
  if (remainingMs <= 0 || state?.last) return undefined;
  const unitMs = 1000 / (TRIES_PER_SECOND_PER_SLOT * (slots === 'unreserved' ? UNRESERVED_SLOTS : slots));
  const previousMs = state?.intervalMs ?? 0;
  const [firstMs, factor] =
    reason === 'rate' ? [FIRST_RATE_INTERVAL * unitMs, GROWTH] : [SLOT_INTERVAL * unitMs, SHRINKAGE];
  const maxMs = Math.max(MAX_INTERVAL * unitMs, MIN_MAX_INTERVAL_MS);
  const intervalMs = Math.min(maxMs, Math.max(firstMs, previousMs * factor, MIN_INTERVAL_MS[reason]));
  // Lambda gives many callers the same Retry-After. The jitter keeps them from returning together.
  const delayMs = Math.max(intervalMs * (1 + JITTER * (2 * random - 1)), retryAfterMs * (1 + random / 4));
  if (delayMs < remainingMs) return { state: { intervalMs, last: false }, delayMs };
  // The last try is not exactly at the end, because requests that arrived together would make it together.
  return { state: { intervalMs, last: true }, delayMs: (remainingMs * (1 + random)) / 2 };
}
