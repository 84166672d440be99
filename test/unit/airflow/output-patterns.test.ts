import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../airflow/catalog.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { determineVerdict } from '../../../airflow/verdict.ts';
import { AIRFLOW_2, AIRFLOW_3 } from './catalogs.ts';

const readCatalogFile = (release: string): Catalog =>
  JSON.parse(readFileSync(new URL(`../../../airflow/catalogs/${release}.json`, import.meta.url), 'utf8'));
const AIRFLOW_1 = readCatalogFile('1.10.12');
const AIRFLOW_2_2 = readCatalogFile('2.2.2');

const LOG = 'CloudWatch logging is disabled for TaskLogHandler\n';

type CommandOutput = { out?: string; err?: string; returncode?: number };

function judgeCommand(
  catalog: Catalog,
  command: string,
  { out = '', err = '', ...more }: CommandOutput,
  status = 200,
  release = catalog.airflow,
) {
  return determineVerdict(
    parseInvocation(catalog, splitCommandLine(command)),
    status,
    { stdout: out, stderr: err, ...more },
    release,
  );
}

const PAUSED = '[INFO] Please be reminded this DAG is PAUSED now.';

describe('what a command prints when it has done its work', () => {
  test.each<[catalog: Catalog, command: string, done: string, notDone: string]>([
    [AIRFLOW_2, 'version', '2.10.3', '2.10'],
    [AIRFLOW_2, 'version', '2.11.0rc1', 'v2.11.0'],
    [AIRFLOW_2, 'connections add c --conn-type=http', 'Successfully added `conn_id`=c : http://', 'added `conn_id`=c'],
    [AIRFLOW_2, 'connections delete c', 'Successfully deleted connection with `conn_id`=c', 'Deleted c'],
    [AIRFLOW_2, 'dags delete -y d', 'Removed 12 record(s)', 'Not Removed 1 record(s)'],
    [AIRFLOW_2, 'dags next-execution d', '2026-11-22T05:00:00+00:00', '2026-11-22T05:00:00'],
    [AIRFLOW_2, 'dags next-execution d', '2026-11-22 05:00:00.123-07:30', '2026-11-22'],
    [AIRFLOW_2, 'dags next-execution d', 'None', 'None of them'],
    [AIRFLOW_2, 'dags state d 2026-01-01', 'success', 'succeeding'],
    [AIRFLOW_2, 'dags state d 2026-01-01', 'running, {"a": 1}', 'running, {"a": 1'],
    [AIRFLOW_2, 'dags state d 2026-01-01', 'queued', 'not queued'],
    [AIRFLOW_2, 'dags state d 2026-01-01', 'failed', 'failed, of course'],
    [AIRFLOW_2, 'dags state d 2026-01-01', 'None', 'None of them'],
    [AIRFLOW_2, 'tasks state d t r', 'up_for_retry', 'up for retry'],
    [AIRFLOW_2, 'tasks state d t r', 'None', 'None of them'],
    [AIRFLOW_2_2, 'providers get p', 'Version: 2.0.1', 'Version: of it'],
    [AIRFLOW_2, 'plugins', 'No plugins loaded', 'No plugins loaded yet'],
    [AIRFLOW_2, 'pools set p 1 d', 'Pool p created', 'the Pool p created'],
    [AIRFLOW_2_2, 'pools set p 1 d', 'Pool created', 'Pool created?'],
    [AIRFLOW_2, 'pools delete p', 'Pool p deleted', 'the Pool p deleted'],
    [AIRFLOW_2, 'roles create r', 'Added 2 role(s)', 'Added 2 role(s) of 3'],
    [AIRFLOW_2, 'roles add-perms r -a a -r x', 'Added 1 permission(s)', 'Added one permission(s)'],
    [AIRFLOW_2, 'roles del-perms r -a a -r x', 'Deleted 10 permission(s)', 'not Deleted 1 permission(s)'],
    [AIRFLOW_2, 'variables set k v', 'Variable k created', 'Variable k created?'],
    [AIRFLOW_2, 'variables delete k', 'Variable k deleted', 'no Variable k deleted'],
    [
      AIRFLOW_2_2,
      'dags trigger d',
      'Created <DagRun d @ 2026-11-22: r, externally triggered: True>',
      'Created <DagRun d',
    ],
    [AIRFLOW_2_2, 'dags pause d', 'Dag: d, paused: True', 'Dag: d, paused: Tru'],
    [AIRFLOW_2_2, 'dags unpause d', 'Dag: d, paused: False', 'The Dag: d, paused: False'],
    [
      AIRFLOW_1,
      'trigger_dag d',
      'Created <DagRun d @ 2026-11-22: r, externally triggered: True>',
      'not Created <DagRun d>',
    ],
    [AIRFLOW_1, 'pause d', 'Dag: d, paused: True', 'Dag: d, paused: yes'],
    [AIRFLOW_1, 'unpause d', 'Dag: d, paused: False', 'Dag: d'],
    [AIRFLOW_1, 'delete_dag d -y', 'Removed 3 record(s)', 'Removed'],
    [AIRFLOW_1, 'dag_state d 2026-01-01', 'running', 'ru'],
    [AIRFLOW_1, 'task_state d t 2026-01-01', 'queued', 'Queued'],
    [AIRFLOW_1, 'next_execution d', '2026-11-22 05:00:00+00:00', 'soon'],
    [AIRFLOW_1, 'list_dag_runs d', 'id  | run_id | state | execution_date | state_date |', 'run_id | id |'],
    [AIRFLOW_1, 'list_dag_runs d', '12  | r      | failed | 2026 | 2026 |', '12  | r      | fai'],
    [AIRFLOW_1, 'pool', '╘════════╧═════╛', '╘════════╧═════'],
  ])('%#: %s %s', (catalog, command, done, notDone) => {
    expect(judgeCommand(catalog, command, { out: `noise\n${done}\n` })).toMatchObject({ outcome: 'succeeded' });
    expect(judgeCommand(catalog, command, { out: `${done}\n${notDone}\n` })).toMatchObject({ outcome: 'unclear' });
    expect(judgeCommand(catalog, command, { out: `${done}\n` }, 400)).toMatchObject({ outcome: 'unclear' });
  });
});

