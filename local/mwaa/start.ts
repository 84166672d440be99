import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { AirflowRunner } from '../airflow/airflow-runner.ts';
import { createReplayRunner } from '../airflow/replay-runner.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type ServerCertificate,
} from './certificate-authority.ts';
import { type CliTokenIssuer, createCliTokenIssuer } from './cli-token-issuer.ts';
import { type ControllableServer, startControllableServer } from './controllable-server.ts';
import {
  createEnvironmentApi,
  describeEnvironment,
  type EnvironmentDescription,
  formatEnvironmentApiHostname,
} from './create-environment-api.ts';
import {
  type CallerVerification,
  createTokenApi,
  formatTokenApiHostname,
  type UnverifiedRequest,
} from './create-token-api.ts';
import { createWebServer, type WebServerOptions } from './create-web-server.ts';
import { type FaultContext, FOREIGN_HOSTNAME } from './fault-actions.ts';
import {
  type ActiveFault,
  createActiveFault,
  FAULTS,
  type Fault,
  type FaultName,
  type FaultOptions,
  type FaultTarget,
  type Reachability,
} from './faults.ts';
import { createHtmlPage, readWholeBody, sendResponse } from './http-messages.ts';
import type { Journal } from './journal.ts';
import type { WebServerBehavior } from './web-server-behavior.ts';

/** One MWAA environment to play. */
export interface MwaaEnvironmentOptions {
  readonly name: string;
  /** Of its web server. Default: one of the form that private environments have. */
  readonly hostname?: string;
  /** Runs what is posted. Stays the caller's: closing the stand-in does not close it. */
  readonly runner: AirflowRunner;
  /** Overrides of the stand-in's dress for this environment. */
  readonly behavior?: WebServerBehavior;
  /** What `GetEnvironment` says in place of its own. */
  readonly description?: EnvironmentDescription;
}

export interface MwaaOptions<P extends { readonly arn: string }> {
  readonly region: string;
  readonly account: string;
  readonly environments: readonly MwaaEnvironmentOptions[];
  /** Checks a request's Signature Version 4 for the signing name `airflow` in this region. */
  verifySignature(request: UnverifiedRequest): Promise<CallerVerification<P>>;
  /** Whether a caller may do an action, as `airflow:CreateCliToken`, on an environment's ARN, or to list them on `*`. */
  isAllowed(principal: P, action: string, resource: string): boolean | Promise<boolean>;
  /** Where the certificate of the authority goes, `mwaa-ca.pem`. */
  readonly caDir: string;
  /** Milliseconds since the epoch: the clock that tokens live by. Default: the machine's. */
  now?(): number;
  readonly behavior?: WebServerBehavior;
  /** Ends or stops the processes of the functions, for the faults that do. */
  signalFunctions?(signal: 'SIGKILL' | 'SIGSTOP'): void;
  /** Told of every token that is issued, so that a test can search for it. */
  onToken?(token: string): void;
  /** The fault that is on. Default: none, until `fault` is called. */
  readonly faults?: ActiveFault;
  /** Wraps what answers at a host name. */
  wrapListener?(hostname: string, listener: RequestListener): RequestListener;
}

/** A running stand-in. */
export interface MwaaStandIn {
  /** Where a name that the public knows is served here: `host:443` → `127.0.0.1:port`. */
  readonly network: Readonly<Record<string, string>>;
  /** The same while a fault is on: null for a name that does not resolve, `refused` or `silent` for a port. */
  getCurrentNetwork(): Readonly<Record<string, string | null>>;
  /**
   * Puts a fault on in the place of the one before, or none. Ends every connection first, so that the next one meets it.
   * What is in `networkNow` is the caller's to put in force.
   */
  setFault(name?: FaultName, options?: FaultOptions): Promise<void>;
  /** PEM file of the certificate authority to trust. */
  readonly caFile: string;
  /** A certificate of that authority for another name. */
  issueCertificate(hostname: string): Promise<ServerCertificate>;
  /** What arrived, while it arrives. */
  readonly journal: Journal;
  /** Host name of each environment's web server, by environment. */
  readonly hostnames: Readonly<Record<string, string>>;
  /** The most commands an environment has run at once. */
  getMaxConcurrent(environment: string): number;
  /** Waits until no command is running, also of those whose caller has gone. */
  waitUntilIdle(): Promise<void>;
  /** Ends all connections and running commands. */
  close(): Promise<void>;
}

