/**
 * When a client repeats a request. These tables are the rules of every client: the Python package gets them with
 * `npm run python-contract`.
 */

/** Limits of repeating one request. */
export const RETRY_LIMITS = {
  /** Including the first attempt, but not the requests for which no slot was free. */
  attempts: 4,
  /** A request is not repeated once its attempts have taken this long, pauses and waiting for a slot not included. */
  attemptSeconds: 300,
  /** A problem with a longer `Retry-After` is not retried. */
  retryAfterSeconds: 10,
  /** A pause is longer by up to this fraction, so that clients that failed together do not come back together. */
  jitter: 0.25,
} as const;

/** How long a command waits for a free slot. */
export const SLOT_LIMITS = {
  /** How long a command waits by default. */
  waitSeconds: 600,
  /** What the first request of a command waits at most if a listener wants to know that it waits. */
  firstWaitSeconds: 3,
  /** Longer than any request waits. The API limits a request to 290 seconds. */
  requestSeconds: 290,
  minPauseSeconds: 0.25,
} as const;

/** Problems after which nothing was started, and waiting helps: the API or all slots have too many requests, or Lambda prepares the relay. */
export const STARTED_LATER: Readonly<Record<string, 'always' | 'with Retry-After'>> = {
  busy: 'always',
  throttled: 'always',
  'relay-unavailable': 'with Retry-After',
};

/** Problems after which nothing shows whether the command ran. */
export const UNKNOWN_OUTCOMES: readonly string[] = ['outcome-unknown', 'gateway-error', 'gateway-timeout'];

/**
 * Answers that are not from the proxy, by the first digit of their status. A server in between may have replaced the proxy's answer: with
 * 2 and 5, nothing shows whether the command ran. With 5 it may help to send it again, if that is safe.
 */
export const FOREIGN_ANSWERS = { unknownOutcomes: [2, 5], repeated: [5] } as const satisfies Record<
  string,
  readonly number[]
>;

/** Problems after which a trigger with an idempotency key is repeated: it cannot create a second run. */
export const REPEATED_WITH_KEY: readonly string[] = [
  'outcome-unknown',
  'outcome-unclear',
  'gateway-error',
  'gateway-timeout',
  'internal-error',
];

/** Problems after which a request that changes nothing is repeated. */
export const REPEATED_IF_READ_ONLY: readonly string[] = [
  'outcome-unknown',
  'gateway-error',
  'gateway-timeout',
  'internal-error',
  'relay-failed',
  'airflow-error',
  'airflow-timeout',
];

/** The member of a successful answer that shows that it is one: by route, with its type or its values. */
export const ANSWER_MEMBERS = {
  cli: { name: 'outcome', value: ['succeeded', 'unverified', 'failed'] },
  explain: { name: 'allowed', value: 'boolean' },
  run: { name: 'state', value: ['queued', 'running', 'success', 'failed'] },
  commands: { name: 'commands', value: 'list' },
  environments: { name: 'environments', value: 'list' },
} as const satisfies Record<string, AnswerMember>;

export interface AnswerMember {
  readonly name: string;
  readonly value: readonly string[] | 'boolean' | 'list';
}

/** Problems that show what became of a trigger, also if an earlier attempt had an unknown outcome. */
export const FINAL_PROBLEMS: readonly string[] = [
  'command-failed',
  'logical-date-collision',
  'key-reused',
  'outcome-unclear',
];
