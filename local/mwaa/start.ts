import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { replayRunner } from '../airflow/replay.ts';
import type { Runner } from '../airflow/runner.ts';
import { type Authority, type Credential, createAuthority } from './ca.ts';
import { type CliTokens, cliTokens } from './cli-token.ts';
import type { Dress } from './dress.ts';
import { described, type EnvironmentAnswer, environmentApi, environmentApiHostname } from './environment-api.ts';
import { ELSEWHERE, type Exchange } from './fault-acts.ts';
import {
  type ActiveFault,
  FAULTS,
  type Fault,
  type FaultName,
  type FaultOptions,
  noFault,
  type Place,
  type Reach,
} from './faults.ts';
import { page, readBody, send } from './http.ts';
import type { Journal } from './journal.ts';
import { type SignedRequest, tokenApi, tokenApiHostname, type Verification } from './token-api.ts';
import { type WebServer, webServer } from './web-server.ts';
import { serve, type Wire } from './wire.ts';

/** One MWAA environment to play. */
export interface EnvironmentToPlay {
  readonly name: string;
  /** Of its web server. Default: one of the form that private environments have. */
  readonly hostname?: string;
  /** Runs what is posted. Stays the caller's: closing the stand-in does not close it. */
  readonly runner: Runner;
  /** Overrides of the stand-in's dress for this environment. */
  readonly dress?: Dress;
  /** What `GetEnvironment` says in place of its own. */
  readonly described?: EnvironmentAnswer;
}

export interface MwaaToPlay<P extends { readonly arn: string }> {
  readonly region: string;
  readonly account: string;
  readonly environments: readonly EnvironmentToPlay[];
  /** Checks a request's Signature Version 4 for the signing name `airflow` in this region. */
  verify(request: SignedRequest): Promise<Verification<P>>;
  /** Whether a caller may do an action, as `airflow:CreateCliToken`, on an environment's ARN, or to list them on `*`. */
  isAllowed(principal: P, action: string, resource: string): boolean | Promise<boolean>;
  /** Where the certificate of the authority goes, `mwaa-ca.pem`. */
  readonly caDir: string;
  /** Milliseconds since the epoch: the clock that tokens live by. Default: the machine's. */
  now?(): number;
  readonly dress?: Dress;
  /** Ends or stops the processes of the functions, for the faults that do. */
  signalFunctions?(signal: 'SIGKILL' | 'SIGSTOP'): void;
  /** Told of every token that is issued, so that a test can search for it. */
  onToken?(token: string): void;
  /** The fault that is on. Default: none, until `fault` is called. */
  readonly faults?: ActiveFault;
  /** Wraps what answers at a host name. */
  around?(hostname: string, listener: RequestListener): RequestListener;
}

/** A running stand-in. */
export interface Mwaa {
  /** Where a name that the public knows is served here: `host:443` → `127.0.0.1:port`. */
  readonly network: Readonly<Record<string, string>>;
  /** The same while a fault is on: null for a name that does not resolve, `refused` or `silent` for a port. */
  networkNow(): Readonly<Record<string, string | null>>;
  /**
   * Puts a fault on in the place of the one before, or none. Ends every connection first, so that the next one meets it.
   * What is in `networkNow` is the caller's to put in force.
   */
  fault(name?: FaultName, options?: FaultOptions): Promise<void>;
  /** PEM file of the certificate authority to trust. */
  readonly caFile: string;
  /** A certificate of that authority for another name. */
  issue(hostname: string): Promise<Credential>;
  /** What arrived, while it arrives. */
  readonly journal: Journal;
  /** Host name of each environment's web server, by environment. */
  readonly hostnames: Readonly<Record<string, string>>;
  /** The most commands an environment has run at once. */
  mostAtOnce(environment: string): number;
  /** Waits until no command is running, also of those whose caller has gone. */
  settled(): Promise<void>;
  /** Ends all connections and running commands. */
  close(): Promise<void>;
}

/**
 * Plays Amazon MWAA over HTTPS on loopback: the token API of the region, the API that lists and describes environments, and
 * the web server of each environment, each on a port of its own with a certificate for its own name. Throws for a release MWAA
 * has never offered.
 */