/**
 * Plays Amazon MWAA over HTTPS on loopback: the token API of the region, the API that lists and describes environments, and
 * the web server of each environment, each on a port of its own with a certificate for its own name. Throws for a release MWAA
 * has never offered.
 */
export async function startMwaa<P extends { readonly arn: string }>(mwaa: MwaaOptions<P>): Promise<MwaaStandIn> {
  const now = () => mwaa.now?.() ?? Date.now();
  const authority = await createCertificateAuthority(mwaa.caDir);
  const { faults = createActiveFault() } = mwaa;
  const journal: Journal = [];
  const closing = new AbortController();
  const { region, account } = mwaa;
  const environments = new Map<
    string,
    { hostname: string; tokens: CliTokenIssuer; described: EnvironmentDescription }
  >();
  const load = new Map<string, { now: number; most: number }>();
  const hosts: ServedHost[] = [];

  for (const { name, runner, ...environment } of mwaa.environments) {
    const hostname = environment.hostname ?? `${randomUUID()}-vpce.c1.${region}.airflow.amazonaws.com`;
    const tokens = await createCliTokenIssuer(now);
    const own = { now: 0, most: 0 };
    environments.set(name, {
      hostname,
      tokens,
      described: {
        ...describeEnvironment({ region, account, name, hostname, release: runner.release }),
        ...environment.description,
      },
    });
    load.set(name, own);
    const dress = { ...mwaa.behavior, ...environment.behavior };
    const server: WebServerOptions = {
      environment: name,
      hostname,
      runner,
      tokens,
      behavior: dress,
      journal,
      faults,
      now,
      load: own,
      closing: closing.signal,
      createFaultContext: (request, response) => exchange(hostname, request, response),
    };
    hosts.push({ target: 'web server', hostname, listener: createReleaseSwitch(server) });
  }
  const tokenHostname = formatTokenApiHostname(region);
  hosts.push({
    target: 'token API',
    hostname: tokenHostname,
    listener: createTokenApi<P>({
      region,
      account,
      environments,
      journal,
      faults,
      now,
      verifySignature: (request) => mwaa.verifySignature(request),
      isAllowed: (principal, action, resource) => mwaa.isAllowed(principal, action, resource),
      createFaultContext: (request, response) => exchange(tokenHostname, request, response),
      onToken: (token) => mwaa.onToken?.(token),
    }),
  });
  hosts.push({
    target: 'environment API',
    hostname: formatEnvironmentApiHostname(region),
    listener: createEnvironmentApi<P>({
      region,
      account,
      environments,
      journal,
      now,
      verifySignature: (request) => mwaa.verifySignature(request),
      isAllowed: (principal, action, resource) => mwaa.isAllowed(principal, action, resource),
    }),
  });
  hosts.push({ hostname: FOREIGN_HOSTNAME, listener: createForeignHost(journal, now) });

  const wires = new Map<string, ControllableServer>();
  /** Resets the connection that a request came by. */
  const exchange = (hostname: string, request: IncomingMessage, response: ServerResponse): FaultContext => ({
    hostname,
    response,
    path: request.url ?? '',
    delaySeconds: faults.delaySeconds,
    resetConnection: () => wires.get(hostname)?.resetConnection(response.socket),
    signalFunctions: (signal) => mwaa.signalFunctions?.(signal),
  });
  const served = await Promise.all(
    hosts.map(async (host) => {
      const listener = mwaa.wrapListener?.(host.hostname, host.listener) ?? host.listener;
      const one = await startHost({ ...host, listener }, authority, faults);
      wires.set(host.hostname, one.wire);
      return one;
    }),
  );
  const addresses = served.map(({ hostname, target, wire }) => ({
    target,
    key: `${hostname}:443`,
    address: `127.0.0.1:${wire.port}`,
  }));
  return {
    network: Object.fromEntries(addresses.filter(({ target }) => target).map(({ key, address }) => [key, address])),
    getCurrentNetwork: () =>
      Object.fromEntries(
        addresses
          .filter(({ target }) => target ?? faults.name)
          .map(({ key, target, address }) => [
            key,
            applyReachability(address, target && faults.getFor(target)?.reachability),
          ]),
      ),
    async setFault(name, options) {
      faults.set(name, options);
      const fault: Fault | undefined = name && FAULTS[name];
      for (const { target, present } of served)
        present(fault && fault.target === target ? fault.certificate : undefined);
      if (fault?.revokesTokens) await Promise.all([...environments.values()].map(({ tokens }) => tokens.revokeAll()));
      await Promise.all(served.map(({ wire }) => wire.closeConnections()));
    },
    caFile: authority.file,
    issueCertificate: (hostname) => authority.issueCertificate(hostname),
    journal,
    hostnames: Object.fromEntries([...environments].map(([name, { hostname }]) => [name, hostname])),
    getMaxConcurrent: (environment) => load.get(environment)?.most ?? 0,
    async waitUntilIdle() {
      while ([...load.values()].some((one) => one.now > 0)) await wait(20);
    },
    async close() {
      closing.abort();
      await Promise.all(served.map(({ wire }) => wire.close()));
    },
  };
}

