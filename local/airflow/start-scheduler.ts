import { randomBytes } from 'node:crypto';
import type { AirflowHome } from './airflow-home.ts';
import { findFreePort } from './find-free-port.ts';
import { startAirflowProcess } from './start-airflow-process.ts';

/**
 * Starts the processes that run the tasks of an Airflow home: the scheduler, and on Airflow 3 the API server that tasks connect to.
 * Commands do not need them. They end when this process ends for any reason, and do not keep this process alive.
 *
 * @returns a function that ends these processes and their tasks, and waits until they have ended
 */
export async function startScheduler(release: string, home: AirflowHome): Promise<() => Promise<void>> {
  const [commands, addresses] = release.startsWith('3')
    ? await prepareAirflow3()
    : [[createSchedulerArgv(release)], {}];
  const variables = { ...addresses, ...(release.startsWith('1.') ? SHORT_INTERVALS : FORKED_TASKS) };
  const processes = commands.map((words) => startAirflowProcess(home, words, variables));
  return async () => {
    await Promise.all(processes.map((process) => process.end()));
  };
}

/** Makes the scheduler and its tasks check for changes every second. */
const SHORT_INTERVALS = {
  AIRFLOW__SCHEDULER__JOB_HEARTBEAT_SEC: '1',
  AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC: '1',
};

const TEN_YEARS_SECONDS = 10 * 365 * 24 * 60 * 60;

/** Since 2.0 tasks can be forks of the scheduler, and the scheduler does not need the DAG files. */
const FORKED_TASKS = {
  ...SHORT_INTERVALS,
  AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
  AIRFLOW__CORE__PARALLELISM: '1',
  // With one task at a time, this executor works on SQLite too.
  _AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK: '1',
  // On 2.x no process parses the DAG files again. This keeps the DAGs active in the database anyway.
  AIRFLOW__SCHEDULER__STANDALONE_DAG_PROCESSOR: 'True',
  AIRFLOW__SCHEDULER__DAG_STALE_NOT_SEEN_DURATION: String(TEN_YEARS_SECONDS),
  AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME: '0.5',
  AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL: '1',
};

/** The option `--skip-serve-logs` exists since 2.0. Before that, the executor for SQLite served no logs. */
const createSchedulerArgv = (release: string): string[] =>
  release.startsWith('1.') ? ['scheduler'] : ['scheduler', '--skip-serve-logs'];

async function prepareAirflow3(): Promise<[commands: string[][], variables: Record<string, string>]> {
  const port = await findFreePort();
  const commands = [
    createSchedulerArgv('3'),
    ['api-server', '--host', '127.0.0.1', '--port', port, '--workers', '1', '--apps', 'execution'],
  ];
  const variables = {
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `http://127.0.0.1:${port}/execution/`,
    AIRFLOW__API_AUTH__JWT_SECRET: randomBytes(32).toString('hex'),
    AIRFLOW__API__SECRET_KEY: randomBytes(32).toString('hex'),
  };
  return [commands, variables];
}
