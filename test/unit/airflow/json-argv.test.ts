import { expect, test } from 'vitest';
import { argvFromJson, isJsonObject, parseJsonKeepingNumbers } from '../../../airflow/json-argv.ts';

test.each([
  '1.0',
  '12345678901234567890',
  '[1.50,1e3,-0,12345678901234567890]',
  '{"a":1.0,"b":["x",null,true]}',
  '"a"',
  '{"5":"5"}',
])('numbers are kept as they are written: %s', (text) =>
  expect(JSON.stringify(parseJsonKeepingNumbers(text))).toBe(text),
);

test.each(['{', '1 2', ''])('what is no JSON is not read: "%s"', (text) => {
  expect(() => parseJsonKeepingNumbers(text)).toThrow(SyntaxError);
});

test.each<[text: string, expected: boolean]>([
  ['{}', true],
  ['{"a": 1.0}', true],
  ['[]', false],
  ['null', false],
  ['"a"', false],
  ['true', false],
  ['5', false],
])('%s is an object: %s', (text, expected) => expect(isJsonObject(parseJsonKeepingNumbers(text))).toBe(expected));

test('texts are words, everything else becomes the JSON of it', () => {
  const list = parseJsonKeepingNumbers('["a b", "", 1.0, true, {"n": 1.50}, [1, "x"]]') as unknown[];
  expect(argvFromJson(list)).toEqual(['a b', '', '1.0', 'true', '{"n":1.50}', '[1,"x"]']);
});

test.each<[what: string, list: unknown[], message: RegExp, cause?: unknown]>([
  ['null', ['x', null], /^Word 2 is null: leave it out or send ""\.$/],
  [
    'what nests too deep',
    ['x', 'y', JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))],
    /^Word 3 nests too deep\.$/,
    expect.any(RangeError),
  ],
])('no word: %s', (_what, list, message, cause) => {
  expect(() => argvFromJson(list)).toThrow(
    expect.objectContaining({
      code: 'unreadable',
      message: expect.stringMatching(message),
      ...(cause ? { cause } : {}),
    }),
  );
});
