import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../airflow/catalog.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { determineVerdict } from '../../../airflow/verdict.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { AIRFLOW_1_10, AIRFLOW_2, AIRFLOW_2_2, AIRFLOW_3 } from '../../catalogs.ts';

const LOG = 'CloudWatch logging is disabled for TaskLogHandler\n';

type CommandOutput = { out?: string; err?: string; returncode?: number };

function judgeCommand(
  catalog: Catalog,
  command: string,
  { out = '', err = '', ...returnCode }: CommandOutput,
  status = 200,
  release = catalog.airflow,
) {
  return determineVerdict(
    parseInvocation(catalog, splitCommandLine(command)),
    status,
    { stdout: out, stderr: err, ...returnCode },
    release,
  );
}

const PAUSED = '[INFO] Please be reminded this DAG is PAUSED now.';

describe('the line that a command prints when it succeeds', () => {
  test.each<[catalog: Catalog, command: string, successLine: string, otherLine: string]>([
    [AIRFLOW_2, 'version', '2.10.3', '2.10'],
    [AIRFLOW_2, 'version', '2.11.0rc1', 'v2.11.0'],
    [AIRFLOW_2, 'connections add c --conn-type=http', 'Successfully added `conn_id`=c : http://', 'added `conn_id`=c'],
    [AIRFLOW_2, 'connections delete c', 'Successfully deleted connection with `conn_id`=c', 'Deleted c'],
    [AIRFLOW_2, 'dags delete -y d', 'Removed 12 record(s)', 'Not Removed 1 record(s)'],
    [AIRFLOW_2, 'dags state d 2026-01-01', 'success', 'succeeding'],
    [AIRFLOW_2, 'dags state d 2026-01-01', 'running, {"a": 1}', 'running, {"a": 1'],
    [AIRFLOW_2, 'dags state d 2026-01-01', 'queued', 'not queued'],
    [AIRFLOW_2, 'dags state d 2026-01-01', 'failed', 'failed, of course'],
    [AIRFLOW_2, 'dags state d 2026-01-01', 'None', 'None of them'],
    [AIRFLOW_2_2, 'providers get p', 'Version: 2.0.1', 'Version: of it'],
    [AIRFLOW_2, 'plugins', 'No plugins loaded', 'No plugins loaded yet'],
    [AIRFLOW_2, 'pools set p 1 d', 'Pool p created', 'the Pool p created'],
    [AIRFLOW_2_2, 'pools set p 1 d', 'Pool created', 'Pool created?'],
    [AIRFLOW_2, 'pools delete p', 'Pool p deleted', 'the Pool p deleted'],
    [AIRFLOW_2, 'roles create r', 'Added 2 role(s)', 'Added 2 role(s) of 3'],
    [AIRFLOW_2, 'roles add-perms r -a a -r x', 'Added 1 permission(s)', 'Added one permission(s)'],
    [AIRFLOW_2, 'roles del-perms r -a a -r x', 'Deleted 10 permission(s)', 'Deleted 1 permission'],
    [AIRFLOW_2, 'variables set k v', 'Variable k created', 'Variable k created?'],
    [AIRFLOW_2, 'variables delete k', 'Variable k deleted', 'no Variable k deleted'],
    [
      AIRFLOW_2_2,
      'dags trigger d',
      'Created <DagRun d @ 2026-11-22: r, externally triggered: True>',
      'Created <DagRun d',
    ],
    [AIRFLOW_2_2, 'dags pause d', 'Dag: d, paused: True', 'Dag: d, paused: Tru'],
    [AIRFLOW_2_2, 'dags unpause d', 'Dag: d, paused: False', 'Dag: d, paused: Falsely'],
    [
      AIRFLOW_1_10,
      'trigger_dag d',
      'Created <DagRun d @ 2026-11-22: r, externally triggered: True>',
      'not Created <DagRun d>',
    ],
    [AIRFLOW_1_10, 'pause d', 'Dag: d, paused: True', 'Dag: d, paused: yes'],
    [AIRFLOW_1_10, 'unpause d', 'Dag: d, paused: False', 'Dag: d'],
    [AIRFLOW_1_10, 'delete_dag d -y', 'Removed 3 record(s)', 'Removed'],
    [AIRFLOW_1_10, 'pool', '╘════════╧═════╛', '╘════════╧═════'],
  ])('%#: %s %s', (catalog, command, successLine, otherLine) => {
    expect(judgeCommand(catalog, command, { out: `noise\n${successLine}\n` })).toMatchObject({ outcome: 'succeeded' });
    expect(judgeCommand(catalog, command, { out: `${successLine}\n${otherLine}\n` })).toMatchObject({
      outcome: 'unclear',
    });
    expect(judgeCommand(catalog, command, { out: `${successLine}\n` }, 400)).toMatchObject({ outcome: 'unclear' });
  });
});

