import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { AirflowRunner } from '../airflow/airflow-runner.ts';
import type { WebServerOnDemand } from '../airflow/web-server-on-demand.ts';
import type { CallerAuthorization, MwaaCaller } from './caller-authorization.ts';
import { createCertificateAuthority, type ServerCertificate } from './certificate-authority.ts';
import {
  createEnvironmentApi,
  describeEnvironment,
  type EnvironmentDescription,
  formatEnvironmentApiHostname,
} from './create-environment-api.ts';
import { createForeignHost } from './create-foreign-host.ts';
import { createReleaseSwitch } from './create-release-switch.ts';
import { createRestProxy, isRestRequest } from './create-rest-proxy.ts';
import { createTokenApi, formatTokenApiHostname, type TokenApiEnvironment } from './create-token-api.ts';
import type { CommandLoad } from './create-web-server.ts';
import { type FaultContext, FOREIGN_HOSTNAME } from './fault-actions.ts';
import {
  type ActiveFault,
  createActiveFault,
  FAULTS,
  type Fault,
  type FaultName,
  type FaultOptions,
} from './faults.ts';
import type { Journal } from './journal.ts';
import { createFaultyNetwork, createNetwork, type HostOptions, type ServedHost, serveHost } from './serve-host.ts';
import { type CliTokenClaims, createTokenIssuer, type WebTokenClaims } from './token-issuer.ts';
import type { WebServerBehavior } from './web-server-behavior.ts';
import { createWebSessionRegistry, type WebSessionRegistry } from './web-session-registry.ts';

/** One MWAA environment. */
export interface MwaaEnvironmentOptions {
  readonly name: string;
  /** Host name of its web server. Default: a random name in the format of private environments. */
  readonly hostname?: string;
  /** Runs the commands. The caller closes it: closing the stand-in does not. */
  readonly runner: AirflowRunner;
  /** Airflow's own web server, for the REST API. The caller ends it: closing the stand-in does not. Default: none. */
  readonly webServer?: WebServerOnDemand;
  /** Overrides the stand-in's behavior for this environment. */
  readonly behavior?: WebServerBehavior;
  /** Overrides members of what `GetEnvironment` returns. */
  readonly description?: EnvironmentDescription;
}

export interface MwaaOptions<P extends MwaaCaller> extends CallerAuthorization<P> {
  readonly region: string;
  readonly account: string;
  readonly environments: readonly MwaaEnvironmentOptions[];
  /** Folder for the certificate of the certificate authority, `mwaa-ca.pem`. */
  readonly caDir: string;
  /** Milliseconds since the epoch, for the lifetime of tokens. Default: the machine's clock. */
  now?(): number;
  readonly behavior?: WebServerBehavior;
  /** Ends or stops the processes of the functions, for faults that do so. */
  signalFunctions?(signal: 'SIGKILL' | 'SIGSTOP'): void;
  /** Called with every token that is issued, so that a test can search for it. */
  onToken?(token: string): void;
  /** The active fault. Default: none until `setFault` is called. */
  readonly faults?: ActiveFault;
  /** Replaces the listener of a host name. */
  wrapListener?(hostname: string, listener: RequestListener): RequestListener;
}

/** A running stand-in. */
export interface MwaaStandIn {
  /** The served hosts: `host:443` → `127.0.0.1:port`. */
  readonly network: Readonly<Record<string, string>>;
  /** The served hosts while a fault is active: null for a name that does not resolve, `refused` or `silent` for a port. */
  getCurrentNetwork(): Readonly<Record<string, string | null>>;
  /**
   * Activates a fault in place of the current one, or none, and closes every connection, so that the next request opens a new one. The
   * caller must then apply `getCurrentNetwork()` to its clients.
   */
  setFault(name?: FaultName, options?: FaultOptions): Promise<void>;
  /** PEM file of the certificate authority that clients must trust. */
  readonly caFile: string;
  /** Issues a certificate of that authority for another host name. */
  issueCertificate(hostname: string): Promise<ServerCertificate>;
  /** The requests that have arrived. Entries are added immediately. */
  readonly journal: Journal;
  /** Host name of each environment's web server, by environment. */
  readonly hostnames: Readonly<Record<string, string>>;
  /** Returns the largest number of commands that an environment has run at the same time. */
  getMaxConcurrent(environment: string): number;
  /** Resolves when no command is running, including commands whose caller has disconnected. */
  waitUntilIdle(): Promise<void>;
  /** Closes all connections and ends running commands. */
  close(): Promise<void>;
}

