/**
 * What a command prints when it has done its work, where it cannot speak JSON or says so in words; what it prints when
 * there was nothing to do or no such thing; and how it refuses in one line. Read off real runs of the releases in
 * `local/airflow/transcripts/`: what differs between them stands side by side.
 *
 * An expression is held against the last line that a command printed, unless it says otherwise. What refuses in another
 * way ends in a traceback or is argparse's, which look the same for all commands: `failure.ts`.
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
  /** Anywhere on standard output: what follows, up to an empty line at the very end, is the answer. */
  readonly heading?: RegExp;
  /** A part of that line would look the same: it tells only when it is printed to its end. */
  readonly whole?: true;
  /** It prints something whenever it succeeds, as does every command with `--output` or a line of `done`. */
  readonly prints?: true;
  /** With other options it has nothing to print. */
  readonly silentToo?: true;
  /** It says that all is done whether or not there was anything to do. */
  readonly eitherWay?: true;
  /** A line on either stream: the task that was tried failed, and the exit status does not show it. */
  readonly taskFailed?: RegExp;
  /** A line on either stream: the DAG is paused. */
  readonly paused?: RegExp;
  /** From this release on the process exits 1 when there is something to list. */
  readonly exitsOneFrom?: string;
  /** Keys of every object of its JSON, by generation: what a DAG file prints while it is read is taken for no answer. */
  readonly shapes?: readonly (readonly string[])[];
  /** Its JSON is never an empty list. */
  readonly someRows?: true;
}

const NO_SUCH_POOL = /^Pool .* does not exist$/;
const NO_SUCH_DAG = /^DAG: .* does not exist in (?:'dag' table|the database)$/;
const DATE = /^(?:None|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d)$/;
const CANCELLED = /^(?:Cancelled|Operation cancelled by user)$/;

const PAUSED = /^\[INFO\] Please be reminded this DAG is PAUSED now\.$/m;
const DAG_PAUSED = /^Dag: .*, paused: (?:True|False)$/;
const REMOVED = /^Removed \d+ record\(s\)$/;
const CREATED = /^Created <DagRun .*>$/;

const PAUSE: Phrases = {
  shapes: [['dag_id', 'is_paused']],
  someRows: true,
  done: DAG_PAUSED,
  nothing: /^(?:No (?:un)?paused DAGs were found|Operation cancelled by user)$/,
  refused: NO_SUCH_DAG,
};
const PAUSE_1: Phrases = { done: DAG_PAUSED };
const RUN_STATE: Phrases = {
  done: /^(?:None|queued|running|success|failed)(?:, \{.*\})?$/,
  whole: true,
};
const TASK_STATE: Phrases = {
  done: /^(?:None|removed|scheduled|queued|running|success|shutdown|restarting|failed|up_for_retry|up_for_reschedule|upstream_failed|skipped|sensing|deferred|awaiting_input)$/,
  whole: true,
};
const ANY_VALUE: Phrases = { done: /^/, whole: true };
const ROLE_PERMISSIONS: Phrases = {
  done: /^(?:Added|Deleted) \d+ permission\(s\)$/,
  nothing: /^(?:Added|Deleted) 0 permission\(s\)$/,
  refusedAloud: /^(?:Role|Resource|Action) named '.*' does not exist$/,
};