describe('a word or a date that a DAG file may print as well', () => {
  test.each<[catalog: Catalog, command: string, successLine: string, otherLine: string]>([
    [AIRFLOW_2, 'dags next-execution d', '2026-11-22T05:00:00+00:00', '2026-11-22T05:00:00'],
    [AIRFLOW_2, 'dags next-execution d', '2026-11-22 05:00:00.123-07:30', '2026-11-22'],
    [AIRFLOW_2, 'dags next-execution d', 'None', 'None of them'],
    [AIRFLOW_2, 'tasks state d t r', 'up_for_retry', 'up for retry'],
    [AIRFLOW_2, 'tasks state d t r', 'None', 'None of them'],
    [AIRFLOW_1_10, 'dag_state d 2026-01-01', 'running', 'ru'],
    [AIRFLOW_1_10, 'task_state d t 2026-01-01', 'queued', 'Queued'],
    [AIRFLOW_1_10, 'next_execution d', '2026-11-22 05:00:00+00:00', 'soon'],
  ])('%#: %s %s', (catalog, command, successLine, otherLine) => {
    for (const out of [`${successLine}\n`, `noise\n${successLine}\n`, `printed by a DAG file${successLine}\n`]) {
      expect(judgeCommand(catalog, command, { out })).toMatchObject({ outcome: 'unverified', isNormalResult: true });
      expect(judgeCommand(catalog, command, { out, returncode: 0 })).toMatchObject({ outcome: 'succeeded' });
    }
    expect(judgeCommand(catalog, command, { out: `${successLine}\n${otherLine}\n` })).toMatchObject({
      outcome: 'unclear',
    });
    expect(judgeCommand(catalog, command, { out: `${successLine}\n` }, 400)).toMatchObject({ outcome: 'unclear' });
  });

  test.each<[release: string, command: string, outcome: string]>([
    ['2.2.2', 'dags state d 2026-01-01', 'unverified'],
    ['2.4.3', 'dags state d 2026-01-01', 'succeeded'],
    ['3.3.1', 'dags state d r', 'succeeded'],
    ['3.3.1', 'dags next-execution d', 'unverified'],
  ])('depends on whether the release reads DAG files: %s %s', (release, command, outcome) => {
    expect(judgeCommand(CATALOGS.read(release), command, { out: 'None\n' })).toMatchObject({ outcome });
  });
});

