import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../lib/config/config-types.ts';
import { loadConfig } from '../lib/config/load-config.ts';
import { partitionOf, placesOf } from '../lib/config/places.ts';
import type { TimeOuts } from '../lib/config/time-outs.ts';
import { synthesise } from '../lib/synthesise.ts';
import { projectFolder } from './airflow/cache.ts';
import { type Home, makeHome } from './airflow/home.ts';
import { installAirflow } from './airflow/install.ts';
import { runner as realRunner } from './airflow/real.ts';
import { replayRunner } from './airflow/replay.ts';
import type { Runner } from './airflow/runner.ts';
import { createLogs, type Logs } from './gateway/logs.ts';
import { type Gateway, startGateway } from './gateway/start.ts';
import { isAllowed } from './iam/evaluate.ts';
import { createPrincipals, type Principal } from './iam/principals.ts';
import { verify } from './iam/sigv4.ts';
import type { Dress } from './mwaa/dress.ts';
import { FAULTS, type Fault, type FaultName, type FaultOptions, noFault } from './mwaa/faults.ts';
import { type Mwaa, startMwaa } from './mwaa/start.ts';

export interface StackOptions {
  /** The configuration to deploy. */
  readonly configFile: string;
  /** Names of the environments to run an Airflow for. Default: all of the configuration. */
  readonly environments?: readonly string[];
  readonly dress?: Dress;
  /** Port of the API. Default: any free one. */
  readonly port?: number;
  /** Milliseconds since the epoch, for signatures and tokens. */
  readonly now?: () => number;
  /** Answer from transcripts even where Airflow could be installed. */
  readonly replay?: boolean;
  readonly onProgress?: (line: string) => void;
  /** The fault that is on from the start. */
  readonly fault?: FaultName;
  /** In place of the configuration's, for every environment: a fault is seen sooner with shorter ones. */
  readonly timeouts?: Partial<TimeOuts>;
  /** Told of every CLI token that is issued, so that a test can search for it. */
  readonly onToken?: (token: string) => void;
  /** What else the functions' network has, beside MWAA: `name:port` → `127.0.0.1:port`, made once its certificates can be. */
  readonly others?: (issue: Mwaa['issue']) => Promise<Readonly<Record<string, string>>>;
  /** Which stack to play, where the configuration makes several. Default: the first. */
  readonly stackName?: string;
  /** What other stacks export, by name. */
  readonly imports?: Readonly<Record<string, string>>;
}

/** One MWAA environment as it is played. */
export interface PlayedEnvironment {
  readonly name: string;
  readonly runner: Runner;
  /** Where the real Airflow lives. Absent in a replay. */
  readonly home?: Home;
  /** Why recorded transcripts answer. Absent where a real Airflow does. */
  readonly replayed?: string;
}

/** The whole of it, running: what is deployed, the Airflows behind it, and those who may call. */
export interface Stack {
  /** Address of the API's stage. */
  readonly url: string;
  readonly region: string;
  readonly environments: readonly PlayedEnvironment[];
  readonly gateway: Gateway;
  readonly mwaa: Mwaa;
  /** What every function and the API wrote. */
  readonly logs: Logs;
  /** Credentials for a session of a role in the API's account whose identity policy lets it call the API. */
  caller(role: string, session: string): Principal;
  /** The same in any account. `policies`: its identity policies, in the place of one that lets it call the API. */
  callerOf(account: string, role: string, session: string, policies?: readonly unknown[]): Principal;
  /** Puts a fault on in the place of the one before, or none: from the next request on it is met. */
  fault(name?: FaultName, options?: FaultOptions): Promise<void>;
  close(): Promise<void>;
}

const mayInvoke = (region: string, account: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'execute-api:Invoke',
      Resource: `arn:${partitionOf(region)}:execute-api:${region}:${account}:*`,
    },
  ],
});

/** Account of the laptop, where the configuration names none. AWS's own example account. */
const ACCOUNT = '111122223333';

