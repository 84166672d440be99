/**
 * Renders the responses that API Gateway returns itself, as the template customizes them (documented: API Gateway, "Gateway
 * responses": a type that is not customized falls back to `DEFAULT_4XX` or `DEFAULT_5XX`; without customization the body is
 * `{"message":…}`). Assumed: the body template for `application/json` is used unless the `Accept` header names another type.
 */

import type { GatewayError } from '../gateway-errors.ts';
import { type ContextValues, substituteVariables } from '../template/context-variables.ts';
import type { GatewayResponse } from '../template/gateway-model.ts';

export interface RenderedGatewayResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const JSON_CONTENT_TYPE = 'application/json';
const DEFAULT_TEMPLATE = '{"message":$context.error.messageString}';

/** @param values the request's context variables, including those of the error */
export function renderGatewayResponse(
  responses: ReadonlyMap<string, GatewayResponse>,
  error: GatewayError,
  values: ContextValues,
  accept: string | undefined,
): RenderedGatewayResponse {
  const fallback = error.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
  const custom = responses.get(error.responseType) ?? responses.get(fallback);
  const templates = custom?.templates ?? {};
  const acceptedTypes = (accept ?? '').split(',').map((type) => type.split(';')[0]?.trim() ?? '');
  const contentType = acceptedTypes.find((type) => Object.hasOwn(templates, type)) ?? JSON_CONTENT_TYPE;
  const template = templates[contentType] ?? Object.values(templates)[0] ?? DEFAULT_TEMPLATE;
  return {
    status: custom?.statusCode ?? error.status,
    headers: {
      'x-amzn-ErrorType': error.errorType,
      'Content-Type': contentType,
      ...Object.fromEntries(
        Object.entries(custom?.headers ?? {}).map(([name, value]) => [name, evaluateHeaderValue(value, values)]),
      ),
    },
    body: substituteVariables(template, values, ''),
  };
}

/** Evaluates `'text'` or `context.name`. */
function evaluateHeaderValue(expression: string, values: ContextValues): string {
  if (expression.startsWith("'")) return expression.slice(1, -1);
  return values[expression.slice('context.'.length)] ?? '';
}
