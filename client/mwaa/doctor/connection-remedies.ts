import { getErrorCode } from '../../../mwaa/connection/connection-step.ts';
import type { ConnectionSetupStep } from '../../../mwaa/connection/run-connection-steps.ts';
import type { ApiDestination } from './api-destination.ts';
import { getConnectRemedy } from './connect-remedy.ts';
import { getNameResolutionRemedy } from './name-resolution-remedy.ts';
import { describeBrokenProxy } from './proxy-remedies.ts';
import { getTlsRemedy } from './tls-remedy.ts';

type GetRemedy = (error: NodeJS.ErrnoException, destination: ApiDestination) => string | Promise<string>;

const CONNECTION_REMEDIES: Readonly<Record<ConnectionSetupStep, GetRemedy>> = {
  'name resolution': getNameResolutionRemedy,
  connect: getConnectRemedy,
  TLS: getTlsRemedy,
};

/** The failed server and the remedy, by the step and the code of the Node.js error. */
export async function getConnectionRemedy(
  step: ConnectionSetupStep,
  error: NodeJS.ErrnoException,
  destination: ApiDestination,
): Promise<string> {
  const { hostname, port, networkProxy } = destination;
  const failure = `${hostname}${step === 'name resolution' ? '' : ` port ${port}`} (${getErrorCode(error)}).`;
  if (networkProxy?.usedByNode) return `${failure} ${describeBrokenProxy(networkProxy)}`;
  return `${failure} ${await CONNECTION_REMEDIES[step](error, destination)}`;
}
