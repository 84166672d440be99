import { CreateCliTokenCommand, MWAAClient, type MWAAClientConfig } from '@aws-sdk/client-mwaa';
import { Problem } from '../../contract/problem.ts';
import type { ProblemCode } from '../../contract/problem-types.ts';
import { RELAY_REMEDIES, type Remedies } from '../cli/remedies.ts';
import { connectionStepFromError } from '../connection/connection-step.ts';
import type { CliTokenSource } from './create-token-cache.ts';

/** The SDK repeats what may pass: throttling, 5xx, a lost connection. The call only makes a token. */
const MAX_TOKEN_ATTEMPTS = 3;

/**
 * Asks MWAA by the AWS SDK, whose own timeouts are none. The time for all attempts is the signal's.
 *
 * @param connectMs how long name resolution and connecting may take, of each attempt
 * @param answerMs how long MWAA may be silent, in each attempt
 * @throws Problem
 */
export function createCliTokenSource(
  mwaaName: string,
  { connectMs, answerMs }: { connectMs: number; answerMs: number },
  config: MWAAClientConfig = {},
  advice = RELAY_REMEDIES,
): CliTokenSource {
  const client = new MWAAClient({
    maxAttempts: MAX_TOKEN_ATTEMPTS,
    requestHandler: { connectionTimeout: connectMs, requestTimeout: answerMs },
    ...config,
  });
  return async (signal) => {
    const answer = await client
      .send(new CreateCliTokenCommand({ Name: mwaaName }), { abortSignal: signal })
      .catch((cause: unknown) => {
        throw toTokenProblem(cause, advice);
      });
    if (!answer.CliToken || !answer.WebServerHostname) {
      throw new Problem(
        'environment-not-available',
        `MWAA's answer has no token or no host in it. ${NOT_AVAILABLE_REMEDY} Nothing was run.`,
      );
    }
    return { token: answer.CliToken, hostname: answer.WebServerHostname };
  };
}

const THROTTLED_REMEDY = 'MWAA is asked for tokens too often. Wait a moment, then send the request again.';

/** MWAA does not document what CreateCliToken answers in each state of an environment. */
const NOT_AVAILABLE_REMEDY =
  "Look at the environment's status in MWAA: one that is being created, updated or restored issues no token. Send " +
  'the request again once it is AVAILABLE.';

interface TokenFailure {
  readonly code: ProblemCode;
  readonly detail: (advice: Remedies) => string;
}

const NOT_PERMITTED: TokenFailure = { code: 'token-not-permitted', detail: ({ notPermitted }) => notPermitted };
const INVALID_CREDENTIALS: TokenFailure = {
  code: 'token-not-permitted',
  detail: ({ invalidCredentials }) => invalidCredentials,
};
const ENVIRONMENT_NOT_FOUND: TokenFailure = {
  code: 'no-such-environment',
  detail: ({ environmentNotFound }) => environmentNotFound,
};
const THROTTLED_FAILURE: TokenFailure = { code: 'token-throttled', detail: () => THROTTLED_REMEDY };
const OTHER_TOKEN_FAILURE: TokenFailure = { code: 'environment-not-available', detail: () => NOT_AVAILABLE_REMEDY };

/**
 * By the error's name. `ResourceNotFoundException` alone is in the service's model; the others are AWS's common errors:
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

/** By the status, for every name that is not in the table. */
const FAILURE_BY_STATUS: Readonly<Record<number, TokenFailure>> = {
  401: INVALID_CREDENTIALS,
  403: NOT_PERMITTED,
  404: ENVIRONMENT_NOT_FOUND,
  429: THROTTLED_FAILURE,
};

/** What is read of an error of the SDK. `$response` is there where the answer was not MWAA's JSON. */
interface SdkError {
  readonly name: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** What an error of the SDK is told to the caller as. The error's own text stays out: it names ARNs. */
export function toTokenProblem(cause: unknown, advice: Remedies = RELAY_REMEDIES): Problem {
  const { name, code, $metadata, $response } = cause as SdkError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status === undefined) {
    const detail = `The MWAA API cannot be reached (${code ?? name}). ${advice.tokenApi[connectionStepFromError(cause)]} Nothing was run.`;
    return new Problem('token-unreachable', detail, {}, { cause });
  }
  const refused = FAILURE_BY_ERROR_NAME[name] ?? FAILURE_BY_STATUS[status] ?? OTHER_TOKEN_FAILURE;
  return new Problem(
    refused.code,
    `MWAA issued no CLI token (${name}, ${status}). ${refused.detail(advice)} Nothing was run.`,
    { upstreamStatus: status },
    { cause },
  );
}
