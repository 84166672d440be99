import { type ConnectingStep, connectStepByStep } from '../../../lambda/mwaa/connect.ts';
import type { Take } from '../../../lambda/mwaa/step-by-step.ts';
import { within } from '../../../lambda/mwaa/within.ts';
import { connectionAdvice, type Destination, throughNetworkProxyAdvice } from './connection-advice.ts';
import { networkProxyFor } from './network-proxy.ts';

const STEP_MS = 5_000;

/**
 * Takes the steps of connecting to an address, or to the proxy of the network that `fetch` goes through.
 *
 * @returns the addresses that the name led to
 */
export async function connectTo(
  take: Take<ConnectingStep>,
  address: URL,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  const networkProxy = networkProxyFor(address, variables);
  const isThrough = networkProxy?.heeded === true;
  const first = isThrough ? networkProxy.address : address;
  const isSecure = first.protocol === 'https:';
  const to: Destination = {
    address,
    hostname: first.hostname.replace(/^\[|\]$/g, ''),
    port: Number(first.port) || (isSecure ? 443 : 80),
    networkProxy,
  };
  let addresses: string | undefined;
  await connectStepByStep(take, {
    ...{ hostname: to.hostname, port: to.port, stepMs: STEP_MS, signal },
    tls: isSecure && !isThrough,
    advise: (step, error) => connectionAdvice(step, error, to),
    found(result) {
      addresses ??= result;
      return isThrough ? `${result}, the proxy of ${networkProxy.variable}` : result;
    },
  });
  if (isThrough)
    await take(
      'TLS',
      () => tunnel(address, to, signal),
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
async function tunnel(address: URL, to: Destination, signal: AbortSignal): Promise<void> {
  await within(STEP_MS, signal, (limit) => fetch(address, { method: 'HEAD', redirect: 'manual', signal: limit })).catch(
    async (error: Error) => {
      throw new Error(await throughNetworkProxyAdvice(error, to), { cause: error });
    },
  );
}
