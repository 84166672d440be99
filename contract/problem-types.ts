/** What a problem is, apart from the one time it happens. */
export interface ProblemType {
  readonly status: number;
  readonly title: string;
  /** Whether sending the same request again, unchanged, can do nothing twice. Not whether it helps: `detail` says that. */
  readonly retrySafe: boolean;
  /** The `Retry-After` header, where waiting helps. */
  readonly retryAfterSeconds?: number;
}

/**
 * Every refusal and failure a caller can be told of, as RFC 9457 problem types. A leaf of data: the functions answer with
 * it, `lib/` writes the gateway's own responses from it, `docs/api.md` is compared with it by a test.
 *
 * `curl --retry`, SDKs and proxies repeat 408, 429, 500, 502, 503 and 504 by themselves. So a type has one of these only
 * where a repeat can do nothing twice, or where nothing was sent yet (`internal-error`); an open fate is a 424.
 */
const PROBLEM_TYPE_TABLE = {
  // The request itself
  'malformed-request': { status: 400, title: 'The request cannot be read', retrySafe: true },
  'invalid-command': { status: 400, title: 'Not a command of this Airflow release', retrySafe: true },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported', retrySafe: true },
  'request-too-large': { status: 413, title: 'The request is too large', retrySafe: true },
  'not-signed': { status: 403, title: 'The request is not signed by a caller this API knows', retrySafe: true },
  'not-authenticated': { status: 401, title: 'The request carries no valid token', retrySafe: true },
  'caller-refused': { status: 403, title: 'A policy refuses the caller', retrySafe: true },
  'not-found': { status: 404, title: 'No such resource', retrySafe: true },

  // Policy
  'not-granted': { status: 403, title: 'The command is not granted', retrySafe: true },
  'untrusted-event': { status: 403, title: 'The event did not come through the API', retrySafe: true },

  // Airflow's answer
  'command-failed': { status: 422, title: 'Airflow refused or failed the command', retrySafe: false },
  'logical-date-collision': {
    status: 409,
    title: 'Another run has the logical date of this one',
    retrySafe: true,
  },
  'outcome-unclear': { status: 424, title: 'The answer does not show whether the command succeeded', retrySafe: false },
  'outcome-unknown': { status: 424, title: 'The command was sent, and its outcome is not known', retrySafe: false },

  // The CLI token
  'token-throttled': {
    status: 503,
    title: 'MWAA is asked for tokens too often',
    retrySafe: true,
    retryAfterSeconds: 2,
  },
  'token-not-permitted': { status: 502, title: 'The relay may not ask MWAA for a CLI token', retrySafe: true },
  'token-unreachable': { status: 502, title: 'The MWAA API cannot be reached', retrySafe: true },
  'token-timeout': { status: 504, title: 'MWAA did not issue a CLI token in time', retrySafe: true },
  'host-refused': { status: 502, title: 'MWAA names a web server that is not trusted', retrySafe: true },
  'no-such-environment': { status: 502, title: 'MWAA knows no such environment', retrySafe: true },
  'environment-not-available': {
    status: 503,
    title: 'The MWAA environment is not available',
    retrySafe: true,
    retryAfterSeconds: 60,
  },

  // The way to Airflow
  'token-refused': { status: 424, title: 'The Airflow web server refused a new CLI token', retrySafe: true },
  'command-refused': { status: 424, title: 'MWAA refused to run the command', retrySafe: true },
  'redirect-refused': { status: 424, title: 'The Airflow web server redirects elsewhere', retrySafe: true },
  'airflow-busy': {
    status: 503,
    title: 'MWAA is running as many commands as it can',
    retrySafe: true,
    retryAfterSeconds: 5,
  },
  'airflow-unreachable': { status: 502, title: 'The Airflow web server cannot be reached', retrySafe: true },
  'airflow-error': { status: 502, title: 'The Airflow web server failed', retrySafe: true },
  'airflow-timeout': { status: 504, title: 'Airflow did not answer in time', retrySafe: true },
  'answer-too-large': { status: 424, title: 'The answer is larger than the relay reads', retrySafe: true },
  unhealthy: { status: 503, title: 'The way to Airflow is broken', retrySafe: true },

  // The gateway and the function
  throttled: { status: 429, title: 'Too many requests', retrySafe: true, retryAfterSeconds: 1 },
  'authorizer-failed': {
    status: 503,
    title: 'The token could not be checked',
    retrySafe: true,
    retryAfterSeconds: 5,
  },
  'quota-exceeded': { status: 429, title: 'The quota of this period is used up', retrySafe: true },
  'gateway-refused': { status: 403, title: 'The API refused the request', retrySafe: true },
  'gateway-error': {
    status: 424,
    title: 'The request could not be processed',
    retrySafe: false,
    retryAfterSeconds: 2,
  },
  'gateway-timeout': { status: 424, title: 'No answer in time', retrySafe: false },
  'internal-error': { status: 500, title: 'The relay failed', retrySafe: false },
} as const satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof PROBLEM_TYPE_TABLE;

export const PROBLEM_TYPES: Readonly<Record<ProblemCode, ProblemType>> = PROBLEM_TYPE_TABLE;

/** The `type` member: a stable identifier, not an address. */
export const toProblemTypeUrn = (code: ProblemCode): string => `urn:mwaa-cli-proxy:problem:${code}`;
