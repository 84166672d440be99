import type { Argument } from './catalog.ts';

/**
 * Arguments whose value names a thing in Airflow rather than carrying content. They take no control characters at all,
 * and they are what an audit line may show. By argparse's `dest`, over all releases.
 */
const IDENTIFIER_DESTS = new Set([
  'conn_id',
  'dag_id',
  'end_date',
  'exec_date',
  'execution_date',
  'execution_date_or_run_id',
  'from_date',
  'key',
  'logical_date',
  'logical_date_or_run_id',
  'map_index',
  'name',
  'pool',
  'provider_name',
  'role',
  'run_id',
  'start_date',
  'state',
  'task_id',
  'to_date',
  'username',
]);

/** Whether the value of an argument names a thing: a DAG, a run, a task, the key of a variable. */
export function isIdentifier(argument: Argument): boolean {
  return IDENTIFIER_DESTS.has(argument.dest);
}
