import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  computeStatistics,
  determineVariantVerdict,
  formatOutcomesPerCommand,
  generateResponseVariants,
  loadCases,
  type RecordedCase,
} from './recorded-cases.ts';

/**
 * Real runs with DAG files and plugins that print, exit and kill like an adversary, and with settings and databases that are not Airflow's
 * defaults. See `tools/recordings/hostile-scenes.ts`.
 */
const folder = new URL('../../fixtures/hostile-transcripts/', import.meta.url);
const cases = loadCases(folder);
const statistics = computeStatistics(cases);

describe('the verdict with hostile DAG files, killed processes, other log formats and other databases', () => {
  test('is never a false success', () => expect(statistics.falseSuccesses).toEqual([]));
  test('is never a false failure', () => expect(statistics.falseFailures).toEqual([]));

  test('is reported for each command', () => {
    console.info(formatOutcomesPerCommand(cases));
    expect(cases.length).toBeGreaterThan(500);
  });

  test.each(readdirSync(folder))('contains no path of the machine on which it was recorded: %s', (file) => {
    expect(readFileSync(new URL(file, folder), 'utf8')).not.toMatch(/(?<![\w.:+-])\/(tmp|root|home|Users|work)\//);
  });

  test('has cases of each kind of end', () => {
    const kinds = (select: (recorded: RecordedCase) => unknown) => new Set(cases.map(select));

    expect([...kinds(({ exitCode }) => exitCode)].sort()).toEqual(expect.arrayContaining([0, 1, 3, null]));
    expect(kinds(({ signal }) => signal)).toEqual(new Set([undefined, 'KILL', 'TERM', 'SEGV']));
  });

  test.each<[release: string, command: RegExp, note: string]>([
    ['2.6.3', /^dags test refuses /, 'part-failed'],
    ['2.6.3', /^connections add .*--conn-type=nonsense/, 'not-as-asked'],
    ['2.11.2', /^connections add .*--conn-extra=nonsense/, 'not-as-asked'],
    ['2.11.2', /^dags list --columns=dag_id,nonsense/, 'not-as-asked'],
    ['2.11.2', /^db clean .*--tables=log,nonsense/, 'not-as-asked'],
    ['2.11.2', /^dags backfill /, 'nothing-matched'],
    ['2.11.2', /^variables set hidden /, 'not-as-asked'],
  ])('has a note where Airflow exits with 0: %s %s: %s', (release, command, note) => {
    const recorded = cases.filter(
      (other) => other.scene === 'shortfalls' && other.release === release && command.test(other.commandLine),
    );

    expect(recorded.map(({ exitCode }) => exitCode)).toEqual([0]);
    for (const entry of recorded)
      for (const response of generateResponseVariants(entry))
        expect(determineVariantVerdict(entry, response).notes).toContain(note);
  });
});