describe('an empty list', () => {
  test.each<[release: string, command: string, outcome: string]>([
    ['2.10.3', 'dags list', 'unverified'],
    ['2.10.3', 'dags report', 'unverified'],
    ['2.10.3', 'dags list-import-errors', 'unverified'],
    ['3.0.6', 'dags list-import-errors', 'succeeded'],
    ['3.0.6', 'dags list-import-errors --local', 'unverified'],
    ['2.2.2', 'dags list-runs -d d', 'unverified'],
    ['2.10.3', 'dags list-runs -d d', 'succeeded'],
    ['2.10.3', 'dags list-jobs', 'succeeded'],
    ['2.10.3', 'variables list', 'succeeded'],
    ['2.10.3', 'connections list', 'succeeded'],
  ])('is evidence only if no DAG file may have printed it: %s %s', (release, command, outcome) => {
    const catalog = CATALOGS.read(release);
    for (const [format, out] of [
      [' -o json', '[]\n'],
      [' -o json', `noise\n[]\n${LOG}`],
      ['', 'No data found\n'],
    ]) {
      expect(judgeCommand(catalog, command + format, { out: out! })).toMatchObject({ outcome, isNormalResult: true });
    }
    expect(judgeCommand(catalog, `${command} -o json`, { out: '[]\nx' })).toMatchObject({ outcome: 'unclear' });
  });
});

describe('the line that a command prints when nothing matched', () => {
  test.each<[catalog: Catalog, command: string, line: string, otherLine: string]>([
    [AIRFLOW_2, 'dags pause d', 'No unpaused DAGs were found', 'No unpaused DAGs'],
    [AIRFLOW_2, 'dags unpause d', 'No paused DAGs were found', 'Oh: No paused DAGs were found'],
    [AIRFLOW_2, 'dags pause d', 'Operation canceled by user', 'Operation canceled'],
    [AIRFLOW_2, 'dags delete d', 'Canceled', 'Canceled it'],
    [AIRFLOW_2, 'tasks clear d', 'Nothing to clear.', 'Nothing to clear. Or so.'],
    [AIRFLOW_3, 'tasks clear d', 'Canceled, nothing was cleared.', 'not Canceled, nothing was cleared.'],
    [AIRFLOW_2, 'roles add-perms r -a a -r x', 'Added 0 permission(s)', 'Added 0 permissions'],
    [AIRFLOW_2, 'roles del-perms r -a a -r x', 'Deleted 0 permission(s)', 'x Deleted 0 permission(s)'],
    [AIRFLOW_1_10, 'clear d', 'Nothing to clear.', 'Nothing to clear. Or so.'],
    [AIRFLOW_1_10, 'delete_dag d', 'Bail.', 'Bail. Out.'],
    [AIRFLOW_1_10, 'pool -g p', "Pool 'p' doesn't exist", "The Pool 'p' doesn't exist"],
    [AIRFLOW_1_10, 'variables -i f', 'Missing variables file.', 'a Missing variables file.'],
    [AIRFLOW_1_10, 'variables -i f', 'Invalid variables file.', 'Invalid variables file. Or not'],
  ])('%#: %s %s', (catalog, command, line, otherLine) => {
    expect(judgeCommand(catalog, command, { out: `${line}\n` })).toMatchObject({
      outcome: 'succeeded',
      notes: ['nothing-matched'],
      evidence: 'Airflow reports that nothing matched',
    });
    expect(judgeCommand(catalog, command, { out: `${line}\n${otherLine}\n` }).notes).toEqual([]);
  });
});

describe('the line that a command prints when it fails', () => {
  test.each<[catalog: Catalog, command: string, line: string, otherLine: string]>([
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
    [AIRFLOW_3, 'dags reserialize -B nowhere', 'Bundles not found: nowhere', 'no Bundles not found: nowhere'],
  ])('%#: %s %s', (catalog, command, line, otherLine) => {
    expect(judgeCommand(catalog, command, { err: `warning\n${line}\n` })).toMatchObject({
      outcome: 'failed',
      isNormalResult: false,
    });
    expect(judgeCommand(catalog, command, { err: `${line}\n${otherLine}\n` }).outcome).not.toBe('failed');
    expect(judgeCommand(catalog, command, { out: `${line}\n` }).outcome).not.toBe('failed');
  });

  test.each<[line: string, outcome: string]>([
    ["Role named 'r' does not exist", 'failed'],
    ["Resource named 'x' does not exist", 'failed'],
    ["Action named 'a' does not exist", 'failed'],
    ["User named 'u' does not exist", 'unclear'],
    ["The Role named 'r' does not exist", 'unclear'],
    ["Role named 'r' does not exist yet", 'unclear'],
  ])('on standard output "%s" means %s', (line, outcome) => {
    for (const command of ['roles add-perms r -a a -r x', 'roles del-perms r -a a -r x']) {
      expect(judgeCommand(AIRFLOW_2, command, { out: `${line}\n` })).toMatchObject({ outcome });
    }
    expect(judgeCommand(AIRFLOW_2, 'tasks clear d', { out: `${line}\n` })).toMatchObject({ outcome: 'unverified' });
  });
});

