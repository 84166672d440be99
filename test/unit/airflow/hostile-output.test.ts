import { describe, expect, test, vi } from 'vitest';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { determineVerdict } from '../../../airflow/verdict.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

const LOG = '[2026-11-22T12:00:00.000+0000] {dagbag.py:588} INFO - Filling up the DagBag\n';
const DAGS = '[{"dag_id": "d", "fileloc": "/d.py", "owners": ["a"], "is_paused": "False"}]';
const REPORT = '[{"file": "/d.py", "duration": "0", "dag_num": "1", "task_num": "1", "dags": ["d"]}]';
const ERRORS = '[{"filepath": "/d.py", "error": "e"}]';
const RUNS = '[{"dag_id": "d", "run_id": "r"}]';
const RUNS_TABLE = 'dag_id | run_id\n=======+=======\nd1     | r     \nd1     | s     \n               \n';
const TABLE = 'key\n===\na  \n   \n';

/** A traceback as Airflow prints it: the entry point, `main`, the function of the command, the place of the error. */
const createTraceback = (file: string, name: string, message = 'airflow.exceptions.AirflowException: no') =>
  [
    'Traceback (most recent call last):',
    '  File "/usr/local/airflow/.local/bin/airflow", line 8, in <module>',
    '    sys.exit(main())',
    '  File "/x/site-packages/airflow/__main__.py", line 62, in main',
    '    args.func(args)',
    `  File "/x/site-packages/airflow/cli/commands/${file}.py", line 10, in ${name}`,
    '    work()',
    '  File "/x/site-packages/airflow/models/base.py", line 3, in work',
    '    raise error',
    `${message}\n`,
  ].join('\n');
const CLEAR_TRACEBACK = createTraceback('task_command', 'task_clear');
const DELETE_TRACEBACK = createTraceback('dag_command', 'dag_delete');

type Printed = { out?: string; err?: string };

const judge = (release: string, command: string, { out = '', err = '' }: Printed) =>
  determineVerdict(
    parseInvocation(CATALOGS.read(release), splitCommandLine(command)),
    200,
    { stdout: out, stderr: err },
    release,
  );

