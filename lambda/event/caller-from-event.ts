import type { APIGatewayProxyEvent } from 'aws-lambda';
import { CLAIMS_CONTEXT_KEY } from '../../contract/event-names.ts';
import { Problem } from '../../contract/problem.ts';
import { OIDC_PATH } from '../../contract/routes.ts';
import { type Caller, callerFromArn, callerFromClaims } from '../../policy/caller.ts';

/**
 * The caller of a request: the principal that API Gateway names after checking the signature, or below `/oidc` the claims that the
 * authorizer returns after checking the token. Call it only for an event of the function's own API (`require-own-api.ts`).
 *
 * @param now milliseconds since the epoch
 * @throws Problem `untrusted-event` if the event names no caller; `not-authenticated` if the token has expired since the authorizer
 *   checked it: API Gateway caches the authorizer's response
 */
export function callerFromEvent({ resource, requestContext }: APIGatewayProxyEvent, now: number): Caller {
  const hasToken = resource?.startsWith(`/${OIDC_PATH}/`) ?? false;
  const caller = hasToken
    ? callerFromClaims(parseUnexpiredClaims(requestContext.authorizer?.[CLAIMS_CONTEXT_KEY], now))
    : callerFromArn(requestContext.identity?.userArn ?? '');
  if (caller === undefined) throw new Problem('untrusted-event', 'The request does not identify a caller.');
  return caller;
}

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
