/** What a template makes of the answers that API Gateway gives by itself. */
import { findUnknownVariable } from './context-variables.ts';
import type { GatewayResponse } from './gateway-model.ts';
import { getOptionalNumber, getString, getStringMap } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { rejectTemplate } from './unsupported-template.ts';

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

/** Throws a `UnsupportedTemplateError` for a type that no document lists, and for what is more than substitution. */
export function readGatewayResponse(resource: ResolvedResource): GatewayResponse {
  const fail = (why: string): never =>
    rejectTemplate(`${resource.logicalId} (AWS::ApiGateway::GatewayResponse): ${why}`);
  const responseType = getString(resource, 'ResponseType');
  if (!GATEWAY_RESPONSE_TYPES.has(responseType)) fail(`${responseType} is no type of gateway responses`);
  const templates = getStringMap(resource, 'ResponseTemplates');
  for (const template of Object.values(templates)) {
    const unknown = findUnknownVariable(template);
    if (unknown !== undefined) fail(`$context.${unknown} is not known`);
    if (/#(?:set|if|foreach|end)\b|\$(?:util|input|stageVariables|\{)/.test(template)) {
      fail('only $context variables are put into a template here');
    }
  }
  const headers = Object.fromEntries(
    Object.entries(getStringMap(resource, 'ResponseParameters')).map(([name, value]) => {
      const [, header] = /^gatewayresponse\.header\.(.+)$/.exec(name) ?? [];
      if (header === undefined) return fail(`${name} is no header`);
      if (!/^'.*'$|^context\.[\w.]+$/.test(value)) fail(`${value} is neither a quoted text nor a context variable`);
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
