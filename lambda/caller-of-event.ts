import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type Caller, callerFromArn, callerFromClaims } from '../policy/caller.ts';
import { CLAIMS_MEMBER, OIDC_PATH } from './names.ts';
import { Problem } from './problem.ts';

/**
 * Who asks: whom API Gateway names after checking the signature, or below `/oidc` whom the authoriser names after checking the
 * token. Only to be asked of an event of the function's own API (`own-api-only.ts`).
 *
 * @param now milliseconds since the epoch
 * @throws Problem `untrusted-event`, where the event names nobody; `not-authenticated`, where the token has expired since the
 *   authoriser saw it: API Gateway keeps the authoriser's answer for a while
 */
export function callerOf({ resource, requestContext }: APIGatewayProxyEvent, now: number): Caller {
  const byToken = resource?.startsWith(`/${OIDC_PATH}/`) ?? false;
  const caller = byToken
    ? callerFromClaims(unexpired(requestContext.authorizer?.[CLAIMS_MEMBER], now))
    : callerFromArn(requestContext.identity?.userArn ?? '');
  if (caller === undefined) throw new Problem('untrusted-event', 'The request names no caller.');
  return caller;
}

function unexpired(text: unknown, now: number): Record<string, unknown> {
  const claims = typeof text === 'string' ? JSON.parse(text) : {};
  if (typeof claims.exp === 'number' && claims.exp * 1000 <= now) {
    throw new Problem('not-authenticated', 'The token has expired: send the request with a new one. Nothing was run.');
  }
  return typeof claims.exp === 'number' ? claims : {};
}
