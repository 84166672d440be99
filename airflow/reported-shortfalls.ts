import { findLineEnd } from './text-lines.ts';

/** A note for a line with which Airflow reports, before it exits with 0, that it did less than it was asked or something else. */
export type ShortfallNote =
  /** A part of the command, or all of it, failed. */
  | 'part-failed'
  /** The task that was tested failed. */
  | 'task-failed'
  /** Airflow ignored or replaced a value of the command, or the result has no effect. */
  | 'not-as-asked'
  /** There was nothing to do. */
  | 'nothing-matched';

/** A test of a stream that takes linear time. */
interface TextTest {
  test(text: string): boolean;
}

type Shortfall = readonly [note: ShortfallNote, line: TextTest];

/** An expression that is tried only on a text that contains `literal`: most streams do not, and finding that out is much faster. */
const after = (literal: string, line: RegExp): TextTest => ({
  test: (text) => text.includes(literal) && line.test(text),
});

/** A line with these parts in this order. As an expression with `.*` between them, it would take quadratic time. */
const inOneLine = (...parts: readonly string[]): TextTest => ({
  test(text) {
    for (let at = text.indexOf(parts[0]!); at !== -1; ) {
      const end = findLineEnd(text, at);
      const line = text.slice(at, end);
      let from = 0;
      const hasAll = parts.every((part) => {
        const found = line.indexOf(part, from);
        from = found + part.length;
        return found !== -1;
      });
      if (hasAll) return true;
      at = text.indexOf(parts[0]!, end);
    }
    return false;
  },
});

const IMPORT_ERRORS: Shortfall = ['part-failed', /Failed to (?:import: |bag_dag: |write serialized DAG\b)/]; // all
const NO_USER: Shortfall = [
  'not-as-asked',
  inOneLine('Failed to get user name from os: ', ', not setting the triggering user'),
]; // 3.2.1 –
const NO_RUN_DATES: Shortfall = ['nothing-matched', /No run dates were found for the given dates and dag interval\./]; // – 2.11.2
/** A secrets backend has a variable of this name. It is read before the database. */
const VARIABLE_HIDDEN: Shortfall = [
  'not-as-asked',
  inOneLine('The variable ', ' is defined in the ', ' secrets backend, which takes '),
]; // 2.2.2 –
const VARIABLE_FAILED: Shortfall = [
  'part-failed',
  /^(?:Variable import failed: |[1-9]\d* variable\(s\) failed to be updated\.)/m,
]; // all
const TASK_NOT_RUN: Shortfall = [
  'part-failed',
  // `jobs/local_task_job*.py` and `models/taskinstance.py` of 1.10.12 to 2.11.2
  /Task is not able to be run|Dependencies not met for <TaskInstance|Task exited with return code (?!0\b)-?\d/,
];

/**
 * The lines, by command path. Taken from the source of the sixteen releases, not only from runs. Lines that Airflow logs are matched
 * without what stands before them, because an environment may have its own log format. The comments name the releases that print the line.
 */
export const SHORTFALLS: Readonly<Record<string, readonly Shortfall[]>> = {
  'assets materialize': [NO_USER],
  'backfill create': [NO_USER],
  'celery remove-all-queues': [['nothing-matched', /^No (?:active queues found|queues to remove) for worker: /m]], // provider
  'config get-value': [['nothing-matched', inOneLine('section/key [', '] not found in config')]], // 2.10.1 –; before, it exits with 1
  'config update': [['part-failed', /^Failed to create backup: /m]], // 2.11.0 –
  'connections add': [
    ['not-as-asked', /The type provided to --conn-type is invalid: /], // 2.4.3 –; it stores the type `generic`
    ['not-as-asked', /Encountered non-JSON in `extra` field for connection /], // 2.4.3 – 2.11.2; 3 exits with 1
  ],
  'connections import': [['part-failed', /^Could not import connection/m]], // 2.2.2 –
  'connections test': [['part-failed', /^Connection failed!/m]], // 2.6.3 –
  'dags backfill': [
    NO_RUN_DATES,
    ['part-failed', /Backfill cannot be created for DagRun /], // 2.4.3 – 2.11.2
  ],
  'dags clear': [['nothing-matched', /^No matching Dag runs found\.$/m]], // 3.3.1
  'dags list': [
    // 2.4.3 –: the DAGs of a file that cannot be imported are missing
    ['part-failed', after('Error: Failed', /^Error: Failed to load all files\./m)],
    ['not-as-asked', after('Error: Ignoring', /^Error: Ignoring the following invalid\s+columns: /m)], // 2.9.2 –
  ],
  'dags reserialize': [IMPORT_ERRORS],
  'dags test': [
    ['part-failed', /^Some task instances failed:|^BackfillJob is deadlocked\./m], // 2.0.2 – 2.4.3
    ['part-failed', /Task failed\. DAG will continue to run until finished and be marked as failed\./], // 2.6.3
    ['part-failed', /Task failed; ti=/], // 2.7.2; from 2.8 on it exits with 1 as well
  ],
  'dags trigger': [NO_USER],
  'db clean': [
    ['part-failed', /Encountered error when attempting to clean table '/], // 2.4.3 –
    ['part-failed', /The following tables were not cleaned due to errors: /], // 3.3.1
    ['not-as-asked', /The following table\(s\) are not valid choices and will be skipped: /], // 2.6.3 –
    ['not-as-asked', /Table \S+ not found\. +Skipping\./], // 2.4.3 –
  ],
  info: [['part-failed', /^Failed to send report to file\.io service\.$/m]], // all, with --file-io
  'kubernetes cleanup-pods': [['part-failed', /^Can't remove POD: /m]], // 2.0.2 –
  plugins: [['part-failed', /Failed to import plugin /]], // 2.0.2 –
  'state-store clean': [['not-as-asked', /^Custom state store backend configured \(.*\); skipping\./m]], // 3.3.1
  'tasks run': [TASK_NOT_RUN],
  // 3.0.6 –; before, it exits with 1. JSON logs have the same text in another place.
  'tasks test': [['task-failed', after('Task failed with', /^(?=.*\berror\b).*\bTask failed with exception\b/m)]],
  'users create': [['nothing-matched', /^.* already exists? in the db$/m]], // all; with s from 3.2.1 on
  'variables import': [VARIABLE_FAILED, VARIABLE_HIDDEN],
  'variables set': [VARIABLE_HIDDEN],
  // 1.10
  backfill: [NO_RUN_DATES],
  create_user: [['nothing-matched', /^.* already exist in the db$/m]],
  pool: [['part-failed', /^Please check the validity of the json file: |^Missing pools file\.$/m]],
  run: [TASK_NOT_RUN],
  sync_perm: [['part-failed', /^The sync_perm command only works for rbac UI\.$/m]],
  variables: [VARIABLE_FAILED],
};

/** The notes on what Airflow reports in a stream. @param text a stream without escape sequences */
export function findReportedShortfalls(path: readonly string[], ...texts: readonly string[]): Set<ShortfallNote> {
  const shortfalls = SHORTFALLS[path.join(' ')] ?? [];
  return new Set(shortfalls.filter(([, line]) => texts.some((text) => line.test(text))).map(([note]) => note));
}
