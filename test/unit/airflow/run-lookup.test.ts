import { describe, expect, test } from 'vitest';
import type { Invocation } from '../../../airflow/invocation.ts';
import { Refusal } from '../../../airflow/refusal.ts';
import { renderCommandLine } from '../../../airflow/render-command-line.ts';
import { createRunLookups, type RunOutput } from '../../../airflow/run-lookup.ts';
import { saysNoSuchRun } from '../../../airflow/says-no-such-run.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

const NOW = '2026-11-29T02:00:00.000Z';
const create = (release: string, runId: string, dagId = 'daily') =>
  createRunLookups(CATALOGS.read(release), { dagId, runId }, NOW);

describe('the commands that find a run', () => {
  const D = '2026-11-22T00:00:00+00:00';
  const LIST_2 = 'dags list-runs --dag-id=daily';
  const TASKS = 'tasks states-for-dag-run --output=json daily';
  const since22 = (runId: string, date: string) => [
    [`${TASKS} ${runId}`, `${LIST_2} --end-date=${date} --output=json --start-date=${date}`],
    [`${LIST_2} --output=json`],
  ];
  const since3 = (runId: string) => [[`dags state daily ${runId}`], ['dags list-runs --output=json daily']];
  const byRelease = (release: string, runId: string, date: string) =>
    release === '1.10.12'
      ? [['list_dag_runs daily']]
      : release === '2.0.2'
        ? []
        : release.startsWith('3')
          ? since3(runId)
          : since22(runId, date);
  test.each(CATALOGS.releases())('on Airflow %s', (release) => {
    const render = (runId: string) => create(release, runId).map(({ commands }) => commands.map(renderCommandLine));
    expect(render('mwaa-cli-proxy__key-1')).toEqual(byRelease(release, 'mwaa-cli-proxy__key-1', NOW));
    expect(render(`manual__${D}`)).toEqual(byRelease(release, `manual__${D}`, D));
  });

  test('are bounded, except for lists of all runs', () => {
    expect(['1.10.12', '2.10.3', '3.0.6'].map((release) => create(release, 'r_1').map((one) => one.isBounded))).toEqual(
      [[false], [true, false], [true, false]],
    );
  });

  test.each(['2.10.3', '3.0.6'])('are refused on Airflow %s for an id with a control character', (release) => {
    for (const id of ['a\u0000b', 'a\tb', 'a\nb']) expect(() => create(release, id), id).toThrow(Refusal);
  });

  test.each<[release: string, dagId: string, runId: string, commandLine: string]>([
    ['2.10.3', 'daily', '--verbose', 'tasks states-for-dag-run --output=json -- daily --verbose'],
    ['2.10.3', '-h', 'r_1', 'tasks states-for-dag-run --output=json -- -h r_1'],
    ['3.3.1', 'daily', '--output=yaml', 'dags state -- daily --output=yaml'],
    ['3.3.1', '--help', '-v', 'dags state -- --help -v'],
    ['1.10.12', '-h', 'r_1', 'list_dag_runs -- -h'],
  ])('pass ids on that look like options (Airflow %s, DAG %s, run %s)', (release, dagId, runId, commandLine) => {
    expect(renderCommandLine(create(release, runId, dagId)[0]!.commands[0]!)).toBe(commandLine);
  });
});

const row = (runId: string, state: string, date = '2026-11-22T00:00:00+00:00') => ({
  dag_id: 'daily',
  run_id: runId,
  state,
  execution_date: date,
  start_date: '2026-11-22T00:00:01+00:00',
  end_date: '',
});
const json = (output: unknown): RunOutput => ({ output, stdout: JSON.stringify(output) });
const text = (stdout: string): RunOutput => ({ output: null, stdout });
const unverified = (shown: RunOutput): RunOutput => ({ ...shown, isUnverified: true });
const NO_DATA = text('No data found\n');
const ABSENT = undefined;

