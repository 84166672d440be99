import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatPythonJson, isPythonTruthy, parsePythonJson } from '../../../airflow/python-json.ts';

/** JSON texts, and what Python makes of them; null if it rejects them. Written by `test/fixtures/python-json/generate.py`. */
const cases: readonly (readonly [text: string, dumped: string | null])[] = JSON.parse(
  readFileSync(new URL('../../fixtures/python-json/cases.json', import.meta.url), 'utf8'),
);

const load = (text: string): string | null => {
  try {
    return formatPythonJson(parsePythonJson(text));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
};

test('reads and writes every recorded JSON text as Python does', () => {
  const wrong = cases.filter(([text, dumped]) => load(text) !== dumped);
  expect(wrong.map(([text, dumped]) => ({ text, dumped, here: load(text) }))).toEqual([]);
  expect(cases.length).toBeGreaterThan(400);
});

test('keeps all digits of an integer, and the kind of a number', () => {
  expect(load('[9007199254740993, 12345678901234567890, 1.0, -0]')).toBe(
    '[\n  9007199254740993,\n  12345678901234567890,\n  1.0,\n  0\n]',
  );
});

test('rejects an integer that Python rejects for its length', () => {
  expect(load('1'.repeat(4300))).not.toBeNull();
  expect(load('1'.repeat(4301))).toBeNull();
});

test.each([
  ['""', false],
  ['"0"', true],
  ['0', false],
  ['0.0', false],
  ['-0.0', false],
  ['NaN', true],
  ['1', true],
  ['[]', false],
  ['[0]', true],
  ['{}', false],
  ['{"a": 0}', true],
  ['null', false],
  ['false', false],
  ['true', true],
])('%s is true for Python: %s', (text, expected) => {
  expect(isPythonTruthy(parsePythonJson(text))).toBe(expected);
});
