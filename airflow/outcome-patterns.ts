import { UNLISTED_SUCCESS_LINES } from './unlisted-success-lines.ts';

/**
 * What a command prints when it succeeds, when there was nothing to do, and when it fails with one line. Taken from real runs of the
 * releases in `local/airflow/transcripts/`; one entry covers the differences between releases.
 *
 * Expressions are matched against the last line that the command printed, unless noted otherwise. A named group of `success` must have
 * the value of the argument with that `dest`, if one is given: a line that names something else belongs to another command. Other failures end in a traceback or
 * in a usage error of argparse, which are the same for all commands: see `failure-evidence.ts`.
 */
export interface OutputPatterns {
  /** On standard output: exit status 0. */
  readonly success?: RegExp | undefined;
  /** On standard output: exit status 0, although nothing matched or there was nothing to do. */
  readonly nothingMatched?: RegExp;
  /** On standard error: a failure in one line, exit status 1. */
  readonly failureOnStderr?: RegExp;
  /** On standard output: a failure in one line, exit status 1. */
  readonly failureOnStdout?: RegExp;
  /** Options with which the command prints something other than `success`. */
  readonly optionsWithoutSuccessLine?: readonly string[];
  /** A heading on standard output. The result follows it, and ends with an empty line at the end of the output. */
  readonly listHeading?: RegExp;
  /** A truncated success line can also match `success`, so the line counts only if it ends with a newline. */
  readonly requiresLineEnd?: true;
  /** `success` matches every text, so it never shows how the process ended. */
  readonly isAnyText?: true;
  /** `success` matches a word or a date that code of the environment may print as well. */
  readonly isPlainWord?: true;
  /** The command prints something whenever it succeeds. Implied by `--output` and by `success`. */
  readonly alwaysPrints?: true;
  /** With some options the command prints nothing when it succeeds. */
  readonly maySucceedSilently?: true;
  /** The command prints the same line whether or not there was anything to do. */
  readonly successEitherWay?: true;
  /** A line on either stream: the DAG is paused. */
  readonly paused?: RegExp;
  /** Since this release, the process exits with 1 if there is something to list. */
  readonly exitsOneSinceRelease?: string;
  /** Keys of every object in its JSON, one list for each generation. They distinguish the result from output of DAG files. */
  readonly jsonShapes?: readonly (readonly string[])[] | undefined;
  /** The only keys and columns that it may have. Other commands print lists that have its keys and more. */
  readonly onlyKeys?: readonly string[] | undefined;
  /** Columns of its tables, if they differ from the keys of the JSON. */
  readonly tableShapes?: readonly (readonly string[])[] | undefined;
  /** The JSON is never an empty list. */
  readonly neverEmpty?: true;
}

const NO_SUCH_POOL = /^Pool (?<pool>.*) does not exist$/;
const NO_SUCH_DAG = /^DAG: (?<dag_id>.*) does not exist in (?:'dag' table|the database)$/;
const DATE_OR_NONE = /^(?:None|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d)$/;
const CANCELED_LINE = /^(?:Canceled|Operation canceled by user)$/;

const PAUSED_REMINDER = /^\[INFO\] Please be reminded this DAG is PAUSED now\.$/m;
const RECORDS_REMOVED_LINE = /^Removed \d+ record\(s\)$/;
const DAG_RUN_CREATED_LINE =
  /^Created <DagRun (?:(?<dag_id>\S+) @ (?:(?!: ).)*: (?<run_id>.*), (?:state:\w+, )?externally triggered: )?.*>$/;

const PAUSED_LINE = /^Dag: (?<dag_id>.*), paused: True$/;
const UNPAUSED_LINE = /^Dag: (?<dag_id>.*), paused: False$/;
// Since 2.9, the line and the JSON show the state before the command in some releases, so `is_paused` tells nothing.
const PAUSE_JSON: OutputPatterns = {
  jsonShapes: [['dag_id', 'is_paused']],
  neverEmpty: true,
  failureOnStderr: NO_SUCH_DAG,
};
const RUN_STATE: OutputPatterns = {
  success: /^(?:None|queued|running|success|failed)(?:, \{.*\})?$/,
  requiresLineEnd: true,
  isPlainWord: true,
};
const TASK_STATE: OutputPatterns = {
  success:
    /^(?:None|removed|scheduled|queued|running|success|shutdown|restarting|failed|up_for_retry|up_for_reschedule|upstream_failed|skipped|sensing|deferred|awaiting_input)$/,
  requiresLineEnd: true,
  isPlainWord: true,
};
const ANY_VALUE: OutputPatterns = { success: /^/, requiresLineEnd: true, isAnyText: true };
const NO_SUCH_PERMISSION = /^(?:Role|Resource|Action) named '.*' does not exist$/;

