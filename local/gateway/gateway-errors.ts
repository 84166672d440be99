/**
 * The requests that API Gateway answers by itself, with the gateway response type and status of each (documented: API
 * Gateway, "Gateway response types"; Lambda, "Handling Lambda errors with an API Gateway API": a call that Lambda rejects
 * is a 500, a function error or an answer of the wrong form a 502, both with this message; "Output from a Lambda authorizer": an
 * ARN of a method that is too long is a 414).
 *
 * Seen by users of AWS, not documented: a throttled function is `INTEGRATION_FAILURE` with 500, a function without
 * permission for the gateway `API_CONFIGURATION_ERROR`, an authorizer's answer of another form `AuthorizerConfigurationException`
 * with 500, an event beyond Lambda's 6 MB `BadRequestException` with 413. Assumed: the type of the last one; 502 and 414 have no
 * type of their own, nor have unknown and incomplete credentials; what an authorizer's failure says; a streaming integration
 * fails like a buffered one as long as nothing has been sent; a body beyond 10 MB, whose type is documented, gets its gateway
 * response (users have seen plain text in its place).
 */
import type { SignatureErrorCode } from '../iam/verify-signature.ts';

/** Thrown on the way of a request; becomes a gateway response. */
export class GatewayError extends Error {
  readonly responseType: string;
  readonly status: number;
  /** For the header `x-amzn-ErrorType`. */
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
