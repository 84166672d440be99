/**
 * The answers API Gateway gives by itself, in the template's words where it has any (documented: API Gateway, "Gateway
 * responses": a type that is not customised falls back to `DEFAULT_4XX` or `DEFAULT_5XX`; an untouched one is
 * `{"message":…}`). Assumed: the body template is the one for `application/json` unless the `Accept` header names another.
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

/** @param values the request's context variables, those of the error among them */
export function renderGatewayResponse(
  responses: ReadonlyMap<string, GatewayResponse>,
  fault: GatewayError,
  values: ContextValues,
  accept: string | undefined,
): RenderedGatewayResponse {
  const fallback = fault.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
  const custom = responses.get(fault.responseType) ?? responses.get(fallback);
  const templates = custom?.templates ?? {};
  const accepted = (accept ?? '').split(',').map((type) => type.split(';')[0]?.trim() ?? '');
  const contentType = accepted.find((type) => Object.hasOwn(templates, type)) ?? JSON_CONTENT_TYPE;
  const template = templates[contentType] ?? Object.values(templates)[0] ?? DEFAULT_TEMPLATE;
  return {
    status: custom?.statusCode ?? fault.status,
    headers: {
      'x-amzn-ErrorType': fault.errorType,
      'Content-Type': contentType,
      ...Object.fromEntries(
        Object.entries(custom?.headers ?? {}).map(([name, value]) => [name, evaluateHeaderValue(value, values)]),
      ),
    },
    body: substituteVariables(template, values, ''),
  };
}

/** `'text'` or `context.name`. */
function evaluateHeaderValue(expression: string, values: ContextValues): string {
  if (expression.startsWith("'")) return expression.slice(1, -1);
  return values[expression.slice('context.'.length)] ?? '';
}
