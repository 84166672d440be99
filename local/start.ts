/**
 * `npm start -- [options]`: deploys a configuration on this machine, sends requests through every component, and prints how to send
 * more.
 */
import { join, relative } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import type { Config } from '../config/config-types.ts';
import { isActiveEvent, selectEvents } from '../config/create-events-file.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../files/load-config.ts';
import { installAirflow, isLikelyInstallable } from './airflow/install-airflow.ts';
import { buildPrograms } from './build-programs.ts';
import {
  createAirflowctlVariables,
  createClientVariables,
  formatCallInstructions,
  type ShownEnvironment,
} from './call-instructions.ts';
import {
  type ChosenEnvironments,
  chooseEnvironments,
  EnvironmentChoiceError,
  keepEnvironments,
  removeNetworkSettings,
} from './choose-environments.ts';
import { demonstrate, demonstrateFault } from './demonstrate.ts';
import { createSampleEvent } from './events/sample-event.ts';
import { serveEvents } from './events/serve-events.ts';
import { fitWidth } from './fit-width.ts';
import { UnsupportedTemplateError } from './gateway/template/unsupported-template.ts';
import { LOCAL_FOLDER } from './local-folder.ts';
import { type LocalStack, startLocalStack } from './local-stack.ts';
import { acceptLocalTokens, canServeAirflowctl, createLocalTokens } from './local-tokens.ts';
import { PortInUseError, type PortReservation, reservePort } from './reserve-port.ts';
import { type LocalCaller, selectCaller } from './select-caller.ts';
import { formatShellEnvironment, installPrograms, loadCredentials, writePrivateFile } from './shell-environment.ts';
import { hasRecording, NoAirflowError } from './start-environment.ts';
import { DEFAULT_PORT, ExitWithText, parseStartOptions, type StartOptions } from './start-options.ts';
import { createStopSignal } from './stop-signal.ts';
import { synthesizeInThread } from './synthesize-in-thread.ts';

/** Timeouts of seconds instead of minutes, so that the effect of a fault shows soon. */
const FAULT_TIMEOUTS = {
  queueSeconds: 3,
  functionSeconds: 10,
  abortSeconds: 8,
  postSeconds: 6,
  connectSeconds: 2,
  tokenSeconds: 6,
  busySeconds: 2,
};

/** Errors whose message is all that a user needs. */
const EXPECTED_ERRORS = [
  ConfigError,
  EnvironmentChoiceError,
  NoAirflowError,
  PortInUseError,
  UnsupportedTemplateError,
] as const;

/** Longer paths do not fit on a line with `source`. */
const MAX_SHOWN_PATH = 70;

const signal = createStopSignal();
async function main(): Promise<number> {
  try {
    return await start(parseStartOptions(process.argv.slice(2)));
  } catch (error) {
    if (signal.aborted) return Number(signal.reason);
    if (error instanceof ExitWithText) {
      (error.exitCode === 0 ? console.log : console.error)(fitWidth(error.message));
      return error.exitCode;
    }
    // The CDK has already printed what it found.
    const isExpected =
      EXPECTED_ERRORS.some((type) => error instanceof type) || (error as Error).name === 'ValidationFailed';
    if (!isExpected) throw error;
    printProgress((error as Error).message);
    return 1;
  }
}

