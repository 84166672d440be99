import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Caller } from '../../policy/caller.ts';
import { callerOf } from '../caller-of-event.ts';
import { headerValues } from '../header-values.ts';
import type { AuditedContext } from '../middleware/audited.ts';
import { commandSender, type Upstream } from '../mwaa/send-command.ts';
import { RELAY_ROUTES } from '../names.ts';
import { type HttpResponse, Problem } from '../problem.ts';
import { requestIn } from '../request-body.ts';
import { isScheduledHealth } from '../scheduled-health.ts';
import { checkHealth } from './health.ts';
import { type Asked, relayCommand } from './relay-command.ts';
import type { RelayEnvironment } from './relay-environment.ts';

/** The handler proper: who asks, for what, and the answer. */
export function answer(environment: RelayEnvironment, upstream: Upstream) {
  const send = commandSender(upstream);
  return async (event: APIGatewayProxyEvent, { audit, awsRequestId }: AuditedContext): Promise<HttpResponse> => {
    const startedAt = performance.now();
    const scheduled = isScheduledHealth(event);
    const caller = scheduled ? undefined : callerOf(event, Date.now());
    audit.caller = caller?.text ?? 'schedule';
    const abortMs = environment.timeouts.abortSeconds * 1000;
    const relay = {
      environment,
      send,
      signal: AbortSignal.timeout(abortMs),
      timeLeftMs: () => abortMs - (performance.now() - startedAt),
      audit,
    };
    const result =
      caller === undefined || event.httpMethod === RELAY_ROUTES.health
        ? await checkHealth(relay, upstream, caller)
        : await relayCommand(relay, askedIn(event, awsRequestId, caller));
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({
        requestId: audit.requestId,
        ...result,
        durationMs: Math.round(performance.now() - startedAt),
      }),
    };
  };
}

/** @throws Problem, Refusal */
const askedIn = (event: APIGatewayProxyEvent, lambdaRequestId: string, caller: Caller): Asked => ({
  ...requestIn(event),
  lambdaRequestId,
  caller,
  key: idempotencyKey(event),
});

/** @throws Problem `malformed-request` for a key that could be read in two ways */
function idempotencyKey(event: APIGatewayProxyEvent): string | undefined {
  const keys = headerValues(event, 'idempotency-key');
  const [key] = keys;
  if (keys.length > 1 || (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key))) {
    throw new Problem('malformed-request', 'Idempotency-Key is one value of 1 to 255 visible ASCII characters.');
  }
  return key;
}
