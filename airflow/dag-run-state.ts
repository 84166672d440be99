import { type Argument, type Catalog, type Command, getPositionals } from './catalog.ts';
import type { Invocation } from './invocation.ts';

/**
 * The run with exactly this id in the output of `list_dag_runs`.
 *
 * 1.10 pads the id to 20 characters and does not truncate it: `3   | manual__2026-11-22T00:00:00+00:00 | running    | …`.
 */
export function findDagRunInText(stdout: string, runId: string): { readonly state: string } | undefined {
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
  return [
    ...new Set(
      readRows(output)
        .filter(({ state }) => state === 'failed')
        .map(({ task_id: taskId }) => String(taskId)),
    ),
  ];
}

/** When the first task started, or undefined. Airflow prints all times of a list with the same offset. */
export const findFirstStart = (output: unknown): string | undefined =>
  readRows(output)
    .flatMap(({ start_date: startedAt }) => (startedAt ? [String(startedAt)] : []))
    .sort()[0];

const readRows = (output: unknown): readonly Record<string, unknown>[] => (Array.isArray(output) ? output : []);

const findListedCommand = ({ commands }: Catalog, name: string): Command | undefined =>
  commands.find(({ path, listed }) => listed && path.join(' ') === name);

const getDagIdArgument = (command: Command): Argument => command.arguments.find(({ dest }) => dest === 'dag_id')!;

const createInvocation = (command: Command, values: readonly (readonly [Argument, string])[]): Invocation => ({
  command,
  values: new Map(values.map(([argument, value]) => [argument, [value]])),
  addedByProxy: new Set(),
});