describe('what a command prints when nothing matched', () => {
  test.each<[catalog: Catalog, command: string, said: string, other: string]>([
    [AIRFLOW_2, 'dags pause d', 'No unpaused DAGs were found', 'No unpaused DAGs'],
    [AIRFLOW_2, 'dags unpause d', 'No paused DAGs were found', 'Oh: No paused DAGs were found'],
    [AIRFLOW_2, 'dags pause d', 'Operation canceled by user', 'Operation canceled'],
    [AIRFLOW_2, 'dags delete d', 'Canceled', 'Canceled it'],
    [AIRFLOW_2, 'tasks clear d', 'Nothing to clear.', 'Nothing to clear. Or so.'],
    [AIRFLOW_3, 'tasks clear d', 'Canceled, nothing was cleared.', 'not Canceled, nothing was cleared.'],
    [AIRFLOW_2, 'roles add-perms r -a a -r x', 'Added 0 permission(s)', 'Added 0 permissions'],
    [AIRFLOW_2, 'roles del-perms r -a a -r x', 'Deleted 0 permission(s)', 'x Deleted 0 permission(s)'],
    [AIRFLOW_1, 'clear d', 'Nothing to clear.', 'Nothing to clear. Or so.'],
    [AIRFLOW_1, 'delete_dag d', 'Bail.', 'Bail. Out.'],
    [AIRFLOW_1, 'pool -g p', "Pool 'p' doesn't exist", "The Pool 'p' doesn't exist"],
    [AIRFLOW_1, 'variables -i f', 'Missing variables file.', 'a Missing variables file.'],
    [AIRFLOW_1, 'variables -i f', 'Invalid variables file.', 'Invalid variables file. Or not'],
  ])('%#: %s %s', (catalog, command, said, other) => {
    expect(judgeCommand(catalog, command, { out: `${said}\n` })).toMatchObject({
      outcome: 'succeeded',
      notes: ['nothing-matched'],
      evidence: 'Airflow says that nothing matched',
    });
    expect(judgeCommand(catalog, command, { out: `${said}\n${other}\n` }).notes).toEqual([]);
  });
});

