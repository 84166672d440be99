/**
 * Lambda authorizers of type `TOKEN` (documented: API Gateway, "Use API Gateway Lambda authorizers", "Output from an API Gateway
 * Lambda authorizer", quotas): asked with the header's value unless it does not match the expression, their answer kept by that
 * value for the API's whole stage. An error whose message is `Unauthorized` is a 401, any other a 500.
 *
 * Seen by users of AWS, not documented: an answer of another form is `AuthorizerConfigurationException` with 500. Assumed: so is
 * one of more than 8 KB; any other error, a timeout and a throttled function are `AUTHORIZER_FAILURE`; the expression must match
 * the whole value.
 */

import { type InvokeResult, type LocalFunctions, REJECTION_STATUS } from '../functions/start-functions.ts';
import { GatewayError, gatewayErrors } from '../gateway-errors.ts';
import type { Authorizer, GatewayModel } from '../template/gateway-model.ts';
import { type AuthorizerResult, type GatewayRequest, getHeader } from './gateway-request.ts';
import { isInvokePermitted } from './invoke-permissions.ts';

export interface LambdaAuthorizers {
  /** Throws a `GatewayError` for a caller that is not known, and where the authorizer cannot be asked or fails. */
  authorize(exchange: GatewayRequest, authorizer: Authorizer, methodArn: string): Promise<AuthorizerResult>;
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
  const kept = new Map<string, { answer: AuthorizerResult; until: number }>();
  return {
    async authorize(exchange, authorizer, methodArn) {
      const token = getHeader(exchange, authorizer.header);
      if (token === undefined || token === '' || !new RegExp(`^(?:${authorizer.expression})$`).test(token)) {
        throw gatewayErrors.unauthorized();
      }
      if (Buffer.byteLength(methodArn) > MAX_ARN_BYTES) throw gatewayErrors.tooLongForAuthorizer();
      const key = `${authorizer.id} ${token}`;
      const known = kept.get(key);
      if (known !== undefined && now() < known.until) {
        exchange.authorizerInvocation = { status: 200, latencyMs: 0 };
        return { ...known.answer, latencyMs: 0 };
      }
      checkAuthorizerPermission(authorizer, model);
      const event = { type: 'TOKEN', authorizationToken: token, methodArn };
      const answer = await invokeAuthorizer(authorizer, event, exchange, functions);
      kept.set(key, { answer, until: now() + authorizer.ttlSeconds * 1000 });
      return answer;
    },
  };
}

function checkAuthorizerPermission({ id, function: target }: Authorizer, model: GatewayModel): void {
  const { location, api } = model;
  const source = `arn:${location.partition}:execute-api:${location.region}:${location.account}:${api.id}/authorizers/${id}`;
  if (!isInvokePermitted(model, target, 'apigateway.amazonaws.com', source))
    throw gatewayErrors.authorizerConfiguration();
}

async function invokeAuthorizer(
  { function: target }: Authorizer,
  event: object,
  exchange: GatewayRequest,
  functions: LocalFunctions,
): Promise<AuthorizerResult> {
  const begun = performance.now();
  const chunks: Buffer[] = [];
  const call = { event: JSON.stringify(event), traceId: exchange.traceId };
  const outcome = await functions.invoke(target, call, (chunk) => chunks.push(chunk));
  const latencyMs = Math.round(performance.now() - begun);
  const integrationStatus = outcome.kind === 'rejected' ? REJECTION_STATUS[outcome.error] : 200;
  const read = parseAuthorizerResult(outcome, Buffer.concat(chunks));
  if (read instanceof GatewayError) {
    const error = outcome.kind === 'function-error' ? outcome.error.errorMessage : read.message;
    exchange.authorizerInvocation = { status: read.status, integrationStatus, latencyMs, error };
    throw read;
  }
  exchange.authorizerInvocation = { status: 200, integrationStatus, latencyMs };
  return { ...read, latencyMs };
}

function parseAuthorizerResult(
  outcome: InvokeResult,
  payload: Buffer,
): Omit<AuthorizerResult, 'latencyMs'> | GatewayError {
  if (outcome.kind === 'function-error' && outcome.error.errorMessage === 'Unauthorized')
    return gatewayErrors.unauthorized();
  if (outcome.kind !== 'success') return gatewayErrors.authorizerFailure();
  if (payload.length > MAX_RESULT_BYTES) return gatewayErrors.authorizerConfiguration();
  const { principalId, policyDocument, context = {}, ...others } = toRecord(parseJson(payload));
  const values = isRecord(context) ? Object.values(context) : [context];
  const statements = toRecord(policyDocument).Statement;
  const isAnswer =
    typeof principalId === 'string' &&
    principalId !== '' &&
    Array.isArray(statements) &&
    statements.every(isRecord) &&
    values.every((value) => isRecord(context) && ['string', 'number', 'boolean'].includes(typeof value)) &&
    Object.keys(others).every((name) => name === 'usageIdentifierKey');
  if (!isAnswer) return gatewayErrors.authorizerConfiguration();
  const texts = Object.entries(toRecord(context)).map(([name, value]) => [name, String(value)]);
  return { principalId, policy: policyDocument, context: Object.fromEntries(texts) };
}

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const toRecord = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