describe('standard output with text of DAG files', () => {
  test.each<[what: string, release: string, command: string, out: string, outcome: string, output?: string | null]>([
    ['their empty list and an unfinished line', '2.10.3', 'dags list -o json', `[]\nx${DAGS}\n`, 'succeeded', DAGS],
    [
      'their empty list and an unfinished line',
      '2.10.3',
      'dags report -o json',
      `[]\nx${REPORT}\n`,
      'succeeded',
      REPORT,
    ],
    [
      'their empty list and an unfinished line',
      '2.10.3',
      'dags list-import-errors -o json',
      `[]\nx${ERRORS}\n`,
      'failed',
      ERRORS,
    ],
    [
      'their empty list and an unfinished line, then the end',
      '2.10.3',
      'dags report -o json',
      '[]\nx',
      'unclear',
      null,
    ],
    ['their empty list, then the end', '2.10.3', 'dags report -o json', '[]\n', 'unverified', '[]'],
    [
      'an unfinished line before an empty list',
      '2.10.3',
      'dags list-import-errors -o json',
      'x[]\n',
      'unverified',
      null,
    ],
    ['an unfinished line before no data', '2.10.3', 'dags list-import-errors', 'xNo data found\n', 'unverified', null],
    ['an unfinished line, where DAG files are not read', '2.10.3', 'variables list -o json', 'x[]\n', 'unclear', null],
    ['an open bracket', '2.10.3', 'dags list -o json', `[{"a": [${DAGS}\n`, 'succeeded', DAGS],
    ['an open quote', '2.10.3', 'dags list -o json', `"${DAGS}\n`, 'succeeded', DAGS],
    ['a list on the same line', '2.10.3', 'dags list -o json', `[{"a": 1}]${DAGS}\n`, 'succeeded', DAGS],
    ['a carriage return', '2.10.3', 'dags list -o json', `10%\r20%\r${DAGS}\n`, 'succeeded', DAGS],
    ['an answer, then text of an exit handler', '2.10.3', 'dags list -o json', `${DAGS}\nbye\n`, 'unverified', DAGS],
    [
      'an answer, then an empty list of an exit handler',
      '2.10.3',
      'dags list -o json',
      `${DAGS}\n[]\n`,
      'unverified',
      DAGS,
    ],
    [
      'import errors of a child process, then no errors',
      '2.10.3',
      'dags list-import-errors -o json',
      `${ERRORS}\n[]\n`,
      'unverified',
      ERRORS,
    ],
    ['an answer, then log lines', '2.10.3', 'dags list -o json', `${DAGS}\n${LOG}`, 'succeeded', DAGS],
    [
      'an answer, then text, where DAG files are not read',
      '2.10.3',
      'dags list-runs -d d -o json',
      `${RUNS}\nbye\n`,
      'succeeded',
      RUNS,
    ],
    ['a value that may be any line', '2.10.3', 'variables get k', 'loading\n', 'unverified', null],
    ['a value that may be any line', '3.0.6', 'variables get k', 'loading\n', 'unverified', null],
    ['a value that may be any line', '1.10.12', 'variables --get k', 'loading\n', 'unverified', null],
    ['a table of another command', '2.10.3', 'dags list', TABLE, 'unclear', null],
    ['a table of another DAG', '2.10.3', 'dags list-runs -d d', RUNS_TABLE.replaceAll('d1', 'e '), 'unclear', null],
    ['a table of the DAG', '2.10.3', 'dags list-runs -d d1', RUNS_TABLE, 'succeeded', null],
    [
      'JSON of another command, where columns are chosen',
      '2.11.2',
      'dags list --columns=dag_id -o json',
      `${RUNS}\n`,
      'unclear',
      null,
    ],
    [
      'JSON of the chosen columns',
      '2.11.2',
      'dags list --columns=dag_id -o json',
      '[{"dag_id": "d"}]\n',
      'succeeded',
      '[{"dag_id": "d"}]',
    ],
    ["a plugin's JSON", '3.0.6', 'roles list -o json', '[{"name": "x", "version": "1"}]\n', 'unclear', null],
    ["a plugin's JSON", '3.0.6', 'plugins -o json', '[{"name": "x", "version": "1"}]\n', 'unclear', null],
    ['the line of the opposite command', '2.7.2', 'dags pause d', 'Dag: d, paused: False\n', 'unclear', null],
    [
      'the line of the opposite command',
      '2.10.3',
      'roles add-perms r -a a -r b',
      'Deleted 1 permission(s)\n',
      'unclear',
      null,
    ],
    ['no data, from a command that always has some', '2.10.3', 'dags trigger d', 'No data found\n', 'unclear', null],
    ['a sentence behind text', '3.0.6', 'roles create r', 'loading ... Added 1 role(s)\n', 'unverified', null],
    [
      'runs of 1.10, whose table has no end',
      '1.10.12',
      'list_dag_runs d',
      '1   | r      | failed | 2026 | 2026 |\n',
      'unverified',
      null,
    ],
    ['a table of the command', '2.10.3', 'variables list', TABLE, 'succeeded', null],
    ['an unfinished line before a table', '2.10.3', 'variables list', `x${TABLE}`, 'succeeded', null],
    [
      'JSON of a child process with other keys',
      '2.10.3',
      'connections list -o json',
      '[{"key": "k"}]\n',
      'unclear',
      null,
    ],
    [
      'JSON log lines around the answer',
      '3.3.1',
      'dags list-runs d -o json',
      `{"event": "a", "level": "info"}\n${RUNS}\n{"event": "b", "level": "info"}\n`,
      'succeeded',
      RUNS,
    ],
    [
      'lines of an own log format before the answer',
      '2.10.3',
      'variables set k v',
      '12:00 | INFO | x | a\nVariable k created\n',
      'succeeded',
      null,
    ],
    [
      'a JSON log line after the answer',
      '2.10.3',
      'variables set k v',
      'Variable k created\n{"asctime": "12:00", "levelname": "DEBUG", "message": "Disposing"}\n',
      'succeeded',
      null,
    ],
    [
      "Airflow's exit handler in an own log format",
      '2.10.3',
      'variables set k v',
      'Variable k created\n12:00 | DEBUG | airflow.settings | Disposing DB connection pool (PID 7)\n',
      'succeeded',
      null,
    ],
  ])('%s: %s %s', (_what, release, command, out, outcome, output) => {
    const verdict = judge(release, command, { out });
    expect(verdict.outcome).toBe(outcome);
    expect(verdict.output).toEqual(output ? JSON.parse(output) : null);
  });
});