/** Looks a run up with scripted answers, in the order of the commands. */
async function find(release: string, runId: string, answers: readonly (RunOutput | undefined)[], at = 0) {
  const sent: string[] = [];
  const query = async (invocation: Invocation) => {
    sent.push(renderCommandLine(invocation));
    return answers[sent.length - 1];
  };
  return { found: await create(release, runId)[at]!.find(query), sent: sent.length };
}

describe('a look-up', () => {
  const FOUND = {
    state: 'running',
    logicalDate: '2026-11-22T00:00:00+00:00',
    startedAt: '2026-11-22T00:00:01+00:00',
  };
  const DATED = 'manual__2026-11-22T00:00:00+00:00';
  const TASK = json([{ dag_id: 'daily', execution_date: '2026-11-22T00:00:00+00:00', task_id: 'a', state: null }]);

  test.each<[what: string, release: string, runId: string, answers: (RunOutput | undefined)[], found: unknown]>([
    ['by the date in its id', '2.10.3', DATED, [json([row(DATED, 'running')])], FOUND],
    ['by the date of its tasks', '2.10.3', 'r_1', [TASK, json([row('r_1', 'running')])], FOUND],
    [
      'whose id contains another date',
      '2.10.3',
      'manual__2026-11-21T00:00:00+00:00',
      [json([]), TASK, json([row('manual__2026-11-21T00:00:00+00:00', 'running')])],
      FOUND,
    ],
    ['whose date another run has', '2.10.3', DATED, [json([row('r_2', 'success')]), TASK], undefined],
    ['that does not exist', '2.10.3', 'r_1', [ABSENT], undefined],
    ['that does not exist, with a date', '2.2.2', DATED, [NO_DATA, ABSENT], undefined],
    [
      'whose id reads as the date of another run',
      '2.10.3',
      '2026-11-22',
      [TASK, json([row('r_2', 'success')])],
      undefined,
    ],
    ['of a DAG without tasks', '2.10.3', 'r_1', [json([]), json([row('r_0', 'failed'), row('r_1', 'running')])], FOUND],
    ['of a DAG without tasks', '2.2.2', 'r_1', [NO_DATA, json([row('r_1', 'running')])], FOUND],
    ['of a DAG without tasks, not listed', '2.10.3', 'r_1', [json([]), json([])], undefined],
    ['after an unverified empty list', '2.2.2', DATED, [unverified(NO_DATA), TASK], 'unknown'],
    ['that does not exist, after an unverified empty list', '2.2.2', DATED, [unverified(NO_DATA), ABSENT], undefined],
    ['in an unverified list', '2.2.2', DATED, [unverified(json([row(DATED, 'success')])), TASK], 'unknown'],
    ['in an unverified list of tasks', '2.2.2', 'r_1', [unverified(TASK)], 'unknown'],
    [
      'whose id contains a date that does not exist',
      '2.10.3',
      'manual__2026-13-45T00:00:00+00:00',
      [ABSENT, TASK, json([row('manual__2026-13-45T00:00:00+00:00', 'running')])],
      FOUND,
    ],
    ['whose state is unverified', '3.3.1', 'r_1', [unverified(text('success\n'))], 'unknown'],
    ['whose id Airflow cannot read as a date', '3.3.1', '50%', [text('success\n'), ABSENT], { state: 'success' }],
    [
      'with an unverified list of its namesakes',
      '3.3.1',
      '2026-11-22',
      [text('success\n'), unverified(json([]))],
      'unknown',
    ],
    [
      'in unverified text',
      '1.10.12',
      'r_1',
      [unverified(text('3   | r_1                  | running    | x\n'))],
      { state: 'running' },
    ],
    [
      'that unverified text lacks',
      '1.10.12',
      'r_1',
      [unverified(text('3   | r_2                  | running    | x\n'))],
      'unknown',
    ],
    ['of a DAG that does not exist', '2.10.3', DATED, [ABSENT, ABSENT], undefined],
    ['by its id', '3.0.6', 'r_1', [text('running\n')], { state: 'running' }],
    ['by its id, with a conf', '3.0.6', 'r_1', [text('failed, {"a": "success"}\n')], { state: 'failed' }],
    ['that does not exist', '3.0.6', 'r_1', [text('None\n')], undefined],
    ['whose id is no date', '3.0.6', 'build-4711', [text('success\n')], { state: 'success' }],
    ['whose id may be a date', '3.0.6', '2026-11-22', [text('success\n'), json([])], { state: 'success' }],
    [
      'whose id is the date of another run',
      '3.0.6',
      '2026-11-22',
      [text('success\n'), json([row('r_2', 'success')])],
      'unknown',
    ],
    [
      'whose id is also its date',
      '3.0.6',
      '2026-11-22',
      [text('running\n'), json([row('2026-11-22', 'running')])],
      FOUND,
    ],
    ['in text', '1.10.12', 'r_1', [text('3   | r_1                  | running    | x\n')], { state: 'running' }],
    [
      'that is not in the text, which may be truncated',
      '1.10.12',
      'r_2',
      [unverified(text('3   | r_1                  | running    | x\n'))],
      'unknown',
    ],
  ])('of a run %s (Airflow %s)', async (_what, release, runId, answers, found) => {
    expect(await find(release, runId, answers)).toEqual({ found, sent: answers.length });
  });

  test('in the list of all runs', async () => {
    expect((await find('3.0.6', 'r_1', [json([row('r_10', 'failed'), row('r_1', 'running')])], 1)).found).toEqual(
      FOUND,
    );
    expect((await find('3.0.6', 'r_1', [json([])], 1)).found).toBeUndefined();
    expect((await find('2.2.2', 'r_1', [NO_DATA], 1)).found).toBeUndefined();
    expect((await find('3.0.6', 'r_1', [text('killed')], 1)).found).toBe('unknown');
  });
});

