import type { Catalog } from '../../../airflow/catalog.ts';
import { createTaskStatesInvocation, findFailedTasks } from '../../../airflow/dag-run-state.ts';
import { renderArgv } from '../../../airflow/render-command-line.ts';
import { ProxyProblem } from '../../library/proxy-problem.ts';
import type { Session } from '../session.ts';
import { formatTaskLogsCommand } from './format-task-logs-command.ts';
import type { RunReference } from './run-reference.ts';

const MAX_LISTED_TASKS = 10;

/** Prints which tasks of a run failed, and how to read their logs: no Airflow CLI command prints task logs. */
export async function printTaskLogsHint(
  session: Session,
  catalog: Catalog,
  run: RunReference,
  startedAt: string | undefined,
): Promise<void> {
  const { printMessage, settings } = session;
  const failed = await fetchFailedTasks(session, catalog, run);
  if (failed.length > 0) {
    const more = failed.length > MAX_LISTED_TASKS ? ' …' : '';
    printMessage(`Failed tasks: ${failed.slice(0, MAX_LISTED_TASKS).join(', ')}${more}`);
  }
  const taskId = failed.length === 1 ? failed[0] : undefined;
  const command = formatTaskLogsCommand(settings.environment, catalog, { ...run, startedAt, taskId });
  const condition =
    'proxy' in settings ? ` (if ${settings.environment} is also the name of the environment in MWAA)` : '';
  printMessage(`The task logs are in CloudWatch Logs${condition}:\n  ${command}`);
}

/** Returns no tasks if the list cannot be read: its command may not be granted. */
async function fetchFailedTasks(
  { cli, signal }: Session,
  catalog: Catalog,
  { dagId, runId }: RunReference,
): Promise<string[]> {
  const invocation = createTaskStatesInvocation(catalog, dagId, runId);
  if (invocation === undefined) return [];
  try {
    return findFailedTasks((await cli.run(renderArgv(invocation), { signal })).output);
  } catch (error) {
    if (error instanceof ProxyProblem || error instanceof TypeError || signal.aborted) return [];
    throw error;
  }
}