async function start(options: StartOptions): Promise<number> {
  const startedAt = performance.now();
  const isLasting = !options.once;
  const file = loadConfig(options.config);
  const { config: simulated, changes } = removeNetworkSettings(file);
  const chosen = chooseEnvironments(options.config, simulated, options);
  for (const change of [...describeWarnings(options.config, file), ...changes, ...chosen.changes])
    printProgress(change);

  const port = isLasting ? await reservePort(options.port ?? DEFAULT_PORT) : undefined;
  try {
    const { environment, replay } = await selectEnvironment(chosen, options);
    const caller = selectCaller(chosen.config, environment, options.as);
    if (caller === undefined)
      throw new ExitWithText(
        `No grant of ${options.config} names a role for ${environment}. Name the caller: --as arn:aws:iam::ACCOUNT:role/NAME`,
        2,
      );
    const others = isLasting && options.fault === undefined ? await listOthers(chosen, environment, replay) : [];
    const kept = keepEnvironments(chosen.config, [environment, ...others]);
    const tokens =
      isLasting && replay === false && canServeAirflowctl(kept, environment) ? await createLocalTokens() : undefined;
    const config = tokens === undefined ? kept : acceptLocalTokens(kept, caller);
    const programs = isLasting ? buildPrograms(signal) : undefined;
    programs?.catch(() => {}); // Reported when they are needed.

    const stack = await startLocalStack({
      configFile: options.config,
      config,
      stackName: chosen.stackName,
      environments: [environment, ...others],
      onDemand: others,
      runsTasks: isLasting,
      replay,
      signal,
      synthesize: synthesizeInThread,
      onProgress: printProgress,
      ...(tokens === undefined ? {} : { createExtraNetwork: tokens.serve }),
      ...(port !== undefined
        ? { port: port.port, releasePort: () => port.release() }
        : options.port === undefined
          ? {}
          : { port: options.port }),
      ...(options.fault === undefined ? {} : { fault: options.fault, timeouts: FAULT_TIMEOUTS }),
    });
    let closeEvents = async (): Promise<void> => {};
    try {
      printReady(stack, performance.now() - startedAt);
      const credentials = await issueCredentials(stack, config, caller);
      const proxy = { url: stack.url, region: stack.region, environment, credentials };
      const { release } = stack.environments[0]!.runner;
      const succeeded = await (options.fault === undefined
        ? demonstrate(proxy, release, print)
        : demonstrateFault(proxy, options.fault, release, stack, print));
      if (port === undefined || programs === undefined) return succeeded ? 0 : 1;

      // airflowctl waits five seconds for an answer, and the web server takes longer to start.
      if (tokens !== undefined) stack.environments[0]!.webServer.get().catch(() => {});
      const { events, gateway } = stack;
      const served = events && (await serveEvents(events, gateway.model.queues));
      closeEvents = async () => served?.close();
      const variables = {
        ...createClientVariables(stack.url, stack.region, environment, credentials),
        ...(tokens === undefined ? {} : createAirflowctlVariables(await tokens.issueToken())),
        ...(served === undefined ? {} : { LOCAL_EVENTS_URL: served.url }),
      };
      const envFile = await writeEnvironmentFile(variables, programs, port);
      print(
        formatCallInstructions(
          envFile,
          describeEnvironments(stack, config),
          tokens !== undefined,
          served && findSampleEvent(config),
        ),
      );
      await waitForAbort();
      print('\nStopping …');
      return 0;
    } finally {
      await closeEvents();
      await stack.close();
      await tokens?.close();
    }
  } finally {
    await port?.release();
    port?.forget();
  }
}

/**
 * Returns the first candidate whose Airflow can be installed, or else the first one with a recording. Without a choice of the user,
 * another release than the first one is better than no real Airflow.
 */
async function selectEnvironment(
  { config, candidates }: ChosenEnvironments,
  options: StartOptions,
): Promise<{ environment: string; replay: boolean | string }> {
  const getRelease = (name: string) => config.environments[name]!.airflow;
  const reasons: string[] = [];
  for (const name of options.replay ? [] : candidates) {
    const installed = await installAirflow(getRelease(name), { onProgress: printProgress, signal });
    if (!('unavailable' in installed)) return { environment: name, replay: false };
    reasons.push(installed.unavailable);
    printProgress(`Airflow ${getRelease(name)} cannot run here: ${installed.unavailable}.`);
  }
  for (const name of candidates)
    if (await hasRecording(getRelease(name))) return { environment: name, replay: reasons[0] ?? true };
  const release = getRelease(candidates[0]!);
  throw new NoAirflowError(
    `There is no recording of Airflow ${release} to replay. ${reasons[0] ?? 'Leave out --replay'}.`,
  );
}

