import { expect, test } from 'vitest';
import { determineVariantVerdict, generateResponseVariants, loadCases, type RecordedCase } from './recorded-cases.ts';

const cases = loadCases(new URL('../../../local/airflow/transcripts/', import.meta.url)).filter(
  ({ scene }) => scene === 'forms',
);

/** The recorded command whose words hold the text, the first of them or a later one. */
function findRecordedCase(release: string, text: string, nth = 0): RecordedCase {
  const found = cases.filter((one) => one.release === release && one.commandLine.includes(text))[nth];
  if (!found) throw new Error(`No transcript of ${release} has ${text}.`);
  return found;
}

interface Expected {
  readonly exitCode: number;
  readonly outcome: string;
  readonly notes: readonly string[];
  /** Default: as `outcome` has it. */
  readonly isNormalResult?: boolean;
}

const succeededWith = (...notes: string[]): Expected => ({ exitCode: 0, outcome: 'succeeded', notes });
const FAILED: Expected = { exitCode: 1, outcome: 'failed', notes: [] };
const FAILED_WITH_RESULT: Expected = {
  exitCode: 1,
  outcome: 'failed',
  notes: ['exit-status-misleads'],
  isNormalResult: true,
};
const DATE_OPTION = '-date=2026-02-03T04:05:06+00:00';

test.each<[trap: string, release: string, text: string, nth: number, expected: Expected]>([
  ['a DAG that is not there is paused', '2.7.2', 'dags pause no_such_dag', 0, FAILED],
  [
    'a DAG that is not there is paused',
    '2.10.3',
    'dags pause --output=json no_such_dag',
    0,
    succeededWith('nothing-matched'),
  ],
  ['a DAG that is not there is paused', '2.11.2', 'dags pause no_such_dag', 0, succeededWith('nothing-matched')],
  [
    'a DAG that is not there is paused',
    '3.3.1',
    'dags pause --output=json no_such_dag',
    0,
    succeededWith('nothing-matched'),
  ],
  [
    'a DAG is paused that is',
    '2.10.3',
    'dags pause --output=json reporting_daily',
    1,
    succeededWith('nothing-matched'),
  ],
  [
    'a variable that is not there is deleted',
    '2.7.2',
    'variables delete missing',
    0,
    succeededWith('success-either-way'),
  ],
  [
    'a variable that is not there is deleted',
    '3.3.1',
    'variables delete missing',
    0,
    succeededWith('success-either-way'),
  ],
  ['a role is created that is there', '2.7.2', 'roles create Admin', 0, succeededWith('success-either-way')],
  ['a permission is added that is there', '2.10.3', 'add-perms', 1, succeededWith('nothing-matched')],
  ['import errors are listed', '2.7.2', 'dags list-import-errors --output=json', 0, succeededWith()],
  ['import errors are listed', '2.10.3', 'dags list-import-errors --output=json', 0, FAILED_WITH_RESULT],
  ['import errors are listed', '3.3.1', 'dags list-import-errors --output=json', 0, FAILED_WITH_RESULT],
  ['import errors are listed, as a table', '2.10.3', 'dags list-import-errors', 1, FAILED_WITH_RESULT],
  ['a task is tried that fails', '2.10.3', 'tasks test fails_on_purpose', 0, FAILED],
  [
    'a task is tried that fails',
    '3.0.6',
    'tasks test fails_on_purpose',
    0,
    { ...succeededWith('task-failed'), outcome: 'unverified' },
  ],
  [
    'a task is tried that fails',
    '3.3.1',
    'tasks test fails_on_purpose',
    0,
    { ...succeededWith('task-failed'), outcome: 'unverified' },
  ],
  ['two runs of one logical date, the first', '2.10.3', `exec${DATE_OPTION}`, 0, succeededWith()],
  ['two runs of one logical date, the second', '2.10.3', `exec${DATE_OPTION}`, 1, FAILED],
  ['two runs of one logical date, the first', '3.3.1', `logical${DATE_OPTION}`, 0, succeededWith()],
  ['two runs of one logical date, the second', '3.3.1', `logical${DATE_OPTION}`, 1, FAILED],
  ['two runs within a second, the first', '1.10.12', 'run_id=first', 0, succeededWith()],
  ['two runs within a second, the second', '1.10.12', 'run_id=second', 0, FAILED],
  ['two runs within a second, the first', '2.10.3', 'run-id=first', 0, succeededWith()],
  ['two runs within a second, the second', '2.10.3', 'run-id=second', 0, succeededWith()],
  ['two runs within a second, the second', '3.3.1', 'run-id=second', 0, succeededWith('no-logical-date')],
  ['a run of one id twice', '2.7.2', 'run-id=one daily_report', 1, FAILED],
  ['a run of a paused DAG, which no release mentions', '2.10.3', 'run-id=one paused_by_hand', 0, succeededWith()],
  [
    'a run of a paused DAG, which no release mentions',
    '3.0.6',
    'run-id=one paused_by_hand',
    0,
    succeededWith('no-logical-date'),
  ],
  ['the next run of a paused DAG', '2.10.3', 'next-execution paused_by_hand', 0, succeededWith('dag-is-paused')],
  ['the next run of a paused DAG', '1.10.12', 'next_execution paused_by_hand', 0, succeededWith('dag-is-paused')],
  ['a pool that is not there', '1.10.12', 'pool --get=missing', 0, succeededWith('nothing-matched')],
])(
  '%s: %s %s (%i)',
  (_trap, release, text, nth, { exitCode, outcome, notes, isNormalResult = outcome !== 'failed' }) => {
    const one = findRecordedCase(release, text, nth);
    const verdicts = [...generateResponseVariants(one)]
      .filter(({ returncode }) => !returncode)
      .map((dressed) => determineVariantVerdict(one, dressed));

    expect(one.exitCode).toBe(exitCode);
    for (const verdict of verdicts) expect(verdict).toMatchObject({ outcome, notes, isNormalResult });
  },
);

test('the exit status of a list of import errors is open where the release is not known', () => {
  const one = {
    ...findRecordedCase('2.10.3', 'dags list-import-errors --output=json'),
    release: undefined as unknown as string,
  };
  const [dressed] = [...generateResponseVariants(one)];

  expect(determineVariantVerdict(one, dressed!)).toMatchObject({
    outcome: 'unverified',
    isNormalResult: true,
    notes: [],
  });
});