describe('what a command prints when it refuses', () => {
  test.each<[catalog: Catalog, command: string, said: string, other: string]>([
    [AIRFLOW_2, 'connections add c', 'A connection with `conn_id`=c already exists.', 'A connection with `conn_id`=c'],
    [AIRFLOW_2, 'connections add c', 'The URI provided to --conn-uri is invalid: x', 'The URI is invalid'],
    [
      AIRFLOW_2,
      'connections add c',
      'Must supply either conn-uri or conn-json if not supplying conn-type',
      'Must supply',
    ],
    [
      AIRFLOW_2,
      'connections add c',
      'The following args are not compatible with the --conn-uri flag: []',
      'The following',
    ],
    [
      AIRFLOW_2,
      'connections add c',
      'The following args are required to add a connection: []',
      'oh The following args are',
    ],
    [AIRFLOW_2, 'connections add c', "Could not create connection. The key 'bad id!'", 'Could not create'],
    [AIRFLOW_2, 'connections add c', 'Cannot supply both conn-uri and conn-json', 'Cannot supply both'],
    [AIRFLOW_2, 'connections add c', 'conn-json is invalid; must supply conn-type', 'conn-json is valid; x'],
    [AIRFLOW_2, 'connections delete c', 'Did not find a connection with `conn_id`=c', 'Did not find it'],
    [
      AIRFLOW_2,
      'connections delete c',
      'Found more than one connection with `conn_id`=c',
      'I Found more than one connection',
    ],
    [AIRFLOW_2, 'dags list-jobs', "DAG: d does not exist in 'dag' table", "DAG: d does not exist in 'dag' table?"],
    [
      AIRFLOW_2,
      'dags list-runs -d d',
      "DAG: d does not exist in 'dag' table",
      "oh DAG: d does not exist in 'dag' table",
    ],
    [AIRFLOW_2, 'dags pause d', "DAG: d does not exist in 'dag' table", 'DAG: d does not exist'],
    [AIRFLOW_2, 'dags state d 2026-01-01', "DAG: d does not exist in 'dag' table", 'DAG: d'],
    [
      AIRFLOW_3,
      'dags next-execution d',
      'DAG: d does not exist in the database',
      'DAG: d does not exist in a database',
    ],
    [AIRFLOW_2, 'dags test d', 'DagRun failed', 'DagRun failed again'],
    [AIRFLOW_2, 'dags test d', 'DagRun failed', 'the DagRun failed'],
    [
      AIRFLOW_2,
      'db clean --clean-before-timestamp=2020-01-01',
      'No tables selected for db cleanup. Please',
      'No tables',
    ],
    [AIRFLOW_2, 'connections get c', 'Connection not found.', 'Connection not found. Yet.'],
    [AIRFLOW_2, 'dags details d', "DAG: d does not exist in 'dag' table", 'DAG: d'],
    [AIRFLOW_2, 'pools get p', 'Pool p does not exist', 'Pool p does not exist yet'],
    [AIRFLOW_2, 'pools delete p', 'Pool p does not exist', 'the Pool p does not exist'],
    [AIRFLOW_2, 'providers get p', 'No such provider installed: p', 'there is No such provider installed: p'],
    [AIRFLOW_2, 'variables get k', 'Variable k does not exist', 'Variable k does not exist yet'],
    [AIRFLOW_3, 'variables get k', 'Variable k does not exist.', 'no Variable k does not exist.'],
    [AIRFLOW_2, 'variables get k', 'Expecting value: line 12 column 34 (char 56)', 'Expecting value: line 1'],
    [AIRFLOW_3, 'assets details', 'Asset with name a does not exist.', 'Asset with name a does not exist'],
    [AIRFLOW_3, 'assets details', 'Asset alias with name a does not exist.', 'An Asset with name a does not exist.'],
    [AIRFLOW_3, 'assets details', 'Either --name or --uri is required', 'Either --name or --uri'],
    [AIRFLOW_3, 'assets details', 'Required --name with --alias', 'Required --name'],
    [AIRFLOW_3, 'assets materialize', 'Asset with uri u does not exist.', 'Asset'],
    [AIRFLOW_3, 'assets materialize', 'Either --name or --uri is required', 'Either'],
    [AIRFLOW_3, 'tasks state d t r', "Can not find dag 'd'", "Can not find dag 'd' in the database"],
    [AIRFLOW_3, 'dags show d', "Can not find dag 'd' in database", "oh Can not find dag 'd' in database"],
    [AIRFLOW_3, 'dags reserialize', 'Bundles not found: nowhere', 'no Bundles not found: nowhere'],
  ])('%#: %s %s', (catalog, command, said, other) => {
    expect(judgeCommand(catalog, command, { err: `warning\n${said}\n` })).toMatchObject({
      outcome: 'failed',
      isNormalResult: false,
    });
    expect(judgeCommand(catalog, command, { err: `${said}\n${other}\n` }).outcome).not.toBe('failed');
    expect(judgeCommand(catalog, command, { out: `${said}\n` }).outcome).not.toBe('failed');
  });

  test.each<[said: string, outcome: string]>([
    ["Role named 'r' does not exist", 'failed'],
    ["Resource named 'x' does not exist", 'failed'],
    ["Action named 'a' does not exist", 'failed'],
    ["User named 'u' does not exist", 'unclear'],
    ["The Role named 'r' does not exist", 'unclear'],
    ["Role named 'r' does not exist yet", 'unclear'],
  ])('on standard output: %s', (said, outcome) => {
    for (const command of ['roles add-perms r -a a -r x', 'roles del-perms r -a a -r x']) {
      expect(judgeCommand(AIRFLOW_2, command, { out: `${said}\n` })).toMatchObject({ outcome });
    }
    expect(judgeCommand(AIRFLOW_2, 'tasks clear d', { out: `${said}\n` })).toMatchObject({ outcome: 'unverified' });
  });
});