/** The options without the authorization of callers. */
type StandInOptions = Omit<MwaaOptions<MwaaCaller>, keyof CallerAuthorization<MwaaCaller>>;

interface StandInEnvironment extends TokenApiEnvironment {
  readonly options: MwaaEnvironmentOptions;
  readonly sessions: WebSessionRegistry;
  readonly description: EnvironmentDescription;
  readonly load: CommandLoad;
}

/** The state that the hosts of one stand-in share. */
interface StandInState {
  readonly options: StandInOptions;
  readonly environments: ReadonlyMap<string, StandInEnvironment>;
  readonly journal: Journal;
  readonly faults: ActiveFault;
  /** Aborted when the stand-in closes. */
  readonly closing: AbortController;
  /** By host name. Filled when the hosts are served. */
  readonly servedHosts: Map<string, ServedHost>;
  now(): number;
}

/**
 * Stands in for Amazon MWAA over HTTPS on loopback ports: the region's token API, the API that lists and describes environments, and
 * the web server of each environment. Each has a port and a certificate for its host name. Throws for a release that MWAA has never
 * offered.
 */
export async function startMwaa<P extends MwaaCaller>(options: MwaaOptions<P>): Promise<MwaaStandIn> {
  const now = () => options.now?.() ?? Date.now();
  const state: StandInState = {
    options,
    environments: await createEnvironments(options, now),
    journal: [],
    faults: options.faults ?? createActiveFault(),
    closing: new AbortController(),
    servedHosts: new Map(),
    now,
  };
  const authorization: CallerAuthorization<P> = {
    verifySignature: (request) => options.verifySignature(request),
    isAllowed: (principal, action, resource) => options.isAllowed(principal, action, resource),
  };
  const authority = await createCertificateAuthority(options.caDir);
  const hosts = await Promise.all(
    createHosts(state, authorization).map(async (host) => {
      const listener = options.wrapListener?.(host.hostname, host.listener) ?? host.listener;
      return serveHost({ ...host, listener }, authority, state.faults);
    }),
  );
  for (const host of hosts) state.servedHosts.set(host.hostname, host);

  const environments = [...state.environments.values()];
  return {
    network: createNetwork(hosts),
    getCurrentNetwork: () => createFaultyNetwork(hosts, state.faults),
    setFault: (name, faultOptions) => setFault(state, name, faultOptions),
    caFile: authority.file,
    issueCertificate: (hostname) => authority.issueCertificate(hostname),
    journal: state.journal,
    hostnames: Object.fromEntries(environments.map(({ options: { name }, hostname }) => [name, hostname])),
    getMaxConcurrent: (environment) => state.environments.get(environment)?.load.peak ?? 0,
    async waitUntilIdle() {
      while (environments.some(({ load }) => load.running > 0)) await wait(20);
    },
    async close() {
      state.closing.abort();
      await Promise.all(hosts.map(({ server }) => server.close()));
    },
  };
}

