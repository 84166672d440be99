/**
 * The fields of the access log: one JSON line per request. It is an allow-list of values that cannot contain a secret. It excludes
 * the query string, headers, bodies, and `$context.error.message`, which for an invalid signature repeats the headers of the
 * request, including the session token.
 */
export const ACCESS_LOG_FIELDS = {
  requestId: '$context.requestId',
  // The caller can choose the request ID, but not this one.
  extendedRequestId: '$context.extendedRequestId',
  time: '$context.requestTime',
  method: '$context.httpMethod',
  resourcePath: '$context.resourcePath',
  status: '$context.status',
  caller: '$context.identity.userArn',
  // The subject of the token, for requests below /oidc.
  subject: '$context.authorizer.principalId',
  integrationLatency: '$context.integration.latency',
  responseLatency: '$context.responseLatency',
  errorType: '$context.error.responseType',
} as const;
