import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AirflowHome } from '../../local/airflow/airflow-home.ts';
import { createAirflowHome } from '../../local/airflow/create-airflow-home.ts';
import { createAirflowRunner } from '../../local/airflow/create-airflow-runner.ts';
import { findFreePort } from '../../local/airflow/find-free-port.ts';
import type { InstalledAirflow } from '../../local/airflow/install-airflow.ts';
import { startAirflowProcess } from '../../local/airflow/start-airflow-process.ts';
import type { PythonProcess } from '../../local/airflow/start-python-process.ts';

export interface TaskInstance {
  readonly state: string | null;
  readonly try_number: number;
  readonly max_tries: number;
}

/** An Airflow that runs DAGs: a scheduler, a triggerer, and on Airflow 3 an API server for its tasks. */
export interface CallerAirflow {
  /** The folder with the logs of the tasks. */
  readonly logs: string;
  /** Runs a command, and throws if it fails. */
  run(command: string): Promise<string>;
  /** The instance of a task named `remote`. */
  readTask(dagId: string): TaskInstance | undefined;
  query(sql: string, ...values: string[]): Record<string, unknown>[];
  /** Waits until the task is in one of these states, and returns it. */
  waitForTask(dagId: string, states: readonly string[], minTry?: number): Promise<TaskInstance>;
  restartTriggerer(): Promise<void>;
  close(): Promise<void>;
}

export interface CallerAirflowOptions {
  readonly folder: string;
  readonly dags: string;
  /** The folder in which the Python package is installed. */
  readonly packages: string;
  readonly variables: Readonly<Record<string, string>>;
}

export async function startCallerAirflow(
  installed: InstalledAirflow,
  { folder, dags, packages, variables }: CallerAirflowOptions,
): Promise<CallerAirflow> {
  const isAirflow3 = installed.release.startsWith('3.');
  const port = await findFreePort();
  const created = await createAirflowHome(installed, join(folder, 'home'), { dags, onProgress: console.error });
  const home: AirflowHome = {
    ...created,
    environment: {
      ...created.environment,
      ...INTERVALS,
      ...(isAirflow3 ? createApiSettings(port) : {}),
      PYTHONPATH: packages,
      ...variables,
    },
  };
  await mkdir(join(home.folder, 'logs'), { recursive: true });
  const runner = createAirflowRunner(installed, home);
  const run = async (command: string) => {
    const { exitCode, stdout, stderr } = await runner.run(command);
    if (exitCode !== 0) throw new Error(`airflow ${command} exited with ${exitCode}:\n${stdout}\n${stderr}`);
    return stdout.toString();
  };
  // In place of a process that parses the DAG files.
  await run('dags reserialize');

  const start = (words: readonly string[]) => startAirflowProcess(home, words, {});
  const processes = [start(['scheduler', '--skip-serve-logs'])];
  if (isAirflow3)
    processes.push(
      start(['api-server', '--host', '127.0.0.1', '--port', port, '--workers', '1', '--apps', 'execution']),
    );
  const startTriggerer = () => start(['triggerer', '--skip-serve-logs', '--capacity', '10']);
  let triggerer = startTriggerer();

  const query = (sql: string, ...values: string[]) => {
    const database = new DatabaseSync(home.database, { readOnly: true, timeout: 30_000 });
    try {
      return database.prepare(sql).all(...values) as Record<string, unknown>[];
    } finally {
      database.close();
    }
  };
  const readTask = (dagId: string) =>
    query(
      "SELECT state, try_number, max_tries FROM task_instance WHERE dag_id = ? AND task_id = 'remote' ORDER BY map_index",
      dagId,
    )[0] as TaskInstance | undefined;

  return {
    logs: join(home.folder, 'logs'),
    run,
    query,
    readTask,
    async waitForTask(dagId, states, minTry = 0) {
      for (let waited = 0; waited < WAIT_SECONDS; waited += 0.25) {
        const task = readTask(dagId);
        if (task !== undefined && states.includes(String(task.state)) && task.try_number >= minTry) return task;
        failIfExited([...processes, triggerer]);
        await sleep(250);
      }
      throw new Error(`The task of ${dagId} is not ${states.join(' or ')}: ${JSON.stringify(readTask(dagId))}`);
    },
    async restartTriggerer() {
      await triggerer.end();
      triggerer = startTriggerer();
    },
    async close() {
      await Promise.all([...processes, triggerer].map((process) => process.end()));
      await runner.close();
    },
  };
}

/** Much, for slow machines. */
const WAIT_SECONDS = 500;

function failIfExited(processes: readonly PythonProcess[]): void {
  for (const process of processes) {
    const failure = process.failure();
    if (failure !== undefined) throw new Error(`A process of Airflow has exited: ${failure}`);
  }
}

/** Short intervals. The scheduler finds tasks whose worker was killed after seconds, not minutes. */
const INTERVALS = {
  AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
  AIRFLOW__CORE__PARALLELISM: '3',
  _AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK: '1',
  // On 2.x, the scheduler parses the DAG files, because the process that does it also fails tasks whose worker was killed.
  AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL: '3600',
  AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME: '0.5',
  AIRFLOW__SCHEDULER__JOB_HEARTBEAT_SEC: '1',
  AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC: '1',
  AIRFLOW__SCHEDULER__LOCAL_TASK_JOB_HEARTBEAT_SEC: '1',
  AIRFLOW__SCHEDULER__SCHEDULER_ZOMBIE_TASK_THRESHOLD: '40',
  AIRFLOW__SCHEDULER__ZOMBIE_DETECTION_INTERVAL: '3',
  AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC: '1',
  AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT: '40',
  AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL: '3',
  AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL: '1',
  AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC: '1',
};

const createApiSettings = (port: string): Record<string, string> => ({
  AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `http://127.0.0.1:${port}/execution/`,
  AIRFLOW__API_AUTH__JWT_SECRET: randomBytes(32).toString('hex'),
  AIRFLOW__API__SECRET_KEY: randomBytes(32).toString('hex'),
});

export const PYTHON_PACKAGE = fileURLToPath(new URL('../../python', import.meta.url));
