import { PROBLEM_TYPE_PREFIX } from './problem-type-prefix.ts';

/** A type of problem: what all its occurrences have in common. */
export interface ProblemType {
  readonly status: number;
  readonly title: string;
  /**
   * Whether repeating the unchanged request is safe: it has no second effect. `detail` says whether repeating helps. The data of a
   * `Problem` can override this value: an `Idempotency-Key` makes a trigger safe to retry.
   */
  readonly retrySafe: boolean;
  /** Value of the `Retry-After` header. Absent if waiting does not help. */
  readonly retryAfterSeconds?: number;
}

/**
 * All problem types (RFC 9457) that callers can get. The functions respond with them, `lib/` creates the gateway responses from them,
 * and a test compares `docs/api.md` with them.
 *
 * `curl --retry`, SDKs and proxies retry 408, 429, 500, 502, 503 and 504 automatically. A type has one of these statuses only if a
 * repeat has no second effect, or if nothing was sent (`internal-error`). An unknown outcome is a 424.
 */
const PROBLEM_TYPE_TABLE = {
  // The request itself
  'malformed-request': { status: 400, title: 'The request cannot be parsed', retrySafe: true },
  'invalid-command': { status: 400, title: 'The command is not valid in this Airflow release', retrySafe: true },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported', retrySafe: true },
  'request-too-large': { status: 413, title: 'The request is too large', retrySafe: true },
  'not-signed': { status: 403, title: 'The request has no valid AWS signature', retrySafe: true },
  'not-authenticated': { status: 401, title: 'The request has no valid token', retrySafe: true },
  'caller-refused': { status: 403, title: 'A policy denies access to the caller', retrySafe: true },
  'not-found': { status: 404, title: 'The resource does not exist', retrySafe: true },

  'invalid-call': {
    status: 400,
    title: 'The request is not valid for the REST API of this Airflow release',
    retrySafe: true,
  },
  'no-such-operation': {
    status: 404,
    title: 'The REST API of this Airflow release has no such operation',
    retrySafe: true,
  },
  'run-not-found': { status: 404, title: 'The DAG has no such run', retrySafe: true },

  // Policy
  'not-granted': { status: 403, title: 'The request is not granted to the caller', retrySafe: true },
  'untrusted-event': { status: 403, title: 'The event did not come through the API', retrySafe: true },

  // Airflow's response
  'command-failed': { status: 422, title: 'The command failed in Airflow', retrySafe: false },
  'logical-date-collision': {
    status: 409,
    title: 'Another run has the same logical date',
    retrySafe: true,
  },
  'key-reused': {
    status: 409,
    title: 'The idempotency key was used for another request',
    retrySafe: true,
  },
  'outcome-unclear': {
    status: 424,
    title: 'The response does not show whether the command succeeded',
    retrySafe: false,
  },
  'outcome-unknown': { status: 424, title: 'The request was sent, and its outcome is unknown', retrySafe: false },

  // The token
  'token-throttled': {
    status: 503,
    title: 'MWAA throttles requests for tokens',
    retrySafe: true,
    retryAfterSeconds: 2,
  },
  'token-not-permitted': { status: 502, title: 'The relay is not allowed to create a token', retrySafe: true },
  'token-unreachable': { status: 502, title: 'The MWAA API cannot be reached', retrySafe: true },
  'token-timeout': { status: 504, title: 'MWAA did not issue a token in time', retrySafe: true },
  'host-refused': { status: 502, title: 'The web server host that MWAA returned is not trusted', retrySafe: true },
  'no-such-environment': { status: 502, title: 'The MWAA environment does not exist', retrySafe: true },
  'environment-not-available': {
    status: 503,
    title: 'The MWAA environment is not available',
    retrySafe: true,
    retryAfterSeconds: 60,
  },

  // The connection to Airflow
  'token-refused': { status: 424, title: 'The Airflow web server rejected a new token', retrySafe: true },
  'command-refused': { status: 424, title: 'MWAA rejected the command', retrySafe: true },
  'role-refused': {
    status: 403,
    title: "The relay's role in Airflow does not allow the request",
    retrySafe: true,
  },
  'call-refused': { status: 424, title: 'The Airflow web server rejected the request', retrySafe: true },
  'redirect-refused': {
    status: 424,
    title: 'The Airflow web server returned a redirect that is not followed',
    retrySafe: true,
  },
  'airflow-busy': {
    status: 503,
    title: 'MWAA already runs as many commands as it can',
    retrySafe: true,
    retryAfterSeconds: 5,
  },
  'airflow-unreachable': { status: 502, title: 'The Airflow web server cannot be reached', retrySafe: true },
  'airflow-error': { status: 502, title: 'The Airflow web server failed', retrySafe: true },
  'airflow-timeout': { status: 504, title: 'Airflow did not respond in time', retrySafe: true },
  'answer-too-large': { status: 424, title: 'The response exceeds the size limit', retrySafe: true },
  unhealthy: { status: 503, title: 'The health check failed', retrySafe: true },

  // The queue and the relay
  busy: {
    status: 503,
    title: 'All slots of the environment are taken',
    retrySafe: true,
    retryAfterSeconds: 5,
  },
  'relay-unavailable': {
    status: 503,
    title: 'Lambda could not start the relay',
    retrySafe: true,
  },
  'relay-failed': {
    status: 502,
    title: 'The relay did not respond to a request that changes nothing',
    retrySafe: true,
  },

  // The stored policy of a deployment without the CDK
  'policy-unavailable': { status: 503, title: 'There is no valid policy', retrySafe: true },
  'policy-changed': {
    status: 503,
    title: 'The policy changed while the request waited',
    retrySafe: true,
    retryAfterSeconds: 1,
  },

  // The gateway and the function
  throttled: { status: 429, title: 'Too many requests', retrySafe: true, retryAfterSeconds: 1 },
  'authorizer-failed': {
    status: 503,
    title: 'The authorizer could not check the token',
    retrySafe: true,
    retryAfterSeconds: 5,
  },
  'quota-exceeded': { status: 429, title: 'The quota of this period is used up', retrySafe: true },
  'gateway-refused': { status: 403, title: 'The API rejected the request', retrySafe: true },
  'gateway-error': {
    status: 424,
    title: 'The request could not be processed',
    retrySafe: false,
    retryAfterSeconds: 2,
  },
  'gateway-timeout': { status: 424, title: 'The API timed out waiting for a response', retrySafe: false },
  'internal-error': { status: 500, title: 'The function failed unexpectedly', retrySafe: false },
} as const satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof PROBLEM_TYPE_TABLE;

export const PROBLEM_TYPES: Readonly<Record<ProblemCode, ProblemType>> = PROBLEM_TYPE_TABLE;

/** The `type` member of a problem: a stable identifier, not an address. */
export const toProblemTypeUrn = (code: ProblemCode): string => `${PROBLEM_TYPE_PREFIX}${code}`;