interface ServedHost {
  readonly hostname: string;
  readonly listener: RequestListener;
  /** Absent for a host that is nobody's. */
  readonly target?: FaultTarget;
}

/** The environment's own release, or while that fault is on another one's recorded answers. */
function createReleaseSwitch(server: WebServerOptions): RequestListener {
  const own = createWebServer(server);
  const otherRelease = server.runner.release.startsWith('3.') ? '2.10.3' : '3.0.6';
  let other: Promise<RequestListener> | undefined;
  return async (request, response) => {
    if (!server.faults.getFor('web server')?.otherRelease) return own(request, response);
    other ??= createReplayRunner(otherRelease).then((runner) => createWebServer({ ...server, runner }));
    const listener = await other.catch(() => respondInternalError);
    return listener(request, response);
  };
}

const respondInternalError: RequestListener = (_, response) =>
  sendResponse(response, createHtmlPage(500, 'Internal Server Error'));

/** Takes whatever comes and says so in the journal. */
function createForeignHost(journal: Journal, now: () => number): RequestListener {
  return async (request, response) => {
    const path = request.url ?? '';
    journal.push({ at: now(), kind: 'elsewhere', environment: '', path, status: 200 });
    await readWholeBody(request);
    sendResponse(response, { status: 200, contentType: 'application/json', body: '{"stdout":"","stderr":""}' });
  };
}

async function startHost(
  { hostname, listener, target }: ServedHost,
  authority: CertificateAuthority,
  faults: ActiveFault,
): Promise<{
  hostname: string;
  target?: FaultTarget | undefined;
  wire: ControllableServer;
  present(which: keyof typeof others | undefined): void;
}> {
  const own = await authority.issueCertificate(hostname);
  const others = {
    untrusted: await authority.issueUntrustedCertificate(hostname),
    'wrong name': await authority.issueCertificate(`not.${FOREIGN_HOSTNAME}`),
  } satisfies Record<string, ServerCertificate>;
  const wire = await startControllableServer(createServer({ ...own, keepAliveTimeout: 60_000 }, listener), () => {
    const greeting = (target && faults.getFor(target)?.connectionMode) ?? 'serve';
    if (greeting !== 'serve') faults.countHit();
    return greeting;
  });
  return { hostname, target, wire, present: (which) => wire.setCertificate(which ? others[which] : own) };
}

function applyReachability(address: string, reach: Reachability | undefined): string | null {
  if (reach === undefined) return address;
  return reach === 'unresolved' ? null : reach;
}
