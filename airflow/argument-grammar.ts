import { type Argument, type Command, isSwitch } from './catalog.ts';

/**
 * How Airflow reads the value of an argument. The policy compares values by what Airflow reads, not by their characters.
 *
 * - `name`, `text`: the value means its text. Only a `text` may be empty.
 * - `wall-clock-date`: Airflow drops the offset and reads the time in the time zone of the DAG.
 * - `date-or-run-id`: Airflow looks for a run with this id first, then reads a date.
 * - `list`: comma-separated. `exclusion-list`: what the command leaves out, so that a shorter list reaches more.
 * - `expression`: a small language of its own, such as `head-1` for a database revision or `10,3` for worker counts.
 */
export type Grammar =
  | 'switch'
  | 'name'
  | 'text'
  | 'choice'
  | 'number'
  | 'date'
  | 'wall-clock-date'
  | 'date-or-run-id'
  | 'list'
  | 'exclusion-list'
  | 'path'
  | 'json'
  | 'regular-expression'
  | 'uri'
  | 'expression';

/**
 * Grammars of arguments whatever their type in the catalog, by argparse's `dest`.
 * Sources: `localize_partition_datetime` (3.3.1: `dags clear`, `partitions clear`, `backfill create`), `cleanup_tables` (3.2.1).
 */
const BY_DEST_BEFORE_TYPE = createTable({
  'wall-clock-date': 'from_date partition_date_end partition_date_start to_date',
  'exclusion-list': 'exclude_dag_ids ignore_option ignore_section',
});

/** As above, for one command. */
const BY_COMMAND: Readonly<Record<string, ReadonlyMap<string, Grammar>>> = {
  'partitions clear': createTable({ 'wall-clock-date': 'end_date start_date' }),
};

const BY_TYPE: Readonly<Record<NonNullable<Argument['type']>, Grammar>> = {
  integer: 'number',
  'positive-integer': 'number',
  'non-negative-integer': 'number',
  number: 'number',
  json: 'json',
  date: 'date',
  list: 'list',
  lowercase: 'choice',
  directory: 'path',
  file: 'path',
};

/** Grammars of arguments that have no type in the catalog, by `dest`. Sources: `airflow/cli/commands/` (1.10: `airflow/bin/cli.py`). */
const BY_DEST = createTable({
  name:
    'access_logformat action bundle_name celery_hostname conn_id conn_type dag_id delete email get host hostname import_path key name ' +
    'namespace option partition_key password pickle policy_store_id pool principal provider_name resource role run_id section state ' +
    'task_id team team_name uri username',
  text:
    'conn_description conn_login conn_password conn_schema default description firstname lastname ' +
    'policy_store_description url_prefix value',
  number: 'capacity conn_port job_id limit',
  'date-or-run-id': 'execution_date_or_run_id logical_date_or_run_id',
  list: 'apps queues',
  path:
    'access_logfile cfg_path dagfile_path error_file error_logfile export file flower_conf import keytab log_config log_file ' +
    'output_path pid save save_dagrun ssl_ca_file ssl_cert ssl_key stderr stdout subdir',
  json: 'conf conn_extra conn_json dag_run_conf env_vars task_params',
  // On Airflow 3, `--task-regex` selects each task whose id contains the text.
  'regular-expression': 'mark_success_pattern task_regex',
  // A host may be a comma-separated list (PostgreSQL), or contain a path (HTTP).
  uri: 'broker_api conn_host conn_uri',
  // `date` is START~END. `set` has several values with different meanings.
  expression: 'autoscale basic_auth date from_revision from_version set to_revision to_version umask',
});

