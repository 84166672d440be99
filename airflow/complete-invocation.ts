import { type Argument, findOption } from './catalog.ts';
import { addArgument, getArgumentValue, type Invocation } from './invocation.ts';
import { Refusal } from './refusal.ts';

/** `json`: ask Airflow for JSON where the command can speak it. `raw`: leave the output as the caller asked for it. */
export type OutputFormat = 'json' | 'raw';

/** What the run ids that the proxy makes begin with, and no other may: a run under such an id is known to be the proxy's. */
export const RUN_ID_PREFIX = 'mwaa-cli-proxy__';

/** Whether the invocation starts a DAG run, in the spelling of any release. */
export function isTrigger(invocation: Invocation): boolean {
  const path = invocation.command.path.join(' ');
  return path === 'dags trigger' || path === 'trigger_dag';
}

/**
 * Adds what the caller left to us: the output format, and to a trigger a run id and the full resolution of its date
 * (without it two triggers within a second collide: apache/airflow#29582).
 *
 * @param runId the run id for a trigger that names none
 * @throws Refusal `invalid-value` for a run id of the caller's that only the proxy may give
 */
export function completeInvocation(invocation: Invocation, format: OutputFormat, runId: string): Invocation {
  const { command } = invocation;
  const additions: [Argument | undefined, string[]][] = [];
  const output = findOption(command, '--output');
  if (format === 'json' && output?.choices?.includes('json')) additions.push([output, ['json']]);
  if (isTrigger(invocation)) {
    if (getRunId(invocation)?.toLowerCase().startsWith(RUN_ID_PREFIX)) {
      throw new Refusal(
        'invalid-value',
        `Run ids that begin with ${RUN_ID_PREFIX} are made by the proxy: choose another.`,
      );
    }
    additions.push([findOption(command, '--run-id') ?? findOption(command, '--run_id'), [runId]]);
    additions.push([findOption(command, '--no-replace-microseconds'), []]);
  }
  return additions.reduce(
    (completed, [argument, values]) =>
      argument === undefined || completed.values.has(argument) ? completed : addArgument(completed, argument, values),
    invocation,
  );
}

/** The run id of a trigger, once it has one. */
export function getRunId(invocation: Invocation): string | undefined {
  return getArgumentValue(invocation, '--run-id') ?? getArgumentValue(invocation, '--run_id');
}
