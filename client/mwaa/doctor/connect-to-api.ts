import { type ConnectionSetupStep, runConnectionSteps } from '../../../mwaa/connection/run-connection-steps.ts';
import type { RunStep } from '../../../mwaa/connection/run-steps.ts';
import { withTimeout } from '../../../mwaa/connection/with-timeout.ts';
import { type ApiDestination, getConnectionRemedy, getProxyTunnelRemedy } from './connection-remedies.ts';
import { findNetworkProxy } from './network-proxy.ts';

const STEP_TIMEOUT_MS = 5_000;

/**
 * Takes the steps of connecting to an address, or to the proxy of the network that `fetch` goes through.
 *
 * @returns the addresses that the name led to
 */
export async function connectToApi(
  take: RunStep<ConnectionSetupStep>,
  address: URL,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  const networkProxy = findNetworkProxy(address, variables);
  const isThrough = networkProxy?.usedByNode === true;
  const first = isThrough ? networkProxy.address : address;
  const isSecure = first.protocol === 'https:';
  const to: ApiDestination = {
    address,
    hostname: first.hostname.replace(/^\[|\]$/g, ''),
    port: Number(first.port) || (isSecure ? 443 : 80),
    networkProxy,
  };
  let addresses: string | undefined;
  await runConnectionSteps(take, {
    ...{ hostname: to.hostname, port: to.port, stepTimeoutMs: STEP_TIMEOUT_MS, signal },
    tls: isSecure && !isThrough,
    describeRemedy: (step, error) => getConnectionRemedy(step, error, to),
    describeResult(result) {
      addresses ??= result;
      return isThrough ? `${result}, the proxy of ${networkProxy.variable}` : result;
    },
  });
  if (isThrough)
    await take(
      'TLS',
      () => checkProxyTunnel(address, to, signal),
      () => `through ${first.host}`,
    );
  else if (!isSecure)
    await take(
      'TLS',
      async () => 'none: the address begins with http://',
      (found) => found,
    );
  return addresses ?? '';
}

/** `fetch` alone knows how it goes through a proxy of the network. */
async function checkProxyTunnel(address: URL, to: ApiDestination, signal: AbortSignal): Promise<void> {
  await withTimeout(STEP_TIMEOUT_MS, signal, (limit) =>
    fetch(address, { method: 'HEAD', redirect: 'manual', signal: limit }),
  ).catch(async (error: Error) => {
    throw new Error(await getProxyTunnelRemedy(error, to), { cause: error });
  });
}