describe('saysNoSuchRun', () => {
  const traceback = (exception: string) =>
    `Traceback (most recent call last):\n  File "/usr/local/bin/airflow", line 8, in <module>\n    sys.exit(main())\n${exception}\n`;
  const dateTraceback = (exception: string) =>
    traceback(
      `  File "/venv/lib/python3.11/site-packages/airflow/utils/timezone.py", line 213, in parse\n    return pendulum.parse(string)\n${exception}`,
    );
  test.each<[stderr: string, expected: boolean]>([
    ["DAG: daily does not exist in 'dag' table\n", true],
    ['DAG: daily does not exist in the database\n', true],
    [
      traceback("airflow.exceptions.DagRunNotFound: DagRun for daily with run_id or execution_date of 'x' not found"),
      true,
    ],
    [traceback('airflow.exceptions.AirflowException: Error parsing the supplied execution_date. Error: x'), true],
    [traceback('airflow.exceptions.AirflowException: Dag id daily not found'), true],
    [traceback('airflow.exceptions.AirflowException: DagRun for daily not found'), false],
    [traceback("KeyError: 'DagRunNotFound: DagRun for x not found'"), false],
    ["DAG: daily does not exist in 'dag' table\nKilled\n", false],
    [
      "airflow dags list-runs command error: argument -e/--end-date: invalid parse value: '50%', see help above.\n",
      true,
    ],
    ["airflow dags list-runs command error: argument --state: invalid choice: 'x', see help above.\n", false],
    [dateTraceback('OverflowError: Python int too large to convert to C long'), true],
    [dateTraceback('ValueError: instance() only accepts datetime objects.'), true],
    [dateTraceback('sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked'), false],
    [traceback('OverflowError: Python int too large to convert to C long'), false],
    [
      traceback(
        'sqlalchemy.exc.StatementError: (builtins.TypeError) expected datetime.datetime, not <Interval [2026-01-01 -> 2026-03-01]>',
      ),
      true,
    ],
    [
      traceback(
        'sqlalchemy.exc.StatementError: (builtins.TypeError) expected datetime.datetime, not Duration(years=1)',
      ),
      true,
    ],
    [
      traceback('sqlalchemy.exc.StatementError: (builtins.TypeError) expected datetime.datetime, not DurationSet'),
      false,
    ],
    ['', false],
  ])('%j: %s', (stderr, expected) => {
    expect(saysNoSuchRun({ stdout: '', stderr }, ['dags', 'state'])).toBe(expected);
  });
});
