import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config-types.ts';
import { getPartition } from '../config/partition.ts';
import type { AirflowRunner } from './airflow/airflow-runner.ts';
import { type EventPlay, type LocalEvents, prepareEvents } from './events/start-events.ts';
import { createLogs, type Logs } from './gateway/functions/logs.ts';
import { type Gateway, type GatewayOptions, startGateway } from './gateway/start.ts';
import { isAllowed } from './iam/evaluate-policies.ts';
import {
  createPrincipalStore,
  type IssueCredentialsOptions,
  type Principal,
  type PrincipalStore,
} from './iam/principal-store.ts';
import { verifySignature } from './iam/verify-signature.ts';
import { isProcessRunning, LOCAL_FOLDER } from './local-folder.ts';
import {
  type ActiveFault,
  createActiveFault,
  FAULTS,
  type Fault,
  type FaultName,
  type FaultOptions,
} from './mwaa/faults.ts';
import { type MwaaOptions, type MwaaStandIn, startMwaa } from './mwaa/start.ts';
import type { WebServerBehavior } from './mwaa/web-server-behavior.ts';
import { type StackTarget, selectTarget, type TargetSelection } from './select-target.ts';
import { type LocalEnvironment, startEnvironment, startEnvironmentOnDemand } from './start-environment.ts';

export interface LocalStackOptions extends TargetSelection {
  readonly behavior?: WebServerBehavior;
  /** Port of the API. Default: any free port. */
  readonly port?: number;
  /** Called immediately before the API listens, to give up a reservation of the port. */
  readonly releasePort?: () => Promise<void>;
  /** Names of the environments whose Airflow is installed and started when the first command arrives. */
  readonly onDemand?: readonly string[];
  /** Starts a scheduler for each real Airflow, so that the tasks of triggered runs are run. */
  readonly runsTasks?: boolean;
  /** A folder of DAG files in place of the examples. */
  readonly dags?: string;
  /** Synthesizes the configuration into a folder, and returns the folder of the cloud assembly. Default: in this thread. */
  readonly synthesize?: (config: Config, outdir: string, signal?: AbortSignal) => Promise<string>;
  /** An abort ends the start. */
  readonly signal?: AbortSignal;
  /** Milliseconds since the epoch, for signatures and tokens. Default: the machine's clock. */
  readonly now?: () => number;
  /** Replays recorded output, even if Airflow can be installed. A text says why. */
  readonly replay?: boolean | string;
  /** Replaces or changes what runs the commands of each environment. */
  readonly adaptRunner?: (runner: AirflowRunner) => AirflowRunner;
  readonly onProgress?: (line: string) => void;
  /** What the events of the template do on purpose. */
  readonly eventPlay?: EventPlay;
  /** A fault that is active from the start. */
  readonly fault?: FaultName;
  /** Called with every CLI token that is issued, so that a test can search for it. */
  readonly onToken?: (token: string) => void;
  /**
   * Adds hosts to the functions' network besides MWAA: `name:port` → `127.0.0.1:port`. Called once the certificate authority
   * can issue certificates for them.
   */
  readonly createExtraNetwork?: (
    issue: MwaaStandIn['issueCertificate'],
    principals: PrincipalStore,
  ) => Promise<Readonly<Record<string, string>>>;
  /** Values that other stacks export, by export name. */
  readonly imports?: Readonly<Record<string, string>>;
}

/** A running stack: the deployed API and functions, the Airflows behind them, and credentials for callers. */
export interface LocalStack {
  /** Address of the API's stage. */
  readonly url: string;
  readonly region: string;
  readonly environments: readonly LocalEnvironment[];
  readonly gateway: Gateway;
  readonly mwaa: MwaaStandIn;
  /** The events of the template. Undefined if it has none, or if they cannot be played. */
  readonly events: LocalEvents | undefined;
  /** Why the events of the template cannot be played. */
  readonly eventsUnavailable: string | undefined;
  /** The log groups of the API and of every function. */
  readonly logs: Logs;
  /** Issues credentials for a session of a role in the API's account, with an identity policy that allows calls of the API. */
  createCaller(role: string, session: string): Principal;
  /** Like `createCaller`, in any account. `policies` replace the identity policy. */
  createCallerInAccount(
    account: string,
    role: string,
    session: string,
    policies?: readonly unknown[],
    options?: IssueCredentialsOptions,
  ): Principal;
  /** Activates a fault in place of the current one, or none. It applies from the next request on. */
  setFault(name?: FaultName, options?: FaultOptions): Promise<void>;
  close(): Promise<void>;
}

