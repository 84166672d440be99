import { isReleaseAtLeast } from './compare-releases.ts';

/**
 * Effects of commands, which the catalogs do not contain. The lists have the names of the commands in all releases. A command in
 * none of the lists is assumed to change something. Source: Airflow's `airflow/cli/commands/` (1.10: `airflow/bin/cli.py`).
 */

/** Commands that can be repeated without a second effect in Airflow. The relay may retry them after an unknown outcome. */
const READ_ONLY_COMMANDS = new Set([
  'assets details',
  'assets list',
  'cheat-sheet',
  'config get-value',
  'config list',
  'connections get',
  'connections list',
  'dags details',
  'dags list',
  'dags list-import-errors',
  'dags list-jobs',
  'dags list-runs',
  'dags next-execution',
  'dags report',
  'dags show',
  'dags show-dependencies',
  'dags state',
  'info',
  'jobs check',
  'plugins',
  'pools get',
  'pools list',
  'roles list',
  'tasks failed-deps',
  'tasks list',
  'tasks render',
  'tasks state',
  'tasks states-for-dag-run',
  'users list',
  'variables get',
  'variables list',
  'version',
  // 1.10
  'dag_state',
  'list_dag_runs',
  'list_dags',
  'list_tasks',
  'list_users',
  'next_execution',
  'render',
  'show_dag',
  'task_failed_deps',
  'task_state',
]);

/** Commands that save the DAG files they read to the database, as `dags reserialize` does (`get_bagged_dag`). Repeating them is harmless. */
const SAVES_DAGS_SINCE_RELEASE: Readonly<Record<string, string>> = { 'tasks list': '3.2', 'tasks render': '3.2' };

/** Commands that can print secrets: values of variables, passwords of connections, rendered templates, the configuration. */
const SECRET_PRINTING_COMMANDS = new Set([
  'config get-value',
  'config list',
  'connections export',
  'connections get',
  'connections list',
  'info',
  'render',
  'tasks render',
  'variables export',
  'variables get',
]);

/** Commands that run DAG or task code in their own process, on the web server. */
const CODE_RUNNING_COMMANDS = new Set([
  'backfill',
  'dags backfill',
  'dags test',
  'run',
  'tasks run',
  'tasks test',
  'test',
]);

export const isReadOnlyCommand = (path: readonly string[]): boolean =>
  READ_ONLY_COMMANDS.has(path.join(' ')) || path[0] === 'providers';

/**
 * Whether an argv begins with the path of a read-only command. This holds for every release: in none of them do the first words of a
 * read-only command begin another command that Airflow accepts.
 */
export const startsWithReadOnlyCommand = (argv: readonly unknown[]): boolean =>
  argv.some((_, index) => isReadOnlyCommand(argv.slice(0, index + 1).map(String)));

/** @param airflow release, as in `3.2.1` */
export function savesDagsToDatabase(path: readonly string[], airflow: string): boolean {
  const firstRelease = SAVES_DAGS_SINCE_RELEASE[path.join(' ')];
  return firstRelease !== undefined && isReleaseAtLeast(airflow, firstRelease);
}

export const printsSecrets = (path: readonly string[]): boolean => SECRET_PRINTING_COMMANDS.has(path.join(' '));

export const runsDagCode = (path: readonly string[]): boolean => CODE_RUNNING_COMMANDS.has(path.join(' '));
