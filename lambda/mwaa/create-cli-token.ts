import { CreateCliTokenCommand, MWAAClient, type MWAAClientConfig } from '@aws-sdk/client-mwaa';
import { Problem } from '../problem.ts';
import type { ProblemCode } from '../problem-types.ts';
import { type ConnectionStep, stepOf } from './connection-step.ts';
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
        throw tokenProblem(cause);
      });
    if (!answer.CliToken || !answer.WebServerHostname) {
      throw new Problem('environment-not-available', `MWAA's answer has no token or no host in it. ${NOT_AVAILABLE}`);
    }
    return { token: answer.CliToken, hostname: answer.WebServerHostname };
  };
}

const NOT_PERMITTED =
  "The relay's role needs airflow:CreateCliToken on this environment, and the policy of the airflow.env endpoint must " +
  'let it through. Nothing was run.';

const CREDENTIALS =
  "MWAA does not take the relay's credentials. Send the request again; if it stays so, check that the function's role " +
  'still exists and that the region is enabled for the account. Nothing was run.';

const THROTTLED = 'MWAA is asked for tokens too often. Wait a moment, then send the request again. Nothing was run.';

const NO_ENVIRONMENT =
  'MWAA has no environment of this name in this account and region: check mwaaName in the configuration. Nothing was run.';

/** MWAA does not document what CreateCliToken answers in each state of an environment. */
const NOT_AVAILABLE =
  "Look at the environment's status in MWAA: one that is being created, updated or restored issues no token. Nothing " +
  'was run: send the request again once it is AVAILABLE.';

interface Advice {
  readonly code: ProblemCode;
  readonly detail: string;
}

/**
 * By the error's name. `ResourceNotFoundException` alone is in the service's model; the others are AWS's common errors:
 * https://docs.aws.amazon.com/mwaa/latest/API/CommonErrors.html
 */
const BY_NAME: Readonly<Record<string, Advice>> = {
  ResourceNotFoundException: { code: 'no-such-environment', detail: NO_ENVIRONMENT },
  AccessDeniedException: { code: 'token-not-permitted', detail: NOT_PERMITTED },
  UnrecognizedClientException: { code: 'token-not-permitted', detail: CREDENTIALS },
  InvalidClientTokenId: { code: 'token-not-permitted', detail: CREDENTIALS },
  InvalidSignatureException: { code: 'token-not-permitted', detail: CREDENTIALS },
  ExpiredTokenException: { code: 'token-not-permitted', detail: CREDENTIALS },
  ExpiredToken: { code: 'token-not-permitted', detail: CREDENTIALS },
  ThrottlingException: { code: 'token-throttled', detail: THROTTLED },
  TooManyRequestsException: { code: 'token-throttled', detail: THROTTLED },
};

/** By the status, for every name that is not in the table. */
const BY_STATUS: Readonly<Record<number, Advice>> = {
  401: { code: 'token-not-permitted', detail: CREDENTIALS },
  403: { code: 'token-not-permitted', detail: NOT_PERMITTED },
  404: { code: 'no-such-environment', detail: NO_ENVIRONMENT },
  429: { code: 'token-throttled', detail: THROTTLED },
};

const ANY_OTHER: Advice = { code: 'environment-not-available', detail: NOT_AVAILABLE };

const UNREACHABLE: Readonly<Record<ConnectionStep, string>> = {
  'name resolution':
    "Its name cannot be resolved in the relay's VPC: the VPC needs an interface endpoint for airflow.env with private " +
    'DNS on, and DNS resolution of its own.',
  connect:
    "The airflow.env endpoint takes no connection: its security group must let in port 443 from the relay's, and the " +
    "relay's must let it out.",
  TLS: 'The airflow.env endpoint speaks no TLS the relay trusts: see that nothing on the way answers in its place.',
  exchange: 'The connection was lost: send the request again.',
};

/** What is read of an error of the SDK. `$response` is there where the answer was not MWAA's JSON. */
interface SdkError {
  readonly name: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** What an error of the SDK is told to the caller as. The error's own text stays out: it names ARNs. */
export function tokenProblem(cause: unknown): Problem {
  const { name, code, $metadata, $response } = cause as SdkError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status === undefined) {
    const detail = `The MWAA API cannot be reached (${code ?? name}). ${UNREACHABLE[stepOf(cause)]} Nothing was run.`;
    return new Problem('token-unreachable', detail, {}, { cause });
  }
  const advice = BY_NAME[name] ?? BY_STATUS[status] ?? ANY_OTHER;
  return new Problem(
    advice.code,
    `MWAA issued no CLI token (${name}, ${status}). ${advice.detail}`,
    { upstreamStatus: status },
    { cause },
  );
}
