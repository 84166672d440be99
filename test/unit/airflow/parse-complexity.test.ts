import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../airflow/catalog.ts';
import { argvFromJson } from '../../../airflow/json-argv.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { Refusal } from '../../../airflow/refusal.ts';
import { renderArgv, renderCommandLine } from '../../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';

/** Runs a function and ignores a Refusal. Rethrows any other error. */
function runIgnoringRefusal(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/**
 * The ratio between the CPU time for one large input and the CPU time for 64 inputs of the same total size: about 1 if the time is
 * linear, about 64 if it is quadratic. Measures the minimum of several runs in this thread, and the limit is far from both values,
 * so a busy machine or a coarse clock does not change the result.
 */
function measureGrowth<T>(createInput: (size: number) => T, run: (input: T) => unknown, size: number): number {
  const measureMinimum = (input: T, times: number) => {
    const microseconds = [1, 2, 3].map(() => {
      const before = process.threadCpuUsage();
      for (let count = 0; count < times; count++) runIgnoringRefusal(() => run(input));
      const { user, system } = process.threadCpuUsage(before);
      return user + system;
    });
    return Math.max(Math.min(...microseconds), 1000);
  };
  const [small, large] = [createInput(size / 16), createInput(4 * size)];
  runIgnoringRefusal(() => run(small));
  return measureMinimum(large, 1) / measureMinimum(small, 64);
}

const QUADRATIC_GROWTH = 12;

describe('the time to parse and render grows linearly with the length of', () => {
  const repeat = (count: number, ...words: string[]) => Array.from({ length: count }, () => words).flat();
  const parseAndRender = (catalog: Catalog) => (argv: readonly string[]) =>
    renderCommandLine(parseInvocation(catalog, argv));

  test.each<[input: string, createArgv: (size: number) => string[], size: number]>([
    ['a name', (size) => ['dags', 'trigger', 'a'.repeat(size)], 250_000],
    ['dashes', (size) => ['dags', 'trigger', '-'.repeat(size)], 250_000],
    ['quotes', (size) => ['variables', 'set', 'k', "'".repeat(size)], 100_000],
    ['almost a negative number', (size) => ['dags', 'trigger', `-${'1'.repeat(size)}x`], 250_000],
    ['almost a number', (size) => ['dags', 'backfill', 'd', `--delay-on-limit=${'1'.repeat(size)}x`], 10_000],
    [
      'almost a number with a decimal point',
      (size) => ['dags', 'backfill', 'd', `--delay-on-limit=1.${'1'.repeat(size)}x`],
      10_000,
    ],
    ['almost an integer', (size) => ['dags', 'next-execution', 'd', `-n${'1'.repeat(size)}x`], 250_000],
    ['almost JSON', (size) => ['dags', 'trigger', 'd', '-c', `"${'\\'.repeat(size)}`], 100_000],
    ['JSON brackets', (size) => ['dags', 'trigger', 'd', '-c', '['.repeat(size)], 100_000],
    ['JSON quotes', (size) => ['dags', 'trigger', 'd', '-c', JSON.stringify("'$".repeat(size))], 50_000],
    ['joined switches', (size) => ['dags', 'list', `-${'v'.repeat(size)}`], 10_000],
    ['switches', (size) => ['dags', 'list', ...repeat(size, '-v')], 5000],
    ['options', (size) => ['dags', 'trigger', 'd', ...repeat(size, '-r', 'x')], 5000],
    ['positionals', (size) => ['roles', 'create', ...repeat(size, 'x')], 10_000],
    ['unexpected positionals', (size) => ['dags', 'list', '--', ...repeat(size, 'x')], 10_000],
    ['positionals after an option', (size) => ['dags', 'trigger', '-r', ...repeat(size, 'x')], 10_000],
    ['an unknown command', (size) => ['x'.repeat(size)], 250_000],
    ['an unknown second word', (size) => ['dags', 'x'.repeat(size)], 250_000],
    ['an unknown option', (size) => ['dags', 'list', `--${'x'.repeat(size)}`], 250_000],
  ])('%s', (_input, createArgv, size) => {
    expect(measureGrowth(createArgv, parseAndRender(AIRFLOW_2), size)).toBeLessThan(QUADRATIC_GROWTH);
  });

  test('options that append', () => {
    const createArgv = (size: number) => ['dags', 'list', ...repeat(size, '-B', 'x')];
    expect(measureGrowth(createArgv, parseAndRender(AIRFLOW_3), 10_000)).toBeLessThan(QUADRATIC_GROWTH);
  });

  test.each<[input: string, createText: (size: number) => string]>([
    ['a text with words', (size) => 'a '.repeat(size)],
    ['a text with quotes', (size) => `'a'"b"`.repeat(size)],
    ['a text with backslashes', (size) => '\\a'.repeat(size)],
  ])('%s', (_input, createText) => {
    expect(measureGrowth(createText, splitCommandLine, 50_000)).toBeLessThan(QUADRATIC_GROWTH);
  });

  test('the measurement detects a regular expression with quadratic time', () => {
    const ambiguous = (text: string) => /^\d+\.?\d*$/.test(text);
    expect(measureGrowth((size) => `${'1'.repeat(size)}x`, ambiguous, 8000)).toBeGreaterThan(QUADRATIC_GROWTH);
  });

  test('a million words do not overflow the stack', () => {
    const argv = ['roles', 'create', '--', ...repeat(1_000_000, 'x')];
    expect(renderArgv(parseInvocation(AIRFLOW_2, argv))).toHaveLength(1_000_002);
    expect(() => parseInvocation(AIRFLOW_2, ['dags', 'list', ...repeat(1_000_000, 'x')])).toThrow(Refusal);
  });

  test('a deeply nested list is rejected and does not overflow the stack', () => {
    const nested = JSON.parse(`[${'['.repeat(100_000)}${']'.repeat(100_000)}]`);
    expect(() => argvFromJson(nested)).toThrow(expect.objectContaining({ code: 'unreadable' }));
  });
});
