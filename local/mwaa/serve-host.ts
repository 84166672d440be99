import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { CertificateAuthority, ServerCertificate } from './certificate-authority.ts';
import { type ControllableServer, startControllableServer } from './controllable-server.ts';
import { FOREIGN_HOSTNAME } from './fault-actions.ts';
import type { ActiveFault, Fault, FaultTarget, Reachability } from './faults.ts';

export interface HostOptions {
  readonly hostname: string;
  readonly listener: RequestListener;
  /** The target that faults of this host have. Absent for the foreign host. */
  readonly target?: FaultTarget | undefined;
}

/** A host name that is served on a loopback port. */
export interface ServedHost extends HostOptions {
  readonly server: ControllableServer;
  /** Presents another certificate to new connections, or the host's own. */
  presentCertificate(certificate: Fault['certificate']): void;
}

/** Serves a host with a certificate for its name. The connection modes of the active fault apply. */
export async function serveHost(
  host: HostOptions,
  authority: CertificateAuthority,
  faults: ActiveFault,
): Promise<ServedHost> {
  const { hostname, listener, target } = host;
  const certificate = await authority.issueCertificate(hostname);
  const faultyCertificates = {
    untrusted: await authority.issueUntrustedCertificate(hostname),
    'wrong name': await authority.issueCertificate(`not.${FOREIGN_HOSTNAME}`),
  } satisfies Record<NonNullable<Fault['certificate']>, ServerCertificate>;
  const https = createServer({ ...certificate, keepAliveTimeout: 60_000 }, listener);
  const server = await startControllableServer(https, () => {
    const mode = (target && faults.getFor(target)?.connectionMode) ?? 'serve';
    if (mode !== 'serve') faults.countHit();
    return mode;
  });
  return {
    ...host,
    server,
    presentCertificate: (faulty) => server.setCertificate(faulty ? faultyCertificates[faulty] : certificate),
  };
}

/** Host names and their loopback ports: `host:443` → `127.0.0.1:port`. The foreign host is not among them. */
export const createNetwork = (hosts: readonly ServedHost[]): Record<string, string> =>
  Object.fromEntries(
    hosts.filter(({ target }) => target !== undefined).map((host) => [getKey(host), getAddress(host)]),
  );

/** The network while a fault is active: null for a name that does not resolve, `refused` or `silent` for a port. */
export const createFaultyNetwork = (hosts: readonly ServedHost[], faults: ActiveFault): Record<string, string | null> =>
  Object.fromEntries(
    hosts
      .filter(({ target }) => target !== undefined || faults.name !== undefined)
      .map((host) => [getKey(host), applyReachability(host, host.target && faults.getFor(host.target)?.reachability)]),
  );

const getKey = ({ hostname }: ServedHost): string => `${hostname}:443`;
const getAddress = ({ server }: ServedHost): string => `127.0.0.1:${server.port}`;

function applyReachability(host: ServedHost, reachability: Reachability | undefined): string | null {
  if (reachability === undefined) return getAddress(host);
  return reachability === 'unresolved' ? null : reachability;
}
