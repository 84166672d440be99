/**
 * `npm start [-- --once] [--airflow RELEASE] [--port N] [--replay] [--fault NAME]`: the whole of it on this machine, one real request
 * through it, and how to call it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { ConfigError } from '../config/config-error.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../files/load-config.ts';
import { formatCallInstructions } from './call-instructions.ts';
import { demonstrate, demonstrateFault } from './demonstrate.ts';
import { findEnvironment } from './find-environment.ts';
import { startLocalStack } from './local-stack.ts';
import { FAULTS, type FaultName, formatFaultList, isFaultName } from './mwaa/faults.ts';

const USAGE = `Usage: npm start -- [options]

  --once             send the one request, print the answer, stop; exit with 0 or not
  --airflow RELEASE  which environment of ${DEFAULT_CONFIG_FILE} to start (default: the first)
  --port N           port of the API (default: any free one)
  --replay           answer from recorded transcripts, without an Airflow
  --fault NAME       put something wrong on the way and show what a caller sees; \`--fault list\` names them all
`;

/** A fault is waited for. These are seconds where a deployment has minutes. */
const FAULT_TIMEOUTS = {
  ...{ integrationSeconds: 12, functionSeconds: 10, abortSeconds: 8, postSeconds: 6 },
  ...{ connectSeconds: 2, tokenSeconds: 6, busySeconds: 2 },
};

const options = readOptions();
const config = loadConfig(DEFAULT_CONFIG_FILE);
const environment = selectEnvironment(options.airflow);
const stopController = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopController.abort());

process.exitCode = await main();

async function main(): Promise<number> {
  const startedAt = performance.now();
  const stack = await startLocalStack({
    configFile: DEFAULT_CONFIG_FILE,
    environments: [environment],
    replay: options.replay,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.fault === undefined ? {} : { fault: options.fault, timeouts: FAULT_TIMEOUTS }),
    onProgress: (line) => console.error(line),
  });
  try {
    const [played] = stack.environments;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const airflow = `Airflow ${played!.runner.release}`;
    if (played!.replayReason !== undefined) {
      print(`*** REPLAY: no real Airflow. Recorded answers of ${airflow}, nothing is run: ${played!.replayReason} ***`);
    }
    print(
      `Ready after ${seconds} s: the deployed API and its function, and ${played!.replayReason ? 'recordings of' : 'a real'} ${airflow} behind it.`,
    );

    const caller = stack.createCaller('data-engineer', 'you');
    const proxy = { url: stack.url, region: stack.region, environment, credentials: caller };
    const proved = await (options.fault === undefined
      ? demonstrate(proxy, print)
      : demonstrateFault(proxy, options.fault, stack, print));
    if (options.once || stopController.signal.aborted) return proved ? 0 : 1;

    print(formatCallInstructions(stack.url, stack.region, environment, caller));
    await wait(2 ** 31 - 1, undefined, { signal: stopController.signal }).catch(() => {});
    print('\nStopping …');
    return 0;
  } finally {
    await stack.close();
  }
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        airflow: { type: 'string' },
        port: { type: 'string' },
        replay: { type: 'boolean', default: false },
        fault: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) exitWithText(USAGE, 0);
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536))
      exitWithText(`--port ${values.port}?\n\n${USAGE}`, 2);
    return { ...values, port, fault: parseFaultName(values.fault) };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return exitWithText(`${(error as Error).message}\n\n${USAGE}`, 2);
  }
}

function parseFaultName(name: string | undefined): FaultName | undefined {
  if (name === 'list') exitWithText(formatFaultList(), 0);
  if (name === undefined || isFaultName(name)) return name;
  return exitWithText(
    `There is no fault ${name}.${formatDidYouMean(name, Object.keys(FAULTS))} There are:\n\n${formatFaultList()}\n`,
    2,
  );
}

function selectEnvironment(release: string | undefined): string {
  const found = findEnvironment(config, release);
  if (found !== undefined) return found;
  const enabled = Object.values(config.environments).filter((environment) => environment.enabled);
  const releases = enabled.map(({ airflow }) => airflow).join(', ');
  return exitWithText(`No environment of ${DEFAULT_CONFIG_FILE} runs Airflow ${release}. There are: ${releases}.\n`, 2);
}

function exitWithText(text: string, code: number): never {
  console.error(text);
  process.exit(code);
}

function print(text: string): void {
  console.log(text);
}