/** Lists the other environments whose Airflow can probably run on this machine, or be replayed. */
async function listOthers(
  { config, candidates, others }: ChosenEnvironments,
  environment: string,
  replay: boolean | string,
): Promise<string[]> {
  const names = [...candidates, ...others].filter((name) => name !== environment);
  const canRun = await Promise.all(
    names.map((name) => {
      const { airflow } = config.environments[name]!;
      return replay === false ? isLikelyInstallable(airflow) : hasRecording(airflow);
    }),
  );
  return names.filter((_, index) => canRun[index]);
}

/** An event of the first event that has a pattern, or the first schedule. */
function findSampleEvent(config: Config): object | undefined {
  const enabled = Object.entries(selectEvents(config)).filter(([, event]) => isActiveEvent(event, config.environments));
  for (const [, { pattern, run, bus }] of enabled)
    if (pattern !== undefined) return { ...createSampleEvent({ pattern, run }), ...(bus === undefined ? {} : { bus }) };
  const [schedule] = enabled;
  return schedule && { schedule: schedule[0] };
}

function describeWarnings(file: string, { warnings }: Config): string[] {
  if (file === DEFAULT_CONFIG_FILE || warnings.length === 0) return [];
  const found = warnings.length === 1 ? 'a warning. To see it' : `${warnings.length} warnings. To see them`;
  return [`${file} has ${found}: npm run synth -- --config ${file}`];
}

function printReady({ url, environments }: LocalStack, milliseconds: number): void {
  const { runner, replayReason } = environments[0]!;
  const airflow = `Airflow ${runner.release}`;
  if (replayReason !== undefined)
    print(`*** REPLAY: no real Airflow. Responses are recorded output of ${airflow}: ${replayReason}. ***`);
  const behind = replayReason === undefined ? `a real ${airflow}` : `recordings of ${airflow}`;
  print(
    `Ready after ${(milliseconds / 1000).toFixed(1)} s: the deployed API and its functions, with ${behind} behind them.\n${url}`,
  );
}

const issueCredentials = async (stack: LocalStack, { api }: Config, { account, role }: LocalCaller) => {
  const organizationId = api.callers.organization;
  return stack.createCallerInAccount(account, role, 'you', undefined, {
    reissued: await loadCredentials(),
    ...(organizationId === undefined ? {} : { organizationId }),
  });
};

/** @returns the path of the file, relative to the working directory if it is long */
async function writeEnvironmentFile(
  variables: Readonly<Record<string, string>>,
  programs: ReturnType<typeof buildPrograms>,
  { port, hasNeighbor }: PortReservation,
): Promise<string> {
  const built = join((await programs)('airflow'), '..');
  const bin = await installPrograms(built);
  // A profile of the user could otherwise add a token, which takes precedence over credentials.
  const settings = { ...variables, MWAA_CLI_PROXY_CONFIG: join(LOCAL_FOLDER, 'no-profiles.yaml') };
  const file = join(LOCAL_FOLDER, hasNeighbor ? `env-${port}.sh` : 'env.sh');
  await writePrivateFile(file, formatShellEnvironment(settings, bin));
  return file.length <= MAX_SHOWN_PATH ? file : relative(process.cwd(), file);
}

const describeEnvironments = ({ environments }: LocalStack, config: Config): ShownEnvironment[] =>
  environments.map(({ name, runner, home, replayReason }) => ({
    name,
    airflow: runner.release,
    // Recordings have only answers of commands.
    rest: config.environments[name]?.rest === true && replayReason === undefined,
    remark: replayReason !== undefined ? 'recorded' : home === undefined ? 'starts with its first request' : undefined,
  }));

async function waitForAbort(): Promise<void> {
  // An interval keeps the process alive: a signal alone does not.
  const timer = setInterval(() => {}, 2 ** 31 - 1);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  clearInterval(timer);
}

function print(text: string): void {
  console.log(fitWidth(text));
}

function printProgress(text: string): void {
  console.error(fitWidth(text));
}

process.exitCode = await main();