describe('the keys of an answer', () => {
  test.each<[catalog: Catalog, command: string, keys: string]>([
    [AIRFLOW_2, 'dags list', 'dag_id fileloc owners is_paused'],
    [AIRFLOW_2, 'dags list', 'dag_id filepath owner paused'],
    [AIRFLOW_2, 'dags list --columns=owners,dag_id', 'owners dag_id'],
    [AIRFLOW_2, 'dags list-import-errors', 'filepath error'],
    [AIRFLOW_2, 'dags list-jobs', 'dag_id state job_type start_date end_date'],
    [AIRFLOW_2, 'dags list-runs -d d', 'dag_id run_id'],
    [AIRFLOW_2, 'dags pause d', 'dag_id is_paused'],
    [AIRFLOW_2, 'dags unpause d', 'dag_id is_paused'],
    [AIRFLOW_2, 'dags report', 'file duration dag_num task_num dags'],
    [AIRFLOW_2, 'dags trigger d', 'dag_id dag_run_id'],
    [AIRFLOW_2, 'roles list', 'name'],
    [AIRFLOW_2, 'tasks states-for-dag-run d r', 'dag_id task_id state start_date end_date'],
    [AIRFLOW_2, 'variables list', 'key'],
    [AIRFLOW_3, 'assets list', 'name group'],
  ])('%#: %s %s: %s', (catalog, command, keys) => {
    const row = Object.fromEntries(keys.split(' ').map((key) => [key, 'x']));
    const output = (value: object) =>
      judgeCommand(catalog, `${command} -o json`, { out: `${JSON.stringify([value])}\n` }).output;

    expect(output({ ...row, more: 'x' })).toEqual([{ ...row, more: 'x' }]);
    for (const key of Object.keys(row)) {
      const needed = !command.includes('--columns') || key === 'dag_id';
      expect(output({ ...row, [key]: undefined }) === null).toBe(needed);
    }
  });
});

