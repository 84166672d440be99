/**
 * What a command prints when it has done its work, where it cannot speak JSON or says so in words; what it prints when
 * there was nothing to do or no such thing; and how it refuses in one line. Read off real runs of the releases in
 * `local/airflow/transcripts/`: what differs between them stands side by side.
 *
 * An expression is held against the last line that a command printed, unless it says otherwise. What refuses in another
 * way ends in a traceback or is argparse's, which look the same for all commands: `failure.ts`.
 */
export interface OutputPatterns {
  /** On standard output: exit status 0. */
  readonly success?: RegExp;
  /** On standard output: exit status 0, although nothing matched or nothing was to be done. */
  readonly nothingMatched?: RegExp;
  /** On standard error: a refusal in one line, exit status 1. */
  readonly refusedOnStderr?: RegExp;
  /** On standard output: a refusal in one line, exit status 1. */
  readonly refusedOnStdout?: RegExp;
  /** Options with which it prints something else than `done`. */
  readonly optionsWithoutSuccessLine?: readonly string[];
  /** Anywhere on standard output: what follows, up to an empty line at the very end, is the answer. */
  readonly listHeading?: RegExp;
  /** A part of that line would look the same: it tells only when it is printed to its end. */
  readonly requiresLineEnd?: true;
  /** It prints something whenever it succeeds, as does every command with `--output` or a line of `done`. */
  readonly alwaysPrints?: true;
  /** With other options it has nothing to print. */
  readonly maySucceedSilently?: true;
  /** It says that all is done whether or not there was anything to do. */
  readonly successEitherWay?: true;
  /** A line on either stream: the task that was tried failed, and the exit status does not show it. */
  readonly taskFailed?: RegExp;
  /** A line on either stream: the DAG is paused. */
  readonly paused?: RegExp;
  /** From this release on the process exits 1 when there is something to list. */
  readonly exitsOneSinceRelease?: string;
  /** Keys of every object of its JSON, by generation: what a DAG file prints while it is read is taken for no answer. */
  readonly jsonShapes?: readonly (readonly string[])[];
  /** Its JSON is never an empty list. */
  readonly neverEmpty?: true;
}

const NO_SUCH_POOL = /^Pool .* does not exist$/;
const NO_SUCH_DAG = /^DAG: .* does not exist in (?:'dag' table|the database)$/;
const DATE_OR_NONE = /^(?:None|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d)$/;
const CANCELED_LINE = /^(?:Canceled|Operation canceled by user)$/;

const PAUSED_REMINDER = /^\[INFO\] Please be reminded this DAG is PAUSED now\.$/m;
const PAUSED_STATE_LINE = /^Dag: .*, paused: (?:True|False)$/;
const RECORDS_REMOVED_LINE = /^Removed \d+ record\(s\)$/;
const DAG_RUN_CREATED_LINE = /^Created <DagRun .*>$/;

const PAUSE: OutputPatterns = {
  jsonShapes: [['dag_id', 'is_paused']],
  neverEmpty: true,
  success: PAUSED_STATE_LINE,
  nothingMatched: /^(?:No (?:un)?paused DAGs were found|Operation canceled by user)$/,
  refusedOnStderr: NO_SUCH_DAG,
};
const PAUSE_1_10: OutputPatterns = { success: PAUSED_STATE_LINE };
const RUN_STATE: OutputPatterns = {
  success: /^(?:None|queued|running|success|failed)(?:, \{.*\})?$/,
  requiresLineEnd: true,
};
const TASK_STATE: OutputPatterns = {
  success:
    /^(?:None|removed|scheduled|queued|running|success|shutdown|restarting|failed|up_for_retry|up_for_reschedule|upstream_failed|skipped|sensing|deferred|awaiting_input)$/,
  requiresLineEnd: true,
};
const ANY_VALUE: OutputPatterns = { success: /^/, requiresLineEnd: true };
const ROLE_PERMISSIONS: OutputPatterns = {
  success: /^(?:Added|Deleted) \d+ permission\(s\)$/,
  nothingMatched: /^(?:Added|Deleted) 0 permission\(s\)$/,
  refusedOnStdout: /^(?:Role|Resource|Action) named '.*' does not exist$/,
};

