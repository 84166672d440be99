import { DEFAULT_LIMITS } from '../../config/limits.ts';
import { DEFAULT_TIMEOUTS } from '../../config/timeouts.ts';
import { createUpstream } from '../../mwaa/cli/create-upstream.ts';
import { createSendCommand } from '../../mwaa/cli/send-command.ts';
import type { SendCommand, Upstream } from '../../mwaa/cli/send-command-types.ts';
import type { MwaaAddress } from '../settings.ts';
import type { AwsAccess } from './aws-access.ts';
import { createSdkTokenCall } from './create-sdk-token-call.ts';
import { DIRECT_REMEDIES } from './direct-remedies.ts';

/** In milliseconds. The defaults of the relay. */
export const TIMEOUTS_MS = {
  connect: DEFAULT_TIMEOUTS.connectSeconds * 1000,
  token: DEFAULT_TIMEOUTS.tokenSeconds * 1000,
  post: DEFAULT_TIMEOUTS.postSeconds * 1000,
  busy: DEFAULT_TIMEOUTS.busySeconds * 1000,
  total: DEFAULT_TIMEOUTS.abortSeconds * 1000,
};

/** Sends commands to one environment with resolved region and credentials. */
export interface MwaaConnection {
  readonly aws: AwsAccess;
  readonly upstream: Upstream;
  readonly send: SendCommand;
}

/** @param environment its name in MWAA */
export function createMwaaConnection(address: MwaaAddress, environment: string, aws: AwsAccess): MwaaConnection {
  const upstream = createUpstream({
    connectTokenApi: (timeouts) => createSdkTokenCall(environment, timeouts, aws),
    // Airflow 3 redirects requests that are sent to the endpoint of Airflow 2.
    airflow: address.airflowVersion ?? '2.0.2',
    webServerHostname: address.webServerHostname,
    webServerDomains: [],
    timeoutsMs: { ...TIMEOUTS_MS, request: TIMEOUTS_MS.total },
    maxResponseBytes: 4 * DEFAULT_LIMITS.answerBytes,
    remedies: DIRECT_REMEDIES,
  });
  return { aws, upstream, send: createSendCommand(upstream) };
}