const CONNECTION = [['conn_id', 'conn_type']];
const POOL = [['pool', 'slots', 'description']];
/** A table with a row for each property. */
const PROPERTIES = [['property_name', 'property_value']];

const OUTPUT_PATTERNS: Readonly<Record<string, OutputPatterns>> = {
  version: { success: /^\d+\.\d+\.\d+\S*$/, requiresLineEnd: true, isPlainWord: true },
  'assets details': {
    jsonShapes: [['name', 'group']],
    tableShapes: PROPERTIES,
    neverEmpty: true,
    failureOnStderr:
      /^(?:Asset .* does not exist\.|Either --name or --uri is required|Required --name with --alias|More than one asset exists with .*)$/,
  },
  'assets list': { jsonShapes: [['name', 'group']] },
  'assets materialize': {
    jsonShapes: [['dag_id', 'dag_run_id']],
    neverEmpty: true,
    failureOnStderr:
      /^(?:Asset .* does not exist\.|Either --name or --uri is required|More than one (?:asset exists|DAG materializes asset) with .*)$/,
  },
  'connections add': {
    success: /^Successfully added `conn_id`=(?:(?<conn_id>.*?) : )?/,
    requiresLineEnd: true,
    failureOnStderr:
      /^(?:A connection with `conn_id`=(?<conn_id>.*) already exists\.|The URI provided to --conn-uri is invalid: .*|Must supply either conn-uri or conn-json .*|The following args are .*|Could not create connection\. .*|Cannot supply both conn-uri and conn-json|conn-json is invalid; .*)$/,
  },
  'connections delete': {
    success: /^Successfully deleted connection with `conn_id`=(?<conn_id>.*)/,
    requiresLineEnd: true,
    failureOnStderr: /^(?:Did not find a|Found more than one) connection with `conn_id`=(?<conn_id>.*)/,
  },
  'connections get': { jsonShapes: CONNECTION, neverEmpty: true, failureOnStderr: /^Connection not found\.$/ },
  'connections list': { jsonShapes: CONNECTION },
  'dags delete': { success: RECORDS_REMOVED_LINE, nothingMatched: CANCELED_LINE },
  'dags details': {
    jsonShapes: [['dag_id', 'is_paused', 'fileloc']],
    tableShapes: PROPERTIES,
    neverEmpty: true,
    failureOnStderr: NO_SUCH_DAG,
  },
  'dags list': {
    jsonShapes: [
      ['dag_id', 'fileloc', 'owners', 'is_paused'],
      ['dag_id', 'filepath', 'owner', 'paused'],
    ],
  },
  'dags list-import-errors': { jsonShapes: [['filepath', 'error']], exitsOneSinceRelease: '2.8' },
  'dags list-jobs': {
    jsonShapes: [['dag_id', 'state', 'job_type', 'start_date', 'end_date']],
    failureOnStderr: NO_SUCH_DAG,
  },
  'dags list-runs': { jsonShapes: [['dag_id', 'run_id']], failureOnStderr: NO_SUCH_DAG },
  'dags next-execution': {
    success: DATE_OR_NONE,
    isPlainWord: true,
    optionsWithoutSuccessLine: ['--field', '--table'],
    failureOnStderr: NO_SUCH_DAG,
    paused: PAUSED_REMINDER,
  },
  'dags pause': {
    ...PAUSE_JSON,
    success: PAUSED_LINE,
    nothingMatched: /^(?:No unpaused DAGs were found|Operation canceled by user)$/,
  },
  'dags report': { jsonShapes: [['file', 'duration', 'dag_num', 'task_num', 'dags']] },
  'dags state': { ...RUN_STATE, failureOnStderr: NO_SUCH_DAG },
  'dags test': { failureOnStderr: /^DagRun failed$/ },
  'dags trigger': {
    jsonShapes: [['dag_id', 'dag_run_id']],
    neverEmpty: true,
    success: DAG_RUN_CREATED_LINE,
  },
  'dags unpause': {
    ...PAUSE_JSON,
    success: UNPAUSED_LINE,
    nothingMatched: /^(?:No paused DAGs were found|Operation canceled by user)$/,
  },
  'db clean': { failureOnStderr: /^No tables selected for db cleanup\./ },
  plugins: { jsonShapes: [['name', 'source']], neverEmpty: true, success: /^No plugins loaded$/ },
  'pools delete': { success: /^Pool (?<pool>.*) deleted$/, failureOnStderr: NO_SUCH_POOL },
  'pools get': { jsonShapes: POOL, neverEmpty: true, failureOnStderr: NO_SUCH_POOL },
  'pools list': { jsonShapes: POOL, neverEmpty: true },
  'pools set': { success: /^Pool (?:(?<pool>.*) )?created$/ },
  'providers get': {
    success: /^Version: \S+$/,
    requiresLineEnd: true,
    failureOnStderr: /^No such provider installed: /,
  },
  'providers list': { jsonShapes: [['package_name', 'version']] },
  'roles add-perms': {
    success: /^Added \d+ permission\(s\)$/,
    nothingMatched: /^Added 0 permission\(s\)$/,
    failureOnStdout: NO_SUCH_PERMISSION,
  },
  'roles create': { success: /^Added \d+ role\(s\)$/, successEitherWay: true },
  'roles del-perms': {
    success: /^Deleted \d+ permission\(s\)$/,
    nothingMatched: /^Deleted 0 permission\(s\)$/,
    failureOnStdout: NO_SUCH_PERMISSION,
  },
  'roles list': { jsonShapes: [['name']], onlyKeys: ['name', 'resource', 'action'] },
  'tasks clear': { nothingMatched: /^(?:Nothing to clear\.|Canceled, nothing was cleared\.)$/ },
  'tasks failed-deps': { alwaysPrints: true },
  'tasks render': { alwaysPrints: true },
  'tasks state': TASK_STATE,
  'tasks states-for-dag-run': { jsonShapes: [['dag_id', 'task_id', 'state', 'start_date', 'end_date']] },
  'users list': { jsonShapes: [['id', 'username', 'email']] },
  'variables delete': { success: /^Variable (?<key>.*) deleted$/, successEitherWay: true },
  'variables get': {
    ...ANY_VALUE,
    failureOnStderr: /^(?:Variable (?<key>.*) does not exist\.?|.*: line \d+ column \d+ \(char \d+\))$/,
  },
  'variables list': { jsonShapes: [['key']] },
  'variables set': { success: /^Variable (?<key>.*) created$/ },
  // 1.10
  clear: { nothingMatched: /^Nothing to clear\.$/ },
  dag_state: RUN_STATE,
  delete_dag: { success: RECORDS_REMOVED_LINE, nothingMatched: /^Bail\.$/ },
  // This table has no last line: if it is truncated between two rows, it looks complete.
  list_dag_runs: { alwaysPrints: true },
  list_dags: { listHeading: /^-+\nDAGS\n-+$/m },
  next_execution: { success: DATE_OR_NONE, isPlainWord: true, paused: PAUSED_REMINDER },
  pause: { success: PAUSED_LINE },
  pool: { success: /^╘.*╛$/, nothingMatched: /^Pool '.*' doesn't exist$/ },
  task_failed_deps: { alwaysPrints: true },
  task_state: TASK_STATE,
  render: { alwaysPrints: true },
  trigger_dag: { success: DAG_RUN_CREATED_LINE },
  unpause: { success: UNPAUSED_LINE },
  variables: { ...ANY_VALUE, maySucceedSilently: true, nothingMatched: /^(?:Missing|Invalid) variables file\.$/ },
};

/** The output patterns of a command, without regard to its options. */
export function getOutputPatterns(path: readonly string[]): OutputPatterns {
  const name = path.join(' ');
  return OUTPUT_PATTERNS[name] ?? { success: UNLISTED_SUCCESS_LINES[name] };
}
