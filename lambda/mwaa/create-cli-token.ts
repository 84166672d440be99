import { CreateCliTokenCommand, MWAAClient, type MWAAClientConfig } from '@aws-sdk/client-mwaa';
import { Problem } from '../problem.ts';
import type { ProblemCode } from '../problem-types.ts';
import { type Advice, RELAY_ADVICE } from './advice.ts';
import { stepOf } from './connection-step.ts';
import type { CreateCliToken } from './token.ts';

/** The SDK repeats what may pass: throttling, 5xx, a lost connection. The call only makes a token. */
const ATTEMPTS = 3;

/**
 * Asks MWAA by the AWS SDK, whose own time-outs are none. The time for all attempts is the signal's.
 *
 * @param connectMs how long name resolution and connecting may take, of each attempt
 * @param answerMs how long MWAA may be silent, in each attempt
 * @throws Problem
 */
export function createCliToken(
  mwaaName: string,
  { connectMs, answerMs }: { connectMs: number; answerMs: number },
  config: MWAAClientConfig = {},
  advice = RELAY_ADVICE,
): CreateCliToken {
  const client = new MWAAClient({
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: connectMs, requestTimeout: answerMs },
    ...config,
  });
  return async (signal) => {
    const answer = await client
      .send(new CreateCliTokenCommand({ Name: mwaaName }), { abortSignal: signal })
      .catch((cause: unknown) => {
        throw tokenProblem(cause, advice);
      });
    if (!answer.CliToken || !answer.WebServerHostname) {
      throw new Problem(
        'environment-not-available',
        `MWAA's answer has no token or no host in it. ${NOT_AVAILABLE} Nothing was run.`,
      );
    }
    return { token: answer.CliToken, hostname: answer.WebServerHostname };
  };
}

const THROTTLED = 'MWAA is asked for tokens too often. Wait a moment, then send the request again.';

/** MWAA does not document what CreateCliToken answers in each state of an environment. */
const NOT_AVAILABLE =
  "Look at the environment's status in MWAA: one that is being created, updated or restored issues no token. Send " +
  'the request again once it is AVAILABLE.';

interface Refused {
  readonly code: ProblemCode;
  readonly detail: (advice: Advice) => string;
}

const NOT_PERMITTED: Refused = { code: 'token-not-permitted', detail: ({ notPermitted }) => notPermitted };
const CREDENTIALS: Refused = { code: 'token-not-permitted', detail: ({ credentials }) => credentials };
const NO_ENVIRONMENT: Refused = { code: 'no-such-environment', detail: ({ noEnvironment }) => noEnvironment };
const TOO_OFTEN: Refused = { code: 'token-throttled', detail: () => THROTTLED };
const ANY_OTHER: Refused = { code: 'environment-not-available', detail: () => NOT_AVAILABLE };

/**
 * By the error's name. `ResourceNotFoundException` alone is in the service's model; the others are AWS's common errors:
 * https://docs.aws.amazon.com/mwaa/latest/API/CommonErrors.html
 */
const BY_NAME: Readonly<Record<string, Refused>> = {
  ResourceNotFoundException: NO_ENVIRONMENT,
  AccessDeniedException: NOT_PERMITTED,
  UnrecognizedClientException: CREDENTIALS,
  InvalidClientTokenId: CREDENTIALS,
  InvalidSignatureException: CREDENTIALS,
  ExpiredTokenException: CREDENTIALS,
  ExpiredToken: CREDENTIALS,
  ThrottlingException: TOO_OFTEN,
  TooManyRequestsException: TOO_OFTEN,
};

/** By the status, for every name that is not in the table. */
const BY_STATUS: Readonly<Record<number, Refused>> = {
  401: CREDENTIALS,
  403: NOT_PERMITTED,
  404: NO_ENVIRONMENT,
  429: TOO_OFTEN,
};

/** What is read of an error of the SDK. `$response` is there where the answer was not MWAA's JSON. */
interface SdkError {
  readonly name: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** What an error of the SDK is told to the caller as. The error's own text stays out: it names ARNs. */
export function tokenProblem(cause: unknown, advice: Advice = RELAY_ADVICE): Problem {
  const { name, code, $metadata, $response } = cause as SdkError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status === undefined) {
    const detail = `The MWAA API cannot be reached (${code ?? name}). ${advice.tokenApi[stepOf(cause)]} Nothing was run.`;
    return new Problem('token-unreachable', detail, {}, { cause });
  }
  const refused = BY_NAME[name] ?? BY_STATUS[status] ?? ANY_OTHER;
  return new Problem(
    refused.code,
    `MWAA issued no CLI token (${name}, ${status}). ${refused.detail(advice)} Nothing was run.`,
    { upstreamStatus: status },
    { cause },
  );
}
