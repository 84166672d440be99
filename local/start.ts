/**
 * `npm start -- [options]`: deploys the example configuration on this machine, sends one request through every component, and prints
 * how to send more.
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

  --once             send the example requests, print the responses, and exit: 0 if they succeed, else 1
  --airflow RELEASE  start the environment of ${DEFAULT_CONFIG_FILE} that runs this release (default: the first)
  --port N           port of the API (default: any free port)
  --replay           replay recorded output instead of running Airflow
  --fault NAME       activate a fault and show what a caller sees; \`--fault list\` lists the faults
`;

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
    const { runner, replayReason } = stack.environments[0]!;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const airflow = `Airflow ${runner.release}`;
    if (replayReason !== undefined) {
      print(`*** REPLAY: no real Airflow. Responses are recorded output of ${airflow}: ${replayReason}. ***`);
    }
    print(
      `Ready after ${seconds} s: the deployed API and its function, with ${replayReason ? 'recordings of' : 'a real'} ${airflow} behind it.`,
    );

    const caller = stack.createCaller('data-engineer', 'you');
    const proxy = { url: stack.url, region: stack.region, environment, credentials: caller };
    const succeeded = await (options.fault === undefined
      ? demonstrate(proxy, print)
      : demonstrateFault(proxy, options.fault, stack, print));
    if (options.once || stopController.signal.aborted) return succeeded ? 0 : 1;

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
      exitWithText(`--port ${values.port} is not a port: use a number from 0 to 65535.\n\n${USAGE}`, 2);
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
    `There is no fault ${name}.${formatDidYouMean(name, Object.keys(FAULTS))} The faults are:\n\n${formatFaultList()}\n`,
    2,
  );
}

function selectEnvironment(release: string | undefined): string {
  const selected = findEnvironment(config, release);
  if (selected !== undefined) return selected;
  const enabled = Object.values(config.environments).filter((environment) => environment.enabled);
  const releases = enabled.map(({ airflow }) => airflow).join(', ');
  return exitWithText(
    `No environment of ${DEFAULT_CONFIG_FILE} runs Airflow ${release}. Use --airflow with one of: ${releases}.\n`,
    2,
  );
}

function exitWithText(text: string, code: number): never {
  console.error(text);
  process.exit(code);
}

function print(text: string): void {
  console.log(text);
}