/**
 * Synthesizes a configuration and runs what AWS would run: the gateway and the functions from the template and its built
 * assets, and a stand-in for MWAA with a real Airflow behind it. `close` ends every process and deletes every file.
 *
 * @throws ConfigError, UnsupportedTemplateError
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { onProgress = () => {}, replay = false, runsTasks = false, onDemand = [], dags, signal } = options;
  const { synthesize = synthesizeHere } = options;
  const failed = new AbortController();
  const cleanUps: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  };
  try {
    const target = selectTarget(options);
    const folder = await createRunFolder();
    cleanUps.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

    onProgress('Synthesizing the template and building the functions …');
    const synthesizing = synthesize(target.config, join(folder, 'cdk.out'), anySignal(signal, failed.signal));
    synthesizing.catch(() => {}); // Reported below, after the environments.

    const environments: LocalEnvironment[] = [];
    for (const [name, { airflow }] of target.environments) {
      const settings = { replay, runsTasks, dags, onProgress, signal };
      const environment = onDemand.includes(name)
        ? startEnvironmentOnDemand(name, airflow, join(folder, name), settings)
        : await startEnvironment(name, airflow, join(folder, name), settings);
      cleanUps.push(() => environment.runner.close());
      environments.push(environment);
    }
    const assemblyDir = await synthesizing;
    signal?.throwIfAborted();

    const principals = createPrincipalStore();
    const faults = createActiveFault();
    let gateway: Gateway | undefined;
    const signalFunctions: MwaaOptions<Principal>['signalFunctions'] = (signal) => {
      if (gateway !== undefined) for (const name of listRelays(gateway)) gateway.controls.signal(signal, name);
    };
    const mwaa = await startMwaa<Principal>({
      ...createMwaaOptions(options, target, environments, principals, faults),
      caDir: folder,
      signalFunctions,
    });
    cleanUps.push(() => mwaa.close());

    const extraNetwork = (await options.createExtraNetwork?.(mwaa.issueCertificate, principals)) ?? {};
    const logs = createLogs();
    let events: LocalEvents | undefined;
    let eventsUnavailable: string | undefined;
    gateway = await startGateway({
      ...createGatewayOptions(options, target),
      assemblyDir,
      network: { ...mwaa.network, ...extraNetwork },
      caFile: mwaa.caFile,
      issueCertificate: mwaa.issueCertificate,
      principals,
      logs,
      async startServices(model) {
        if (model.queues.length === 0) return {};
        onProgress('Starting SQS and EventBridge …');
        const { now, eventPlay: play } = options;
        const prepared = await prepareEvents(model, {
          principals,
          issueCertificate: mwaa.issueCertificate,
          ...(now === undefined ? {} : { now }),
          ...(play === undefined ? {} : { play }),
        });
        if ('unavailable' in prepared) {
          eventsUnavailable = prepared.unavailable;
          onProgress(`Events are not played: ${prepared.unavailable}`);
          return {};
        }
        events = prepared;
        cleanUps.push(() => prepared.close());
        return prepared.network;
      },
    });
    cleanUps.push(async () => gateway?.close());
    events?.start(gateway);
    cleanUps.push(async () => events?.stop());

    const setFault = createFaultSwitch(mwaa, gateway, extraNetwork);
    if (options.fault !== undefined) await setFault(options.fault);

    return {
      url: gateway.url,
      region: target.region,
      environments,
      gateway,
      mwaa,
      events,
      eventsUnavailable,
      logs,
      createCaller: (role, session) => createCaller(principals, target, target.account, role, session),
      createCallerInAccount: (...caller) => createCaller(principals, target, ...caller),
      setFault,
      close,
    };
  } catch (error) {
    failed.abort();
    await close();
    throw error;
  }
}

const anySignal = (signal: AbortSignal | undefined, other: AbortSignal): AbortSignal =>
  signal === undefined ? other : AbortSignal.any([signal, other]);

/** The CDK is loaded only if it is needed: that takes a second. */
async function synthesizeHere(config: Config, outdir: string): Promise<string> {
  const { synthesize } = await import('../lib/synthesize.ts');
  return synthesize({ config, outdir }).directory;
}

