/**
 * Every refusal and failure a caller can be told of, as RFC 9457 problem types. A leaf of data: the functions answer with
 * it, `lib/` writes the gateway's own responses from it, `docs/api.md` is compared with it by a test.
 *
 * `retrySafe` says whether sending the same request again, unchanged, can do nothing twice. It does not say that a retry
 * will help: `detail` does.
 */
export const PROBLEM_TYPES = {
  // The request itself
  'malformed-request': { status: 400, title: 'The request cannot be read', retrySafe: true },
  'invalid-command': { status: 400, title: 'Not a command of this Airflow release', retrySafe: true },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported', retrySafe: true },
  'request-too-large': { status: 413, title: 'The request is too large', retrySafe: true },
  'not-signed': { status: 403, title: 'The request is not signed by a caller this API knows', retrySafe: true },
  'not-found': { status: 404, title: 'No such resource', retrySafe: true },

  // Policy
  'not-granted': { status: 403, title: 'The command is not granted', retrySafe: true },
  'untrusted-event': { status: 403, title: 'The event did not come through the API', retrySafe: true },

  // Airflow's answer
  'command-failed': { status: 422, title: 'Airflow refused or failed the command', retrySafe: false },
  'outcome-unclear': { status: 424, title: 'The answer does not show whether the command succeeded', retrySafe: false },
  'outcome-unknown': { status: 424, title: 'The command was sent and no answer came back', retrySafe: false },

  // The way to Airflow
  'token-refused': { status: 502, title: 'MWAA did not issue a CLI token', retrySafe: true },
  'command-refused': { status: 502, title: 'MWAA refused to run the command', retrySafe: true },
  'airflow-busy': { status: 503, title: 'MWAA is running as many commands as it can', retrySafe: true },
  'airflow-unreachable': { status: 502, title: 'The Airflow web server cannot be reached', retrySafe: true },
  'airflow-error': { status: 502, title: 'The Airflow web server failed', retrySafe: true },
  'airflow-timeout': { status: 504, title: 'Airflow did not answer in time', retrySafe: true },

  // The gateway and the function
  throttled: { status: 429, title: 'Too many requests', retrySafe: true },
  'gateway-refused': { status: 403, title: 'The API refused the request', retrySafe: true },
  'gateway-error': { status: 500, title: 'The request could not be processed', retrySafe: false },
  'gateway-timeout': { status: 504, title: 'No answer in time', retrySafe: false },
  'internal-error': { status: 500, title: 'The relay failed', retrySafe: false },
} as const satisfies Record<string, { status: number; title: string; retrySafe: boolean }>;

export type ProblemCode = keyof typeof PROBLEM_TYPES;

/** The `type` member: a stable identifier, not an address. */
export const problemType = (code: ProblemCode): string => `urn:mwaa-cli-proxy:problem:${code}`;
