import type { APIGatewayProxyEvent } from 'aws-lambda';
import { Problem } from '../../contract/problem.ts';
import { RELAY_ROUTES } from '../../contract/routes.ts';
import { createSendCommand } from '../../mwaa/cli/send-command.ts';
import type { Upstream } from '../../mwaa/cli/send-command-types.ts';
import type { Caller } from '../../policy/caller.ts';
import { callerFromEvent } from '../event/caller-from-event.ts';
import { getHeaderValues } from '../event/get-header-values.ts';
import { type HttpResponse, toJsonResponse } from '../event/http-response.ts';
import { isScheduledHealthEvent } from '../event/is-scheduled-health-event.ts';
import { readCommandRequest } from '../event/read-request-body.ts';
import type { AuditedContext } from './audit-requests.ts';
import { checkHealth } from './check-health.ts';
import { type RelayRequest, relayCommand } from './relay-command.ts';
import type { RelayEnvironment } from './relay-environment.ts';

/** Creates the relay's handler: identifies the caller, then runs the command or the health check. */
export function createRelayHandler(environment: RelayEnvironment, upstream: Upstream) {
  const send = createSendCommand(upstream);
  return async (event: APIGatewayProxyEvent, { audit, awsRequestId }: AuditedContext): Promise<HttpResponse> => {
    const startedAt = performance.now();
    const caller = isScheduledHealthEvent(event) ? undefined : callerFromEvent(event, Date.now());
    audit.caller = caller?.label ?? 'schedule';
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
        : await relayCommand(relay, readRelayRequest(event, awsRequestId, caller));
    const durationMs = Math.round(performance.now() - startedAt);
    return toJsonResponse({ requestId: audit.requestId, ...result, durationMs });
  };
}

/** @throws Problem, Refusal */
const readRelayRequest = (event: APIGatewayProxyEvent, lambdaRequestId: string, caller: Caller): RelayRequest => ({
  ...readCommandRequest(event),
  lambdaRequestId,
  caller,
  idempotencyKey: readIdempotencyKey(event),
});

/** @throws Problem `malformed-request` for more than one key, or one with unusual characters */
function readIdempotencyKey(event: APIGatewayProxyEvent): string | undefined {
  const keys = getHeaderValues(event, 'idempotency-key');
  const [key] = keys;
  if (keys.length > 1 || (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key))) {
    throw new Problem('malformed-request', 'Idempotency-Key must be one value of 1 to 255 visible ASCII characters.');
  }
  return key;
}