async function createEnvironments(
  { region, account, environments }: StandInOptions,
  now: () => number,
): Promise<Map<string, StandInEnvironment>> {
  const created = await Promise.all(
    environments.map(async (options): Promise<[name: string, environment: StandInEnvironment]> => {
      const { name, runner } = options;
      const hostname = options.hostname ?? `${randomUUID()}-vpce.c1.${region}.airflow.amazonaws.com`;
      const description = describeEnvironment({ region, account, name, hostname, release: runner.release });
      const environment = {
        options,
        hostname,
        tokens: await createTokenIssuer<CliTokenClaims>({ audience: 'cli', now }),
        webTokens: await createTokenIssuer<WebTokenClaims>({ audience: 'web', isSingleUse: true, now }),
        sessions: createWebSessionRegistry(),
        description: { ...description, ...options.description },
        load: { running: 0, peak: 0 },
      };
      return [name, environment];
    }),
  );
  return new Map(created);
}

function createHosts<P extends MwaaCaller>(state: StandInState, authorization: CallerAuthorization<P>): HostOptions[] {
  const { options, environments, journal, faults, now } = state;
  const { region, account } = options;
  const tokenHostname = formatTokenApiHostname(region);
  return [
    ...[...environments.values()].map((environment) => createWebServerHost(state, environment)),
    {
      target: 'token API',
      hostname: tokenHostname,
      listener: createTokenApi<P>({
        ...authorization,
        region,
        account,
        environments,
        journal,
        faults,
        now,
        createFaultContext: (request, response) => createFaultContext(state, tokenHostname, request, response),
        onToken: (token) => options.onToken?.(token),
      }),
    },
    {
      target: 'environment API',
      hostname: formatEnvironmentApiHostname(region),
      listener: createEnvironmentApi<P>({ ...authorization, region, account, environments, journal, now }),
    },
    { hostname: FOREIGN_HOSTNAME, listener: createForeignHost(journal, now) },
  ];
}

function createWebServerHost(
  state: StandInState,
  { options, hostname, tokens, webTokens, sessions, load }: StandInEnvironment,
): HostOptions {
  const { journal, faults, closing, now } = state;
  const cli = createReleaseSwitch({
    environment: options.name,
    hostname,
    runner: options.runner,
    tokens,
    behavior: { ...state.options.behavior, ...options.behavior },
    journal,
    load,
    closing: closing.signal,
    faults,
    createFaultContext: (request, response) => createFaultContext(state, hostname, request, response),
    now,
  });
  const rest = createRestProxy({
    environment: options.name,
    release: options.runner.release,
    webServer: options.webServer,
    webTokens,
    sessions,
    faults,
    createFaultContext: (request, response) => createFaultContext(state, hostname, request, response),
    journal,
    closing: closing.signal,
    now,
  });
  const listener: RequestListener = (request, response) => (isRestRequest(request) ? rest : cli)(request, response);
  return { target: 'web server', hostname, listener };
}

const createFaultContext = (
  { options, faults, servedHosts }: StandInState,
  hostname: string,
  request: IncomingMessage,
  response: ServerResponse,
): FaultContext => ({
  hostname,
  response,
  path: request.url ?? '',
  delaySeconds: faults.delaySeconds,
  resetConnection: () => servedHosts.get(hostname)?.server.resetConnection(response.socket),
  signalFunctions: (signal) => options.signalFunctions?.(signal),
});

async function setFault(
  { environments, faults, servedHosts }: StandInState,
  name: FaultName | undefined,
  options: FaultOptions | undefined,
): Promise<void> {
  faults.set(name, options);
  const fault: Fault | undefined = name && FAULTS[name];
  const hosts = [...servedHosts.values()];
  for (const host of hosts) host.presentCertificate(fault?.target === host.target ? fault?.certificate : undefined);
  if (fault?.revokesTokens)
    await Promise.all(
      [...environments.values()].flatMap(({ tokens, webTokens }) => [tokens.revokeAll(), webTokens.revokeAll()]),
    );
  const { revokesSessions } = fault ?? {};
  if (revokesSessions !== undefined) for (const { sessions } of environments.values()) sessions.revoke(revokesSessions);
  await Promise.all(hosts.map(({ server }) => server.closeConnections()));
}
