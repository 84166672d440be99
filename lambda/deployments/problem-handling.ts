import type { ProblemCode } from '../../contract/problem-types.ts';

/**
 * What to do after a problem. Every command of a deployment is harmless to repeat, or a trigger with a key, so a repeat is always safe.
 *
 * - `again`: nothing ran, or it is unknown what ran, and a repeat may succeed.
 * - `stop`: a repeat has the same result.
 */
export const PROBLEM_HANDLING: Readonly<Record<ProblemCode, 'again' | 'stop'>> = {
  'malformed-request': 'stop',
  'invalid-command': 'stop',
  'unsupported-media-type': 'stop',
  'request-too-large': 'stop',
  'not-signed': 'stop',
  'not-authenticated': 'stop',
  'caller-refused': 'stop',
  'not-found': 'stop',
  'invalid-call': 'stop',
  'no-such-operation': 'stop',
  'run-not-found': 'stop',
  'not-granted': 'stop',
  'policy-unavailable': 'again',
  'policy-changed': 'again',
  'untrusted-event': 'stop',
  'command-failed': 'stop',
  'logical-date-collision': 'again',
  'key-reused': 'stop',
  'outcome-unclear': 'again',
  'outcome-unknown': 'again',
  'token-throttled': 'again',
  'token-not-permitted': 'again',
  'token-unreachable': 'again',
  'token-timeout': 'again',
  'host-refused': 'stop',
  'no-such-environment': 'stop',
  'environment-not-available': 'again',
  'token-refused': 'again',
  'command-refused': 'stop',
  'role-refused': 'stop',
  'call-refused': 'stop',
  'redirect-refused': 'stop',
  'airflow-busy': 'again',
  'airflow-unreachable': 'again',
  'airflow-error': 'again',
  'airflow-timeout': 'again',
  'answer-too-large': 'stop',
  unhealthy: 'again',
  busy: 'again',
  // Right after the first deployment, the permissions of new roles may not have reached every part of AWS.
  'relay-unavailable': 'again',
  'relay-failed': 'again',
  throttled: 'again',
  'authorizer-failed': 'again',
  'quota-exceeded': 'stop',
  'gateway-refused': 'stop',
  'gateway-error': 'again',
  'gateway-timeout': 'again',
  'internal-error': 'stop',
};

/** After these, the command may have run. */
const MAY_HAVE_RUN: ReadonlySet<ProblemCode> = new Set([
  'outcome-unclear',
  'outcome-unknown',
  'answer-too-large',
  'gateway-error',
  'gateway-timeout',
  'internal-error',
]);

/** Whether a command may have changed something although it ended with a problem. Airflow's refusal changes nothing. */
export const mayHaveRun = (code: ProblemCode): boolean => MAY_HAVE_RUN.has(code);
