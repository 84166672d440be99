import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config-types.ts';
import { getPartition, groupByTarget } from '../config/deployment-targets.ts';
import type { Timeouts } from '../config/timeouts.ts';
import { loadConfig } from '../files/load-config.ts';
import { synthesize } from '../lib/synthesize.ts';
import type { AirflowHome } from './airflow/airflow-home.ts';
import type { AirflowRunner } from './airflow/airflow-runner.ts';
import { PROJECT_FOLDER } from './airflow/cache.ts';
import { createAirflowHome } from './airflow/create-airflow-home.ts';
import { createAirflowRunner as realRunner } from './airflow/create-airflow-runner.ts';
import { installAirflow } from './airflow/install-airflow.ts';
import { createReplayRunner } from './airflow/replay-runner.ts';
import { createLogs, type Logs } from './gateway/functions/logs.ts';
import { type Gateway, startGateway } from './gateway/start.ts';
import { isAllowed } from './iam/evaluate-policies.ts';
import { createPrincipalStore, type Principal } from './iam/principal-store.ts';
import { verifySignature } from './iam/verify-signature.ts';
import { createActiveFault, FAULTS, type Fault, type FaultName, type FaultOptions } from './mwaa/faults.ts';
import { type MwaaStandIn, startMwaa } from './mwaa/start.ts';
import type { WebServerBehavior } from './mwaa/web-server-behavior.ts';

export interface LocalStackOptions {
  /** The configuration to deploy. */
  readonly configFile: string;
  /** Names of the environments to run an Airflow for. Default: all of the configuration. */
  readonly environments?: readonly string[];
  readonly behavior?: WebServerBehavior;
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
  readonly timeouts?: Partial<Timeouts>;
  /** Told of every CLI token that is issued, so that a test can search for it. */
  readonly onToken?: (token: string) => void;
  /** What else the functions' network has, beside MWAA: `name:port` → `127.0.0.1:port`, made once its certificates can be. */
  readonly createExtraNetwork?: (issue: MwaaStandIn['issueCertificate']) => Promise<Readonly<Record<string, string>>>;
  /** Which stack to play, where the configuration makes several. Default: the first. */
  readonly stackName?: string;
  /** What other stacks export, by name. */
  readonly imports?: Readonly<Record<string, string>>;
}

/** One MWAA environment as it is played. */
export interface LocalEnvironment {
  readonly name: string;
  readonly runner: AirflowRunner;
  /** Where the real Airflow lives. Absent in a replay. */
  readonly home?: AirflowHome;
  /** Why recorded transcripts answer. Absent where a real Airflow does. */
  readonly replayReason?: string;
}

/** The whole of it, running: what is deployed, the Airflows behind it, and those who may call. */
export interface LocalStack {
  /** Address of the API's stage. */
  readonly url: string;
  readonly region: string;
  readonly environments: readonly LocalEnvironment[];
  readonly gateway: Gateway;
  readonly mwaa: MwaaStandIn;
  /** What every function and the API wrote. */
  readonly logs: Logs;
  /** Credentials for a session of a role in the API's account whose identity policy lets it call the API. */
  createCaller(role: string, session: string): Principal;
  /** The same in any account. `policies`: its identity policies, in the place of one that lets it call the API. */
  createCallerInAccount(account: string, role: string, session: string, policies?: readonly unknown[]): Principal;
  /** Puts a fault on in the place of the one before, or none: from the next request on it is met. */
  setFault(name?: FaultName, options?: FaultOptions): Promise<void>;
  close(): Promise<void>;
}

const createInvokePolicy = (region: string, account: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'execute-api:Invoke',
      Resource: `arn:${getPartition(region)}:execute-api:${region}:${account}:*`,
    },
  ],
});

/** Account of the laptop, where the configuration names none. AWS's own example account. */
const DEFAULT_ACCOUNT = '111122223333';

