import type { RelayResponse } from '../../contract/relay-request.ts';
import { createSendCommand } from '../../mwaa/cli/send-command.ts';
import type { Upstream } from '../../mwaa/cli/send-command-types.ts';
import { withTimeout } from '../../mwaa/connection/with-timeout.ts';
import { readCaller } from '../event/caller-from-event.ts';
import { checkHealth } from './check-health.ts';
import type { LoggedContext } from './log-requests.ts';
import { relayCommand } from './relay-command.ts';
import { getAbortMs, requireTime } from './relay-deadline.ts';
import type { RelayEnvironment } from './relay-environment.ts';
import { type RelayEvent, readRelayEvent } from './relay-event.ts';
import { toResultResponse } from './relay-response.ts';
import { relayRunLookup } from './relay-run-lookup.ts';

/** Creates the relay's handler, which runs a command or a health check. */
export function createRelayHandler(environment: RelayEnvironment, upstream: Upstream) {
  const send = createSendCommand(upstream);
  return async (event: RelayEvent, { record }: LoggedContext): Promise<RelayResponse> => {
    const startedAt = performance.now();
    const request = readRelayEvent(event, environment.name, ['command', 'run', 'health']);
    const caller = request === undefined ? undefined : readCaller(request.caller);
    record.caller = caller?.label ?? 'schedule';
    const abortMs = getAbortMs(environment, request?.deadline);
    if (request !== undefined) requireTime(request.deadline);
    const action = request?.action ?? { kind: 'health' };
    const result = await withTimeout(abortMs, undefined, (signal) => {
      const timeLeftMs = () => abortMs - (performance.now() - startedAt);
      const relay = { environment, send, signal, timeLeftMs, record };
      if (caller === undefined || action.kind === 'health') return checkHealth(relay, upstream, caller);
      return action.kind === 'run' ? relayRunLookup(relay, caller, action) : relayCommand(relay, caller, action);
    });
    const { requestId, outcome = '' } = record;
    const durationMs = Math.round(performance.now() - startedAt);
    return toResultResponse({ requestId, ...result, durationMs, queuedMs: record.queuedMs }, outcome);
  };
}
