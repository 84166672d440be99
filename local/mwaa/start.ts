import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Runner } from '../airflow/runner.ts';
import { type Authority, createAuthority } from './ca.ts';
import { type CliTokens, cliTokens } from './cli-token.ts';
import type { Dress } from './dress.ts';
import type { Journal } from './journal.ts';
import { type SignedRequest, tokenApi, tokenApiHostname, type Verification } from './token-api.ts';
import { webServer } from './web-server.ts';

/** One MWAA environment to play. */
export interface EnvironmentToPlay {
  readonly name: string;
  /** Of its web server. Default: one of the form that private environments have. */
  readonly hostname?: string;
  /** Runs what is posted. Stays the caller's: closing the stand-in does not close it. */
  readonly runner: Runner;
  /** Overrides of the stand-in's dress for this environment. */
  readonly dress?: Dress;
}

export interface MwaaToPlay<P extends { readonly arn: string }> {
  readonly region: string;
  readonly account: string;
  readonly environments: readonly EnvironmentToPlay[];
  /** Checks a request's Signature Version 4 for the signing name `airflow` in this region. */
  verify(request: SignedRequest): Promise<Verification<P>>;
  /** Whether a caller may do `airflow:CreateCliToken` on an environment's ARN. */
  isAllowed(principal: P, action: string, resource: string): boolean | Promise<boolean>;
  /** Where the certificate of the authority goes, `mwaa-ca.pem`. */
  readonly caDir: string;
  /** Milliseconds since the epoch: the clock that tokens live by. Default: the machine's. */
  now?(): number;
  readonly dress?: Dress;
  /** Wraps what answers at a host name: the place for faults. */
  around?(hostname: string, listener: RequestListener): RequestListener;
}

/** A running stand-in. */
export interface Mwaa {
  /** Where a name that the public knows is served here: `host:443` → `127.0.0.1:port`. */
  readonly network: Readonly<Record<string, string>>;
  /** PEM file of the certificate authority to trust. */
  readonly caFile: string;
  /** What arrived, while it arrives. */
  readonly journal: Journal;
  /** Host name of each environment's web server, by environment. */
  readonly hostnames: Readonly<Record<string, string>>;
  /** The most commands an environment has run at once. */
  mostAtOnce(environment: string): number;
  /** Ends all connections and running commands. */
  close(): Promise<void>;
}

/**
 * Plays Amazon MWAA over HTTPS on loopback: the token API of the region and the web server of each environment, each on
 * a port of its own with a certificate for its own name. Throws for a release MWAA has never offered.
 */
export async function startMwaa<P extends { readonly arn: string }>(mwaa: MwaaToPlay<P>): Promise<Mwaa> {
  const now = () => mwaa.now?.() ?? Date.now();
  const authority = await createAuthority(mwaa.caDir);
  const journal: Journal = [];
  const closing = new AbortController();
  const environments = new Map<string, { hostname: string; tokens: CliTokens }>();
  const load = new Map<string, { now: number; most: number }>();
  const listeners = new Map<string, RequestListener>();

  for (const { name, runner, ...environment } of mwaa.environments) {
    const hostname = environment.hostname ?? `${randomUUID()}-vpce.c1.${mwaa.region}.airflow.amazonaws.com`;
    const tokens = await cliTokens(now);
    const own = { now: 0, most: 0 };
    environments.set(name, { hostname, tokens });
    load.set(name, own);
    const dress = { ...mwaa.dress, ...environment.dress };
    const server = {
      environment: name,
      hostname,
      runner,
      tokens,
      dress,
      journal,
      load: own,
      closing: closing.signal,
      now,
    };
    listeners.set(hostname, webServer(server));
  }
  const { region, account } = mwaa;
  listeners.set(
    tokenApiHostname(region),
    tokenApi<P>({
      ...{ region, account, environments, journal, now },
      verify: (request) => mwaa.verify(request),
      isAllowed: (principal, action, resource) => mwaa.isAllowed(principal, action, resource),
    }),
  );

  const servers = await Promise.all(
    [...listeners].map(([hostname, listener]) =>
      serve(authority, hostname, mwaa.around?.(hostname, listener) ?? listener),
    ),
  );
  return {
    network: Object.fromEntries(servers.map(({ hostname, port }) => [`${hostname}:443`, `127.0.0.1:${port}`])),
    caFile: authority.file,
    journal,
    hostnames: Object.fromEntries([...environments].map(([name, { hostname }]) => [name, hostname])),
    mostAtOnce: (environment) => load.get(environment)?.most ?? 0,
    async close() {
      closing.abort();
      await Promise.all(
        servers.map(({ server }) => {
          const closed = new Promise<void>((done) => server.close(() => done()));
          server.closeAllConnections();
          return closed;
        }),
      );
    },
  };
}

async function serve(
  authority: Authority,
  hostname: string,
  listener: RequestListener,
): Promise<{ hostname: string; port: number; server: Server }> {
  const server = createServer({ ...(await authority.issue(hostname)), keepAliveTimeout: 60_000 }, listener);
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  return { hostname, port: (server.address() as AddressInfo).port, server };
}