/** Grammars of texts in REST operations, by the name of the parameter or member. Sources: Airflow's OpenAPI documents and `api_connexion/`, `api_fastapi/`. */
const OPERATION_TEXTS = createTable({
  name:
    'bundle_name bundle_version chosen_options conn_type connection_id dag_id dag_run_id dag_run_ids dag_run_state dataset_uri ' +
    'email event executor executor_class fields file_token filename group_id hostname job_state job_type key name ' +
    'operator option owner owners partition_key pool pool_name queue responded_by_user_id responded_by_user_name result role_name ' +
    'run_id run_type schema section source_dag_id source_run_id source_task_id state states tags task_group_id task_id task_ids ' +
    'team_name timetable_type update_mask uri username variable_key warning_type xcom_key',
  text: 'description first_name last_name login note password value',
  // One text with commas, which 2.x splits: `GET /dagStats?dag_ids=a,b`.
  list: 'dag_ids included_events',
  'exclusion-list': 'excluded_events',
  path: 'subdir',
  json: 'extra',
  uri: 'host',
  // Texts that select what contains them, with the wildcards of SQL; opaque texts; dates that the documents call texts.
  expression:
    'asset_dependency before body_search conf_contains consuming_asset_pattern cursor dag_display_name_pattern ' +
    'dag_display_name_prefix_pattern dag_id_pattern dag_id_prefix_pattern event_pattern event_prefix_pattern filename_pattern ' +
    'filename_prefix_pattern name_pattern name_prefix_pattern next operator_name_pattern operator_name_prefix_pattern order_by ' +
    'owner_pattern owner_prefix_pattern partition_date_gte partition_date_lte partition_key_pattern partition_key_prefix_pattern ' +
    'pool_name_pattern pool_name_prefix_pattern queue_name_pattern queue_name_prefix_pattern rendered_map_index_pattern ' +
    'rendered_map_index_prefix_pattern run_id_pattern run_id_prefix_pattern subject_search tag_name_pattern tag_name_prefix_pattern ' +
    'task_display_name_pattern task_display_name_prefix_pattern task_id_pattern task_id_prefix_pattern token ' +
    'triggering_user_name_pattern triggering_user_name_prefix_pattern uri_pattern uri_prefix_pattern variable_key_pattern ' +
    'variable_key_prefix_pattern xcom_key_pattern xcom_key_prefix_pattern connection_id_pattern connection_id_prefix_pattern',
});

/** Switches that change how Airflow reads another argument, and the `dest` of that argument. */
const GRAMMAR_SWITCHES: Readonly<Record<string, { readonly dest: string; readonly grammar: Grammar }>> = {
  dag_regex: { dest: 'dag_id', grammar: 'regular-expression' },
  treat_dag_as_regex: { dest: 'dag_id', grammar: 'regular-expression' },
  treat_dag_id_as_regex: { dest: 'dag_id', grammar: 'regular-expression' },
};

/**
 * The grammar of an argument of a command.
 *
 * @returns undefined if nobody has decided it. Then only one exact value can be compared.
 */
export function getGrammar(command: Command, argument: Argument): Grammar | undefined {
  if (isSwitch(argument)) return 'switch';
  const { dest, choices, type, ofOperation } = argument;
  if (ofOperation && !choices && !type) return OPERATION_TEXTS.get(dest);
  return (
    BY_COMMAND[command.path.join(' ')]?.get(dest) ??
    BY_DEST_BEFORE_TYPE.get(dest) ??
    (choices && 'choice') ??
    (type && BY_TYPE[type]) ??
    BY_DEST.get(dest)
  );
}

/** The switch among `given` that changes how Airflow reads an argument, and the grammar that it has then. */
export function findGrammarSwitch(
  argument: Argument,
  given: Iterable<Argument>,
): { readonly argument: Argument; readonly grammar: Grammar } | undefined {
  for (const other of given) {
    const change = getGrammarChange(other);
    if (change?.dest === argument.dest) return { argument: other, grammar: change.grammar };
  }
  return undefined;
}

/** What a switch changes: the `dest` of another argument, and its grammar. */
export const getGrammarChange = ({ dest }: Argument): (typeof GRAMMAR_SWITCHES)[string] | undefined =>
  Object.hasOwn(GRAMMAR_SWITCHES, dest) ? GRAMMAR_SWITCHES[dest] : undefined;

/** Arguments whose value may be empty although their grammar is not `text`. */
const EMPTY_VALUE_DESTS = new Set(['conn_extra', 'conn_host', 'set']);

/**
 * Whether an empty value means its text. Elsewhere Airflow treats it as no value (`if args.run_id:`), which often means everything:
 * `connections list --conn-id ''` lists every connection.
 */
export const acceptsEmptyValue = ({ dest, ofOperation }: Argument): boolean =>
  (ofOperation ? OPERATION_TEXTS : BY_DEST).get(dest) === 'text' || EMPTY_VALUE_DESTS.has(dest);

function createTable(dests: Partial<Record<Grammar, string>>): ReadonlyMap<string, Grammar> {
  return new Map(
    Object.entries(dests).flatMap(([grammar, names]) => names.split(' ').map((dest) => [dest, grammar as Grammar])),
  );
}
