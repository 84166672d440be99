import type { Catalog } from './catalog.ts';
import { findUncaughtException } from './find-traceback.ts';
import type { Invocation } from './invocation.ts';
import { type CliStreams, stripAnsi } from './streams.ts';

/**
 * Determines from the exception of a failed trigger whether a run already exists. Reads only its class and exact messages, because a
 * message may contain text from the caller. Source: each release's `airflow/api/common/…/trigger_dag.py` and
 * `airflow/exceptions.py`. The names of constraints are those that SQLite and PostgreSQL, which MWAA uses, generate for Airflow's
 * tables.
 *
 * @returns undefined if the failure has another cause
 */
export function findDuplicateRun({ stderr }: CliStreams, dagId: string, runId: string): DuplicateRunKind | undefined {
  const exception = findUncaughtException(stripAnsi(stderr))?.line ?? '';
  const [, kind, message = ''] = /^(?:\w+\.)*(DagRunAlreadyExists|IntegrityError): (.*)$/s.exec(exception) ?? [];
  if (kind === 'DagRunAlreadyExists') {
    const messages = [
      `Run id ${runId} already exists for dag id ${dagId}`,
      `A DAG Run already exists for DAG ${dagId} with run id ${runId}`,
    ];
    return messages.includes(message) ? 'run-id' : 'either';
  }
  return kind === undefined ? undefined : UNIQUE_CONSTRAINTS.find(([pattern]) => pattern.test(message))?.[1];
}

/**
 * `run-id`: a run with this id exists (reported by 1.10, 2.0 and 3.x, and by the database). `date`: the database has another run with
 * the same logical date. `either`: 2.2 to 2.11 do not report which, although their message contains a run id.
 */
export type DuplicateRunKind = 'run-id' | 'date' | 'either';

const UNIQUE_CONSTRAINTS: readonly (readonly [RegExp, DuplicateRunKind])[] = [
  [/UNIQUE constraint failed: dag_run\.dag_id, dag_run\.run_id$/, 'run-id'],
  [/unique constraint "dag_run_dag_id_run_id_key"$/, 'run-id'],
  [/UNIQUE constraint failed: dag_run\.dag_id, dag_run\.(?:execution|logical)_date$/, 'date'],
  [/unique constraint "dag_run_dag_id_(?:execution|logical)_date_key"$/, 'date'],
];

/**
 * The command that lists the runs of a DAG as JSON.
 *
 * @returns undefined if the release has no such command or AWS does not list it (1.10 and 2.0)
 */
export function createListRunsInvocation(catalog: Catalog, dagId: string): Invocation | undefined {
  const command = catalog.commands.find(({ path, listed }) => listed && path.join(' ') === 'dags list-runs');
  const dagArgument = command?.arguments.find(({ dest }) => dest === 'dag_id');
  const outputArgument = command?.arguments.find(({ dest, choices }) => dest === 'output' && choices?.includes('json'));
  if (!command || !dagArgument || !outputArgument) return undefined;
  const values = new Map([
    [dagArgument, [dagId]],
    [outputArgument, ['json']],
  ]);
  return { command, values, addedByProxy: new Set() };
}

/**
 * The command that shows the state and the conf of a run. It finds the run by its logical date, from Airflow 3 on by its id.
 *
 * @returns undefined if the release has no such command or AWS does not list it (1.10, where it also shows no conf)
 */
export function createRunStateInvocation(catalog: Catalog, dagId: string, row: RunRow): Invocation | undefined {
  const command = catalog.commands.find(({ path, listed }) => listed && path.join(' ') === 'dags state');
  const dagArgument = command?.arguments.find(({ dest }) => dest === 'dag_id');
  const byRunId = command?.arguments.find(({ dest }) => dest === 'logical_date_or_run_id');
  const runArgument = byRunId ?? command?.arguments.find(({ dest }) => dest === 'execution_date');
  if (!command || !dagArgument || !runArgument) return undefined;
  const values = new Map([
    [dagArgument, [dagId]],
    [runArgument, [String(byRunId ? row.run_id : row.execution_date)]],
  ]);
  return { command, values, addedByProxy: new Set() };
}

/** A run in the output of `dags list-runs`. */
export type RunRow = Readonly<Record<string, unknown>>;

/** The row of a run in the output of `dags list-runs`, or undefined. @param output as in `Verdict` */
export function findRunRow(output: unknown, runId: string): RunRow | undefined {
  return Array.isArray(output) ? output.find((row) => row?.run_id === runId) : undefined;
}