describe('the keys that the JSON of a command has', () => {
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
    const row = Object.fromEntries(keys.split(' ').map((key) => [key, 'd']));
    const judgeOutput = (value: object) =>
      judgeCommand(catalog, `${command} -o json`, { out: `${JSON.stringify([value])}\n` }).output;

    const mayHaveMore = !/--columns|^roles list/.test(command);
    expect(judgeOutput({ ...row, more: 'x' })).toEqual(mayHaveMore ? [{ ...row, more: 'x' }] : null);
    expect(judgeOutput(row)).toEqual([row]);
    for (const key of Object.keys(row)) {
      const isRequired = !command.includes('--columns') || key === 'dag_id';
      expect(judgeOutput({ ...row, [key]: undefined }) === null).toBe(isRequired);
    }
  });
});

describe('the form of the output', () => {
  test.each<[content: string, catalog: Catalog, command: string, printed: CommandOutput, outcome: string]>([
    [
      'a complete list of 1.10, with its empty line',
      AIRFLOW_1_10,
      'list_dags',
      { out: '----\nDAGS\n----\na\nb\n\n' },
      'succeeded',
    ],
    ['a truncated list of 1.10', AIRFLOW_1_10, 'list_dags', { out: '----\nDAGS\n----\na\nb\n' }, 'unverified'],
    ['a list of 1.10 without its heading', AIRFLOW_1_10, 'list_dags', { out: 'a\nDAGS\n----\nb\n\n' }, 'unverified'],
    ['a value, which may be a line of anything', AIRFLOW_2, 'variables get k', { out: 'None\n' }, 'unverified'],
    ['a truncated value', AIRFLOW_2, 'variables get k', { out: 'Non' }, 'unverified'],
    ['no value', AIRFLOW_2, 'variables get k', {}, 'unclear'],
    ['an empty value', AIRFLOW_2, 'variables get k', { out: '\n' }, 'unverified'],
    ['an empty value after a log handler notice', AIRFLOW_2, 'variables get k', { out: `${LOG}\n` }, 'unverified'],
    ['a log handler notice and no value', AIRFLOW_2, 'variables get k', { out: LOG }, 'unclear'],
    ['two log lines and no value', AIRFLOW_2, 'variables get k', { out: LOG + LOG }, 'unclear'],
    ['an empty line of another command', AIRFLOW_2, 'version', { out: '\n' }, 'unclear'],
    ['a truncated version', AIRFLOW_2, 'version', { out: '2.10.1' }, 'unverified'],
    ['a value of 1.10', AIRFLOW_1_10, 'variables -g k', { out: 'v\n' }, 'unverified'],
    ['no output on 1.10', AIRFLOW_1_10, 'variables -s k v', {}, 'unverified'],
    [
      'the success line although JSON was requested',
      AIRFLOW_2_2,
      'providers get p -o json',
      { out: 'Version: 2.0.1\n' },
      'succeeded',
    ],
    ['nothing to list, in JSON', AIRFLOW_2, 'dags list-runs -d d -o json', { out: 'No data found\n' }, 'succeeded'],
    ['nothing to list, as a table', AIRFLOW_2, 'dags list-runs -d d', { out: 'No data found\n' }, 'succeeded'],
    [
      '"No data found" from a command without a list',
      AIRFLOW_2,
      'tasks list d',
      { out: 'No data found\n' },
      'unverified',
    ],
    ['JSON that was not requested', AIRFLOW_2, 'dags list', { out: '[{"dag_id": "d"}]\n' }, 'unclear'],
    ['a table that was not requested', AIRFLOW_2, 'dags list -o json', { out: 'a\n=\nb\n \n' }, 'unclear'],
    ['a plain table', AIRFLOW_2, 'dags list -o plain', { out: 'dag_id\nd\n' }, 'unverified'],
    ['the next run as a table', CATALOGS.read('3.3.1'), 'dags next-execution d --table', { out: 'a\n' }, 'unverified'],
    [
      'another field of the next run',
      CATALOGS.read('3.3.1'),
      'dags next-execution d --field=partition_key',
      { out: 'a\n' },
      'unverified',
    ],
    ['no output from a command that always prints something', AIRFLOW_2, 'tasks render d t r', {}, 'unclear'],
    ['no output from a command that always prints something', AIRFLOW_2, 'tasks failed-deps d t r', {}, 'unclear'],
    ['no output from a command that always prints something', AIRFLOW_1_10, 'render d t r', {}, 'unclear'],
    ['no output from a command that always prints something', AIRFLOW_1_10, 'task_failed_deps d t r', {}, 'unclear'],
    [
      'some output from a command that always prints something',
      AIRFLOW_2,
      'tasks render d t r',
      { out: 'x\n' },
      'unverified',
    ],
  ])('%s', (_content, catalog, command, printed, outcome) => {
    expect(judgeCommand(catalog, command, printed)).toMatchObject({ outcome });
  });
});

