import { setTimeout as wait } from 'node:timers/promises';
import { MwaaCliProxyClient } from '../client/library/mwaa-cli-proxy-client.ts';
import { DEFAULT_CONFIG_FILE } from '../files/load-config.ts';
import type { AirflowRunner } from '../local/airflow/airflow-runner.ts';
import { type LocalStack, startLocalStack } from '../local/local-stack.ts';
import { ROLE } from './deployment-names.ts';
import { formatNumber, type Table } from './section.ts';
import { findQuantile } from './statistics.ts';

const ENVIRONMENT = 'analytics-prod';
/** Slots of the environment in the default configuration. */
const SLOTS = 2;
const COMMAND_MS = 200;
const CALLERS = [1, 2, 10, 50, 200];

/** Measures latency and throughput by the number of callers. Every caller has a front of its own, which is a process here. */
export async function measureCallers(mostCallers: number): Promise<Table> {
  const stack = await startLocalStack({
    configFile: DEFAULT_CONFIG_FILE,
    environments: [ENVIRONMENT],
    replay: true,
  });
  try {
    for (const { runner } of stack.environments) delayCommands(runner);
    const rows: string[][] = [];
    for (const callers of CALLERS.filter((count) => count <= mostCallers)) {
      await sendAll(stack, callers); // Starts the functions.
      rows.push(await measure(stack, callers));
    }
    return {
      columns: [
        `callers, ${SLOTS} slots, ${COMMAND_MS} ms a command`,
        'succeeded',
        'time p50',
        'time p95',
        'longest time',
        'commands a second',
        'of the ideal',
      ],
      rows,
    };
  } finally {
    await stack.close();
  }
}

/** Makes each command take a fixed time. */
function delayCommands(runner: AirflowRunner): void {
  const run = runner.run.bind(runner);
  Object.assign(runner, {
    run: async (...args: Parameters<AirflowRunner['run']>) => {
      await wait(COMMAND_MS);
      return run(...args);
    },
  });
}

async function measure(stack: LocalStack, callers: number): Promise<string[]> {
  await wait(1000); // Lambda limits the rate of the last second.
  const startedAt = performance.now();
  const answers = await sendAll(stack, callers);
  const elapsedMs = performance.now() - startedAt;
  const times = answers.map(({ milliseconds }) => milliseconds);
  const idealMs = Math.ceil(callers / SLOTS) * COMMAND_MS;
  const format = (milliseconds: number) => `${formatNumber(milliseconds / 1000)} s`;
  return [
    String(callers),
    String(answers.filter(({ isSuccess }) => isSuccess).length),
    format(findQuantile(times, 0.5)),
    format(findQuantile(times, 0.95)),
    format(Math.max(...times)),
    formatNumber((1000 * callers) / elapsedMs),
    `${((100 * idealMs) / elapsedMs).toFixed(0)} %`,
  ];
}

const sendAll = ({ url, region, createCaller }: LocalStack, callers: number) =>
  Promise.all(
    Array.from({ length: callers }, async (_, index) => {
      const credentials = createCaller(ROLE, `caller-${index}`);
      const startedAt = performance.now();
      const isSuccess = await new MwaaCliProxyClient({ url, region, credentials }, ENVIRONMENT).run(['version']).then(
        () => true,
        () => false,
      );
      return { isSuccess, milliseconds: performance.now() - startedAt };
    }),
  );