describe('the form of an answer', () => {
  test.each<[what: string, catalog: Catalog, command: string, printed: CommandOutput, outcome: string]>([
    ['a list of 1.10, to its empty line', AIRFLOW_1, 'list_dags', { out: '----\nDAGS\n----\na\nb\n\n' }, 'succeeded'],
    ['a list of 1.10 that is cut', AIRFLOW_1, 'list_dags', { out: '----\nDAGS\n----\na\nb\n' }, 'unverified'],
    ['a list of 1.10 without its heading', AIRFLOW_1, 'list_dags', { out: 'a\nDAGS\n----\nb\n\n' }, 'unverified'],
    ['a value', AIRFLOW_2, 'variables get k', { out: 'None\n' }, 'succeeded'],
    ['a value that is cut', AIRFLOW_2, 'variables get k', { out: 'Non' }, 'unverified'],
    ['no value', AIRFLOW_2, 'variables get k', {}, 'unclear'],
    ['an empty value', AIRFLOW_2, 'variables get k', { out: '\n' }, 'succeeded'],
    ['an empty value after noise', AIRFLOW_2, 'variables get k', { out: `${LOG}\n` }, 'succeeded'],
    ['noise and no value', AIRFLOW_2, 'variables get k', { out: LOG }, 'unclear'],
    ['two log lines and no value', AIRFLOW_2, 'variables get k', { out: LOG + LOG }, 'unclear'],
    ['an empty line of another command', AIRFLOW_2, 'version', { out: '\n' }, 'unclear'],
    ['a version that is cut', AIRFLOW_2, 'version', { out: '2.10.1' }, 'unverified'],
    ['a value of 1.10', AIRFLOW_1, 'variables -g k', { out: 'v\n' }, 'succeeded'],
    ['silence of 1.10', AIRFLOW_1, 'variables -s k v', {}, 'unverified'],
    [
      'a phrase where JSON was asked for',
      AIRFLOW_2_2,
      'providers get p -o json',
      { out: 'Version: 2.0.1\n' },
      'succeeded',
    ],
    ['nothing to list, in JSON', AIRFLOW_2, 'dags list-runs -d d -o json', { out: 'No data found\n' }, 'succeeded'],
    ['nothing to list, as a table', AIRFLOW_2, 'dags list-runs -d d', { out: 'No data found\n' }, 'succeeded'],
    ['no data of a command without a list', AIRFLOW_2, 'tasks list d', { out: 'No data found\n' }, 'unverified'],
    ['JSON that was not asked for', AIRFLOW_2, 'dags list', { out: '[{"dag_id": "d"}]\n' }, 'unclear'],
    ['a table that was not asked for', AIRFLOW_2, 'dags list -o json', { out: 'a\n=\nb\n \n' }, 'unclear'],
    ['a plain table', AIRFLOW_2, 'dags list -o plain', { out: 'dag_id\nd\n' }, 'unverified'],
    [
      'another form of the next run',
      readCatalogFile('3.3.1'),
      'dags next-execution d --table',
      { out: 'a\n' },
      'unverified',
    ],
    [
      'another field of the next run',
      readCatalogFile('3.3.1'),
      'dags next-execution d --field=partition_key',
      { out: 'a\n' },
      'unverified',
    ],
    ['silence of a command that speaks', AIRFLOW_2, 'tasks render d t r', {}, 'unclear'],
    ['silence of a command that speaks', AIRFLOW_2, 'tasks failed-deps d t r', {}, 'unclear'],
    ['silence of a command that speaks', AIRFLOW_1, 'render d t r', {}, 'unclear'],
    ['silence of a command that speaks', AIRFLOW_1, 'task_failed_deps d t r', {}, 'unclear'],
    ['words of a command that speaks', AIRFLOW_2, 'tasks render d t r', { out: 'x\n' }, 'unverified'],
  ])('%s', (_what, catalog, command, printed, outcome) => {
    expect(judgeCommand(catalog, command, printed)).toMatchObject({ outcome });
  });
});

describe('import errors', () => {
  const rows = { out: '[{"filepath": "f", "error": "e"}]\n' };
  const table = { out: 'filepath | error\n=========+======\nf        | e    \n                \n' };
  const list = (
    { out = '', err = '', ...more }: CommandOutput,
    release: string | undefined,
    status = 200,
    form = ' -o json',
  ) =>
    determineVerdict(
      parseInvocation(AIRFLOW_2, splitCommandLine(`dags list-import-errors${form}`)),
      status,
      { stdout: out, stderr: err, ...more },
      release,
    );

  test.each<
    [what: string, given: Parameters<typeof list>, expected: [outcome: string, answered: boolean, notes: string[]]]
  >([
    ['before 2.8', [rows, '2.7.3'], ['succeeded', true, []]],
    ['before 2.8, and MWAA says 400', [rows, '2.7.3', 400], ['unclear', false, []]],
    ['from 2.8 on', [rows, '2.8.0'], ['failed', true, ['exit-status-misleads']]],
    ['from 2.8 on, and MWAA says 400', [rows, '2.10.3', 400], ['failed', true, ['exit-status-misleads']]],
    ['of an unknown release', [rows, undefined], ['unverified', true, []]],
    ['of an unknown release, and MWAA says 400', [rows, undefined, 400], ['failed', true, ['exit-status-misleads']]],
    ['as a table', [table, '2.10.3', 200, ''], ['failed', true, ['exit-status-misleads']]],
    ['as half a table', [{ out: table.out.slice(0, 40) }, '2.10.3', 200, ''], ['unclear', false, []]],
    ['none', [{ out: '[]\n' }, '2.10.3'], ['succeeded', true, []]],
    ['none, as a table', [{ out: 'No data found\n' }, '2.10.3', 200, ''], ['succeeded', true, []]],
    ['with return code 1', [{ ...rows, returncode: 1 }, undefined], ['failed', true, ['exit-status-misleads']]],
    ['with return code 0', [{ ...rows, returncode: 0 }, '2.10.3'], ['succeeded', true, []]],
    ['of a killed process', [{ ...rows, returncode: -9 }, '2.10.3'], ['failed', false, []]],
    ['and a refusal', [{ ...rows, err: 'Bundles not found: x\n' }, '2.10.3'], ['unclear', false, []]],
    ['and no list', [{ out: 'x\n' }, '2.10.3', 400], ['failed', false, []]],
  ])('%s', (_what, given, expected) => {
    const { outcome, isNormalResult, notes } = list(...given);
    expect([outcome, isNormalResult, notes]).toEqual(expected);
  });

  test('are told apart in the evidence', () => {
    expect(list(rows, '2.10.3').evidence).toMatch(/^the JSON .*, and this release exits 1 where/);
    expect(list(rows, undefined).evidence).toMatch(/^the JSON .*, and some releases exit 1 where/);
  });
});

