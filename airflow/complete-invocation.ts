import { type Argument, findOption } from './catalog.ts';
import { addArgument, getArgumentValue, type Invocation } from './invocation.ts';
import type { OutputFormat } from './output-format.ts';
import { Refusal } from './refusal.ts';

/** The prefix of run ids that the proxy generates. Callers must not use it, so every run with it was triggered by the proxy. */
export const RUN_ID_PREFIX = 'mwaa-cli-proxy__';

/** Whether the invocation triggers a DAG run, in any release. */
export function isTrigger(invocation: Invocation): boolean {
  const path = invocation.command.path.join(' ');
  return path === 'dags trigger' || path === 'trigger_dag';
}

/**
 * Adds options that the caller did not give: the output format and, for a trigger, a run id and `--no-replace-microseconds`. Without
 * that option, two triggers within a second collide (apache/airflow#29582).
 *
 * @param runId the run id for a trigger without one
 * @throws Refusal `invalid-value` if the caller's run id has the prefix reserved for the proxy
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
        `Run ids that begin with ${RUN_ID_PREFIX} are reserved for the proxy. Choose another run id.`,
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

/** The run id of a trigger, or undefined if it has none. */
export function getRunId(invocation: Invocation): string | undefined {
  return getArgumentValue(invocation, '--run-id') ?? getArgumentValue(invocation, '--run_id');
}
