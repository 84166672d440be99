import type { Argument, Catalogue, Command } from './catalogue.ts';
import { positionalsOf } from './catalogue.ts';
import { listRunsOf, runIn } from './duplicate-run.ts';
import type { Invocation } from './invocation.ts';

/** What a command that lists runs has answered. */
interface Listing {
  /** The JSON value in standard output, or null. */
  readonly output: unknown;
  readonly stdout: string;
}

/** A run of a DAG as it is listed. */
export interface Run {
  /** `queued`, `running`, `success`, `failed`. */
  readonly state: string;
  /** ISO 8601; absent before it starts, and on 1.10. */
  readonly startedAt?: string;
}

/**
 * The command that shows the states of a DAG's runs by their ids: `dags list-runs` as JSON, on 1.10 `list_dag_runs` as text.
 *
 * @returns undefined on 2.0, of which AWS lists neither
 */
export function runsOf(catalogue: Catalogue, dagId: string): Invocation | undefined {
  const command = listedNamed(catalogue, 'list_dag_runs');
  return command === undefined ? listRunsOf(catalogue, dagId) : invocationOf(command, [[dagOf(command), dagId]]);
}

/** One run in such a list, by its very id, or undefined. */
export function runNamed({ output, stdout }: Listing, runId: string): Run | undefined {
  if (output === null) return runInText(stdout, runId);
  const row = runIn(output, runId);
  if (row === undefined) return undefined;
  const { state, start_date: startedAt } = row;
  return { state: String(state), ...(startedAt ? { startedAt: String(startedAt) } : {}) };
}

/** 1.10 pads the id to 20 characters and cuts none off: `3   | manual__2026-11-22T00:00:00+00:00 | running    | …`. */
function runInText(stdout: string, runId: string): Run | undefined {
  const cell = `| ${runId.padEnd(20)} | `;
  const line = stdout.split('\n').find((one) => one.replace(/^\d+ +/, '').startsWith(cell));
  const state = line === undefined ? undefined : /^\w+/.exec(line.slice(line.indexOf(cell) + cell.length))?.[0];
  return state === undefined ? undefined : { state };
}

/** The command that shows the states of a run's tasks as JSON; undefined before 2.2, which knows runs by their dates alone. */
export function taskStatesOf(catalogue: Catalogue, dagId: string, runId: string): Invocation | undefined {
  const command = listedNamed(catalogue, 'tasks states-for-dag-run');
  const run = command && positionalsOf(command).find(({ dest }) => dest.endsWith('_or_run_id'));
  const output = command?.arguments.find(({ dest }) => dest === 'output');
  if (!command || !run || !output) return undefined;
  return invocationOf(command, [
    [dagOf(command), dagId],
    [run, runId],
    [output, 'json'],
  ]);
}

/** The tasks that failed, each once, in such a list. Those that were never tried for another's failure are none of them. */
export function failedTasksIn(output: unknown): string[] {
  const rows: readonly Record<string, unknown>[] = Array.isArray(output) ? output : [];
  return [...new Set(rows.filter(({ state }) => state === 'failed').map(({ task_id: taskId }) => String(taskId)))];
}

const listedNamed = ({ commands }: Catalogue, name: string): Command | undefined =>
  commands.find(({ path, listed }) => listed && path.join(' ') === name);

const dagOf = (command: Command): Argument => command.arguments.find(({ dest }) => dest === 'dag_id')!;

const invocationOf = (command: Command, given: readonly (readonly [Argument, string])[]): Invocation => ({
  command,
  values: new Map(given.map(([argument, value]) => [argument, [value]])),
  added: new Set(),
});
