import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { AirflowHome } from '../../local/airflow/airflow-home.ts';

/**
 * What runs the tasks of a home: its own scheduler, and on Airflow 3 the server that tasks talk to. They have no
 * part in the command line, so the stack goes without them.
 *
 * @returns what ends them, and waits until they have ended
 */
export async function startScheduler(release: string, home: AirflowHome): Promise<() => Promise<void>> {
  const [commands, addresses] = release.startsWith('3')
    ? await prepareAirflow3()
    : [[createSchedulerArgv(release)], {}];
  const variables = { ...addresses, ...(release.startsWith('1.') ? SHORT_INTERVALS : FORKED_TASKS) };
  const processes = commands.map((words) =>
    // Each leads a group of its own, so that what it starts ends with it.
    spawn(join(home.environment.PATH!.split(':')[0]!, 'airflow'), words, {
      env: { ...home.environment, ...variables },
      cwd: home.folder,
      detached: true,
      stdio: 'ignore',
    }),
  );
  // However this process ends.
  const kill = () => processes.forEach(killGroup);
  process.once('exit', kill);
  return async () => {
    await Promise.all(processes.map(endProcess));
    process.off('exit', kill);
  };
}

/** The scheduler and its tasks look for changes every second. */
const SHORT_INTERVALS = {
  AIRFLOW__SCHEDULER__JOB_HEARTBEAT_SEC: '1',
  AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC: '1',
};

const TEN_YEARS_SECONDS = 10 * 365 * 24 * 60 * 60;

/** From 2.0 on, a task can be a fork of the scheduler, and a scheduler needs no files of DAGs. */
const FORKED_TASKS = {
  ...SHORT_INTERVALS,
  AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
  AIRFLOW__CORE__PARALLELISM: '1',
  // With one task at a time, this executor works on SQLite too.
  _AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK: '1',
  // DAGs stay in the database, however long ago their files were read: on 2.x no process reads them again.
  AIRFLOW__SCHEDULER__STANDALONE_DAG_PROCESSOR: 'True',
  AIRFLOW__SCHEDULER__DAG_STALE_NOT_SEEN_DURATION: String(TEN_YEARS_SECONDS),
  AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME: '0.5',
  AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL: '1',
};

/** The option came with 2.0. Before, the executor of SQLite served no logs. */
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

/** A port below those that the system gives away by itself: nothing else takes it before the server listens. */
async function findFreePort(): Promise<string> {
  const server = createServer().listen(randomInt(20_000, 32_000), '127.0.0.1');
  const isFree = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (!isFree) return findFreePort();
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}

/** As `systemd` does: asked, and after a while made to. The DAG processor of 1.x has a group of its own, and ends when asked. */
async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await Promise.race([ended, delay(20_000, undefined, { ref: false })]);
  killGroup(child);
  await ended;
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group has ended.
  }
}
