import type { RelayResponse, RestResponse } from '../../contract/relay-request.ts';
import { withTimeout } from '../../mwaa/connection/with-timeout.ts';
import type { RestUpstream } from '../../mwaa/rest/send-call-types.ts';
import { readCaller } from '../event/caller-from-event.ts';
import type { LoggedContext } from '../relay/log-requests.ts';
import { getAbortMs, requireTime } from '../relay/relay-deadline.ts';
import { createUntrustedEventProblem, type RelayEvent, readRelayEvent } from '../relay/relay-event.ts';
import { toResultResponse } from '../relay/relay-response.ts';
import { checkRestHealth } from './check-rest-health.ts';
import { relayCall } from './relay-call.ts';
import type { RestEnvironment } from './rest-environment.ts';

/** Creates the handler of a REST relay, which sends one call or runs a health check. */
export function createRestHandler(environment: RestEnvironment, upstream: RestUpstream) {
  return async (event: RelayEvent, { record }: LoggedContext): Promise<RestResponse | RelayResponse> => {
    const startedAt = performance.now();
    const request = readRelayEvent(event, environment.name, ['call', 'health']);
    if (request === undefined) throw createUntrustedEventProblem();
    const { action, deadline } = request;
    const caller = readCaller(request.caller);
    record.caller = caller.label;
    requireTime(deadline);
    return withTimeout(
      getAbortMs(environment, deadline),
      undefined,
      async (signal): Promise<RestResponse | RelayResponse> => {
        const context = { environment, upstream, signal, record };
        if (action.kind === 'call') return relayCall(context, caller, action);
        const result = await checkRestHealth(context, caller);
        const { requestId, queuedMs, outcome = '' } = record;
        const durationMs = Math.round(performance.now() - startedAt);
        return toResultResponse({ requestId, ...result, durationMs, queuedMs }, outcome);
      },
    );
  };
}
