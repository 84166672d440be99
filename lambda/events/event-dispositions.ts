import type { ProblemCode } from '../../contract/problem-types.ts';

/**
 * What becomes of the message of an event.
 *
 * - `done`: the command ran, and the message is deleted.
 * - `later`: another try may help, and does no harm: the command did not run, or its repeat has no second effect. The message stays in
 *   the queue.
 * - `never`: another try cannot help. The message goes to the dead-letter queue.
 */
export type EventDisposition = 'done' | 'later' | 'never';

/** Who found the problem: the events function, or the relay after it. */
export type ProblemSource = 'function' | 'relay';

/** Problems that neither of them has with a command. If one arrives all the same, nothing is known about it. */
const NOT_EXPECTED: EventDisposition = 'later';

/** The disposition of a message after each problem. */
export const PROBLEM_DISPOSITIONS: Readonly<Record<ProblemCode, EventDisposition>> = {
  // The command
  'malformed-request': 'never',
  'invalid-command': 'never',
  'request-too-large': 'never',
  'not-found': 'never',
  'not-granted': 'never',

  // Airflow's response. An unclear or unknown outcome becomes clear by the repeat, which finds the run of the first try.
  'command-failed': 'never',
  'logical-date-collision': 'later',
  'key-reused': 'never',
  'outcome-unclear': 'later',
  'outcome-unknown': 'later',
  'command-refused': 'never',
  'answer-too-large': 'never',

  // The token, and the connection to Airflow. Someone repairs it, or it repairs itself.
  'token-throttled': 'later',
  'token-not-permitted': 'later',
  'token-unreachable': 'later',
  'token-timeout': 'later',
  'token-refused': 'later',
  'host-refused': 'later',
  'no-such-environment': 'later',
  'environment-not-available': 'later',
  'redirect-refused': 'later',
  'airflow-busy': 'later',
  'airflow-unreachable': 'later',
  'airflow-error': 'later',
  'airflow-timeout': 'later',

  // The queue, the relay, and the functions themselves
  busy: 'later',
  'relay-unavailable': 'later',
  'relay-failed': 'later',
  'untrusted-event': 'later',
  'internal-error': 'later',

  'unsupported-media-type': NOT_EXPECTED,
  'not-signed': NOT_EXPECTED,
  'not-authenticated': NOT_EXPECTED,
  'caller-refused': NOT_EXPECTED,
  'invalid-call': NOT_EXPECTED,
  'no-such-operation': NOT_EXPECTED,
  'run-not-found': NOT_EXPECTED,
  'role-refused': NOT_EXPECTED,
  'call-refused': NOT_EXPECTED,
  unhealthy: NOT_EXPECTED,
  throttled: NOT_EXPECTED,
  'authorizer-failed': NOT_EXPECTED,
  'quota-exceeded': NOT_EXPECTED,
  'gateway-refused': NOT_EXPECTED,
  'gateway-error': NOT_EXPECTED,
  'gateway-timeout': NOT_EXPECTED,
};

/**
 * What the events function has accepted and the relay rejects. Both decide with the same code and grants, unless a deployment is replacing
 * one of them.
 */
const DISAGREEMENTS: ReadonlySet<string> = new Set<ProblemCode>([
  'malformed-request',
  'invalid-command',
  'not-found',
  'not-granted',
]);

/** The disposition of a message after a problem. A code that is not known comes from a newer relay. */
export function getProblemDisposition(code: string, source: ProblemSource): EventDisposition {
  if (source === 'relay' && DISAGREEMENTS.has(code)) return 'later';
  return Object.hasOwn(PROBLEM_DISPOSITIONS, code) ? PROBLEM_DISPOSITIONS[code as ProblemCode] : NOT_EXPECTED;
}
