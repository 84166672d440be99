import type { RelayFile } from '../../config/relay-file.ts';
import { createUpstream } from '../../mwaa/cli/create-upstream.ts';
import type { Upstream } from '../../mwaa/cli/send-command-types.ts';
import { createTokenCall } from './create-token-call.ts';
import { RELAY_REMEDIES } from './relay-remedies.ts';

/** Connects a relay to its MWAA environment. */
export function createRelayUpstream(environment: RelayFile): Upstream {
  const { mwaaName, airflow, webServerHostname, webServerDomains, timeouts, limits } = environment;
  return createUpstream({
    connectTokenApi: (tokenTimeouts) => createTokenCall(mwaaName, tokenTimeouts),
    airflow,
    webServerHostname,
    webServerDomains,
    timeoutsMs: {
      connect: timeouts.connectSeconds * 1000,
      token: timeouts.tokenSeconds * 1000,
      post: timeouts.postSeconds * 1000,
      busy: timeouts.busySeconds * 1000,
      request: timeouts.abortSeconds * 1000,
    },
    maxResponseBytes: limits.answerBytes,
    remedies: RELAY_REMEDIES,
  });
}
