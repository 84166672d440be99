import type { Catalogue } from './catalogue.ts';
import type { Invocation } from './invocation.ts';
import type { Streams } from './streams.ts';

/**
 * What a failed trigger says of a run in its place. `run-id`: Airflow looked for this very run id and found it (1.10, 2.0 and
 * 3.x). `date`: the database has another run with the same logical date. `either`: 2.2 to 2.11 do not tell, whichever run id
 * the message names. Source: each release's `airflow/api/common/…/trigger_dag.py` and `airflow/exceptions.py`.
 */
export function duplicateRunIn({ stderr }: Streams): 'run-id' | 'date' | 'either' | undefined {
  const last = stderr.slice(stderr.lastIndexOf('Traceback (most recent call last)'));
  return SAID.find(([said]) => said.test(last))?.[1];
}

/** The names of constraints are those that SQLite and PostgreSQL, which MWAA uses, make up for Airflow's tables. */
const SAID = [
  [/AlreadyExists: (Run id \S+ already exists|A DAG Run already exists for DAG \S+ with)/, 'run-id'],
  [/UNIQUE constraint failed: dag_run\.dag_id, dag_run\.(execution|logical)_date\b/, 'date'],
  [/unique constraint "dag_run_dag_id_(execution|logical)_date_key"/, 'date'],
  [/AlreadyExists|IntegrityError|UniqueViolation/, 'either'],
] as const;

/**
 * The command that lists the runs of a DAG as JSON.
 *
 * @returns undefined where the release has none, or AWS does not list it (1.10 and 2.0)
 */
export function listRunsOf(catalogue: Catalogue, dagId: string): Invocation | undefined {
  const command = catalogue.commands.find(({ path, listed }) => listed && path.join(' ') === 'dags list-runs');
  const dag = command?.arguments.find(({ dest }) => dest === 'dag_id');
  const output = command?.arguments.find(({ dest, choices }) => dest === 'output' && choices?.includes('json'));
  if (!command || !dag || !output) return undefined;
  const values = new Map([
    [dag, [dagId]],
    [output, ['json']],
  ]);
  return { command, values, added: new Set() };
}

/** The row of one run in what such a listing put out, or undefined. @param output as `judge` found it */
export function runIn(output: unknown, runId: string): Readonly<Record<string, unknown>> | undefined {
  return Array.isArray(output) ? output.find((row) => row?.run_id === runId) : undefined;
}
