import type { Argument } from './catalog.ts';
import { isCostlyExpression } from './expression-cost.ts';

/**
 * The largest value of each number, by argparse's `dest`. A number that sets how long the web server works, waits or how many
 * processes it starts is bounded for every caller. `null`: the value does not set that. A test fails for a number that is missing here.
 */
export const NUMBER_BOUNDS: Readonly<Record<string, number | null>> = {
  // Airflow computes and prints them one by one. On Airflow 2.10.3, 1,000 take 0.6 s, 100,000 take 48 s and print 2.6 MB.
  num_executions: 1000,
  // `db check` sleeps `retry_delay` seconds up to `retry` times: at most 100 s.
  retry: 10,
  retry_delay: 10,
  // `db check-migrations` polls the database once a second. 60 is Airflow's default.
  migration_wait_timeout: 60,
  // `dags backfill` sleeps so many seconds whenever the DAG has reached its limit of runs.
  delay_on_limit: 60,
  // Processes or threads of services that run until they are stopped.
  capacity: 1000,
  concurrency: 16,
  workers: 16,

  // How often or how long the scheduler or DAG processor repeats what it does forever by default.
  num_runs: null,
  run_duration: null,
  // Without a limit, these commands list every record.
  limit: null,
  // How many runs the scheduler starts at a time. The command itself creates them all.
  max_active_runs: null,
  // Rows that are deleted at a time. By default, all at once.
  batch_size: null,
  map_index: null,
  min_pending_minutes: null,
  port: null,
  slots: null,
  worker_timeout: null,
};

/**
 * Arguments that Airflow reads as regular expressions, by `dest`. A DAG id is one if a switch such as `--dag-regex` is given. Ids have
 * none of the characters of a costly expression, so they are checked always.
 */
const EXPRESSION_DESTS = new Set(['dag_id', 'mark_success_pattern', 'task_regex']);

/** Describes what a value must be so that the web server does not work for too long, or returns undefined. Requires a valid value. */
export function describeCostBound({ dest, type }: Argument, value: string): string | undefined {
  if (EXPRESSION_DESTS.has(dest) && isCostlyExpression(value))
    return 'a regular expression without nested repetitions and with at most 3 of them, because it can take the web server hours';
  const maximum = Object.hasOwn(NUMBER_BOUNDS, dest) ? NUMBER_BOUNDS[dest] : null;
  if (!isNumberType(type) || maximum == null || Number(value) <= maximum) return undefined;
  return `at most ${maximum}, because the web server does the work`;
}

export const isNumberType = (type: Argument['type']): boolean =>
  type === 'number' || type === 'integer' || type === 'positive-integer' || type === 'non-negative-integer';
