import { type Argument, optionNamed } from './catalogue.ts';
import { argumentValue, type Invocation, withAdded } from './invocation.ts';

/** `json`: ask Airflow for JSON where the command can speak it. `raw`: leave the output as the caller asked for it. */
export type Format = 'json' | 'raw';

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
 */
export function complete(invocation: Invocation, format: Format, runId: string): Invocation {
  const { command } = invocation;
  const additions: [Argument | undefined, string[]][] = [];
  const output = optionNamed(command, '--output');
  if (format === 'json' && output?.choices?.includes('json')) additions.push([output, ['json']]);
  if (isTrigger(invocation)) {
    additions.push([optionNamed(command, '--run-id') ?? optionNamed(command, '--run_id'), [runId]]);
    additions.push([optionNamed(command, '--no-replace-microseconds'), []]);
  }
  return additions.reduce(
    (completed, [argument, values]) =>
      argument === undefined || completed.values.has(argument) ? completed : withAdded(completed, argument, values),
    invocation,
  );
}

/** The run id of a completed trigger. */
export function runIdOf(invocation: Invocation): string | undefined {
  return argumentValue(invocation, '--run-id') ?? argumentValue(invocation, '--run_id');
}
