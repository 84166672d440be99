/**
 * One line a request, as JSON: an allow-list of what API Gateway may write, and nothing a caller can put a secret into.
 * Not in it, on purpose: the query string, headers, bodies, and `$context.error.message`, which for a wrong signature
 * repeats the request's headers, session token included.
 */
export const ACCESS_LOG_FIELDS = {
  requestId: '$context.requestId',
  // The one above may be chosen by the caller.
  extendedRequestId: '$context.extendedRequestId',
  time: '$context.requestTime',
  method: '$context.httpMethod',
  resourcePath: '$context.resourcePath',
  status: '$context.status',
  caller: '$context.identity.userArn',
  // Below /oidc: the subject of the token.
  subject: '$context.authorizer.principalId',
  integrationLatency: '$context.integration.latency',
  responseLatency: '$context.responseLatency',
  errorType: '$context.error.responseType',
} as const;
