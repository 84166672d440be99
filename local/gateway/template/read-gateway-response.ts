/** Reads the responses that API Gateway generates itself, as the template customizes them. */
import { findUnknownVariable } from './context-variables.ts';
import type { GatewayResponse } from './gateway-model.ts';
import { getOptionalNumber, getString, getStringMap } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { createRejectResource } from './unsupported-template.ts';

/** Documented: API Gateway, "Gateway response types". */
const GATEWAY_RESPONSE_TYPES = new Set([
  'ACCESS_DENIED',
  'API_CONFIGURATION_ERROR',
  'AUTHORIZER_CONFIGURATION_ERROR',
  'AUTHORIZER_FAILURE',
  'BAD_REQUEST_BODY',
  'BAD_REQUEST_PARAMETERS',
  'DEFAULT_4XX',
  'DEFAULT_5XX',
  'EXPIRED_TOKEN',
  'INTEGRATION_FAILURE',
  'INTEGRATION_TIMEOUT',
  'INVALID_API_KEY',
  'INVALID_SIGNATURE',
  'MISSING_AUTHENTICATION_TOKEN',
  'QUOTA_EXCEEDED',
  'REQUEST_TOO_LARGE',
  'RESOURCE_NOT_FOUND',
  'THROTTLED',
  'UNAUTHORIZED',
  'UNSUPPORTED_MEDIA_TYPE',
  'WAF_FILTERED',
]);

/** Throws an `UnsupportedTemplateError` for an undocumented type, and for a template that does more than substitute variables. */
export function readGatewayResponse(resource: ResolvedResource): GatewayResponse {
  const reject = createRejectResource(resource);
  const responseType = getString(resource, 'ResponseType');
  if (!GATEWAY_RESPONSE_TYPES.has(responseType)) reject(`ResponseType ${responseType} does not exist`);
  const templates = getStringMap(resource, 'ResponseTemplates');
  for (const template of Object.values(templates)) {
    const unknown = findUnknownVariable(template);
    if (unknown !== undefined) reject(`variable $context.${unknown} does not exist`);
    if (/#(?:set|if|foreach|end)\b|\$(?:util|input|stageVariables|\{)/.test(template)) {
      reject('ResponseTemplates may contain $context variables only');
    }
  }
  const headers = Object.fromEntries(
    Object.entries(getStringMap(resource, 'ResponseParameters')).map(([name, value]) => {
      const [, header] = /^gatewayresponse\.header\.(.+)$/.exec(name) ?? [];
      if (header === undefined) return reject(`${name} is not a header`);
      if (!/^'.*'$|^context\.[\w.]+$/.test(value)) reject(`${value} must be a quoted text or a context variable`);
      return [header, value];
    }),
  );
  const statusCode = getOptionalNumber(resource, 'StatusCode');
  return {
    responseType,
    ...(statusCode !== undefined && { statusCode }),
    templates,
    headers,
  };
}
