import { expect, test } from 'vitest';
import { isJsonObject, parseJsonKeepingNumbers } from '../../../airflow/parse-json.ts';

test.each([
  '1.0',
  '12345678901234567890',
  '[1.50,1e3,-0,12345678901234567890]',
  '{"a":1.0,"b":["x",null,true]}',
  '"a"',
  '{"5":"5"}',
])('parseJsonKeepingNumbers keeps the spelling of numbers: %s', (text) =>
  expect(JSON.stringify(parseJsonKeepingNumbers(text))).toBe(text),
);

test.each(['{', '1 2', ''])('parseJsonKeepingNumbers rejects invalid JSON: "%s"', (text) => {
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
])('%s is a JSON object: %s', (text, expected) => expect(isJsonObject(parseJsonKeepingNumbers(text))).toBe(expected));
