import type { Argument } from './catalog.ts';

/**
 * Arguments whose value identifies something in Airflow and carries no content. Their values must not contain control characters,
 * and audit lines may show them. Contains argparse's `dest`, for all releases.
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

/** Whether the value of an argument identifies something: a DAG, a run, a task, the key of a variable. */
export function isIdentifier(argument: Argument): boolean {
  return IDENTIFIER_DESTS.has(argument.dest);
}
