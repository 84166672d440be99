import { getErrorCode } from '../../../mwaa/connection/connection-step.ts';
import type { ApiDestination } from './api-destination.ts';
import { findRootCause } from './find-root-cause.ts';
import type { NetworkProxy } from './network-proxy.ts';
import { getTlsRemedy } from './tls-remedy.ts';

/** The remedy if the network proxy itself cannot be reached. */
export const describeBrokenProxy = ({ variable, address }: NetworkProxy): string =>
  `${variable} is set to the proxy ${address.host}, which cannot be reached: fix the variable, or add the host name of the API to NO_PROXY.`;

/** The failure and the remedy if a request of `fetch` through the network proxy fails. */
export async function getProxyTunnelRemedy(error: Error, destination: ApiDestination): Promise<string> {
  const cause = findRootCause(error);
  const { address, networkProxy } = destination;
  const status = /Proxy response \((\d+)\)/.exec(cause.message)?.[1];
  if (status === '407') {
    return `${networkProxy?.variable}: the proxy requires a user and password (407). Add them to the variable.`;
  }
  if (status !== undefined) {
    return (
      `${networkProxy?.variable}: the proxy does not allow connections to ${address.host} (${status}). Ask its administrator to ` +
      'allow them, or add the host name to NO_PROXY.'
    );
  }
  const remedy = await getTlsRemedy(cause, { ...destination, networkProxy: undefined });
  return `${address.host} (${getErrorCode(cause)}). ${remedy}`;
}
