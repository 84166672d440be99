/**
 * What Airflow calls a command or an argument after a release changed it. The catalogs show which spellings exist; only this table
 * says which of them mean the same. Sources: `airflow/cli/cli_config.py` and `airflow/cli/commands/` of the releases on both sides
 * of a change, and Airflow's release notes of 2.0 and 3.0.
 */

/** A command, or a command with one of its options, that another command replaced. */
export interface CommandSuccessor {
  readonly command: string;
  /** The row applies only if this argument is given (argparse's `dest`). It chooses the new command; its value, if any, goes on. */
  readonly option?: string;
  /** The first release with the change. */
  readonly since: string;
  /** The command that does the same. */
  readonly to?: string;
  /** By the `dest` of the old command: the `dest` of the new one, or the `dest` and value that a switch becomes. */
  readonly arguments?: Readonly<Record<string, string | readonly [dest: string, value: string]>>;
  /** Arguments of the new command that are required: if absent, they get the value of another. By `dest`. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** How the new command differs, or what to do instead. Sentences. */
  readonly note?: string;
}

export const COMMAND_SUCCESSORS: readonly CommandSuccessor[] = [
  // 1.10 to 2.0
  ...Object.entries({
    backfill: 'dags backfill',
    checkdb: 'db check',
    clear: 'tasks clear',
    config: 'config list',
    create_user: 'users create',
    dag_state: 'dags state',
    delete_dag: 'dags delete',
    delete_user: 'users delete',
    flower: 'celery flower',
    initdb: 'db init',
    list_dag_runs: 'dags list-runs',
    list_tasks: 'tasks list',
    list_users: 'users list',
    next_execution: 'dags next-execution',
    pause: 'dags pause',
    render: 'tasks render',
    resetdb: 'db reset',
    rotate_fernet_key: 'rotate-fernet-key',
    run: 'tasks run',
    shell: 'db shell',
    show_dag: 'dags show',
    sync_perm: 'sync-perm',
    task_failed_deps: 'tasks failed-deps',
    task_state: 'tasks state',
    test: 'tasks test',
    trigger_dag: 'dags trigger',
    unpause: 'dags unpause',
    upgradedb: 'db upgrade',
    worker: 'celery worker',
  }).map(([command, to]) => ({ command, since: '2.0', to })),
  { command: 'list_dags', option: 'report', since: '2.0', to: 'dags report' },
  { command: 'list_dags', since: '2.0', to: 'dags list' },
  { command: 'serve_logs', since: '2.0', note: '"celery worker" and the scheduler serve logs.' },
  { command: 'variables', option: 'set', since: '2.0', to: 'variables set', arguments: { set: 'key value' } },
  { command: 'variables', option: 'get', since: '2.0', to: 'variables get', arguments: { get: 'key' } },
  { command: 'variables', option: 'delete', since: '2.0', to: 'variables delete', arguments: { delete: 'key' } },
  { command: 'variables', option: 'import', since: '2.0', to: 'variables import', arguments: { import: 'file' } },
  { command: 'variables', option: 'export', since: '2.0', to: 'variables export', arguments: { export: 'file' } },
  { command: 'variables', since: '2.0', to: 'variables list' },
  { command: 'pool', option: 'set', since: '2.0', to: 'pools set', arguments: { set: 'pool slots description' } },
  { command: 'pool', option: 'get', since: '2.0', to: 'pools get', arguments: { get: 'pool' } },
  { command: 'pool', option: 'delete', since: '2.0', to: 'pools delete', arguments: { delete: 'pool' } },
  { command: 'pool', option: 'import', since: '2.0', to: 'pools import', arguments: { import: 'file' } },
  { command: 'pool', option: 'export', since: '2.0', to: 'pools export', arguments: { export: 'file' } },
  { command: 'pool', since: '2.0', to: 'pools list' },
  { command: 'connections', option: 'add', since: '2.0', to: 'connections add' },
  { command: 'connections', option: 'delete', since: '2.0', to: 'connections delete' },
  { command: 'connections', option: 'list', since: '2.0', to: 'connections list' },
  // 2.x
  {
    command: 'kubernetes cleanup-pods',
    since: '2.7',
    note: 'It belongs to the package apache-airflow-providers-cncf-kubernetes, which MWAA does not install.',
  },
  {
    command: 'kubernetes generate-dag-yaml',
    since: '2.7',
    note: 'It belongs to the package apache-airflow-providers-cncf-kubernetes, which MWAA does not install.',
  },
  // 3.0
  {
    command: 'dags backfill',
    since: '3.0',
    to: 'backfill create',
    arguments: {
      start_date: 'from_date',
      end_date: 'to_date',
      conf: 'dag_run_conf',
      reset_dagruns: ['reprocess_behavior', 'completed'],
      rerun_failed_tasks: ['reprocess_behavior', 'failed'],
    },
    defaults: { from_date: 'to_date', to_date: 'from_date' },
    note: 'It creates the runs and returns. The scheduler runs them. The DAG must have a schedule.',
  },
  { command: 'db init', since: '3.0', to: 'db migrate' },
  { command: 'db upgrade', since: '3.0', to: 'db migrate' },
  { command: 'providers auth', since: '3.0', to: 'providers auth-managers' },
  {
    command: 'tasks run',
    since: '3.0',
    note: 'Only workers run tasks. To run a task again, clear it with "tasks clear". To try one out, use "tasks test".',
  },
  { command: 'webserver', since: '3.0', to: 'api-server' },
  {
    command: 'connections list',
    option: 'conn_id',
    since: '3.1',
    to: 'connections get',
    note: 'It prints the password too.',
  },
  {
    command: 'tasks list',
    option: 'tree',
    since: '3.0',
    to: 'dags show',
    note: 'It prints the graph in another format.',
  },
  {
    command: 'tasks test',
    option: 'dry_run',
    since: '3.0',
    to: 'tasks render',
    note: 'It renders the templates and does not run the task.',
  },
];

