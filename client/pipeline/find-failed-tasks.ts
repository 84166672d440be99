import { isReleaseAtLeast } from '../../airflow/compare-releases.ts';
import { findFirstStart } from '../../airflow/dag-run-state.ts';
import type { CommandResult } from '../library/api-types.ts';
import { ProxyProblem } from '../library/proxy-problem.ts';
import type { FailedTask } from './pipeline.ts';

/** The tasks of a run that failed, if they can be read. */
export interface FailedTasks {
  readonly tasks: readonly FailedTask[];
  /** Why there are none. */
  readonly note?: string;
  /** When the first task started. ISO 8601. */
  readonly startedAt?: string | undefined;
}

const FAILED_STATES: readonly unknown[] = ['failed', 'upstream_failed'];

/**
 * Reads the failed tasks of a run with the command that lists task states, which must be granted to the caller.
 *
 * @param run runs a command of the caller
 */
export async function findFailedTasks(
  run: (argv: readonly string[]) => Promise<Pick<CommandResult, 'output' | 'outcome'>>,
  airflowVersion: string,
  dagId: string,
  runId: string,
): Promise<FailedTasks> {
  if (!isReleaseAtLeast(airflowVersion, '2.2'))
    return { tasks: [], note: `Airflow ${airflowVersion} has no command that lists the tasks of a run by its id.` };
  try {
    const { output, outcome } = await run(['tasks', 'states-for-dag-run', '--output=json', '--', dagId, runId]);
    if (outcome !== 'succeeded' || !Array.isArray(output))
      return { tasks: [], note: 'The tasks are not known: the answer of Airflow cannot be relied on.' };
    const tasks = output.filter((row) => FAILED_STATES.includes(row?.state)).map(toFailedTask);
    return {
      // A task that never ran, because another one failed, is no cause.
      tasks: tasks.some(({ state }) => state === 'failed') ? tasks.filter(({ state }) => state === 'failed') : tasks,
      startedAt: findFirstStart(output),
    };
  } catch (error) {
    if (!(error instanceof ProxyProblem || error instanceof TypeError)) throw error;
    const isRefused = error instanceof ProxyProblem && error.code === 'not-granted';
    return {
      tasks: [],
      note: isRefused
        ? `The failed tasks are not shown, because "tasks states-for-dag-run" is not granted to this caller. To see them, ask for a grant of: tasks states-for-dag-run ${dagId} *`
        : `The failed tasks could not be read: ${error.message}`,
    };
  }
}

const toFailedTask = (row: Record<string, unknown>): FailedTask => ({
  taskId: String(row.task_id),
  state: String(row.state),
});
