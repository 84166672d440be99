/**
 * `$context` variables in access log formats and gateway responses (documented: API Gateway developer guide, "Variables for
 * access logging", "Gateway responses": plain substitution, no template language).
 */

/** Values by name, without `$context.`. A variable that is missing has no value for this request. */
export type ContextValues = Readonly<Record<string, string>>;

const VARIABLE_PATTERN = /\$context((?:\.\w+)+)/g;

/** The documented names. A name that ends in a dot matches everything below it. */
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

/** Returns the name of the first variable in the text that is not documented. */
export function findUnknownVariable(text: string): string | undefined {
  return [...text.matchAll(VARIABLE_PATTERN)]
    .map(([, path = '']) => path.slice(1))
    .find(
      (name) =>
        !DOCUMENTED_VARIABLES.some((known) => known === name || (known.endsWith('.') && name.startsWith(known))),
    );
}

/** Replaces variables by their values. `placeholder` replaces a variable without a value: a hyphen in access logs (documented). */
export function substituteVariables(text: string, values: ContextValues, placeholder: string): string {
  return text.replace(VARIABLE_PATTERN, (_match, path: string) => {
    const name = path.slice(1);
    return Object.hasOwn(values, name) ? (values[name] ?? placeholder) : placeholder;
  });
}