const PHRASES: Readonly<Record<string, Phrases>> = {
  version: { done: /^\d+\.\d+\.\d+\S*$/, whole: true },
  'assets details': {
    refused:
      /^(?:Asset .* does not exist\.|Either --name or --uri is required|Required --name with --alias|More than one asset exists with .*)$/,
  },
  'assets list': { shapes: [['name', 'group']] },
  'assets materialize': {
    someRows: true,
    refused:
      /^(?:Asset .* does not exist\.|Either --name or --uri is required|More than one (?:asset exists|DAG materializes asset) with .*)$/,
  },
  'connections add': {
    done: /^Successfully added `conn_id`=/,
    whole: true,
    refused:
      /^(?:A connection with `conn_id`=.* already exists\.|The URI provided to --conn-uri is invalid: .*|Must supply either conn-uri or conn-json .*|The following args are .*|Could not create connection\. .*|Cannot supply both conn-uri and conn-json|conn-json is invalid; .*)$/,
  },
  'connections delete': {
    done: /^Successfully deleted connection with `conn_id`=/,
    whole: true,
    refused: /^(?:Did not find a|Found more than one) connection with `conn_id`=/,
  },
  'connections get': { refused: /^Connection not found\.$/ },
  'dags delete': { done: REMOVED, nothing: CANCELLED },
  'dags details': { refused: NO_SUCH_DAG },
  'dags list': {
    shapes: [
      ['dag_id', 'fileloc', 'owners', 'is_paused'],
      ['dag_id', 'filepath', 'owner', 'paused'],
    ],
  },
  'dags list-import-errors': { shapes: [['filepath', 'error']], exitsOneFrom: '2.8' },
  'dags list-jobs': { shapes: [['dag_id', 'state', 'job_type', 'start_date', 'end_date']], refused: NO_SUCH_DAG },
  'dags list-runs': { shapes: [['dag_id', 'run_id']], refused: NO_SUCH_DAG },
  'dags next-execution': {
    done: DATE,
    doneWithout: ['--field', '--table'],
    refused: NO_SUCH_DAG,
    paused: PAUSED,
  },
  'dags pause': PAUSE,
  'dags report': { shapes: [['file', 'duration', 'dag_num', 'task_num', 'dags']] },
  'dags state': { ...RUN_STATE, refused: NO_SUCH_DAG },
  'dags test': { refused: /^DagRun failed$/ },
  'dags trigger': {
    shapes: [['dag_id', 'dag_run_id']],
    someRows: true,
    done: CREATED,
  },
  'dags unpause': PAUSE,
  'db clean': { refused: /^No tables selected for db cleanup\./ },
  plugins: { done: /^No plugins loaded$/ },
  'pools delete': { done: /^Pool .* deleted$/, refused: NO_SUCH_POOL },
  'pools get': { refused: NO_SUCH_POOL },
  'pools set': { done: /^Pool .*created$/ },
  'providers get': { done: /^Version: \S+$/, whole: true, refused: /^No such provider installed: / },
  'roles add-perms': ROLE_PERMISSIONS,
  'roles create': { done: /^Added \d+ role\(s\)$/, eitherWay: true },
  'roles del-perms': ROLE_PERMISSIONS,
  'roles list': { shapes: [['name']] },
  'tasks clear': { nothing: /^(?:Nothing to clear\.|Cancelled, nothing was cleared\.)$/ },
  'tasks failed-deps': { prints: true },
  'tasks render': { prints: true },
  'tasks state': TASK_STATE,
  'tasks test': { taskFailed: /\[error *\] Task failed with exception/ },
  'tasks states-for-dag-run': { shapes: [['dag_id', 'task_id', 'state', 'start_date', 'end_date']] },
  'variables delete': { done: /^Variable .* deleted$/, eitherWay: true },
  'variables get': {
    ...ANY_VALUE,
    refused: /^(?:Variable .* does not exist\.?|.*: line \d+ column \d+ \(char \d+\))$/,
  },
  'variables list': { shapes: [['key']] },
  'variables set': { done: /^Variable .* created$/ },
  // 1.10
  clear: { nothing: /^Nothing to clear\.$/ },
  dag_state: RUN_STATE,
  delete_dag: { done: REMOVED, nothing: /^Bail\.$/ },
  // Nothing ends this table: cut between two rows it looks whole.
  list_dag_runs: { done: /^(?:id|\d+) +\| .*\|$/, whole: true },
  list_dags: { heading: /^-+\nDAGS\n-+$/m },
  next_execution: { done: DATE, paused: PAUSED },
  pause: PAUSE_1,
  pool: { done: /^╘.*╛$/, nothing: /^Pool '.*' doesn't exist$/ },
  task_failed_deps: { prints: true },
  task_state: TASK_STATE,
  render: { prints: true },
  trigger_dag: { done: CREATED },
  unpause: PAUSE_1,
  variables: { ...ANY_VALUE, silentToo: true, nothing: /^(?:Missing|Invalid) variables file\.$/ },
};

export function phrasesOf(path: readonly string[]): Phrases {
  return PHRASES[path.join(' ')] ?? {};
}
