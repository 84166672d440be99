import { isReleaseAtLeast } from './compare-releases.ts';

/**
 * What commands do, beyond what their parser tells, in the spellings of all releases. Read off Airflow's
 * `airflow/cli/commands/` (1.10: `airflow/bin/cli.py`). What is in none of the lists is taken to change something.
 */

/** Change nothing in Airflow that a repeat would do twice: may be sent again after an answer that leaves their fate open. */
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

/** Save the DAG files that they read to the database, as `dags reserialize` does (`get_bagged_dag`). A repeat does no harm. */
const SAVES_DAGS_SINCE_RELEASE: Readonly<Record<string, string>> = { 'tasks list': '3.2', 'tasks render': '3.2' };

/** Print what is often secret: values of variables, passwords of connections, rendered templates, configuration. */
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

/** Run the code of DAGs and tasks in their own process, on the web server. */
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

/** @param airflow release, as in `3.2.1` */
export function savesDagsToDatabase(path: readonly string[], airflow: string): boolean {
  const from = SAVES_DAGS_SINCE_RELEASE[path.join(' ')];
  return from !== undefined && isReleaseAtLeast(airflow, from);
}

export const printsSecrets = (path: readonly string[]): boolean => SECRET_PRINTING_COMMANDS.has(path.join(' '));

export const runsDagCode = (path: readonly string[]): boolean => CODE_RUNNING_COMMANDS.has(path.join(' '));