export async function startMwaa<P extends { readonly arn: string }>(mwaa: MwaaToPlay<P>): Promise<Mwaa> {
  const now = () => mwaa.now?.() ?? Date.now();
  const authority = await createAuthority(mwaa.caDir);
  const { faults = noFault() } = mwaa;
  const journal: Journal = [];
  const closing = new AbortController();
  const { region, account } = mwaa;
  const environments = new Map<string, { hostname: string; tokens: CliTokens; described: EnvironmentAnswer }>();
  const load = new Map<string, { now: number; most: number }>();
  const hosts: Host[] = [];

  for (const { name, runner, ...environment } of mwaa.environments) {
    const hostname = environment.hostname ?? `${randomUUID()}-vpce.c1.${region}.airflow.amazonaws.com`;
    const tokens = await cliTokens(now);
    const own = { now: 0, most: 0 };
    environments.set(name, {
      ...{ hostname, tokens },
      described: {
        ...described({ region, account, name, hostname, release: runner.release }),
        ...environment.described,
      },
    });
    load.set(name, own);
    const dress = { ...mwaa.dress, ...environment.dress };
    const server: WebServer = {
      ...{ environment: name, hostname, runner, tokens, dress, journal, faults, now },
      load: own,
      closing: closing.signal,
      exchange: (request, response) => exchange(hostname, request, response),
    };
    hosts.push({ place: 'web server', hostname, listener: eitherRelease(server) });
  }
  const tokenHostname = tokenApiHostname(region);
  hosts.push({
    place: 'token API',
    hostname: tokenHostname,
    listener: tokenApi<P>({
      ...{ region, account, environments, journal, faults, now },
      verify: (request) => mwaa.verify(request),
      isAllowed: (principal, action, resource) => mwaa.isAllowed(principal, action, resource),
      exchange: (request, response) => exchange(tokenHostname, request, response),
      onToken: (token) => mwaa.onToken?.(token),
    }),
  });
  hosts.push({
    place: 'environment API',
    hostname: environmentApiHostname(region),
    listener: environmentApi<P>({
      ...{ region, account, environments, journal, now },
      verify: (request) => mwaa.verify(request),
      isAllowed: (principal, action, resource) => mwaa.isAllowed(principal, action, resource),
    }),
  });
  hosts.push({ hostname: ELSEWHERE, listener: elsewhere(journal, now) });

  const wires = new Map<string, Wire>();
  /** Resets the connection that a request came by. */
  const exchange = (hostname: string, request: IncomingMessage, response: ServerResponse): Exchange => ({
    ...{ hostname, response, path: request.url ?? '', seconds: faults.seconds },
    reset: () => wires.get(hostname)?.reset(response.socket),
    signalFunctions: (signal) => mwaa.signalFunctions?.(signal),
  });
  const served = await Promise.all(
    hosts.map(async (host) => {
      const listener = mwaa.around?.(host.hostname, host.listener) ?? host.listener;
      const one = await serveHost({ ...host, listener }, authority, faults);
      wires.set(host.hostname, one.wire);
      return one;
    }),
  );
  const addresses = served.map(({ hostname, place, wire }) => ({
    place,
    key: `${hostname}:443`,
    address: `127.0.0.1:${wire.port}`,
  }));
  return {
    network: Object.fromEntries(addresses.filter(({ place }) => place).map(({ key, address }) => [key, address])),
    networkNow: () =>
      Object.fromEntries(
        addresses
          .filter(({ place }) => place ?? faults.name)
          .map(({ key, place, address }) => [key, reached(address, place && faults.at(place)?.reach)]),
      ),
    async fault(name, options) {
      faults.set(name, options);
      const fault: Fault | undefined = name && FAULTS[name];
      for (const { place, present } of served) present(fault && fault.at === place ? fault.certificate : undefined);
      if (fault?.revokes) await Promise.all([...environments.values()].map(({ tokens }) => tokens.revoke()));
      await Promise.all(served.map(({ wire }) => wire.drain()));
    },
    caFile: authority.file,
    issue: (hostname) => authority.issue(hostname),
    journal,
    hostnames: Object.fromEntries([...environments].map(([name, { hostname }]) => [name, hostname])),
    mostAtOnce: (environment) => load.get(environment)?.most ?? 0,
    async settled() {
      while ([...load.values()].some((one) => one.now > 0)) await wait(20);
    },
    async close() {
      closing.abort();
      await Promise.all(served.map(({ wire }) => wire.close()));
    },
  };
}

interface Host {
  readonly hostname: string;
  readonly listener: RequestListener;
  /** Absent for a host that is nobody's. */
  readonly place?: Place;
}

/** The environment's own release, or while that fault is on another one's recorded answers. */
function eitherRelease(server: WebServer): RequestListener {
  const own = webServer(server);
  const otherRelease = server.runner.release.startsWith('3.') ? '2.10.3' : '3.0.6';
  let other: Promise<RequestListener> | undefined;
  return async (request, response) => {
    if (!server.faults.at('web server')?.otherRelease) return own(request, response);
    other ??= replayRunner(otherRelease).then((runner) => webServer({ ...server, runner }));
    const listener = await other.catch(() => gone);
    return listener(request, response);
  };
}

const gone: RequestListener = (_, response) => send(response, page(500, 'Internal Server Error'));

/** Takes whatever comes and says so in the journal. */
function elsewhere(journal: Journal, now: () => number): RequestListener {
  return async (request, response) => {
    const path = request.url ?? '';
    journal.push({ at: now(), kind: 'elsewhere', environment: '', path, status: 200 });
    await readBody(request);
    send(response, { status: 200, contentType: 'application/json', body: '{"stdout":"","stderr":""}' });
  };
}

async function serveHost(
  { hostname, listener, place }: Host,
  authority: Authority,
  faults: ActiveFault,
): Promise<{
  hostname: string;
  place?: Place | undefined;
  wire: Wire;
  present(which: keyof typeof others | undefined): void;
}> {
  const own = await authority.issue(hostname);
  const others = {
    untrusted: await authority.issueUntrusted(hostname),
    'wrong name': await authority.issue(`not.${ELSEWHERE}`),
  } satisfies Record<string, Credential>;
  const wire = await serve(createServer({ ...own, keepAliveTimeout: 60_000 }, listener), () => {
    const greeting = (place && faults.at(place)?.greeting) ?? 'serve';
    if (greeting !== 'serve') faults.struck();
    return greeting;
  });
  return { hostname, place, wire, present: (which) => wire.present(which ? others[which] : own) };
}

function reached(address: string, reach: Reach | undefined): string | null {
  if (reach === undefined) return address;
  return reach === 'unresolved' ? null : reach;
}
