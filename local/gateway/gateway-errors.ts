/**
 * The errors that API Gateway returns itself, with the gateway response type and status of each.
 *
 * Documented: API Gateway, "Gateway response types"; Lambda, "Handling Lambda errors with an API Gateway API" (500 if Lambda rejects
 * the call, 502 for a function error or a malformed response, both with this message); "Output from a Lambda authorizer" (414 if the
 * method ARN is too long).
 *
 * Reported by users of AWS, not documented: `INTEGRATION_FAILURE` with 500 for a throttled function, `API_CONFIGURATION_ERROR` if API
 * Gateway has no permission to invoke the function, `AuthorizerConfigurationException` with 500 for a malformed authorizer result,
 * `BadRequestException` with 413 for an event of more than Lambda's 6 MB.
 *
 * Assumed: the response type of that 413; that 502, 414, and unknown or incomplete credentials have no response type of their own; the
 * message of an authorizer failure; that a streaming integration fails like a buffered one until the first byte is sent; that a
 * body of more than 10 MB, whose response type is documented, gets its gateway response (users have reported plain text).
 */
import type { SignatureErrorCode } from '../iam/verify-signature.ts';

/** Thrown while a request is processed. API Gateway returns it as a gateway response. */
export class GatewayError extends Error {
  readonly responseType: string;
  readonly status: number;
  /** Value of the header `x-amzn-ErrorType`. */
  readonly errorType: string;

  constructor(responseType: string, status: number, errorType: string, message: string) {
    super(message);
    this.name = 'GatewayError';
    this.responseType = responseType;
    this.status = status;
    this.errorType = errorType;
  }
}

const INTERNAL_MESSAGE = 'Internal server error';
const createInternalError = (responseType: string, status: number) =>
  new GatewayError(responseType, status, 'InternalServerErrorException', INTERNAL_MESSAGE);

export const gatewayErrors = {
  noRoute: () =>
    new GatewayError(
      'MISSING_AUTHENTICATION_TOKEN',
      403,
      'MissingAuthenticationTokenException',
      'Missing Authentication Token',
    ),
  signature: (code: SignatureErrorCode, message: string) => new GatewayError(getResponseType(code), 403, code, message),
  unauthorized: () => new GatewayError('UNAUTHORIZED', 401, 'UnauthorizedException', 'Unauthorized'),
  authorizerFailure: () => new GatewayError('AUTHORIZER_FAILURE', 500, 'AuthorizerFailureException', INTERNAL_MESSAGE),
  authorizerConfiguration: () =>
    new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', 500, 'AuthorizerConfigurationException', INTERNAL_MESSAGE),
  webAcl: () => new GatewayError('WAF_FILTERED', 403, 'ForbiddenException', 'Forbidden'),
  accessDenied: (message: string) => new GatewayError('ACCESS_DENIED', 403, 'AccessDeniedException', message),
  throttled: () => new GatewayError('THROTTLED', 429, 'TooManyRequestsException', 'Too Many Requests'),
  tooLarge: () =>
    new GatewayError(
      'REQUEST_TOO_LARGE',
      413,
      'RequestTooLargeException',
      'HTTP content length exceeded 10485760 bytes.',
    ),
  tooLargeForLambda: () => new GatewayError('REQUEST_TOO_LARGE', 413, 'BadRequestException', 'Request Too Long'),
  tooLongForAuthorizer: () =>
    new GatewayError('DEFAULT_4XX', 414, 'RequestURITooLongException', 'Request URI too long'),
  notPermitted: () => createInternalError('API_CONFIGURATION_ERROR', 500),
  rejectedByLambda: () => createInternalError('INTEGRATION_FAILURE', 500),
  functionFailed: () => createInternalError('DEFAULT_5XX', 502),
  integrationTimeout: () =>
    new GatewayError('INTEGRATION_TIMEOUT', 504, 'InternalServerErrorException', 'Endpoint request timed out'),
};

function getResponseType(code: SignatureErrorCode): string {
  if (code === 'MissingAuthenticationTokenException') return 'MISSING_AUTHENTICATION_TOKEN';
  if (code === 'InvalidSignatureException') return 'INVALID_SIGNATURE';
  if (code === 'ExpiredTokenException') return 'EXPIRED_TOKEN';
  return 'DEFAULT_4XX';
}
