import type { RestFile } from '../../config/rest-file.ts';
import { createRestUpstream } from '../../mwaa/rest/create-rest-upstream.ts';
import type { RestUpstream } from '../../mwaa/rest/send-call-types.ts';
import { createWebLoginTokenCall } from '../relay/create-token-call.ts';
import { REST_REMEDIES } from './rest-remedies.ts';

/** Connects a REST relay to its MWAA environment. */
export function createRelayRestUpstream(environment: RestFile): RestUpstream {
  const { mwaaName, airflow, airflowRole, webServerHostname, webServerDomains, timeouts, answerBytes } = environment;
  return createRestUpstream({
    connectTokenApi: (tokenTimeouts) => createWebLoginTokenCall(mwaaName, tokenTimeouts),
    airflow,
    airflowRole,
    webServerHostname,
    webServerDomains,
    timeoutsMs: {
      connect: timeouts.connectSeconds * 1000,
      token: timeouts.tokenSeconds * 1000,
      call: timeouts.postSeconds * 1000,
    },
    maxResponseBytes: answerBytes,
    remedies: REST_REMEDIES,
  });
}