describe('the notes', () => {
  test.each<[what: string, catalog: Catalog, command: string, printed: CommandOutput, notes: string[]]>([
    ['a paused DAG', AIRFLOW_2, 'dags next-execution d', { out: 'None\n', err: `${PAUSED}\nx\n` }, ['dag-is-paused']],
    ['a paused DAG of 1.10', AIRFLOW_1, 'next_execution d', { out: `${PAUSED}\nNone\n` }, ['dag-is-paused']],
    ['words about a paused DAG', AIRFLOW_2, 'dags next-execution d', { out: 'None\n', err: `x ${PAUSED}\n` }, []],
    ['more words about a paused DAG', AIRFLOW_2, 'dags next-execution d', { out: 'None\n', err: `${PAUSED} x\n` }, []],
    [
      'a task that failed',
      AIRFLOW_3,
      'tasks test d t',
      { out: '12:00 [error    ] Task failed with exception x\n' },
      ['task-failed'],
    ],
    ['a task that did not', AIRFLOW_3, 'tasks test d t', { out: 'Task failed with exception\n' }, []],
    ['a run of 3.x without a logical date', AIRFLOW_3, 'dags trigger d', {}, ['no-logical-date']],
    ['a run of 3.x with one', AIRFLOW_3, 'dags trigger d --logical-date=2026-01-01', {}, []],
    ['a run of 2.x', AIRFLOW_2, 'dags trigger d', {}, []],
    ['another command of 3.x', AIRFLOW_3, 'dags test d', {}, []],
    ['a deleted variable', AIRFLOW_2, 'variables delete k', { out: 'Variable k deleted\n' }, ['success-either-way']],
    ['a variable of which nothing is said', AIRFLOW_2, 'variables delete k', {}, []],
    ['a role', AIRFLOW_2, 'roles create k', { out: 'Added 1 role(s)\n' }, ['success-either-way']],
    ['a failure', AIRFLOW_3, 'dags trigger d', { returncode: 1 }, []],
    ['no answer, but a return code', AIRFLOW_3, 'dags trigger d', { returncode: 0 }, ['no-logical-date']],
  ])('%s', (_what, catalog, command, printed, notes) => {
    expect(judgeCommand(catalog, command, printed).notes).toEqual(notes);
  });

  test.each<[outcome: string, answered: boolean, printed: CommandOutput]>([
    ['succeeded', true, { returncode: 0 }],
    ['failed', false, { returncode: 1 }],
    ['unverified', true, {}],
  ])('%s is answered: %s', (outcome, answered, printed) => {
    expect(judgeCommand(AIRFLOW_2, 'tasks clear d', printed)).toMatchObject({ outcome, isNormalResult: answered });
  });

  test('unclear is not answered', () => {
    expect(judgeCommand(AIRFLOW_2, 'version', {})).toMatchObject({
      outcome: 'unclear',
      isNormalResult: false,
      output: null,
    });
  });
});
