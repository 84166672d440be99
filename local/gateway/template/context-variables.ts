/**
 * `$context` variables, as access log formats and gateway responses use them (documented: API Gateway developer guide,
 * "Variables for access logging", "Gateway responses": plain substitution, no template language).
 */

/** Values by name without `$context.`; what is not in it has no value for this request. */
export type ContextValues = Readonly<Record<string, string>>;

const VARIABLE_PATTERN = /\$context((?:\.\w+)+)/g;

/** Names the documents list. Those with a dot at the end have any name below them. */
const DOCUMENTED_VARIABLES = [
  'accountId',
  'apiId',
  'authorize.',
  'authorizer.',
  'authenticate.',
  'awsEndpointRequestId',
  'cipherSuite',
  'awsEndpointRequestId2',
  'customDomain.',
  'dataProcessed',
  'deploymentId',
  'domainName',
  'domainPrefix',
  'endpointType',
  'error.message',
  'error.messageString',
  'error.responseType',
  'error.validationErrorString',
  'extendedRequestId',
  'httpMethod',
  'identity.accountId',
  'identity.apiKey',
  'identity.apiKeyId',
  'identity.caller',
  'identity.cognitoAuthenticationProvider',
  'identity.cognitoAuthenticationType',
  'identity.cognitoIdentityId',
  'identity.cognitoIdentityPoolId',
  'identity.clientCert.',
  'identity.principalOrgId',
  'identity.sourceIp',
  'identity.user',
  'identity.userAgent',
  'identity.userArn',
  'identity.vpcId',
  'identity.vpceId',
  'integration.error',
  'integration.integrationStatus',
  'integration.latency',
  'integration.requestId',
  'integration.status',
  'integration.responseTransferMode',
  'integration.timeToAllHeaders',
  'integration.timeToFirstContent',
  'integrationErrorMessage',
  'integrationLatency',
  'integrationStatus',
  'isCanaryRequest',
  'path',
  'protocol',
  'requestId',
  'requestTime',
  'requestTimeEpoch',
  'resourceId',
  'resourcePath',
  'responseLatency',
  'responseLength',
  'stage',
  'status',
  'tlsVersion',
  'waf.',
  'wafResponseCode',
  'webaclArn',
  'xrayTraceId',
];

/** The first variable in the text that no document lists. */
export function findUnknownVariable(text: string): string | undefined {
  return [...text.matchAll(VARIABLE_PATTERN)]
    .map(([, path = '']) => path.slice(1))
    .find(
      (name) =>
        !DOCUMENTED_VARIABLES.some((known) => known === name || (known.endsWith('.') && name.startsWith(known))),
    );
}

/** Puts the values in. `absent` stands for what has no value: a hyphen in access logs (documented). */
export function substituteVariables(text: string, values: ContextValues, absent: string): string {
  return text.replace(VARIABLE_PATTERN, (_whole, path: string) => {
    const name = path.slice(1);
    return Object.hasOwn(values, name) ? (values[name] ?? absent) : absent;
  });
}
