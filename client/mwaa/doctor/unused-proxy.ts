import type { ApiDestination } from './api-destination.ts';

/** A hint about a network proxy that the variables name and Node.js ignores, or an empty text. */
export function describeUnusedProxy({ networkProxy }: ApiDestination): string {
  if (networkProxy === undefined || networkProxy.usedByNode) return '';
  return `${networkProxy.variable} is set, but Node.js uses it only with NODE_USE_ENV_PROXY=1: set that too if this network requires the proxy.`;
}
