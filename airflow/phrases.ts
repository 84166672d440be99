/**
 * What a command prints when it has done its work, where it cannot speak JSON or says so in words; what it prints when
 * there was nothing to do or no such thing; and how it refuses in one line. Read off real runs of the releases in
 * `local/airflow/transcripts/`: what differs between them stands side by side.
 *
 * Every expression is held against one line, the last that a command printed. Where a refusal is on neither list, it
 * ends in a traceback or is argparse's.
 */
export interface Phrases {
  /** On standard output: exit status 0. */
  readonly done?: RegExp;
  /** On standard output: exit status 0, although nothing matched or nothing was to be done. */
  readonly nothing?: RegExp;
  /** On standard error: a refusal in one line, exit status 1. */
  readonly refused?: RegExp;
  /** On standard output: a refusal in one line, exit status 1. */
  readonly refusedAloud?: RegExp;
  /** Options with which it prints something else than `done`. */
  readonly doneWithout?: readonly string[];
  /** On standard output: what follows, up to an empty line at the very end, is the answer. */
  readonly heading?: RegExp;
  /** It prints a value that may be any text. */
  readonly anyText?: true;
  /** It prints something whenever it succeeds. So does every command with `--output`. */
  readonly prints?: true;
  /** It says that all is done whether or not there was anything to do. */
  readonly eitherWay?: true;
  /** A line on either stream: the task that was tried failed, and the exit status does not show it. */
  readonly taskFailed?: RegExp;
  /** A line on either stream: the DAG is paused. */
  readonly paused?: RegExp;
  /** From this release on the process exits 1 when there is something to list. */
  readonly exitsOneFrom?: string;
  /** Keys that every object of its JSON has: what a DAG file prints while it is read is not taken for an answer. */
  readonly keys?: readonly string[];
}

const NO_SUCH_DAG = /^DAG: .* does not exist in (?:'dag' table|the database)$/;
const STATE = /^(?:None|[a-z_]+)$/;
const RUN_STATE = /^(?:None|queued|running|success|failed)(?:, \{.*\})?$/;
const DATE = /^(?:None|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d)$/;
const CANCELLED = /^(?:Cancelled|Operation cancelled by user)$/;

const PAUSED = /^\[INFO\] Please be reminded this DAG is PAUSED now\.$/m;
const DAG_PAUSED = /^Dag: .*, paused: (?:True|False)$/;
const REMOVED = /^Removed \d+ record\(s\)$/;
const CREATED = /^Created <DagRun .*>$/;

const PAUSE: Phrases = {
  keys: ['dag_id', 'is_paused'],
  done: DAG_PAUSED,
  nothing: /^(?:No (?:un)?paused DAGs were found|Operation cancelled by user)$/,
  refused: NO_SUCH_DAG,
};
const PAUSE_1: Phrases = { done: DAG_PAUSED };
const ROLE_PERMISSIONS: Phrases = {
  done: /^(?:Added|Deleted) \d+ permission\(s\)$/,
  nothing: /^(?:Added|Deleted) 0 permission\(s\)$/,
  refusedAloud: /^(?:Role|Resource|Action) named '.*' does not exist$/,
};

const PHRASES: Readonly<Record<string, Phrases>> = {
  version: { done: /^\d+\.\d+\.\d+\S*$/ },
  'assets details': {
    refused: /^(?:Asset .* does not exist\.|Either --name or --uri is required|Required --name with --alias)$/,
  },
  'assets list': { keys: ['name'] },
  'assets materialize': { refused: /^(?:Asset .* does not exist\.|Either --name or --uri is required)$/ },
  'connections add': {
    done: /^Successfully added `conn_id`=/,
    refused:
      /^(?:A connection with `conn_id`=.* already exists\.|The URI provided to --conn-uri is invalid: .*|Must supply either conn-uri or conn-json .*|The following args are .*|Could not create connection\. .*|Cannot supply both conn-uri and conn-json|conn-json is invalid; .*)$/,
  },
  'connections delete': {
    done: /^Successfully deleted connection with `conn_id`=/,
    refused: /^(?:Did not find a|Found more than one) connection with `conn_id`=/,
  },
  'dags delete': { done: REMOVED, nothing: CANCELLED },
  'dags list': { keys: ['dag_id'] },
  'dags list-import-errors': { keys: ['filepath', 'error'], exitsOneFrom: '2.8' },
  'dags list-jobs': { keys: ['dag_id', 'state', 'job_type'], refused: NO_SUCH_DAG },
  'dags list-runs': { keys: ['dag_id', 'run_id'], refused: NO_SUCH_DAG },
  'dags next-execution': {
    done: DATE,
    doneWithout: ['--field', '--table'],
    refused: NO_SUCH_DAG,
    paused: PAUSED,
  },
  'dags pause': PAUSE,
  'dags report': { keys: ['file', 'duration'] },
  'dags state': { done: RUN_STATE, refused: NO_SUCH_DAG },
  'dags test': { refused: /^DagRun failed$/ },
  'dags trigger': { keys: ['dag_id', 'dag_run_id'], done: CREATED },
  'dags unpause': PAUSE,
  'db clean': { refused: /^No tables selected for db cleanup\./ },
  'providers get': { refused: /^No such provider installed: / },
  'roles add-perms': ROLE_PERMISSIONS,
  'roles create': { done: /^Added \d+ role\(s\)$/, eitherWay: true },
  'roles del-perms': ROLE_PERMISSIONS,
  'roles list': { keys: ['name'] },
  'tasks clear': { nothing: /^(?:Nothing to clear\.|Cancelled, nothing was cleared\.)$/ },
  'tasks failed-deps': { prints: true },
  'tasks render': { prints: true },
  'tasks state': { done: STATE },
  'tasks test': { taskFailed: /\[error *\] Task failed with exception/ },
  'tasks states-for-dag-run': { keys: ['dag_id', 'task_id'] },
  'variables delete': { done: /^Variable .* deleted$/, eitherWay: true },
  'variables get': {
    prints: true,
    anyText: true,
    refused: /^(?:Variable .* does not exist|.*: line \d+ column \d+ \(char \d+\))$/,
  },
  'variables list': { keys: ['key'] },
  'variables set': { done: /^Variable .* created$/ },
  // 1.10
  clear: { nothing: /^Nothing to clear\.$/ },
  dag_state: { done: RUN_STATE },
  delete_dag: { done: REMOVED, nothing: /^Bail\.$/ },
  list_dag_runs: { done: /^(?:id|\d+) +\| .*\|$/ },
  list_dags: { heading: /^-+\nDAGS\n-+$/m },
  next_execution: { done: DATE, paused: PAUSED },
  pause: PAUSE_1,
  pool: { done: /^╘.*╛$/, nothing: /^Pool '.*' doesn't exist$/ },
  task_failed_deps: { prints: true },
  task_state: { done: STATE },
  render: { prints: true },
  trigger_dag: { done: CREATED },
  unpause: PAUSE_1,
  variables: { anyText: true, nothing: /^(?:Missing|Invalid) variables file\.$/ },
};

export function phrasesOf(path: readonly string[]): Phrases {
  return PHRASES[path.join(' ')] ?? {};
}
