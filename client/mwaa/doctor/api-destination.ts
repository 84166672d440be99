import type { NetworkProxy } from './network-proxy.ts';

/** The server that the client connects to: the API, or the network proxy in front of it. */
export interface ApiDestination {
  /** The address of the API. */
  readonly address: URL;
  readonly hostname: string;
  readonly port: number;
  /** The proxy that the variables name, whether Node.js uses it or not. */
  readonly networkProxy: NetworkProxy | undefined;
}

/** Completes "connect to …". */
export const REQUIRED_NETWORK = 'the network of the API (VPN, or the right VPC)';
