import { isReleaseAtLeast } from '../../../airflow/compare-releases.ts';
import { quoteWord } from '../../../airflow/render-command-line.ts';

/** A run whose task logs are wanted. */
export interface TaskLogQuery {
  readonly dagId: string;
  readonly runId: string;
  /** ISO 8601. Undefined if it is unknown. */
  readonly startedAt?: string | undefined;
  /** Restricts the query to one task. */
  readonly taskId?: string | undefined;
}

/**
 * The command that prints the task logs of a run. MWAA writes them to a log group of the environment, with one stream per attempt.
 *
 * Source: the log group, and `_` instead of `:`, are from `cloudwatch_handlers.py` of aws/amazon-mwaa-docker-images; the rest of the
 * stream's name is from Airflow's `[logging] log_filename_template`, which changed in 2.3. Assumptions: no environment sets another
 * template, and 1.10 and 2.2, for which MWAA published no images, behave like later releases.
 *
 * @param environment its name in MWAA
 * @param release of the environment, as in `2.10.3`
 */
export function formatTaskLogsCommand(environment: string, release: string, query: TaskLogQuery): string {
  const since = query.startedAt?.replace(/\.\d+/, '').replace(/[+-]00:00$/, 'Z') ?? '1d';
  const prefix = isReleaseAtLeast(release, '2.3') ? formatStreamPrefix(query) : formatStreamPrefixBefore23(query);
  return `aws logs tail airflow-${environment}-Task --since ${since} --log-stream-name-prefix ${quoteWord(prefix.replaceAll(':', '_'))}`;
}

const formatStreamPrefix = ({ dagId, runId, taskId }: TaskLogQuery): string =>
  `dag_id=${dagId}/run_id=${runId}/${taskId === undefined ? '' : `task_id=${taskId}/`}`;

/** Before 2.3 the run follows the task, and is identified by its date. */
const formatStreamPrefixBefore23 = ({ dagId, taskId }: TaskLogQuery): string =>
  `${dagId}/${taskId === undefined ? '' : `${taskId}/`}`;
