import type { APIGatewayProxyEvent } from 'aws-lambda';
import { CLAIMS_CONTEXT_KEY } from '../../contract/event-names.ts';
import { Problem } from '../../contract/problem.ts';
import type { RelayCaller } from '../../contract/relay-request.ts';
import { OIDC_PATH } from '../../contract/routes.ts';
import { type Caller, callerFromArn, callerFromClaims, callerFromDeclaredName } from '../../policy/caller.ts';

/** A caller, and what API Gateway reports about it. */
export interface IdentifiedCaller {
  readonly caller: Caller;
  readonly source: RelayCaller;
}

/**
 * Identifies the caller of a request: the principal that API Gateway names after checking the signature, or below `/oidc` the claims
 * that the authorizer returns after checking the token.
 *
 * @param now milliseconds since the epoch
 * @throws Problem `untrusted-event` if the event names no caller; `not-authenticated` if the token has expired since the authorizer
 *   checked it: API Gateway caches the authorizer's response
 */
export function identifyCaller(event: APIGatewayProxyEvent, now: number): IdentifiedCaller {
  const source = readCallerSource(event, now);
  return { caller: readCaller(source), source };
}

/** @throws Problem `untrusted-event` if the source names no caller */
export function readCaller(source: RelayCaller): Caller {
  const caller = parseSource(source);
  if (caller === undefined) throw new Problem('untrusted-event', 'The request does not identify a caller.');
  return caller;
}

function parseSource(source: RelayCaller): Caller | undefined {
  if ('arn' in source) return callerFromArn(source.arn);
  return 'declared' in source ? callerFromDeclaredName(source.declared) : callerFromClaims(source.claims);
}

/** Whether a request has a path for callers with tokens. */
export const isTokenRequest = ({ resource }: APIGatewayProxyEvent): boolean =>
  resource?.startsWith(`/${OIDC_PATH}/`) ?? false;

const readCallerSource = (event: APIGatewayProxyEvent, now: number): RelayCaller =>
  isTokenRequest(event)
    ? { claims: parseUnexpiredClaims(event.requestContext.authorizer?.[CLAIMS_CONTEXT_KEY], now) }
    : { arn: event.requestContext.identity?.userArn ?? '' };

function parseUnexpiredClaims(text: unknown, now: number): Record<string, unknown> {
  const claims = typeof text === 'string' ? JSON.parse(text) : {};
  if (typeof claims.exp === 'number' && claims.exp * 1000 <= now) {
    throw new Problem(
      'not-authenticated',
      'The token has expired. Send the request with a new token. Nothing was run.',
    );
  }
  return typeof claims.exp === 'number' ? claims : {};
}
