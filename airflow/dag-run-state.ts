import { type Argument, type Catalog, type Command, getPositionals } from './catalog.ts';
import { createListRunsInvocation, findRunRow } from './duplicate-run.ts';
import type { Invocation } from './invocation.ts';

/** The output of a command that lists runs. */
interface RunListing {
  /** The JSON value in standard output, or null. */
  readonly output: unknown;
  readonly stdout: string;
}

/** A DAG run in such a list. */
export interface DagRun {
  /** `queued`, `running`, `success`, `failed`. */
  readonly state: string;
  /** ISO 8601; absent before it starts, and on 1.10. */
  readonly startedAt?: string;
}

/**
 * The command that lists the runs of a DAG with their states: `dags list-runs` as JSON, on 1.10 `list_dag_runs` as text.
 *
 * @returns undefined on 2.0, for which AWS lists neither
 */
export function createDagRunsInvocation(catalog: Catalog, dagId: string): Invocation | undefined {
  const command = findListedCommand(catalog, 'list_dag_runs');
  return command === undefined
    ? createListRunsInvocation(catalog, dagId)
    : createInvocation(command, [[getDagIdArgument(command), dagId]]);
}

/** The run with exactly this id, or undefined. */
export function findDagRun({ output, stdout }: RunListing, runId: string): DagRun | undefined {
  if (output === null) return findDagRunInText(stdout, runId);
  const row = findRunRow(output, runId);
  if (row === undefined) return undefined;
  const { state, start_date: startedAt } = row;
  return { state: String(state), ...(startedAt ? { startedAt: String(startedAt) } : {}) };
}

/** 1.10 pads the id to 20 characters and does not truncate it: `3   | manual__2026-11-22T00:00:00+00:00 | running    | …`. */
function findDagRunInText(stdout: string, runId: string): DagRun | undefined {
  const cell = `| ${runId.padEnd(20)} | `;
  const line = stdout.split('\n').find((text) => text.replace(/^\d+ +/, '').startsWith(cell));
  const state = line === undefined ? undefined : /^\w+/.exec(line.slice(line.indexOf(cell) + cell.length))?.[0];
  return state === undefined ? undefined : { state };
}

/** The command that lists the task states of a run as JSON, or undefined before 2.2, which identifies runs only by date. */
export function createTaskStatesInvocation(catalog: Catalog, dagId: string, runId: string): Invocation | undefined {
  const command = findListedCommand(catalog, 'tasks states-for-dag-run');
  const run = command && getPositionals(command).find(({ dest }) => dest.endsWith('_or_run_id'));
  const output = command?.arguments.find(({ dest }) => dest === 'output');
  if (!command || !run || !output) return undefined;
  return createInvocation(command, [
    [getDagIdArgument(command), dagId],
    [run, runId],
    [output, 'json'],
  ]);
}

/** The ids of the tasks that failed, each once. Tasks in the state `upstream_failed` never ran and are not included. */
export function findFailedTasks(output: unknown): string[] {
  const rows: readonly Record<string, unknown>[] = Array.isArray(output) ? output : [];
  return [...new Set(rows.filter(({ state }) => state === 'failed').map(({ task_id: taskId }) => String(taskId)))];
}

const findListedCommand = ({ commands }: Catalog, name: string): Command | undefined =>
  commands.find(({ path, listed }) => listed && path.join(' ') === name);

const getDagIdArgument = (command: Command): Argument => command.arguments.find(({ dest }) => dest === 'dag_id')!;

const createInvocation = (command: Command, values: readonly (readonly [Argument, string])[]): Invocation => ({
  command,
  values: new Map(values.map(([argument, value]) => [argument, [value]])),
  addedByProxy: new Set(),
});
