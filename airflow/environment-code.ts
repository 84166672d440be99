import { isReleaseAtLeast } from './compare-releases.ts';
import type { Invocation } from './invocation.ts';

/**
 * The commands whose process runs code of the environment: it reads DAG files or loads plugins, which may print anything. The value is the
 * first release that no longer does so, if there is one. From the sources of the releases in `airflow/catalogs/`, and from real runs with
 * a DAG file and a plugin that print.
 */
const RUNS_ENVIRONMENT_CODE: Readonly<Record<string, string | true>> = {
  'api-server': true,
  'assets materialize': true,
  'backfill create': true,
  'celery worker': true,
  'dag-processor': true,
  'dags backfill': true,
  'dags list': true,
  'dags list-import-errors': '3.0',
  'dags list-jobs': '2.4',
  'dags list-runs': '2.4',
  'dags next-execution': true,
  'dags pause': '2.10.3',
  'dags report': true,
  'dags reserialize': true,
  'dags show': true,
  'dags state': '2.4',
  'dags test': true,
  'dags trigger': true,
  'dags unpause': '2.10.3',
  plugins: true,
  'roles add-perms': true,
  'roles create': true,
  'roles del-perms': true,
  'roles delete': true,
  'roles export': true,
  'roles import': true,
  'roles list': true,
  scheduler: true,
  standalone: true,
  'sync-perm': true,
  'tasks clear': true,
  'tasks failed-deps': true,
  'tasks list': true,
  'tasks render': true,
  'tasks run': true,
  'tasks state': true,
  'tasks test': true,
  triggerer: true,
  'users add-role': true,
  'users create': true,
  'users delete': true,
  'users export': true,
  'users import': true,
  'users list': true,
  'users remove-role': true,
  'users reset-password': true,
  webserver: true,
  // 1.10
  backfill: true,
  clear: true,
  dag_state: true,
  list_dag_runs: true,
  list_dags: true,
  list_tasks: true,
  next_execution: true,
  render: true,
  run: true,
  show_dag: true,
  task_failed_deps: true,
  task_state: true,
  test: true,
};

/**
 * Whether DAG files or plugins may print in the process of the command. With `--local`, the commands of 3.x that use only the database read
 * DAG files too.
 *
 * @param release if unknown, any
 */
export function mayRunEnvironmentCode({ command, values }: Invocation, release: string | undefined): boolean {
  const until = RUNS_ENVIRONMENT_CODE[command.path.join(' ')];
  if (until === undefined) return false;
  const isLocal = [...values.keys()].some(({ dest }) => dest === 'local');
  return until === true || isLocal || release === undefined || !isReleaseAtLeast(release, until);
}
