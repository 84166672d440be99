import type { Catalog } from '../../../airflow/catalog.ts';
import { isReleaseAtLeast } from '../../../airflow/compare-releases.ts';
import { quoteWord } from '../../../airflow/render-command-line.ts';

/** A run whose tasks have written logs. */
export interface TaskLogQuery {
  readonly dagId: string;
  readonly runId: string;
  /** ISO 8601, where it is known. */
  readonly startedAt?: string | undefined;
  /** The task whose logs are asked for, where it is one. */
  readonly taskId?: string | undefined;
}

/**
 * The command that prints the logs of a run's tasks, which Airflow's command line does not have. MWAA sends them to a log group of
 * the environment, a stream for each attempt.
 *
 * Source: the group and the `_` for `:` by `cloudwatch_handlers.py` of aws/amazon-mwaa-docker-images, the rest of the stream's name
 * by Airflow's `[logging] log_filename_template`, which 2.3 changed. Assumed: that no environment sets another template, and that
 * 1.10 and 2.2, of which MWAA published no images, do as the later ones.
 *
 * @param environment as MWAA calls it
 */
export function formatTaskLogsCommand(environment: string, { airflow }: Catalog, run: TaskLogQuery): string {
  const since = run.startedAt?.replace(/\.\d+/, '').replace(/[+-]00:00$/, 'Z') ?? '1d';
  const prefix = isReleaseAtLeast(airflow, '2.3') ? formatStreamPrefix(run) : formatStreamPrefixBefore23(run);
  return `aws logs tail airflow-${environment}-Task --since ${since} --log-stream-name-prefix ${quoteWord(prefix.replaceAll(':', '_'))}`;
}

const formatStreamPrefix = ({ dagId, runId, taskId }: TaskLogQuery): string =>
  `dag_id=${dagId}/run_id=${runId}/${taskId === undefined ? '' : `task_id=${taskId}/`}`;

/** The run stands behind the task, by its date. */
const formatStreamPrefixBefore23 = ({ dagId, taskId }: TaskLogQuery): string =>
  `${dagId}/${taskId === undefined ? '' : `${taskId}/`}`;
