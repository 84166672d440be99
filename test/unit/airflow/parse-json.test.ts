import { expect, test } from 'vitest';
import { isJsonObject, keepLongNumbers, parseJsonKeepingNumbers } from '../../../airflow/parse-json.ts';

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

test.each<[text: string, rejected: string | undefined]>([
  ['{"a": [1, -2.5, 0], "b 1.0": "1.0 \\" 9007199254740993"}', undefined],
  ['{"a": 9007199254740993}', '9007199254740993'],
  ['[1.0]', '1.0'],
  ['[1e5]', '1e5'],
  ['[-0]', '-0'],
])('a runtime without JSON.rawJSON rejects a number that it cannot keep: %s', (text, rejected) => {
  const descriptor = Object.getOwnPropertyDescriptor(JSON, 'rawJSON')!;
  Reflect.deleteProperty(JSON, 'rawJSON');
  try {
    if (rejected === undefined) expect(parseJsonKeepingNumbers(text)).toEqual(JSON.parse(text));
    else expect(() => parseJsonKeepingNumbers(text)).toThrow(`cannot keep the number ${rejected} as`);
  } finally {
    Object.defineProperty(JSON, 'rawJSON', descriptor);
  }
});

test.each([
  '[9007199254740993]',
  '{"a":1.0}',
  '[-0, 1e400]',
  '[[1.5,{"b":12345678901234567890.10}]]',
  '["12345678901234567890", 7]',
])('keepLongNumbers keeps the spelling of numbers: %s', (text) =>
  expect(JSON.stringify(keepLongNumbers(text, JSON.parse(text), 3))).toBe(text.replaceAll(' ', '')),
);

test('keepLongNumbers leaves other numbers as they are', () => {
  const text = '[{"a": 5, "b": [1.5, -3]}]';
  expect(keepLongNumbers(text, JSON.parse(text), 3)).toEqual([{ a: 5, b: [1.5, -3] }]);
});

test('keepLongNumbers does not parse a text with too many values again, unless a number would change', () => {
  expect(keepLongNumbers('[1.0]', [1], 1_000_000)).toBeUndefined();
  expect(keepLongNumbers('[1.5]', [1.5], 1_000_000)).toEqual([1.5]);
});

test.each([
  '0.1',
  '-12.5',
  '1.123456789012345',
  '0.000001',
  '0.0000001',
  '0.0000010',
  '123456789.123456',
  '1234567890.1234567',
  '0.30000000000000004',
  '100',
  '999999999999999',
  '9999999999999999',
  '0.0',
  '-0',
  '-0.5',
])('keepLongNumbers writes %s as it was', (number) => {
  const text = `[{"a": ${number}}]`;
  expect(JSON.stringify(keepLongNumbers(text, JSON.parse(text), 1))).toBe(text.replaceAll(' ', ''));
});
