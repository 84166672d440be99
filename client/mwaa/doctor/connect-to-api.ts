import { type ConnectionSetupStep, runConnectionSteps } from '../../../mwaa/connection/run-connection-steps.ts';
import type { RunStep } from '../../../mwaa/connection/run-steps.ts';
import { withTimeout } from '../../../mwaa/connection/with-timeout.ts';
import type { ApiDestination } from './api-destination.ts';
import { getConnectionRemedy } from './connection-remedies.ts';
import { showResult } from './diagnosis.ts';
import { findNetworkProxy } from './network-proxy.ts';
import { getProxyTunnelRemedy } from './proxy-remedies.ts';

const STEP_TIMEOUT_MS = 5_000;

/**
 * Checks name resolution, connection and TLS to the API, or to the network proxy that Node.js uses for it.
 *
 * @returns the addresses that the host name resolves to
 */
export async function connectToApi(
  runStep: RunStep<ConnectionSetupStep>,
  address: URL,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  const networkProxy = findNetworkProxy(address, variables);
  const usesProxy = networkProxy?.usedByNode === true;
  const firstHop = usesProxy ? networkProxy.address : address;
  const isSecure = firstHop.protocol === 'https:';
  const destination: ApiDestination = {
    address,
    hostname: firstHop.hostname.replace(/^\[|\]$/g, ''),
    port: Number(firstHop.port) || (isSecure ? 443 : 80),
    networkProxy,
  };
  let addresses: string | undefined;
  await runConnectionSteps(runStep, {
    hostname: destination.hostname,
    port: destination.port,
    stepTimeoutMs: STEP_TIMEOUT_MS,
    signal,
    tls: isSecure && !usesProxy,
    describeRemedy: (step, error) => getConnectionRemedy(step, error, destination),
    describeResult(result) {
      addresses ??= result;
      return usesProxy ? `${result}, the proxy in ${networkProxy.variable}` : result;
    },
  });
  if (usesProxy) {
    await runStep(
      'TLS',
      () => checkProxyTunnel(address, destination, signal),
      () => `through ${firstHop.host}`,
    );
  } else if (!isSecure) {
    await runStep('TLS', async () => 'not used: the address starts with http://', showResult);
  }
  return addresses ?? '';
}

/** Uses `fetch`, which is the only way to use the network proxy exactly like Node.js. */
async function checkProxyTunnel(address: URL, destination: ApiDestination, signal: AbortSignal): Promise<void> {
  await withTimeout(STEP_TIMEOUT_MS, signal, (limit) =>
    fetch(address, { method: 'HEAD', redirect: 'manual', signal: limit }),
  ).catch(async (error: Error) => {
    throw new Error(await getProxyTunnelRemedy(error, destination), { cause: error });
  });
}
