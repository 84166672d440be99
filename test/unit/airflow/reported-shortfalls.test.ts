import { describe, expect, test } from 'vitest';
import { findReportedShortfalls, SHORTFALLS, type ShortfallNote } from '../../../airflow/reported-shortfalls.ts';

/** Lines as releases print them. Commands without a comment print them with exit status 0 in a recording as well. */
const LINES: readonly (readonly [command: string, note: ShortfallNote, line: string])[] = [
  [
    'assets materialize',
    'not-as-asked',
    '2026-11-22T12:00:00.123456Z [warning  ] Failed to get user name from os: no entry, not setting the triggering user',
  ],
  [
    'backfill create',
    'not-as-asked',
    '{"event": "Failed to get user name from os: no entry, not setting the triggering user", "level": "warning"}',
  ],
  ['celery remove-all-queues', 'nothing-matched', 'No queues to remove for worker: w'],
  ['dags clear', 'nothing-matched', 'No matching Dag runs found.'],
  ['config get-value', 'nothing-matched', 'WARNING: section/key [core/nonsense] not found in config'],
  ['config update', 'part-failed', "Failed to create backup: [Errno 13] Permission denied: 'airflow.cfg.bak'"],
  [
    'connections add',
    'not-as-asked',
    '/usr/local/airflow/.local/lib/python/site-packages/airflow/cli/commands/connection_command.py:228 UserWarning: The type provided to --conn-type is invalid: nonsense',
  ],
  [
    'connections add',
    'not-as-asked',
    "DeprecationWarning: Encountered non-JSON in `extra` field for connection 'c'. Support for non-JSON `extra` will be removed in Airflow 3.0",
  ],
  ['connections import', 'part-failed', 'Could not import connection reports: connection already exists.'],
  ['connections import', 'part-failed', "Could not import connection. Unknown hook type 'x'"],
  ['connections test', 'part-failed', 'Connection failed!'],
  [
    'dags backfill',
    'nothing-matched',
    '[2026-11-22T12:00:00.123+0000] {backfill_job_runner.py:958} INFO - No run dates were found for the given dates and dag interval.',
  ],
  [
    'dags backfill',
    'part-failed',
    "ERROR - Backfill cannot be created for DagRun one in 2026-02-01T00:00:00, as there's already manual in a RUNNING state.",
  ],
  ['dags list', 'part-failed', 'Error: Failed to load all files. For details, run `airflow dags \nlist-import-errors`'],
  ['dags list', 'not-as-asked', "Error: Ignoring the following invalid columns: ['x'].  List of valid columns: []"],
  ['dags reserialize', 'part-failed', 'ERROR - Failed to import: /usr/local/airflow/dags/broken_import.py'],
  ['dags reserialize', 'part-failed', 'ERROR - Failed to bag_dag: /usr/local/airflow/dags/x.py'],
  ['dags test', 'part-failed', 'Some task instances failed:\nDAG ID    Task ID'],
  ['dags test', 'part-failed', 'BackfillJob is deadlocked.'],
  [
    'dags test',
    'part-failed',
    'INFO - Task failed. DAG will continue to run until finished and be marked as failed.\nTraceback (most recent call last):',
  ],
  ['dags test', 'part-failed', 'ERROR - Task failed; ti=<TaskInstance: refuses.refuse manual__1 [None]>'],
  ['dags trigger', 'not-as-asked', 'Failed to get user name from os: no entry, not setting the triggering user'],
  ['db clean', 'part-failed', "WARNING - Encountered error when attempting to clean table 'log'. "],
  [
    'db clean',
    'part-failed',
    "The following tables were not cleaned due to errors: ['log']. Check the logs above for details.",
  ],
  ['db clean', 'not-as-asked', "The following table(s) are not valid choices and will be skipped: ['nonsense']"],
  ['db clean', 'not-as-asked', 'WARNING - Table task_reschedule not found.  Skipping.'],
  ['info', 'part-failed', 'Uploading report to file.io service.\nFailed to send report to file.io service.'],
  ['kubernetes cleanup-pods', 'part-failed', "Can't remove POD: (403)"],
  ['plugins', 'part-failed', 'ERROR - Failed to import plugin /usr/local/airflow/plugins/x.py'],
  ['state-store clean', 'not-as-asked', 'Custom state store backend configured (S3); skipping. Clean it there.'],
  [
    'tasks run',
    'part-failed',
    "Dependencies not met for <TaskInstance: d.t one [None]>, dependency 'Trigger Rule' FAILED: x",
  ],
  ['tasks run', 'part-failed', 'INFO - Task is not able to be run'],
  ['tasks run', 'part-failed', 'INFO - Task exited with return code 1'],
  ['tasks test', 'task-failed', '2026-11-22T12:00:00.123456Z [error    ] Task failed with exception     [task]'],
  ['tasks test', 'task-failed', '{"level": "error", "event": "Task failed with exception"}'],
  ['users create', 'nothing-matched', 'ann already exist in the db'],
  ['users create', 'nothing-matched', 'ann already exists in the db'],
  ['variables import', 'part-failed', "Variable import failed: ValueError('x')"],
  ['variables import', 'part-failed', '2 variable(s) failed to be updated.'],
  [
    'variables import',
    'not-as-asked',
    'The variable note is defined in the EnvironmentVariablesBackend secrets backend, which takes precedence',
  ],
  [
    'variables set',
    'not-as-asked',
    'WARNING - The variable note is defined in the EnvironmentVariablesBackend secrets backend, which takes precedence over reading from the database.',
  ],
  ['backfill', 'nothing-matched', 'INFO - No run dates were found for the given dates and dag interval.'],
  ['create_user', 'nothing-matched', 'ann already exist in the db'],
  ['pool', 'part-failed', 'Please check the validity of the json file: Expecting value'],
  ['run', 'part-failed', 'INFO - Task is not able to be run'],
  ['sync_perm', 'part-failed', 'The sync_perm command only works for rbac UI.'],
  ['variables', 'part-failed', '1 variable(s) failed to be updated.'],
];

describe('what Airflow reports with exit status 0', () => {
  test.each(LINES)('%s: %s: %s', (command, note, line) => {
    expect([...findReportedShortfalls(command.split(' '), `before\n${line}\nafter\n`, '')]).toEqual([note]);
  });

  test('has an example of every expression', () => {
    const unmatched = Object.entries(SHORTFALLS).flatMap(([path, rows]) =>
      rows
        .filter(([, pattern]) => !LINES.some(([command, , line]) => command === path && pattern.test(line)))
        .map(([, pattern]) => `${path}: ${pattern}`),
    );
    expect(unmatched).toEqual([]);
  });

  test.each<[command: string, text: string]>([
    ['dags list', 'a DAG that says: Error: Failed to load all files.'],
    ['tasks test', '[info] Task failed with exception'],
    ['tasks run', 'Task exited with return code 0'],
    ['variables import', '0 variable(s) failed to be updated.'],
    ['variables get', 'Encountered error when attempting to clean table'],
    ['nonsense', 'Connection failed!'],
  ])('%s says nothing of the kind with "%s"', (command, text) => {
    expect([...findReportedShortfalls(command.split(' '), text)]).toEqual([]);
  });
});
