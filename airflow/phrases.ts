/**
 * What a command prints when it has done its work, where it cannot speak JSON or says so in words, and what it prints when
 * there was nothing to do or no such thing. Read off real runs of 2.10.3 and 3.0.6: `local/airflow/transcripts/`.
 */
export interface Phrases {
  /** On standard output, a line of its own: done, exit status 0. */
  readonly done?: RegExp;
  /** On standard output: exit status 0 although nothing matched. */
  readonly nothing?: RegExp;
  /** The last line of standard error: a refusal in one line, exit status 1. */
  readonly refused?: RegExp;
  /** It prints something whenever it succeeds. So does every command with `--output`. */
  readonly prints?: true;
  /** Keys that every object of its JSON has: what a DAG file prints while it is read is not taken for an answer. */
  readonly keys?: readonly string[];
}

const PHRASES: Readonly<Record<string, Phrases>> = {
  version: { done: /^\d+\.\d+\.\d+\S*$/m },
  'dags delete': { done: /^Removed \d+ record\(s\)$/m },
  'dags list': { keys: ['dag_id'] },
  'dags list-import-errors': { keys: ['filepath'] },
  'dags list-runs': {
    keys: ['dag_id', 'run_id'],
    refused: /^DAG: .* does not exist in 'dag' table$/,
    nothing: /^No data found$/m,
  },
  'dags pause': { keys: ['dag_id', 'is_paused'], nothing: /^No (un)?paused DAGs were found$/m },
  'dags trigger': { keys: ['dag_id', 'dag_run_id'] },
  'dags unpause': { keys: ['dag_id', 'is_paused'], nothing: /^No (un)?paused DAGs were found$/m },
  'dags next-execution': { prints: true },
  'dags state': { prints: true },
  'tasks state': { prints: true },
  'tasks states-for-dag-run': { keys: ['dag_id', 'task_id'] },
  'variables delete': { done: /^Variable .* deleted$/m },
  'variables get': { refused: /^Variable .* does not exist$/ },
  'variables list': { keys: ['key'] },
  'variables set': { done: /^Variable .* created$/m },
  'connections add': { done: /^Successfully added `conn_id`=/m },
  'connections delete': { done: /^Successfully deleted connection with `conn_id`=/m },
};

/** What is on standard output without any command's doing: log lines, and what MWAA's own log handlers print. */
const NOISE = /^(\[\d{4}-\d\d-\d\dT[^\]]*\] \{|CloudWatch logging is disabled for )/;

/** Whether anything on standard output may come from the command itself. */
export function printsAnything(stdout: string): boolean {
  return stdout.split('\n').some((line) => line.trim() !== '' && !NOISE.test(line));
}

export function phrasesOf(path: readonly string[]): Phrases {
  return PHRASES[path.join(' ')] ?? {};
}