describe('import errors', () => {
  const rows = { out: '[{"filepath": "f", "error": "e"}]\n' };
  const table = { out: 'filepath | error\n=========+======\nf        | e    \n                \n' };
  const judgeList = (
    { out = '', err = '', ...returnCode }: CommandOutput,
    release: string | undefined,
    status = 200,
    form = ' -o json',
  ) =>
    determineVerdict(
      parseInvocation(AIRFLOW_2, splitCommandLine(`dags list-import-errors${form}`)),
      status,
      { stdout: out, stderr: err, ...returnCode },
      release,
    );

  test.each<
    [
      what: string,
      given: Parameters<typeof judgeList>,
      expected: [outcome: string, isNormalResult: boolean, notes: string[]],
    ]
  >([
    ['before 2.8', [rows, '2.7.3'], ['succeeded', true, []]],
    ['before 2.8, with HTTP 400', [rows, '2.7.3', 400], ['unclear', false, []]],
    ['since 2.8', [rows, '2.8.0'], ['failed', true, ['exit-status-misleads']]],
    ['since 2.8, with HTTP 400', [rows, '2.10.3', 400], ['failed', true, ['exit-status-misleads']]],
    ['of an unknown release', [rows, undefined], ['unverified', true, []]],
    ['of an unknown release, with HTTP 400', [rows, undefined, 400], ['failed', true, ['exit-status-misleads']]],
    ['as a table', [table, '2.10.3', 200, ''], ['failed', true, ['exit-status-misleads']]],
    ['as a truncated table', [{ out: table.out.slice(0, 40) }, '2.10.3', 200, ''], ['unclear', false, []]],
    ['none', [{ out: '[]\n' }, '3.0.6'], ['succeeded', true, []]],
    ['none, where DAG files may print', [{ out: '[]\n' }, '2.10.3'], ['unverified', true, []]],
    ['none, as a table', [{ out: 'No data found\n' }, '3.0.6', 200, ''], ['succeeded', true, []]],
    ['with return code 1', [{ ...rows, returncode: 1 }, undefined], ['failed', true, ['exit-status-misleads']]],
    ['with return code 0', [{ ...rows, returncode: 0 }, '2.10.3'], ['succeeded', true, []]],
    ['of a killed process', [{ ...rows, returncode: -9 }, '2.10.3'], ['failed', false, []]],
    [
      'and a failure line about a bundle that the command does not name',
      [{ ...rows, err: 'Bundles not found: x\n' }, '2.10.3'],
      ['failed', true, ['exit-status-misleads']],
    ],
    ['and no list', [{ out: 'x\n' }, '2.10.3', 400], ['failed', false, []]],
  ])('%s', (_what, given, expected) => {
    const { outcome, isNormalResult, notes } = judgeList(...given);
    expect([outcome, isNormalResult, notes]).toEqual(expected);
  });

  test('are explained in the evidence', () => {
    expect(judgeList(rows, '2.10.3').evidence).toMatch(/^the JSON .*, but this release exits with 1/);
    expect(judgeList(rows, undefined).evidence).toMatch(/^the JSON .*, but some releases exit with 1/);
  });
});