/**
 * Synthesises a configuration and plays AWS around it: the gateway and the functions from the template and the built
 * assets, MWAA with a real Airflow behind it. Closing leaves no process and no file.
 *
 * @throws ConfigFault, TemplateRefusal
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { configFile, onProgress = () => {}, now = Date.now } = options;
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    const config = withTimeOuts(loadConfig(configFile), options.timeouts);
    const places = placesOf(config, config.environments);
    const place = places.find((one) => one.stackName === (options.stackName ?? places[0]?.stackName));
    if (place === undefined) throw new Error(`${configFile} makes no stack ${options.stackName}.`);
    const { region, account = ACCOUNT } = place;
    const cache = join(projectFolder, '.cache', 'local');
    await mkdir(cache, { recursive: true });
    const folder = await mkdtemp(join(cache, 'run-'));
    closing.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

    onProgress('Synthesising the template and building the functions …');
    const assemblyDir = synthesise({ config, outdir: join(folder, 'cdk.out') }).directory;

    const names = options.environments ?? Object.keys(place.environments);
    const environments: PlayedEnvironment[] = [];
    for (const name of names) {
      const environment = place.environments[name];
      if (environment === undefined) throw new Error(`${configFile} has no environment ${name}.`);
      const played = await playEnvironment(name, environment.airflow, join(folder, name), options, onProgress);
      environments.push(played);
      closing.push(() => played.runner.close());
    }

    const principals = createPrincipals();
    const faults = noFault();
    const mwaaNow = () => now() + 60_000 * (faults.at('token API')?.aheadMinutes ?? 0);
    let gateway: Gateway | undefined;
    const mwaa = await startMwaa<Principal>({
      region,
      account,
      environments: environments.map(({ name, runner }) => ({
        name: config.environments[name]?.mwaaName ?? name,
        runner,
      })),
      verify: (request) => verify(request, { service: 'airflow', region, principals, now: mwaaNow }),
      isAllowed: (principal, action, resource) => isAllowed(principal, action, resource),
      caDir: folder,
      now: mwaaNow,
      faults,
      signalFunctions: (signal) => gateway?.controls.signal(signal),
      onToken: (token) => options.onToken?.(token),
      ...(options.dress === undefined ? {} : { dress: options.dress }),
    });
    closing.push(() => mwaa.close());

    const others = (await options.others?.(mwaa.issue)) ?? {};
    const logs = createLogs();
    const played = await startGateway({
      assemblyDir,
      network: { ...mwaa.network, ...others },
      principals,
      caFile: mwaa.caFile,
      now,
      logs,
      ...(options.port === undefined ? {} : { port: options.port }),
      environment: { account, region },
      stackName: place.stackName,
      ...(options.imports === undefined ? {} : { imports: options.imports }),
    });
    gateway = played;
    closing.push(() => played.close());
    const callerOf: Stack['callerOf'] = (owner, role, session, policies = [mayInvoke(region, account)]) =>
      principals.issue(`arn:${partitionOf(region)}:sts::${owner}:assumed-role/${role}/${session}`, [...policies]);
    const fault = async (name?: FaultName, faultOptions?: FaultOptions) => {
      await mwaa.fault(name, faultOptions);
      const on: Fault | undefined = name && FAULTS[name];
      played.controls.reroute({ ...mwaa.networkNow(), ...others });
      played.controls.throttle(on?.noConcurrency ?? false);
      // A function that has a token asks for none: it starts anew, as one that was idle.
      if (on?.at === 'token API' && !on.revokes) await played.controls.recycle();
    };
    if (options.fault !== undefined) await fault(options.fault);

    return {
      url: played.url,
      region,
      environments,
      gateway: played,
      mwaa,
      logs,
      caller: (role, session) => callerOf(account, role, session),
      callerOf,
      fault,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function withTimeOuts(config: Config, timeouts: Partial<TimeOuts> = {}): Config {
  const environments = Object.entries(config.environments).map(([name, environment]) => [
    name,
    { ...environment, timeouts: { ...environment.timeouts, ...timeouts } },
  ]);
  return { ...config, environments: Object.fromEntries(environments) };
}

/** A real Airflow where it can be installed, otherwise recorded transcripts and the reason why. */
async function playEnvironment(
  name: string,
  release: string,
  folder: string,
  { replay = false }: StackOptions,
  onProgress: (line: string) => void,
): Promise<PlayedEnvironment> {
  const installed = replay ? { unavailable: 'a replay was asked for' } : await installAirflow(release, { onProgress });
  if ('unavailable' in installed) {
    return { name, runner: await replayRunner(release), replayed: installed.unavailable };
  }
  onProgress(`Airflow ${release}: starting …`);
  const home = await makeHome(installed, folder, { onProgress });
  return { name, runner: realRunner(installed, home), home };
}
