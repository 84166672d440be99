import { expect, test } from 'vitest';
import { mayBeDate } from '../../../airflow/may-be-date.ts';

/** The first group is what `airflow.utils.timezone.parse` of Airflow 3.0.6 reads. */
test.each([
  ...[
    '2026-11-22',
    '10',
    'monday',
    'T10',
    '10 AM EST',
    '2026W47',
    'P1D',
    'now',
    '22 nov 2026',
    '10:00 ABC',
    '2026/11',
    '1st',
    '１０',
  ],
  // Undecided: refused by Airflow, but close to what it reads.
  ...['R10', 'utc', '10日'],
])('%s may be a date', (text) => {
  expect(mayBeDate(text)).toBe(true);
});

test.each([
  'mwaa-cli-proxy__key-ab',
  'manual__2026-11-22T00:00:00+00:00',
  '2026-11-22_1',
  'nightly-2026-11-22',
  'run 1',
  'build-1',
  'Build10',
])('%s is no date', (text) => {
  expect(mayBeDate(text)).toBe(false);
});
