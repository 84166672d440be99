import { DEFAULT_LIMITS } from '../../config/limits.ts';
import { DEFAULT_TIMEOUTS } from '../../config/timeouts.ts';
import { createUpstream } from '../../mwaa/cli/create-upstream.ts';
import { createSendCommand } from '../../mwaa/cli/send-command.ts';
import type { SendCommand, Upstream } from '../../mwaa/cli/send-command-types.ts';
import type { MwaaAddress } from '../settings.ts';
import type { AwsAccess } from './aws-access.ts';
import { DIRECT_REMEDIES } from './direct-remedies.ts';

/** In milliseconds: where each step of the relay's ladder ends. */
export const TIMEOUTS_MS = {
  connect: DEFAULT_TIMEOUTS.connectSeconds * 1000,
  token: DEFAULT_TIMEOUTS.tokenSeconds * 1000,
  post: DEFAULT_TIMEOUTS.postSeconds * 1000,
  busy: DEFAULT_TIMEOUTS.busySeconds * 1000,
  whole: DEFAULT_TIMEOUTS.abortSeconds * 1000,
};

/** The way to one environment, once credentials and region are known. */
export interface MwaaConnection {
  readonly aws: AwsAccess;
  readonly upstream: Upstream;
  readonly send: SendCommand;
}

/** @param environment name of the environment in MWAA */
export function createMwaaConnection(address: MwaaAddress, environment: string, aws: AwsAccess): MwaaConnection {
  const upstream = createUpstream({
    mwaaName: environment,
    // An unknown release is addressed like Airflow 2: Airflow 3 redirects.
    airflow: address.airflowVersion ?? '2.0.2',
    webServerHostname: address.webServerHostname,
    webServerDomains: [],
    timeoutsMs: { ...TIMEOUTS_MS, request: TIMEOUTS_MS.whole },
    maxResponseBytes: 4 * DEFAULT_LIMITS.answerBytes,
    aws,
    remedies: DIRECT_REMEDIES,
  });
  return { aws, upstream, send: createSendCommand(upstream) };
}
