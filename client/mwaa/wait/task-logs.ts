import type { Catalog } from '../../../airflow/catalog.ts';
import { createTaskStatesInvocation, findFailedTasks, findFirstStart } from '../../../airflow/dag-run-state.ts';
import { renderArgv } from '../../../airflow/render-command-line.ts';
import type { RunReference } from '../../../airflow/run-lookup.ts';
import { ProxyProblem } from '../../library/proxy-problem.ts';
import type { Session } from '../session.ts';
import { formatTaskLogsCommand } from './format-task-logs-command.ts';

const MAX_LISTED_TASKS = 10;

/** Prints which tasks of a run failed, and how to read their logs: no Airflow CLI command prints task logs. */
export async function printTaskLogsHint(
  session: Session,
  catalog: Catalog,
  run: RunReference,
  startedAt: string | undefined,
): Promise<void> {
  const { printMessage, settings } = session;
  const tasks = await fetchTaskStates(session, catalog, run);
  const failed = findFailedTasks(tasks);
  if (failed.length > 0) {
    const more = failed.length > MAX_LISTED_TASKS ? ' …' : '';
    printMessage(`Failed tasks: ${failed.slice(0, MAX_LISTED_TASKS).join(', ')}${more}`);
  }
  const taskId = failed.length === 1 ? failed[0] : undefined;
  const command = formatTaskLogsCommand(settings.environment, catalog.airflow, {
    ...run,
    startedAt: startedAt ?? findFirstStart(tasks),
    taskId,
  });
  const condition =
    'proxy' in settings ? ` (if ${settings.environment} is also the name of the environment in MWAA)` : '';
  printMessage(`The task logs are in CloudWatch Logs${condition}:\n  ${command}`);
}

/** The output of the command that lists the task states. Null if it cannot be read: the command may not be granted. */
async function fetchTaskStates(
  { cli, signal }: Session,
  catalog: Catalog,
  { dagId, runId }: RunReference,
): Promise<unknown> {
  const invocation = createTaskStatesInvocation(catalog, dagId, runId);
  if (invocation === undefined) return null;
  try {
    return (await cli.run(renderArgv(invocation), { signal })).output;
  } catch (error) {
    if (error instanceof ProxyProblem || error instanceof TypeError || signal.aborted) return null;
    throw error;
  }
}
