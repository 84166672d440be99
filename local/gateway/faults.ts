/**
 * The requests that API Gateway answers by itself, with the gateway response type and status of each (documented: API
 * Gateway, "Gateway response types"; Lambda, "Handling Lambda errors with an API Gateway API": a call that Lambda rejects
 * is a 500, a function error or an answer of the wrong form a 502, both with this message; "Output from a Lambda authorizer": an
 * ARN of a method that is too long is a 414).
 *
 * Seen by users of AWS, not documented: a throttled function is `INTEGRATION_FAILURE` with 500, a function without
 * permission for the gateway `API_CONFIGURATION_ERROR`, an authoriser's answer of another form `AuthorizerConfigurationException`
 * with 500, an event beyond Lambda's 6 MB `BadRequestException` with 413. Assumed: the type of the last one; 502 and 414 have no
 * type of their own, nor have unknown and incomplete credentials; what an authoriser's failure says; a streaming integration
 * fails like a buffered one as long as nothing has been sent; a body beyond 10 MB, whose type is documented, gets its gateway
 * response (users have seen plain text in its place).
 */
import type { SignatureRefusal } from '../iam/sigv4.ts';

/** Thrown on the way of a request; becomes a gateway response. */
export class GatewayFault extends Error {
  readonly responseType: string;
  readonly status: number;
  /** For the header `x-amzn-ErrorType`. */
  readonly errorType: string;

  constructor(responseType: string, status: number, errorType: string, message: string) {
    super(message);
    this.name = 'GatewayFault';
    this.responseType = responseType;
    this.status = status;
    this.errorType = errorType;
  }
}

const INTERNAL = 'Internal server error';
const internal = (responseType: string, status: number) =>
  new GatewayFault(responseType, status, 'InternalServerErrorException', INTERNAL);

export const faults = {
  noRoute: () =>
    new GatewayFault(
      'MISSING_AUTHENTICATION_TOKEN',
      403,
      'MissingAuthenticationTokenException',
      'Missing Authentication Token',
    ),
  signature: (code: SignatureRefusal, message: string) => new GatewayFault(typeOf(code), 403, code, message),
  unauthorized: () => new GatewayFault('UNAUTHORIZED', 401, 'UnauthorizedException', 'Unauthorized'),
  authorizerFailure: () => new GatewayFault('AUTHORIZER_FAILURE', 500, 'AuthorizerFailureException', INTERNAL),
  authorizerConfiguration: () =>
    new GatewayFault('AUTHORIZER_CONFIGURATION_ERROR', 500, 'AuthorizerConfigurationException', INTERNAL),
  webAcl: () => new GatewayFault('WAF_FILTERED', 403, 'ForbiddenException', 'Forbidden'),
  accessDenied: (message: string) => new GatewayFault('ACCESS_DENIED', 403, 'AccessDeniedException', message),
  throttled: () => new GatewayFault('THROTTLED', 429, 'TooManyRequestsException', 'Too Many Requests'),
  tooLarge: () =>
    new GatewayFault(
      'REQUEST_TOO_LARGE',
      413,
      'RequestTooLargeException',
      'HTTP content length exceeded 10485760 bytes.',
    ),
  tooLargeForLambda: () => new GatewayFault('REQUEST_TOO_LARGE', 413, 'BadRequestException', 'Request Too Long'),
  tooLongForAuthorizer: () =>
    new GatewayFault('DEFAULT_4XX', 414, 'RequestURITooLongException', 'Request URI too long'),
  notPermitted: () => internal('API_CONFIGURATION_ERROR', 500),
  rejectedByLambda: () => internal('INTEGRATION_FAILURE', 500),
  functionFailed: () => internal('DEFAULT_5XX', 502),
  integrationTimeout: () =>
    new GatewayFault('INTEGRATION_TIMEOUT', 504, 'InternalServerErrorException', 'Endpoint request timed out'),
};

function typeOf(code: SignatureRefusal): string {
  if (code === 'MissingAuthenticationTokenException') return 'MISSING_AUTHENTICATION_TOKEN';
  if (code === 'InvalidSignatureException') return 'INVALID_SIGNATURE';
  if (code === 'ExpiredTokenException') return 'EXPIRED_TOKEN';
  return 'DEFAULT_4XX';
}
