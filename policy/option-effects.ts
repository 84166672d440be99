import type { Argument } from '../airflow/catalog.ts';

/**
 * What an argument adds to the effects of its command.
 *
 * - `none`: it selects what the command acts on, or adjusts it. `--*` covers such an option.
 * - `format`: it changes the format of the output or skips a confirmation prompt. A rule allows such an option without naming it.
 * - all others are *wide*: they extend the command beyond its other arguments. `--*` does not cover them; a rule must name them.
 */
export type ArgumentEffect =
  | 'none'
  | 'format'
  | 'chooses-code'
  | 'every-dag'
  | 'uses-files'
  | 'prints-secrets'
  | 'destroys-data'
  | 'costs-web-server';

/**
 * The effect of every argument of every supported release, by argparse's `dest`. Positional arguments and options of one `dest` mean
 * the same in all commands. A test fails for a `dest` that is missing here. Until then it is wide.
 */
const DESTS_BY_EFFECT: Readonly<Record<ArgumentEffect, string>> = {
  format: 'color columns no_confirm output replace_microseconds verbose yes',
  'chooses-code': 'apps bundle_name dagfile_path env_vars imgcat imgcat_dagrun import_path pickle subdir workerclass',
  'every-dag': 'dag_regex include_dags treat_dag_as_regex treat_dag_id_as_regex',
  'uses-files':
    'access_logfile cfg_path error_file error_logfile export file fix flower_conf import keytab log_config log_file ' +
    'output_path pid save save_dagrun ssl_ca_file ssl_cert ssl_key stderr stdout',
  'prints-secrets': 'file_io show_values',
  'destroys-data': 'clear_only delete drop_archives reset_dagruns skip_archive',
  'costs-web-server': 'daemon post_mortem',
  none:
    'access_logformat action action_on_existing_key add alias all_recommendations allow_multiple anonymize autoscale basic_auth ' +
    'batch_size broker_api capacity celery_hostname clean_before_timestamp clear_task_instances comment_out_everything ' +
    'concurrency conf conn_description conn_extra conn_host conn_id conn_json conn_login conn_password conn_port conn_schema ' +
    'conn_type conn_uri continue_on_failures dag_id dag_ids dag_run_conf date debug default defaults delay_on_limit ' +
    'depends_on_past description dev disable_retry do_pickle donot_pickle downstream dry_run email end_date ' +
    'error_on_cleanup_failure exclude_dag_ids exclude_parentdag exclude_providers exclude_subdags exec_date execution_date ' +
    'execution_date_or_run_id export_format field file_format firstname force format from_date from_revision from_version full ' +
    'get hide_sensitive host hostname ignore_all_dependencies ignore_dependencies ignore_depends_on_past ' +
    'ignore_first_depends_on_past ignore_option ignore_section include_deferred include_descriptions include_env_vars ' +
    'include_examples include_sources interactive job_id job_type json key lastname limit list local logical_date ' +
    'logical_date_or_run_id map_index mark_success mark_success_pattern max_active_runs migration_wait_timeout ' +
    'min_pending_minutes name namespace no_backfill num_executions num_runs one_time only_failed only_idle only_running option ' +
    'overwrite partition_date_end partition_date_start partition_key password permission policy_store_description ' +
    'policy_store_id pool port pretty principal provider_name proxy_headers queues raw read_from_db report ' +
    'reprocess_behavior rerun_failed_tasks reserialize_dags resource retry retry_delay role run_backwards run_duration run_id ' +
    'run_on_latest_version section serialization_format set ship_dag show_dagrun show_sql_only shut_down_logging skip_init ' +
    'skip_serve_logs slots ssl_cert_reqs start_date state table tables task_id task_params task_regex team team_name to_date ' +
    'to_revision to_version tree umask upstream uri url_prefix use_executor use_migration_files use_random_password username ' +
    'value without_gossip without_mingle worker_timeout workers',
};

const EFFECT_BY_DEST: ReadonlyMap<string, ArgumentEffect> = new Map(
  Object.entries(DESTS_BY_EFFECT).flatMap(([effect, dests]) =>
    dests.split(' ').map((dest) => [dest, effect as ArgumentEffect]),
  ),
);

/** Arguments of REST operations that have an effect, by name. All others have none: they select or set what the operation names. */
const OPERATION_ARGUMENTS: Readonly<Record<string, ArgumentEffect>> = {
  // They choose the page, the order and the members of the answer.
  cursor: 'format',
  fields: 'format',
  limit: 'format',
  offset: 'format',
  order_by: 'format',
  page_limit: 'format',
  page_offset: 'format',
  // It runs the code of the classes that an XCom value names.
  deserialize: 'chooses-code',
  // It reads the DAG files in a folder that the caller chooses.
  subdir: 'chooses-code',
};

/** The effect of an argument, or undefined if nobody has classified it. */
export function findArgumentEffect({ dest, type, ofOperation }: Argument): ArgumentEffect | undefined {
  if (ofOperation) return Object.hasOwn(OPERATION_ARGUMENTS, dest) ? OPERATION_ARGUMENTS[dest] : 'none';
  return EFFECT_BY_DEST.get(dest) ?? (type === 'file' || type === 'directory' ? 'uses-files' : undefined);
}

export const isHarmlessOption = (argument: Argument): boolean => findArgumentEffect(argument) === 'format';

export function isWideOption(argument: Argument): boolean {
  const effect = findArgumentEffect(argument);
  return effect !== 'none' && effect !== 'format';
}
