/**
 * Lambda authorisers of type `TOKEN` (documented: API Gateway, "Use API Gateway Lambda authorizers", "Output from an API Gateway
 * Lambda authorizer", quotas): asked with the header's value unless it does not match the expression, their answer kept by that
 * value for the API's whole stage. An error whose message is `Unauthorized` is a 401, any other a 500.
 *
 * Assumed: an answer of more than 8 KB, and one of another form, is `AUTHORIZER_FAILURE`; so is a throttled function.
 */

import { type AuthorizerAnswer, type Exchange, header } from './exchange.ts';
import { faults } from './faults.ts';
import type { Functions } from './functions.ts';
import type { Authorizer, GatewayModel } from './model.ts';
import { isPermitted } from './permissions.ts';

export interface Authorizers {
  /** Throws a `GatewayFault` for a caller that is not known, and where the authoriser cannot be asked or fails. */
  ask(exchange: Exchange, authorizer: Authorizer, methodArn: string): Promise<AuthorizerAnswer>;
}

/** Documented quota: "Lambda authorizer result size". */
const RESULT_BYTES = 8 * 1024;

/** @param now milliseconds since the epoch */
export function createAuthorizers(model: GatewayModel, functions: Functions, now: () => number): Authorizers {
  const kept = new Map<string, { answer: AuthorizerAnswer; until: number }>();
  return {
    async ask(exchange, authorizer, methodArn) {
      const token = header(exchange, authorizer.header);
      if (token === undefined || token === '' || !new RegExp(`^(?:${authorizer.expression})$`).test(token)) {
        throw faults.unauthorized();
      }
      const key = `${authorizer.id} ${token}`;
      const known = kept.get(key);
      if (known !== undefined && now() < known.until) return { ...known.answer, latencyMs: 0 };
      checkPermission(authorizer, model);
      const answer = await invoke(
        authorizer,
        { type: 'TOKEN', authorizationToken: token, methodArn },
        exchange,
        functions,
      );
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
  { traceId }: Exchange,
  functions: Functions,
): Promise<AuthorizerAnswer> {
  const begun = performance.now();
  const chunks: Buffer[] = [];
  const outcome = await functions.invoke(target, { event: JSON.stringify(event), traceId }, (chunk) =>
    chunks.push(chunk),
  );
  if (outcome.kind === 'function-error' && outcome.error.errorMessage === 'Unauthorized') throw faults.unauthorized();
  if (outcome.kind !== 'success') throw faults.authorizerFailure();
  const answer = read(Buffer.concat(chunks));
  if (answer === undefined) throw faults.authorizerFailure();
  return { ...answer, latencyMs: Math.round(performance.now() - begun) };
}

function read(payload: Buffer): Omit<AuthorizerAnswer, 'latencyMs'> | undefined {
  if (payload.length > RESULT_BYTES) return undefined;
  const answer = JSON.parse(payload.toString('utf8')) ?? {};
  const { principalId, policyDocument, context = {}, ...others } = answer;
  const values = Object.values(context);
  const isAnswer =
    typeof principalId === 'string' &&
    principalId !== '' &&
    Array.isArray(policyDocument?.Statement) &&
    values.every((value) => ['string', 'number', 'boolean'].includes(typeof value)) &&
    Object.keys(others).every((name) => name === 'usageIdentifierKey');
  if (!isAnswer) return undefined;
  return {
    principalId,
    policy: policyDocument,
    context: Object.fromEntries(Object.entries(context).map(([name, value]) => [name, String(value)])),
  };
}
