/** How a client polls a run. These tables are the rules of every client, like those of `retry-rules.ts`. */

/** The pauses between two polls of a run. */
export const POLL_LIMITS = {
  /** How long to wait by default for the end of a run. */
  timeoutMs: 1_800_000,
  /** The first pause by default. */
  intervalMs: 5000,
  /** Each pause is this many times as long as the one before it. */
  pauseGrowth: 1.5,
  /** Long, because MWAA runs about four commands at once, and each poll starts a Python process. */
  maxPauseMs: 60_000,
  /** Pauses vary by this fraction, so that clients that started together do not poll together. */
  pauseJitter: 0.2,
  /** The last poll starts this long before the timeout, so that it can complete. */
  lastPollMs: 10_000,
} as const;

/** Problems that may go away while the run continues. */
export const TRANSIENT_PROBLEMS: ReadonlySet<string> = new Set([
  'busy',
  'relay-unavailable',
  'relay-failed',
  'policy-unavailable',
  'policy-changed',
  'airflow-busy',
  'airflow-unreachable',
  'airflow-error',
  'airflow-timeout',
  'environment-not-available',
  'token-throttled',
  'token-unreachable',
  'token-timeout',
  'throttled',
  'authorizer-failed',
  'gateway-error',
  'gateway-timeout',
  'internal-error',
  'outcome-unknown',
  'outcome-unclear',
  'command-failed',
]);