/** An argument that a later release calls something else. Its value means the same. Names are argparse's `dest`. */
export interface RenamedArgument {
  readonly from: string;
  readonly to: string;
  readonly since: string;
}

export const RENAMED_ARGUMENTS: readonly RenamedArgument[] = [
  { from: 'no_confirm', to: 'yes', since: '2.0' },
  { from: 'execution_date', to: 'execution_date_or_run_id', since: '2.2' },
  { from: 'execution_date_or_run_id', to: 'logical_date_or_run_id', since: '3.0' },
  { from: 'execution_date', to: 'logical_date_or_run_id', since: '3.0' },
  { from: 'execution_date', to: 'logical_date', since: '3.0' },
  { from: 'exec_date', to: 'logical_date', since: '3.0' },
];

/** Arguments that can be left out where a release lacks them, by `dest`, with the reason in a sentence. */
export const DISPENSABLE_ARGUMENTS: Readonly<Record<string, string>> = {
  color: 'The output has no colors.',
  delay_on_limit: 'The scheduler waits by itself when the limit of active runs is reached.',
  donot_pickle: 'Airflow does not pickle DAGs.',
  do_pickle: 'Airflow does not pickle DAGs.',
  exclude_parentdag: 'There are no SubDAGs.',
  exclude_subdags: 'There are no SubDAGs.',
  continue_on_failures: 'A failed run does not stop a backfill.',
  local: 'The scheduler runs the tasks.',
  subdir: 'Airflow finds the file of a DAG in its DAG bundle.',
  verbose: 'It only adds log lines.',
  yes: 'Airflow does not ask for confirmation.',
};

/** Behavior that changed although the spelling is the same. */
export interface BehaviorChange {
  readonly command: string;
  readonly since: string;
  /** The change matters only if this argument is given, or if it is absent (`!dest`). */
  readonly argument?: string;
  readonly note: string;
}

export const BEHAVIOR_CHANGES: readonly BehaviorChange[] = [
  {
    command: 'dags list',
    since: '2.9',
    note: 'The JSON has fileloc, owners and is_paused instead of filepath, owner and paused.',
  },
  { command: 'dags list-import-errors', since: '2.8', note: 'It exits with 1 if there is an import error to list.' },
  {
    command: 'dags list-runs',
    since: '3.0',
    note: 'The JSON has logical_date instead of execution_date, and run_after.',
  },
  {
    command: 'dags list-runs',
    since: '3.0',
    argument: 'start_date',
    note: 'Filters by date never match a run that has no logical date.',
  },
  {
    command: 'dags list-runs',
    since: '3.0',
    argument: 'end_date',
    note: 'Filters by date never match a run that has no logical date.',
  },
  {
    command: 'dags trigger',
    since: '3.0',
    argument: '!logical_date',
    note: 'Without --logical-date the run has no logical date. Before, it had the current time.',
  },
  {
    command: 'tasks states-for-dag-run',
    since: '3.0',
    note: 'The JSON has logical_date instead of execution_date.',
  },
  { command: 'tasks test', since: '3.0', note: 'It deletes the runs that it creates.' },
];
