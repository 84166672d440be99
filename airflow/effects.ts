import { isFrom } from './releases.ts';

/**
 * What commands do, beyond what their parser tells, in the spellings of all releases. Read off Airflow's
 * `airflow/cli/commands/` (1.10: `airflow/bin/cli.py`). What is in none of the lists is taken to change something.
 */

/** Change nothing in Airflow that a repeat would do twice: may be sent again after an answer that leaves their fate open. */
const READS = new Set([
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
const SAVES_DAGS_FROM: Readonly<Record<string, string>> = { 'tasks list': '3.2', 'tasks render': '3.2' };

/** Print what is often secret: values of variables, passwords of connections, rendered templates, configuration. */
const SECRETS = new Set([
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
const EXECUTES = new Set(['backfill', 'dags backfill', 'dags test', 'run', 'tasks run', 'tasks test', 'test']);

export const changesNothing = (path: readonly string[]): boolean =>
  READS.has(path.join(' ')) || path[0] === 'providers';

/** @param airflow release, as in `3.2.1` */
export function savesDags(path: readonly string[], airflow: string): boolean {
  const from = SAVES_DAGS_FROM[path.join(' ')];
  return from !== undefined && isFrom(airflow, from);
}

export const showsSecrets = (path: readonly string[]): boolean => SECRETS.has(path.join(' '));

export const executesCode = (path: readonly string[]): boolean => EXECUTES.has(path.join(' '));
