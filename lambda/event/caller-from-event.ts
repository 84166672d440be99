import type { APIGatewayProxyEvent } from 'aws-lambda';
import { CLAIMS_CONTEXT_KEY } from '../../contract/event-names.ts';
import { Problem } from '../../contract/problem.ts';
import { OIDC_PATH } from '../../contract/routes.ts';
import { type Caller, callerFromArn, callerFromClaims } from '../../policy/caller.ts';

/**
 * Who asks: whom API Gateway names after checking the signature, or below `/oidc` whom the authorizer names after checking the
 * token. Only to be asked of an event of the function's own API (`own-api-only.ts`).
 *
 * @param now milliseconds since the epoch
 * @throws Problem `untrusted-event`, where the event names nobody; `not-authenticated`, where the token has expired since the
 *   authorizer saw it: API Gateway keeps the authorizer's answer for a while
 */
export function callerFromEvent({ resource, requestContext }: APIGatewayProxyEvent, now: number): Caller {
  const byToken = resource?.startsWith(`/${OIDC_PATH}/`) ?? false;
  const caller = byToken
    ? callerFromClaims(parseUnexpiredClaims(requestContext.authorizer?.[CLAIMS_CONTEXT_KEY], now))
    : callerFromArn(requestContext.identity?.userArn ?? '');
  if (caller === undefined) throw new Problem('untrusted-event', 'The request names no caller.');
  return caller;
}

function parseUnexpiredClaims(text: unknown, now: number): Record<string, unknown> {
  const claims = typeof text === 'string' ? JSON.parse(text) : {};
  if (typeof claims.exp === 'number' && claims.exp * 1000 <= now) {
    throw new Problem('not-authenticated', 'The token has expired: send the request with a new one. Nothing was run.');
  }
  return typeof claims.exp === 'number' ? claims : {};
}
