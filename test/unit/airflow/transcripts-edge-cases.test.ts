import { expect, test } from 'vitest';
import { determineVariantVerdict, generateResponseVariants, loadCases, type RecordedCase } from './recorded-cases.ts';

const cases = loadCases(new URL('../../../local/airflow/transcripts/', import.meta.url)).filter(
  ({ scene }) => scene === 'forms',
);

/** The nth recorded command of a release whose command line contains a text. */
function findRecordedCase(release: string, text: string, nth = 0): RecordedCase {
  const matching = cases.filter((recorded) => recorded.release === release && recorded.commandLine.includes(text));
  const recorded = matching[nth];
  if (!recorded) throw new Error(`The transcript of ${release} has no command ${nth} that contains "${text}".`);
  return recorded;
}

interface Expected {
  readonly exitCode: number;
  readonly outcome: string;
  readonly notes: readonly string[];
  /** Default: true unless the outcome is `failed`. */
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

test.each<[scenario: string, release: string, text: string, nth: number, expected: Expected]>([
  ['pausing a DAG that does not exist', '2.7.2', 'dags pause no_such_dag', 0, FAILED],
  [
    'pausing a DAG that does not exist',
    '2.10.3',
    'dags pause --output=json no_such_dag',
    0,
    succeededWith('nothing-matched'),
  ],
  ['pausing a DAG that does not exist', '2.11.2', 'dags pause no_such_dag', 0, succeededWith('nothing-matched')],
  [
    'pausing a DAG that does not exist',
    '3.3.1',
    'dags pause --output=json no_such_dag',
    0,
    succeededWith('nothing-matched'),
  ],
  [
    'pausing a DAG that is paused',
    '2.10.3',
    'dags pause --output=json reporting_daily',
    1,
    succeededWith('nothing-matched'),
  ],
  [
    'deleting a variable that does not exist',
    '2.7.2',
    'variables delete missing',
    0,
    succeededWith('success-either-way'),
  ],
  [
    'deleting a variable that does not exist',
    '3.3.1',
    'variables delete missing',
    0,
    succeededWith('success-either-way'),
  ],
  ['creating a role that exists', '2.7.2', 'roles create Admin', 0, succeededWith('success-either-way')],
  ['adding a permission that exists', '2.10.3', 'add-perms', 1, succeededWith('nothing-matched')],
  ['listing import errors', '2.7.2', 'dags list-import-errors --output=json', 0, succeededWith()],
  ['listing import errors', '2.10.3', 'dags list-import-errors --output=json', 0, FAILED_WITH_RESULT],
  ['listing import errors', '3.3.1', 'dags list-import-errors --output=json', 0, FAILED_WITH_RESULT],
  ['listing import errors as a table', '2.10.3', 'dags list-import-errors', 1, FAILED_WITH_RESULT],
  ['testing a task that fails', '2.10.3', 'tasks test fails_on_purpose', 0, FAILED],
  [
    'testing a task that fails',
    '3.0.6',
    'tasks test fails_on_purpose',
    0,
    { ...succeededWith('task-failed'), outcome: 'unverified' },
  ],
  [
    'testing a task that fails',
    '3.3.1',
    'tasks test fails_on_purpose',
    0,
    { ...succeededWith('task-failed'), outcome: 'unverified' },
  ],
  ['the first of two runs with one logical date', '2.10.3', `exec${DATE_OPTION}`, 0, succeededWith()],
  ['the second of two runs with one logical date', '2.10.3', `exec${DATE_OPTION}`, 1, FAILED],
  ['the first of two runs with one logical date', '3.3.1', `logical${DATE_OPTION}`, 0, succeededWith()],
  ['the second of two runs with one logical date', '3.3.1', `logical${DATE_OPTION}`, 1, FAILED],
  ['the first of two runs within a second', '1.10.12', 'run_id=first', 0, succeededWith()],
  ['the second of two runs within a second', '1.10.12', 'run_id=second', 0, FAILED],
  ['the first of two runs within a second', '2.10.3', 'run-id=first', 0, succeededWith()],
  ['the second of two runs within a second', '2.10.3', 'run-id=second', 0, succeededWith()],
  ['the second of two runs within a second', '3.3.1', 'run-id=second', 0, succeededWith('no-logical-date')],
  ['a second run with the same id', '2.7.2', 'run-id=one daily_report', 1, FAILED],
  ['triggering a paused DAG, without a note in any release', '2.10.3', 'run-id=one paused_by_hand', 0, succeededWith()],
  [
    'triggering a paused DAG, without a note in any release',
    '3.0.6',
    'run-id=one paused_by_hand',
    0,
    succeededWith('no-logical-date'),
  ],
  [
    'the next run of a paused DAG',
    '2.10.3',
    'next-execution paused_by_hand',
    0,
    { ...succeededWith('dag-is-paused'), outcome: 'unverified' },
  ],
  [
    'the next run of a paused DAG',
    '1.10.12',
    'next_execution paused_by_hand',
    0,
    { ...succeededWith('dag-is-paused'), outcome: 'unverified' },
  ],
  ['a pool that does not exist', '1.10.12', 'pool --get=missing', 0, succeededWith('nothing-matched')],
])(
  '%s: %s %s (%i)',
  (_scenario, release, text, nth, { exitCode, outcome, notes, isNormalResult = outcome !== 'failed' }) => {
    const recorded = findRecordedCase(release, text, nth);
    const verdicts = [...generateResponseVariants(recorded)]
      .filter(({ returncode }) => !returncode)
      .map((response) => determineVariantVerdict(recorded, response));

    expect(recorded.exitCode).toBe(exitCode);
    for (const verdict of verdicts) expect(verdict).toMatchObject({ outcome, notes, isNormalResult });
  },
);

test('a list of import errors is unverified if the release is unknown', () => {
  const recorded = {
    ...findRecordedCase('2.10.3', 'dags list-import-errors --output=json'),
    release: undefined as unknown as string,
  };
  const [response] = [...generateResponseVariants(recorded)];

  expect(determineVariantVerdict(recorded, response!)).toMatchObject({
    outcome: 'unverified',
    isNormalResult: true,
    notes: [],
  });
});
