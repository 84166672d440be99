import { Problem } from '../../contract/problem.ts';
import type { ProblemCode } from '../../contract/problem-types.ts';
import { connectionStepFromError } from '../connection/connection-step.ts';
import type { Remedies } from '../remedies.ts';

/** Throttling, 5xx and lost connections are retried. That is safe: the call only creates a token. */
export const MAX_TOKEN_ATTEMPTS = 3;

/** The tokens that MWAA issues, as messages call them. */
export type TokenName = 'CLI token' | 'web login token';

/** A token and the host that accepts it. It allows everything that its kind allows: never log it, never return it to a caller. */
export interface IssuedToken {
  readonly token: string;
  /** Host name only, without scheme. */
  readonly hostname: string;
}

/**
 * Requests tokens from MWAA.
 *
 * @param issue calls MWAA's API, with retries. The signal limits all attempts together. Rejects with an error like that of the AWS SDK:
 * the error's name, and the status if there was a response
 * @throws Problem
 */
export function createTokenSource(
  issue: (signal: AbortSignal) => Promise<Partial<Readonly<Record<keyof IssuedToken, string | undefined>>>>,
  tokenName: TokenName,
  remedies: Remedies,
): (signal: AbortSignal) => Promise<IssuedToken> {
  return async (signal) => {
    const { token, hostname } = await issue(signal).catch((cause: unknown) => {
      throw toTokenProblem(cause, tokenName, remedies);
    });
    if (token && hostname) return { token, hostname };
    throw new Problem(
      'environment-not-available',
      `MWAA's response contains no token or no web server host. ${NOT_AVAILABLE_REMEDY} Nothing was run.`,
    );
  };
}

/** @param limit that is over, as in `10 seconds` */
export const createTokenTimeoutProblem = (
  tokenName: TokenName,
  limit: string,
  { tokenApiTimeout }: Pick<Remedies, 'tokenApiTimeout'>,
  cause: unknown,
): Problem =>
  new Problem(
    'token-timeout',
    `MWAA issued no ${tokenName} within ${limit}. Nothing was run. Send the request again. If the problem persists, ${tokenApiTimeout}`,
    {},
    { cause },
  );

const THROTTLED_REMEDY = 'MWAA throttles requests for tokens. Wait a moment, then send the request again.';

/** MWAA does not document what it returns for each status of an environment. */
const NOT_AVAILABLE_REMEDY =
  "Check the environment's status in MWAA: an environment that is being created, updated or restored issues no token. " +
  'Send the request again when the status is AVAILABLE.';

interface TokenFailure {
  readonly code: ProblemCode;
  readonly describe: (remedies: Remedies) => string;
}

const NOT_PERMITTED: TokenFailure = { code: 'token-not-permitted', describe: ({ notPermitted }) => notPermitted };
const INVALID_CREDENTIALS: TokenFailure = {
  code: 'token-not-permitted',
  describe: ({ invalidCredentials }) => invalidCredentials,
};
const ENVIRONMENT_NOT_FOUND: TokenFailure = {
  code: 'no-such-environment',
  describe: ({ environmentNotFound }) => environmentNotFound,
};
const THROTTLED_FAILURE: TokenFailure = { code: 'token-throttled', describe: () => THROTTLED_REMEDY };
const OTHER_TOKEN_FAILURE: TokenFailure = { code: 'environment-not-available', describe: () => NOT_AVAILABLE_REMEDY };

/**
 * Only `ResourceNotFoundException` is in the service's model. The others are AWS's common errors:
 * https://docs.aws.amazon.com/mwaa/latest/API/CommonErrors.html
 */
const FAILURE_BY_ERROR_NAME: Readonly<Record<string, TokenFailure>> = {
  ResourceNotFoundException: ENVIRONMENT_NOT_FOUND,
  AccessDeniedException: NOT_PERMITTED,
  UnrecognizedClientException: INVALID_CREDENTIALS,
  InvalidClientTokenId: INVALID_CREDENTIALS,
  InvalidSignatureException: INVALID_CREDENTIALS,
  ExpiredTokenException: INVALID_CREDENTIALS,
  ExpiredToken: INVALID_CREDENTIALS,
  ThrottlingException: THROTTLED_FAILURE,
  TooManyRequestsException: THROTTLED_FAILURE,
};

/** For error names that are not in the table above. */
const FAILURE_BY_STATUS: Readonly<Record<number, TokenFailure>> = {
  401: INVALID_CREDENTIALS,
  403: NOT_PERMITTED,
  404: ENVIRONMENT_NOT_FOUND,
  429: THROTTLED_FAILURE,
};

/** The members of an SDK error that are read. `$response` is set if the response was not MWAA's JSON. */
interface SdkError {
  readonly name: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** Converts an SDK error to a problem. The error's own text is left out: it contains ARNs. */
export function toTokenProblem(cause: unknown, tokenName: TokenName, remedies: Remedies): Problem {
  const { name, code, $metadata, $response } = cause as SdkError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status === undefined) {
    const remedy = remedies.tokenApi[connectionStepFromError(cause)];
    const detail = `The MWAA API cannot be reached (${code ?? name}). ${remedy} Nothing was run.`;
    return new Problem('token-unreachable', detail, {}, { cause });
  }
  const failure = FAILURE_BY_ERROR_NAME[name] ?? FAILURE_BY_STATUS[status] ?? OTHER_TOKEN_FAILURE;
  const detail = `MWAA issued no ${tokenName} (${name}, ${status}). ${failure.describe(remedies)} Nothing was run.`;
  return new Problem(failure.code, detail, { upstreamStatus: status }, { cause });
}
