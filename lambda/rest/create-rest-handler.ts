import { Problem } from '../../contract/problem.ts';
import type { RestResponse } from '../../contract/relay-request.ts';
import { withTimeout } from '../../mwaa/connection/with-timeout.ts';
import type { RestUpstream } from '../../mwaa/rest/send-call-types.ts';
import { readCaller } from '../event/caller-from-event.ts';
import type { LoggedContext } from '../relay/log-requests.ts';
import { getAbortMs, requireTime } from '../relay/relay-deadline.ts';
import { type RelayEvent, readRelayEvent } from '../relay/relay-event.ts';
import { relayCall } from './relay-call.ts';
import type { RestEnvironment } from './rest-environment.ts';

/** Creates the handler of a REST relay, which sends one call. */
export function createRestHandler(environment: RestEnvironment, upstream: RestUpstream) {
  return async (event: RelayEvent, { record }: LoggedContext): Promise<RestResponse> => {
    const request = readRelayEvent(event, environment.name, ['call']);
    if (request === undefined) throw createUntrustedEventProblem();
    const { action, deadline } = request;
    const caller = readCaller(request.caller);
    record.caller = caller.label;
    requireTime(deadline);
    return withTimeout(getAbortMs(environment, deadline), undefined, (signal) =>
      relayCall({ environment, upstream, signal, record }, caller, action),
    );
  };
}

const createUntrustedEventProblem = (): Problem =>
  new Problem('untrusted-event', 'This function accepts requests only from the front of its own API.');
