/**
 * Lambda authorizers of type `TOKEN`.
 *
 * Documented (API Gateway, "Use API Gateway Lambda authorizers", "Output from an API Gateway Lambda authorizer", quotas): the
 * authorizer is invoked with the header's value if it matches the expression, and its result is cached by that value for all methods of
 * the stage. An error with the message `Unauthorized` is a 401, any other error a 500.
 *
 * Reported by users of AWS, not documented: `AuthorizerConfigurationException` with 500 for a malformed result.
 *
 * Assumed: the same for a result of more than 8 KB; `AUTHORIZER_FAILURE` for other errors, a timeout and a throttled function; the
 * expression must match the whole value.
 */

import { type InvokeResult, REJECTION_STATUS } from '../functions/lambda-api.ts';
import type { LocalFunctions } from '../functions/start-functions.ts';
import { GatewayError, gatewayErrors } from '../gateway-errors.ts';
import { isServicePermitted } from '../lambda/authorize-invoke.ts';
import type { Authorizer, GatewayModel } from '../template/gateway-model.ts';
import { isRecord, parseJson } from '../template/parse-json.ts';
import { type AuthorizerResult, type GatewayRequest, getHeader } from './gateway-request.ts';
import { API_GATEWAY } from './invoke-permissions.ts';

export interface LambdaAuthorizers {
  /** Returns the authorizer's result. Throws a `GatewayError` if it does not recognize the caller, cannot be invoked, or fails. */
  authorize(request: GatewayRequest, authorizer: Authorizer, methodArn: string): Promise<AuthorizerResult>;
}

/** Documented quota: "Lambda authorizer result size". */
const MAX_RESULT_BYTES = 8 * 1024;
/** Documented: "Output from an API Gateway Lambda authorizer". */
const MAX_ARN_BYTES = 1600;

/** @param now milliseconds since the epoch */
export function createLambdaAuthorizers(
  model: GatewayModel,
  functions: LocalFunctions,
  now: () => number,
): LambdaAuthorizers {
  const cache = new Map<string, { result: AuthorizerResult; expiresAt: number }>();
  return {
    async authorize(request, authorizer, methodArn) {
      const token = getHeader(request, authorizer.header);
      if (token === undefined || token === '' || !new RegExp(`^(?:${authorizer.expression})$`).test(token)) {
        throw gatewayErrors.unauthorized();
      }
      if (Buffer.byteLength(methodArn) > MAX_ARN_BYTES) throw gatewayErrors.tooLongForAuthorizer();
      const key = `${authorizer.id} ${token}`;
      const cached = cache.get(key);
      if (cached !== undefined && now() < cached.expiresAt) {
        request.authorizerInvocation = { status: 200, latencyMs: 0 };
        return { ...cached.result, latencyMs: 0 };
      }
      await checkAuthorizerPermission(authorizer, model);
      const event = { type: 'TOKEN', authorizationToken: token, methodArn };
      const result = await invokeAuthorizer(authorizer, event, request, functions);
      cache.set(key, { result, expiresAt: now() + authorizer.ttlSeconds * 1000 });
      return result;
    },
  };
}

async function checkAuthorizerPermission({ id, function: target }: Authorizer, model: GatewayModel): Promise<void> {
  const { location, api } = model;
  const source = `arn:${location.partition}:execute-api:${location.region}:${location.account}:${api.id}/authorizers/${id}`;
  if (!(await isServicePermitted(model, target, API_GATEWAY, source))) throw gatewayErrors.authorizerConfiguration();
}

async function invokeAuthorizer(
  { function: target }: Authorizer,
  event: object,
  request: GatewayRequest,
  functions: LocalFunctions,
): Promise<AuthorizerResult> {
  const startedAt = performance.now();
  const chunks: Buffer[] = [];
  const input = { event: JSON.stringify(event), traceId: request.traceId };
  const invokeResult = await functions.invoke(target, input, (chunk) => chunks.push(chunk));
  const latencyMs = Math.round(performance.now() - startedAt);
  const integrationStatus = invokeResult.kind === 'rejected' ? REJECTION_STATUS[invokeResult.error] : 200;
  const result = parseAuthorizerResult(invokeResult, Buffer.concat(chunks));
  if (result instanceof GatewayError) {
    const error = invokeResult.kind === 'function-error' ? invokeResult.error.errorMessage : result.message;
    request.authorizerInvocation = { status: result.status, integrationStatus, latencyMs, error };
    throw result;
  }
  request.authorizerInvocation = { status: 200, integrationStatus, latencyMs };
  return { ...result, latencyMs };
}

function parseAuthorizerResult(
  result: InvokeResult,
  payload: Buffer,
): Omit<AuthorizerResult, 'latencyMs'> | GatewayError {
  if (result.kind === 'function-error' && result.error.errorMessage === 'Unauthorized')
    return gatewayErrors.unauthorized();
  if (result.kind !== 'success') return gatewayErrors.authorizerFailure();
  if (payload.length > MAX_RESULT_BYTES) return gatewayErrors.authorizerConfiguration();
  const { principalId, policyDocument, context = {}, ...others } = toRecord(parseJson(payload.toString('utf8')));
  const values = isRecord(context) ? Object.values(context) : [context];
  const statements = toRecord(policyDocument).Statement;
  const isWellFormed =
    typeof principalId === 'string' &&
    principalId !== '' &&
    Array.isArray(statements) &&
    statements.every(isRecord) &&
    values.every((value) => isRecord(context) && ['string', 'number', 'boolean'].includes(typeof value)) &&
    Object.keys(others).every((name) => name === 'usageIdentifierKey');
  if (!isWellFormed) return gatewayErrors.authorizerConfiguration();
  const contextEntries = Object.entries(toRecord(context)).map(([name, value]) => [name, String(value)]);
  return { principalId, policy: policyDocument, context: Object.fromEntries(contextEntries) };
}

const toRecord = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