/** Creates a folder for a running stack. Its name contains the process id, so that what a killed process left is found and removed. */
async function createRunFolder(): Promise<string> {
  await mkdir(LOCAL_FOLDER, { recursive: true });
  for (const name of await readdir(LOCAL_FOLDER)) {
    const [, pid] = /^run-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || isProcessRunning(Number(pid))) continue;
    await rm(join(LOCAL_FOLDER, name), { recursive: true, force: true, maxRetries: 5 });
  }
  return mkdtemp(join(LOCAL_FOLDER, `run-${process.pid}-`));
}

function createMwaaOptions(
  { now = Date.now, onToken, behavior, adaptRunner = (runner) => runner }: LocalStackOptions,
  { config, region, account }: StackTarget,
  environments: readonly LocalEnvironment[],
  principals: PrincipalStore,
  faults: ActiveFault,
): Omit<MwaaOptions<Principal>, 'caDir'> {
  const mwaaNow = () => now() + 60_000 * (faults.getFor('token API')?.clockAheadMinutes ?? 0);
  return {
    region,
    account,
    environments: environments.map(({ name, runner, webServer }) => ({
      name: config.environments[name]?.mwaaName ?? name,
      runner: adaptRunner(runner),
      webServer,
    })),
    verifySignature: (request) => verifySignature(request, { service: 'airflow', region, principals, now: mwaaNow }),
    isAllowed: (principal, action, resource) => isAllowed(principal, action, resource),
    now: mwaaNow,
    faults,
    onToken: (token) => onToken?.(token),
    ...(behavior === undefined ? {} : { behavior }),
  };
}

function createGatewayOptions(
  { now = Date.now, port, releasePort, imports }: LocalStackOptions,
  { account, region, stackName }: StackTarget,
): Pick<GatewayOptions, 'now' | 'port' | 'releasePort' | 'accountAndRegion' | 'stackName' | 'imports'> {
  return {
    now,
    accountAndRegion: { account, region },
    stackName,
    ...(port === undefined ? {} : { port }),
    ...(releasePort === undefined ? {} : { releasePort }),
    ...(imports === undefined ? {} : { imports }),
  };
}

/** The names of the relays: the functions in a VPC. */
const listRelays = ({ model }: Gateway): string[] =>
  [...model.functions.values()].flatMap(({ name, egress }) => (egress === undefined ? [] : [name]));

function createFaultSwitch(
  mwaa: MwaaStandIn,
  gateway: Gateway,
  extraNetwork: Readonly<Record<string, string>>,
): LocalStack['setFault'] {
  return async (name, options) => {
    await mwaa.setFault(name, options);
    const fault: Fault | undefined = name && FAULTS[name];
    const { controls } = gateway;
    controls.setNetwork({ ...mwaa.getCurrentNetwork(), ...extraNetwork });
    for (const relay of listRelays(gateway)) controls.setThrottled(fault?.noConcurrency ?? false, relay);
    // A function that holds a valid token or session requests no new one. It is ended, so that the next one starts without.
    if ((fault?.target === 'token API' && !fault.revokesTokens) || fault?.login) await controls.endIdle();
  };
}

function createCaller(
  principals: PrincipalStore,
  target: StackTarget,
  account: string,
  role: string,
  session: string,
  policies: readonly unknown[] = [createInvokePolicy(target)],
  options: IssueCredentialsOptions = {},
): Principal {
  const arn = `arn:${getPartition(target.region)}:sts::${account}:assumed-role/${role}/${session}`;
  return principals.issueCredentials(arn, [...policies], options);
}

const createInvokePolicy = ({ region, account }: StackTarget) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'execute-api:Invoke',
      Resource: `arn:${getPartition(region)}:execute-api:${region}:${account}:*`,
    },
  ],
});
