/**
 * Lambda authorisers of type `TOKEN` (documented: API Gateway, "Use API Gateway Lambda authorizers", "Output from an API Gateway
 * Lambda authorizer", quotas): asked with the header's value unless it does not match the expression, their answer kept by that
 * value for the API's whole stage. An error whose message is `Unauthorized` is a 401, any other a 500.
 *
 * Seen by users of AWS, not documented: an answer of another form is `AuthorizerConfigurationException` with 500. Assumed: so is
 * one of more than 8 KB; any other error, a time-out and a throttled function are `AUTHORIZER_FAILURE`; the expression must match
 * the whole value.
 */
import { type AuthorizerAnswer, type Exchange, header } from './exchange.ts';
import { faults, GatewayFault } from './faults.ts';
import { type Functions, LAMBDA_STATUS, type Outcome } from './functions.ts';
import type { Authorizer, GatewayModel } from './model.ts';
import { isPermitted } from './permissions.ts';

export interface Authorizers {
  /** Throws a `GatewayFault` for a caller that is not known, and where the authoriser cannot be asked or fails. */
  ask(exchange: Exchange, authorizer: Authorizer, methodArn: string): Promise<AuthorizerAnswer>;
}

/** Documented quota: "Lambda authorizer result size". */
const RESULT_BYTES = 8 * 1024;
/** Documented: "Output from an API Gateway Lambda authorizer". */
const ARN_BYTES = 1600;

/** @param now milliseconds since the epoch */
export function createAuthorizers(model: GatewayModel, functions: Functions, now: () => number): Authorizers {
  const kept = new Map<string, { answer: AuthorizerAnswer; until: number }>();
  return {
    async ask(exchange, authorizer, methodArn) {
      const token = header(exchange, authorizer.header);
      if (token === undefined || token === '' || !new RegExp(`^(?:${authorizer.expression})$`).test(token)) {
        throw faults.unauthorized();
      }
      if (Buffer.byteLength(methodArn) > ARN_BYTES) throw faults.tooLongForAuthorizer();
      const key = `${authorizer.id} ${token}`;
      const known = kept.get(key);
      if (known !== undefined && now() < known.until) {
        exchange.authorizerCall = { status: 200, latencyMs: 0 };
        return { ...known.answer, latencyMs: 0 };
      }
      checkPermission(authorizer, model);
      const event = { type: 'TOKEN', authorizationToken: token, methodArn };
      const answer = await invoke(authorizer, event, exchange, functions);
      kept.set(key, { answer, until: now() + authorizer.ttlSeconds * 1000 });
      return answer;
    },
  };
}

function checkPermission({ id, function: target }: Authorizer, model: GatewayModel): void {
  const { place, api } = model;
  const source = `arn:${place.partition}:execute-api:${place.region}:${place.account}:${api.id}/authorizers/${id}`;
  if (!isPermitted(model, target, 'apigateway.amazonaws.com', source)) throw faults.authorizerConfiguration();
}

async function invoke(
  { function: target }: Authorizer,
  event: object,
  exchange: Exchange,
  functions: Functions,
): Promise<AuthorizerAnswer> {
  const begun = performance.now();
  const chunks: Buffer[] = [];
  const call = { event: JSON.stringify(event), traceId: exchange.traceId };
  const outcome = await functions.invoke(target, call, (chunk) => chunks.push(chunk));
  const latencyMs = Math.round(performance.now() - begun);
  const integrationStatus = outcome.kind === 'rejected' ? LAMBDA_STATUS[outcome.error] : 200;
  const read = readAnswer(outcome, Buffer.concat(chunks));
  if (read instanceof GatewayFault) {
    const error = outcome.kind === 'function-error' ? outcome.error.errorMessage : read.message;
    exchange.authorizerCall = { status: read.status, integrationStatus, latencyMs, error };
    throw read;
  }
  exchange.authorizerCall = { status: 200, integrationStatus, latencyMs };
  return { ...read, latencyMs };
}

function readAnswer(outcome: Outcome, payload: Buffer): Omit<AuthorizerAnswer, 'latencyMs'> | GatewayFault {
  if (outcome.kind === 'function-error' && outcome.error.errorMessage === 'Unauthorized') return faults.unauthorized();
  if (outcome.kind !== 'success') return faults.authorizerFailure();
  if (payload.length > RESULT_BYTES) return faults.authorizerConfiguration();
  const { principalId, policyDocument, context = {}, ...others } = recordOf(jsonOf(payload));
  const values = isRecord(context) ? Object.values(context) : [context];
  const statements = recordOf(policyDocument).Statement;
  const isAnswer =
    typeof principalId === 'string' &&
    principalId !== '' &&
    Array.isArray(statements) &&
    statements.every(isRecord) &&
    values.every((value) => isRecord(context) && ['string', 'number', 'boolean'].includes(typeof value)) &&
    Object.keys(others).every((name) => name === 'usageIdentifierKey');
  if (!isAnswer) return faults.authorizerConfiguration();
  const texts = Object.entries(recordOf(context)).map(([name, value]) => [name, String(value)]);
  return { principalId, policy: policyDocument, context: Object.fromEntries(texts) };
}

function jsonOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const recordOf = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