describe('standard error with tracebacks and lines of other processes', () => {
  test.each<[what: string, release: string, command: string, printed: Printed, outcome: string]>([
    ["the command's own traceback", '2.10.3', 'tasks clear -y d', { err: CLEAR_TRACEBACK }, 'failed'],
    ['behind text without a line end', '2.10.3', 'tasks clear -y d', { err: `x${CLEAR_TRACEBACK}` }, 'failed'],
    ['behind text, of another command', '2.10.3', 'tasks clear -y d', { err: `x${DELETE_TRACEBACK}` }, 'unverified'],
    ['in a log line', '2.10.3', 'tasks clear -y d', { err: `${LOG.trimEnd()} ${CLEAR_TRACEBACK}` }, 'unverified'],
    ['of another command', '2.10.3', 'tasks clear -y d', { err: DELETE_TRACEBACK }, 'unverified'],
    [
      "of another command before the command's own",
      '2.10.3',
      'tasks clear -y d',
      { err: DELETE_TRACEBACK + CLEAR_TRACEBACK },
      'failed',
    ],
    [
      "of another command after the command's own",
      '2.10.3',
      'tasks clear -y d',
      { err: CLEAR_TRACEBACK + DELETE_TRACEBACK },
      'unclear',
    ],
    [
      'of another command, and the answer',
      '2.10.3',
      'dags list -o json',
      { out: `${DAGS}\n`, err: DELETE_TRACEBACK },
      'succeeded',
    ],
    ['of another command, and no answer', '2.10.3', 'dags list -o json', { err: DELETE_TRACEBACK }, 'unclear'],
    ['of the same command, then log lines', '2.10.3', 'tasks clear -y d', { err: CLEAR_TRACEBACK + LOG }, 'unclear'],
    [
      'of the same command, and the answer',
      '2.10.3',
      'dags delete -y d',
      { out: 'Removed 1 record(s)\n', err: DELETE_TRACEBACK },
      'unclear',
    ],
    [
      'and a word that may be the answer',
      '2.10.3',
      'tasks state d t r',
      { out: 'None\n', err: createTraceback('task_command', 'task_state') },
      'unclear',
    ],
    [
      "then Airflow's exit handler",
      '2.10.3',
      'tasks clear -y d',
      { err: `${CLEAR_TRACEBACK}12:00 DEBUG Disposing DB connection pool (PID 7)\n` },
      'failed',
    ],
    [
      'then warnings of an exit',
      '2.10.3',
      'tasks clear -y d',
      {
        err: `${CLEAR_TRACEBACK}sys:1: ResourceWarning: unclosed <x>\n/x/multiprocessing/resource_tracker.py:254: UserWarning: resource_tracker: leaked\n  warnings.warn(x)\n`,
      },
      'failed',
    ],
    [
      'then a warning of the running program',
      '2.10.3',
      'tasks clear -y d',
      { err: `${CLEAR_TRACEBACK}/d.py:3: UserWarning: x\n` },
      'unclear',
    ],
    [
      'of 1.10',
      '1.10.12',
      'clear -c d',
      { err: CLEAR_TRACEBACK.replace('cli/commands/task_command', 'bin/cli').replace('task_clear', 'clear') },
      'failed',
    ],
    [
      'of another command of 1.10',
      '1.10.12',
      'clear -c d',
      { err: CLEAR_TRACEBACK.replace('cli/commands/task_command', 'bin/cli').replace('task_clear', 'delete_dag') },
      'unverified',
    ],
    [
      'of a provider',
      '3.0.6',
      'roles create r',
      {
        err: createTraceback('x', 'roles_create').replace(
          'airflow/cli/commands/x',
          'airflow/providers/fab/auth_manager/cli_commands/role_command',
        ),
      },
      'failed',
    ],
    [
      'that no process of Airflow printed, because it ends in main',
      '2.10.3',
      'tasks clear -y d',
      { err: CLEAR_TRACEBACK.replace(/ {2}File ".*task_command(?:.*\n)*? {4}raise error\n/, '') },
      'unverified',
    ],
    [
      'a failure that names a bundle, which the command does not',
      '3.0.6',
      'tasks clear -y d',
      { err: 'Bundles not found: nowhere\n' },
      'unverified',
    ],
    [
      'a failure that names a DAG, which the command does not',
      '3.0.6',
      'dags reserialize',
      { err: "Can not find dag 'd' in database\n" },
      'unverified',
    ],
    [
      'a failure that names the bundle of the command',
      '3.0.6',
      'dags reserialize -B b',
      { err: 'Bundles not found: b\n' },
      'failed',
    ],
    [
      'of a process that failed before it ran its command',
      '3.0.6',
      'tasks clear -y d',
      {
        err: CLEAR_TRACEBACK.replace(/airflow\/(?:__main__|cli\/commands\/task_command)/g, 'airflow/settings').replace(
          'task_clear',
          'configure_orm',
        ),
      },
      'unclear',
    ],
    [
      'a usage error of the program about a word of another command',
      '3.0.6',
      'tasks clear -y d',
      {
        out: 'Usage: airflow [-h] GROUP_OR_COMMAND ...\n',
        err: "airflow command error: argument GROUP_OR_COMMAND: invalid choice: 'nonsense' (choose from 'dags'), see help above.\n",
      },
      'unclear',
    ],
    [
      'a failure that names another DAG',
      '2.10.3',
      'dags show d',
      { err: "DAG: e does not exist in 'dag' table\n" },
      'unverified',
    ],
    [
      'a failure that names another variable',
      '2.10.3',
      'variables get k',
      { out: 'v\n', err: 'Variable x does not exist\n' },
      'unverified',
    ],
    [
      'a failure that names another DAG, and the answer',
      '2.10.3',
      'dags list-runs -d d -o json',
      { out: `${RUNS}\n`, err: "DAG: e does not exist in 'dag' table\n" },
      'succeeded',
    ],
    [
      "a failure line and the command's answer",
      '2.10.3',
      'dags next-execution d',
      { out: 'None\n', err: "DAG: d does not exist in 'dag' table\n" },
      'unclear',
    ],
    [
      'a usage error of another command',
      '2.10.3',
      'tasks clear -y d',
      { out: 'Usage: airflow dags [-h] COMMAND\n', err: 'airflow dags command error: x, see help above.\n' },
      'unverified',
    ],
    [
      'a usage error without its help',
      '2.10.3',
      'dags reserialize',
      { err: 'airflow dags command error: x, see help above.\n' },
      'unverified',
    ],
    [
      'a usage error of the group',
      '2.10.3',
      'dags reserialize',
      { out: 'Usage: airflow dags [-h] COMMAND\n', err: 'airflow dags command error: x, see help above.\n' },
      'failed',
    ],
    [
      'a database that is not initialized',
      '2.10.3',
      'tasks clear -y d',
      {
        err: 'ERROR: You need to initialize the database. Please run `airflow db init`. Make sure the command is run using Airflow version 2.10.3.\n',
      },
      'failed',
    ],
    [
      'a database that is not migrated, in a log line',
      '3.3.1',
      'tasks clear -y d',
      {
        out: '2026-11-22T12:00:00.1Z [error    ] Database migration required. Please run `airflow db migrate`. Make sure the command is run using Airflow version 3.3.1. [airflow.utils.db] loc=db.py:998\n',
      },
      'failed',
    ],
    [
      'a database that was not migrated at first',
      '3.3.1',
      'tasks clear -y d',
      {
        out: 'Database migration required. Please run `airflow db migrate`. Make sure the command is run using Airflow version 3.3.1.\ndone\n',
      },
      'unverified',
    ],
  ])('%s: %s %s', (_what, release, command, printed, outcome) => {
    expect(judge(release, command, printed)).toMatchObject({ outcome });
  });
});

describe('a traceback whose message has several lines', () => {
  test.each<[what: string, message: string]>([
    [
      'a SQL statement over several lines',
      'sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: a.b\n[SQL: INSERT INTO a\nVALUES (?)\n\nRETURNING id]\n[parameters: (1,)]\n(Background on this error at: https://sqlalche.me/e/14/gkpj)',
    ],
    [
      'PostgreSQL details',
      'sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation "x" does not exist\nLINE 2: FROM x\n             ^\n\n[SQL: SELECT *\nFROM x]\n(Background on this error at: https://sqlalche.me/e/14/f405)',
    ],
    [
      'a list of pydantic',
      'pydantic_core._pydantic_core.ValidationError: 1 validation error for DagRun\nstart_date\n  Input should be a valid datetime [type=datetime_type]\n    For further information visit https://errors.pydantic.dev',
    ],
    [
      'an error of jsonschema',
      "airflow.exceptions.ParamValidationError: Invalid input for param x: 5 is not of type 'string'\n\nFailed validating 'type' in schema:\n    {'type': 'string'}\n\nOn instance:\n    5",
    ],
    ['a class defined in a function', 'a.f.<locals>.Refused: no'],
    ['an exception group', 'ExceptionGroup: unhandled errors (1 sub-exception)'],
  ])('%s', (what, message) => {
    const traceback = createTraceback('task_command', 'task_clear', message);
    const group = what.includes('group')
      ? `  + Exception Group ${traceback.trimEnd().replaceAll('\n', '\n  | ')}\n  +-+---------------- 1 ----------------\n    | Traceback (most recent call last):\n    |   File "/x.py", line 1, in f\n    | ValueError: x\n    +------------------------------------\n`
      : traceback;
    expect(judge('2.10.3', 'tasks clear -y d', { err: group })).toMatchObject({ outcome: 'failed' });
    expect(judge('2.10.3', 'tasks clear -y d', { err: `${group}${LOG}` })).toMatchObject({ outcome: 'unclear' });
  });

  test('a chained exception', () => {
    const chained = `Traceback (most recent call last):\n  File "/x.py", line 1, in f\nKeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\n${CLEAR_TRACEBACK}`;
    expect(judge('2.10.3', 'tasks clear -y d', { err: chained })).toMatchObject({ outcome: 'failed' });
  });
});

describe('JSON that would take too much memory or no function could write', () => {
  const createRuns = (note: string) => `[{"dag_id": "d", "run_id": "r", "note": ${note}}]\n`;
  const nest = (open: string, close: string, times: number) => `${open.repeat(times)}0${close.repeat(times)}`;
  const judgeRuns = (out: string) => judge('2.10.3', 'dags list-runs -d d -o json', { out });
  const TOO_MANY = 'standard output has too many lists and objects to be read as JSON';

  test.each<[what: string, out: string]>([
    ['lists in each other', nest('[', ']', 110_000)],
    ['objects in each other', `[${nest('{"a":', '}', 210_000)}]\n`],
    ['lists and objects in each other', `${nest('[{"a":', '}]', 110_000)}\n`],
    ['empty lists', createRuns(`[${'[],'.repeat(210_000)}[]]`)],
    ['empty objects', `[${'{},'.repeat(210_000)}{}]\n`],
    ['empty lists behind the text of a DAG file', `x${createRuns(`[${'[],'.repeat(210_000)}[]]`)}`],
  ])('is not parsed: %s', (what, out) => {
    const parse = vi.spyOn(JSON, 'parse');
    const { outcome, output, evidence } = judgeRuns(out);
    expect(Math.max(0, ...parse.mock.calls.map(([text]) => text.length))).toBeLessThan(out.length / 2);
    parse.mockRestore();
    expect({ outcome, output }).toEqual({ outcome: 'unclear', output: null });
    if (what !== 'lists in each other') expect(evidence).toBe(TOO_MANY);
  });

  test('is not parsed, although a failure is read', () => {
    const printed = { out: `[${'{},'.repeat(210_000)}{}]\n`, err: DELETE_TRACEBACK };
    expect(judge('2.10.3', 'dags delete -y d', printed)).toMatchObject({ outcome: 'failed' });
  });

  test('is parsed if it stands before the answer', () => {
    const out = `${'[]'.repeat(210_000)}\n${createRuns('0')}`;
    expect(judgeRuns(out)).toMatchObject({ outcome: 'succeeded', output: [{ run_id: 'r' }] });
  });

  test.each([990, 1010, 5000])('is written again, or is no output: a row of %i levels', (levels) => {
    const { outcome, output } = judgeRuns(createRuns(nest('[', ']', levels)));
    expect(outcome).toBe(levels < 1000 ? 'succeeded' : 'unclear');
    expect(JSON.stringify(output).length).toBe(
      levels < 1000 ? 2 * levels + '[{"dag_id":"d","run_id":"r","note":0}]'.length : 4,
    );
  });

  test('is left out if it has too many values to keep its numbers as they are', () => {
    const out = createRuns(`[${'1.0, '.repeat(260_000)}0]`);
    expect(judgeRuns(out)).toMatchObject({ outcome: 'succeeded', output: null, outputTruncated: true });
    const kept = judgeRuns(createRuns(`[${'1.5, '.repeat(260_000)}0]`));
    expect(kept).toMatchObject({ outcome: 'succeeded', output: [{ run_id: 'r' }] });
    expect(kept).not.toHaveProperty('outputTruncated');
  });
});

test('a row is compared with the name that the command asks for, whatever its values are', () => {
  const judgeRow = (row: string) => judge('2.10.3', 'dags list-runs -d 5 -o json', { out: `[${row}]\n` });
  const row = (id: string) => `{"dag_id": ${id}, "run_id": "r"}`;
  expect(judgeRow(`${row('"5"')}, ${row('5')}`).outcome).toBe('succeeded');
  for (const id of ['"6"', '{"toString": 1}', '1.0', '[5]', 'null'])
    expect(judgeRow(`${row('"5"')}, ${row(id)}`)).toMatchObject({ outcome: 'unclear', output: null });
  expect(judgeRow(`${row('"5"')}, {"run_id": "r", "dag_id": "6"}, {"run_id": "r", "dag_id": "7"}`).evidence).toContain(
    '"6"',
  );
});

test('an exit log text in an answer of one long line does not make the line a log line', () => {
  const runs = Array.from({ length: 400 }, (_, index) => ({
    dag_id: 'd',
    run_id: `r${index}`,
    note: index === 0 ? 'Disposing DB connection pool (PID 1)' : '',
  }));
  expect(judge('2.10.3', 'dags list-runs -d d -o json', { out: `${JSON.stringify(runs)}\n` })).toMatchObject({
    outcome: 'succeeded',
  });
});
