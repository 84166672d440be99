import { cleanErrorName } from '../aws/clean-error-name.ts';
import type { TokenResponse } from './send-token-request.ts';

/** Error of MWAA's API, with the members of the AWS SDK's errors that are read. */
export class TokenApiError extends Error {
  readonly $metadata: { readonly httpStatusCode: number };
  /** Whether the request may have been rejected because of the clock, which has been corrected since. */
  readonly isClockCorrected: boolean;

  constructor(name: string, message: string, statusCode: number, isClockCorrected: boolean) {
    super(message);
    this.name = name;
    this.$metadata = { httpStatusCode: statusCode };
    this.isClockCorrected = isClockCorrected;
  }
}

/** What MWAA returns with a token: one of the two, and where it is valid. */
export interface TokenMembers {
  readonly CliToken?: string;
  readonly WebToken?: string;
  readonly WebServerHostname?: string;
}

/**
 * Returns the response's members, or throws its error.
 * Source: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html ("Operation error serialization")
 *
 * @throws TokenApiError
 */
export function readTokenResponse(
  { statusCode, headers, body }: TokenResponse,
  isClockCorrected: boolean,
): TokenMembers {
  const members = parseMembers(body);
  if (statusCode < 300 && members !== undefined) {
    const { CliToken, WebToken, WebServerHostname } = members;
    return {
      ...(typeof CliToken === 'string' && { CliToken }),
      ...(typeof WebToken === 'string' && { WebToken }),
      ...(typeof WebServerHostname === 'string' && { WebServerHostname }),
    };
  }
  const { code, __type: type, message = '' } = members ?? { code: 'SyntaxError' };
  const name = cleanErrorName(headers['x-amzn-errortype'] ?? code ?? type ?? 'UnknownError');
  throw new TokenApiError(name, String(message), statusCode, isClockCorrected);
}

/** Undefined if the body is no JSON object, for example because a proxy responded. */
function parseMembers(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body === '' ? '{}' : body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The AWS SDK's names of errors that mean throttling. */
const THROTTLING = /^(Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|BandwidthLimitExceeded|SlowDown)/;

/** The network of a function may not be ready at first: a name does not resolve, or there is no route. Newer versions of the SDK repeat these too. */
const NETWORK_ERRORS = /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;

/** Why a call may be repeated, by the rules of the AWS SDK. Undefined: it may not. */
export function getRetryReason(error: unknown): 'throttled' | 'other' | undefined {
  if (error instanceof TokenApiError) {
    const status = error.$metadata.httpStatusCode;
    if (status === 429 || THROTTLING.test(error.name)) return 'throttled';
    return error.isClockCorrected || [500, 502, 503, 504].includes(status) ? 'other' : undefined;
  }
  const { name, code } = error as NodeJS.ErrnoException;
  return name === 'TimeoutError' || NETWORK_ERRORS.test(code ?? '') ? 'other' : undefined;
}
