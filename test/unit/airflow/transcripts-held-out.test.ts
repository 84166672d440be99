import { describe, expect, test } from 'vitest';
import { casesIn, figuresOf, openAgainstTheRule, report } from './recorded.ts';

const known = casesIn(new URL('../../../local/airflow/transcripts/', import.meta.url));
/** Recorded from releases, commands and DAG files that the rules were not written from. */
const cases = casesIn(new URL('../../fixtures/held-out-transcripts/', import.meta.url));
const figures = figuresOf(cases);

describe('the verdict over transcripts that its rules were not written from', () => {
  test('comes from other releases', () => {
    const releases = new Set(known.map(({ release }) => release));
    expect(cases.filter(({ release }) => releases.has(release))).toEqual([]);
  });

  test('is never a false success', () => expect(figures.falseSuccesses).toEqual([]));
  test('is never a false failure', () => expect(figures.falseFailures).toEqual([]));

  test('is never open where the command tells', () => {
    console.info(report(cases, figures));
    expect(openAgainstTheRule(cases)).toEqual([]);
  });
});