describe('notes', () => {
  test.each<[what: string, catalog: Catalog, command: string, printed: CommandOutput, notes: string[]]>([
    ['a paused DAG', AIRFLOW_2, 'dags next-execution d', { out: 'None\n', err: `${PAUSED}\nx\n` }, ['dag-is-paused']],
    ['a paused DAG of 1.10', AIRFLOW_1_10, 'next_execution d', { out: `${PAUSED}\nNone\n` }, ['dag-is-paused']],
    [
      'a line that ends like the reminder of a paused DAG',
      AIRFLOW_2,
      'dags next-execution d',
      { out: 'None\n', err: `x ${PAUSED}\n` },
      [],
    ],
    [
      'a line that begins like the reminder of a paused DAG',
      AIRFLOW_2,
      'dags next-execution d',
      { out: 'None\n', err: `${PAUSED} x\n` },
      [],
    ],
    [
      'a task that failed',
      AIRFLOW_3,
      'tasks test d t',
      { out: '12:00 [error    ] Task failed with exception x\n' },
      ['task-failed'],
    ],
    ['a task that did not fail', AIRFLOW_3, 'tasks test d t', { out: 'Task failed with exception\n' }, []],
    ['a run of 3.x without a logical date', AIRFLOW_3, 'dags trigger d', {}, ['no-logical-date']],
    ['a run of 3.x with a logical date', AIRFLOW_3, 'dags trigger d --logical-date=2026-01-01', {}, []],
    ['a run of 2.x', AIRFLOW_2, 'dags trigger d', {}, []],
    ['another command of 3.x', AIRFLOW_3, 'dags test d', {}, []],
    ['a deleted variable', AIRFLOW_2, 'variables delete k', { out: 'Variable k deleted\n' }, ['success-either-way']],
    ['a deleted variable without its success line', AIRFLOW_2, 'variables delete k', {}, []],
    ['a created role', AIRFLOW_2, 'roles create k', { out: 'Added 1 role(s)\n' }, ['success-either-way']],
    ['a failure', AIRFLOW_3, 'dags trigger d', { returncode: 1 }, []],
    ['no output, but a return code', AIRFLOW_3, 'dags trigger d', { returncode: 0 }, ['no-logical-date']],
  ])('%s', (_what, catalog, command, printed, notes) => {
    expect(judgeCommand(catalog, command, printed).notes).toEqual(notes);
  });

  test.each<[outcome: string, isNormalResult: boolean, printed: CommandOutput]>([
    ['succeeded', true, { returncode: 0 }],
    ['failed', false, { returncode: 1 }],
    ['unverified', true, {}],
  ])('%s is a normal result: %s', (outcome, isNormalResult, printed) => {
    expect(judgeCommand(AIRFLOW_2, 'tasks clear d', printed)).toMatchObject({ outcome, isNormalResult });
  });

  test('unclear is not a normal result', () => {
    expect(judgeCommand(AIRFLOW_2, 'version', {})).toMatchObject({
      outcome: 'unclear',
      isNormalResult: false,
      output: null,
    });
  });
});