/**
 * Synthesizes a configuration and plays AWS around it: the gateway and the functions from the template and the built
 * assets, MWAA with a real Airflow behind it. Closing leaves no process and no file.
 *
 * @throws ConfigError, UnsupportedTemplateError
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { configFile, onProgress = () => {}, now = Date.now } = options;
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    const config = overrideTimeouts(loadConfig(configFile), options.timeouts);
    const places = groupByTarget(config, config.environments);
    const place = places.find((one) => one.stackName === (options.stackName ?? places[0]?.stackName));
    if (place === undefined) throw new Error(`${configFile} makes no stack ${options.stackName}.`);
    const { region, account = DEFAULT_ACCOUNT } = place;
    const cache = join(PROJECT_FOLDER, '.cache', 'local');
    await mkdir(cache, { recursive: true });
    const folder = await mkdtemp(join(cache, 'run-'));
    closing.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

    onProgress('Synthesizing the template and building the functions …');
    const assemblyDir = synthesize({ config, outdir: join(folder, 'cdk.out') }).directory;

    const names = options.environments ?? Object.keys(place.environments);
    const environments: LocalEnvironment[] = [];
    for (const name of names) {
      const environment = place.environments[name];
      if (environment === undefined) throw new Error(`${configFile} has no environment ${name}.`);
      const played = await startEnvironment(name, environment.airflow, join(folder, name), options, onProgress);
      environments.push(played);
      closing.push(() => played.runner.close());
    }

    const principals = createPrincipalStore();
    const faults = createActiveFault();
    const mwaaNow = () => now() + 60_000 * (faults.getFor('token API')?.clockAheadMinutes ?? 0);
    let gateway: Gateway | undefined;
    const mwaa = await startMwaa<Principal>({
      region,
      account,
      environments: environments.map(({ name, runner }) => ({
        name: config.environments[name]?.mwaaName ?? name,
        runner,
      })),
      verifySignature: (request) => verifySignature(request, { service: 'airflow', region, principals, now: mwaaNow }),
      isAllowed: (principal, action, resource) => isAllowed(principal, action, resource),
      caDir: folder,
      now: mwaaNow,
      faults,
      signalFunctions: (signal) => gateway?.controls.signal(signal),
      onToken: (token) => options.onToken?.(token),
      ...(options.behavior === undefined ? {} : { behavior: options.behavior }),
    });
    closing.push(() => mwaa.close());

    const others = (await options.createExtraNetwork?.(mwaa.issueCertificate)) ?? {};
    const logs = createLogs();
    const played = await startGateway({
      assemblyDir,
      network: { ...mwaa.network, ...others },
      principals,
      caFile: mwaa.caFile,
      now,
      logs,
      ...(options.port === undefined ? {} : { port: options.port }),
      accountAndRegion: { account, region },
      stackName: place.stackName,
      ...(options.imports === undefined ? {} : { imports: options.imports }),
    });
    gateway = played;
    closing.push(() => played.close());
    const callerOf: LocalStack['createCallerInAccount'] = (
      owner,
      role,
      session,
      policies = [createInvokePolicy(region, account)],
    ) =>
      principals.issueCredentials(`arn:${getPartition(region)}:sts::${owner}:assumed-role/${role}/${session}`, [
        ...policies,
      ]);
    const fault = async (name?: FaultName, faultOptions?: FaultOptions) => {
      await mwaa.setFault(name, faultOptions);
      const on: Fault | undefined = name && FAULTS[name];
      played.controls.setNetwork({ ...mwaa.getCurrentNetwork(), ...others });
      played.controls.setThrottled(on?.noConcurrency ?? false);
      // A function that has a token asks for none: it starts anew, as one that was idle.
      if (on?.target === 'token API' && !on.revokesTokens) await played.controls.endIdle();
    };
    if (options.fault !== undefined) await fault(options.fault);

    return {
      url: played.url,
      region,
      environments,
      gateway: played,
      mwaa,
      logs,
      createCaller: (role, session) => callerOf(account, role, session),
      createCallerInAccount: callerOf,
      setFault: fault,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function overrideTimeouts(config: Config, timeouts: Partial<Timeouts> = {}): Config {
  const environments = Object.entries(config.environments).map(([name, environment]) => [
    name,
    { ...environment, timeouts: { ...environment.timeouts, ...timeouts } },
  ]);
  return { ...config, environments: Object.fromEntries(environments) };
}

/** A real Airflow where it can be installed, otherwise recorded transcripts and the reason why. */
async function startEnvironment(
  name: string,
  release: string,
  folder: string,
  { replay = false }: LocalStackOptions,
  onProgress: (line: string) => void,
): Promise<LocalEnvironment> {
  const installed = replay ? { unavailable: 'a replay was asked for' } : await installAirflow(release, { onProgress });
  if ('unavailable' in installed) {
    return { name, runner: await createReplayRunner(release), replayReason: installed.unavailable };
  }
  onProgress(`Airflow ${release}: starting …`);
  const home = await createAirflowHome(installed, folder, { onProgress });
  return { name, runner: realRunner(installed, home), home };
}
