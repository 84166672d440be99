import { describe, expect, test } from 'vitest';
import { computeStatistics, findWronglyUndecided, formatStatistics, loadCases } from './recorded-cases.ts';

const knownCases = loadCases(new URL('../../../local/airflow/transcripts/', import.meta.url));
/** Recorded from releases, commands and DAG files that were not used to write the output patterns. */
const cases = loadCases(new URL('../../fixtures/held-out-transcripts/', import.meta.url));
const statistics = computeStatistics(cases);

describe('the verdict on transcripts that were not used to write the output patterns', () => {
  test('is tested with other releases', () => {
    const releases = new Set(knownCases.map(({ release }) => release));
    expect(cases.filter(({ release }) => releases.has(release))).toEqual([]);
  });

  test('is never a false success', () => expect(statistics.falseSuccesses).toEqual([]));
  test('is never a false failure', () => expect(statistics.falseFailures).toEqual([]));

  test('is never undecided for a decidable command', () => {
    console.info(formatStatistics(cases, statistics));
    expect(findWronglyUndecided(cases)).toEqual([]);
  });
});