const OUTPUT_PATTERNS: Readonly<Record<string, OutputPatterns>> = {
  version: { success: /^\d+\.\d+\.\d+\S*$/, requiresLineEnd: true },
  'assets details': {
    refusedOnStderr:
      /^(?:Asset .* does not exist\.|Either --name or --uri is required|Required --name with --alias|More than one asset exists with .*)$/,
  },
  'assets list': { jsonShapes: [['name', 'group']] },
  'assets materialize': {
    neverEmpty: true,
    refusedOnStderr:
      /^(?:Asset .* does not exist\.|Either --name or --uri is required|More than one (?:asset exists|DAG materializes asset) with .*)$/,
  },
  'connections add': {
    success: /^Successfully added `conn_id`=/,
    requiresLineEnd: true,
    refusedOnStderr:
      /^(?:A connection with `conn_id`=.* already exists\.|The URI provided to --conn-uri is invalid: .*|Must supply either conn-uri or conn-json .*|The following args are .*|Could not create connection\. .*|Cannot supply both conn-uri and conn-json|conn-json is invalid; .*)$/,
  },
  'connections delete': {
    success: /^Successfully deleted connection with `conn_id`=/,
    requiresLineEnd: true,
    refusedOnStderr: /^(?:Did not find a|Found more than one) connection with `conn_id`=/,
  },
  'connections get': { refusedOnStderr: /^Connection not found\.$/ },
  'dags delete': { success: RECORDS_REMOVED_LINE, nothingMatched: CANCELED_LINE },
  'dags details': { refusedOnStderr: NO_SUCH_DAG },
  'dags list': {
    jsonShapes: [
      ['dag_id', 'fileloc', 'owners', 'is_paused'],
      ['dag_id', 'filepath', 'owner', 'paused'],
    ],
  },
  'dags list-import-errors': { jsonShapes: [['filepath', 'error']], exitsOneSinceRelease: '2.8' },
  'dags list-jobs': {
    jsonShapes: [['dag_id', 'state', 'job_type', 'start_date', 'end_date']],
    refusedOnStderr: NO_SUCH_DAG,
  },
  'dags list-runs': { jsonShapes: [['dag_id', 'run_id']], refusedOnStderr: NO_SUCH_DAG },
  'dags next-execution': {
    success: DATE_OR_NONE,
    optionsWithoutSuccessLine: ['--field', '--table'],
    refusedOnStderr: NO_SUCH_DAG,
    paused: PAUSED_REMINDER,
  },
  'dags pause': PAUSE,
  'dags report': { jsonShapes: [['file', 'duration', 'dag_num', 'task_num', 'dags']] },
  'dags state': { ...RUN_STATE, refusedOnStderr: NO_SUCH_DAG },
  'dags test': { refusedOnStderr: /^DagRun failed$/ },
  'dags trigger': {
    jsonShapes: [['dag_id', 'dag_run_id']],
    neverEmpty: true,
    success: DAG_RUN_CREATED_LINE,
  },
  'dags unpause': PAUSE,
  'db clean': { refusedOnStderr: /^No tables selected for db cleanup\./ },
  plugins: { success: /^No plugins loaded$/ },
  'pools delete': { success: /^Pool .* deleted$/, refusedOnStderr: NO_SUCH_POOL },
  'pools get': { refusedOnStderr: NO_SUCH_POOL },
  'pools set': { success: /^Pool .*created$/ },
  'providers get': {
    success: /^Version: \S+$/,
    requiresLineEnd: true,
    refusedOnStderr: /^No such provider installed: /,
  },
  'roles add-perms': ROLE_PERMISSIONS,
  'roles create': { success: /^Added \d+ role\(s\)$/, successEitherWay: true },
  'roles del-perms': ROLE_PERMISSIONS,
  'roles list': { jsonShapes: [['name']] },
  'tasks clear': { nothingMatched: /^(?:Nothing to clear\.|Canceled, nothing was cleared\.)$/ },
  'tasks failed-deps': { alwaysPrints: true },
  'tasks render': { alwaysPrints: true },
  'tasks state': TASK_STATE,
  'tasks test': { taskFailed: /\[error *\] Task failed with exception/ },
  'tasks states-for-dag-run': { jsonShapes: [['dag_id', 'task_id', 'state', 'start_date', 'end_date']] },
  'variables delete': { success: /^Variable .* deleted$/, successEitherWay: true },
  'variables get': {
    ...ANY_VALUE,
    refusedOnStderr: /^(?:Variable .* does not exist\.?|.*: line \d+ column \d+ \(char \d+\))$/,
  },
  'variables list': { jsonShapes: [['key']] },
  'variables set': { success: /^Variable .* created$/ },
  // 1.10
  clear: { nothingMatched: /^Nothing to clear\.$/ },
  dag_state: RUN_STATE,
  delete_dag: { success: RECORDS_REMOVED_LINE, nothingMatched: /^Bail\.$/ },
  // Nothing ends this table: cut between two rows it looks whole.
  list_dag_runs: { success: /^(?:id|\d+) +\| .*\|$/, requiresLineEnd: true },
  list_dags: { listHeading: /^-+\nDAGS\n-+$/m },
  next_execution: { success: DATE_OR_NONE, paused: PAUSED_REMINDER },
  pause: PAUSE_1_10,
  pool: { success: /^╘.*╛$/, nothingMatched: /^Pool '.*' doesn't exist$/ },
  task_failed_deps: { alwaysPrints: true },
  task_state: TASK_STATE,
  render: { alwaysPrints: true },
  trigger_dag: { success: DAG_RUN_CREATED_LINE },
  unpause: PAUSE_1_10,
  variables: { ...ANY_VALUE, maySucceedSilently: true, nothingMatched: /^(?:Missing|Invalid) variables file\.$/ },
};

export function getOutputPatterns(path: readonly string[]): OutputPatterns {
  return OUTPUT_PATTERNS[path.join(' ')] ?? {};
}
