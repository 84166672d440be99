import { expect, test, vi } from 'vitest';
import { findJsonOutput } from '../../../airflow/find-json-output.ts';

const LOG = '[2026-11-22T12:00:00.000+0000] {__init__.py:43} INFO - Loaded';
const createJsonList = (count: number) => JSON.stringify(Array(count).fill({ a: 1 }), null, 2);
const PRETTY = JSON.stringify([{ a: 1 }, { a: 2 }], null, 2);

test.each<[behavior: string, stdout: string, keys: string[] | undefined, expected: unknown]>([
  ['a list of objects', '[{"a": 1}]', undefined, [{ a: 1 }]],
  ['no single object', '{"a": 1}\n', undefined, undefined],
  ['an empty list', '[]', ['a'], []],
  ['a list between spaces', '  [{"a": 1}]  ', undefined, [{ a: 1 }]],
  ['a list that spans several lines', `${LOG}\n${PRETTY}\n`, ['a'], [{ a: 1 }, { a: 2 }]],
  ['a list that begins on the first line', '[\n{"a": 1}\n]', undefined, [{ a: 1 }]],
  ['the last of several lists', '[{"a": 1}]\n[{"a": 2}]\n', undefined, [{ a: 2 }]],
  ['a list before lines that are not JSON', `[{"a": 1}]\n${LOG}\nKilled\n`, undefined, [{ a: 1 }]],
  ['the list with the keys of this command', '[{"a": 1, "b": 2}]\n[{"b": 3}]\n', ['a', 'b'], [{ a: 1, b: 2 }]],
  ['no list in which an object lacks the keys', '[{"a": 1}, {"b": 2}]', ['a'], undefined],
  ['no list with inherited keys only', '[{}]', ['constructor'], undefined],
  ['no list of numbers', '[1]', undefined, undefined],
  ['no list of lists', '[[{"a": 1}]]', undefined, undefined],
  ['no list of null', '[null]', undefined, undefined],
  ['no number, text or null', '5\n"a"\nnull', undefined, undefined],
  ['nothing in invalid JSON over two lines', '{"a": 1\n2}', undefined, undefined],
  ['nothing in an empty text', '', undefined, undefined],
  ['nothing in a line that begins with a bracket', '[ERROR] no', undefined, undefined],
  ['nothing in the middle of a line', 'result: [{"a": 1}]', undefined, undefined],
  ['nothing after a string on the same line', '"x" [{"a": 1}]', undefined, undefined],
  ['nothing after a list on the same line', '[1] [{"a": 1}]', undefined, undefined],
  ['nothing after an open bracket on the same line', '{ [{"a": 1}]', undefined, undefined],
  ['a list between tabs', '\t[{"a": 1}]\t\n', undefined, [{ a: 1 }]],
  ['a list that spans very many lines', createJsonList(500), undefined, JSON.parse(createJsonList(500))],
  ['a list of several lines before other lines', `${PRETTY}\n${LOG}\nKilled\n`, undefined, [{ a: 1 }, { a: 2 }]],
  ['no part of a value with other keys', '[\n{"b": [\n{"a": 1}\n]}\n]', ['a'], undefined],
  ['a list before a value with other keys', '[{"a": 1}]\n[\n{"b": [\n{"a": 2}\n]}\n]', ['a'], [{ a: 1 }]],
  ['a list inside brackets that are not JSON', '[note\n[{"a": 1}]\n]', undefined, [{ a: 1 }]],
  ['a list after a bracket that is not closed', '[note\n{note\n[{"a": 1}]\n', undefined, [{ a: 1 }]],
  ['a list after a quote that is not closed', '{"a: 1\n[{"a": 1}]\n', undefined, [{ a: 1 }]],
  ['a list with brackets and escapes in its strings', '[{"a": "]} \\" [{"}]', undefined, [{ a: ']} " [{' }]],
  ['no list with mismatched brackets', '[{"a": 1]}\n', undefined, undefined],
  ['no value with a line end in a string', '{"a": "b\nc"}', undefined, undefined],
  ['no value with words after it', '[{"a": 1}] done', undefined, undefined],
  ['a list with a Windows line end', '[{"a": 1}]\r\n', undefined, [{ a: 1 }]],
  ['no truncated list', '[{"a": 1}, {"a": ', undefined, undefined],
  ['no list that ends with a backslash', '["a\\', undefined, undefined],
])('findJsonOutput finds %s', (_behavior, stdout, keys, expected) =>
  expect(findJsonOutput(stdout, { shapes: keys && [keys] })?.value).toEqual(expected),
);

test('all objects of the list have the keys of the same shape', () => {
  const shapes = [['a'], ['b', 'c']];

  expect(findJsonOutput('[{"b": 1, "c": 2}]', { shapes })?.value).toEqual([{ b: 1, c: 2 }]);
  expect(findJsonOutput('[{"a": 1}]', { shapes })?.value).toEqual([{ a: 1 }]);
  expect(findJsonOutput('[{"b": 1}]', { shapes })).toBeUndefined();
  expect(findJsonOutput('[{"a": 1}, {"b": 1, "c": 2}]', { shapes })).toBeUndefined();
});

test.each<[what: string, stdout: string]>([
  ['lines that open a list', '[\n'.repeat(100_000)],
  ['nested lists', '[\n'.repeat(2_000) + ']\n'.repeat(2_000)],
  ['nested lists that are not JSON', `${'[\n'.repeat(2_000)}x\n${']\n'.repeat(2_000)}`],
  ['log lines', `${LOG}\n`.repeat(5_000)],
  ['lists that are not JSON, one on each line', '[x]\n'.repeat(20_000)],
])('parses the text only a few times: %s', (_what, stdout) => {
  const parse = vi.spyOn(JSON, 'parse');
  const output = findJsonOutput(stdout, { shapes: [['a']] });
  const parsedLength = parse.mock.calls.reduce((sum, [text]) => sum + text.length, 0);
  parse.mockRestore();

  expect(output).toBeUndefined();
  expect(parsedLength).toBeLessThanOrEqual(6 * stdout.length);
});

test.each<[behavior: string, stdout: string, expected: unknown]>([
  ['behind text without a line end', 'x[{"a": 1}]\n', { value: [{ a: 1 }], start: 1, end: 11 }],
  ['behind an open bracket', '{"x": [1, [{"a": 1}]', { value: [{ a: 1 }], start: 10, end: 20 }],
  ['behind a quote that is not closed', 'say "[{"a": 1}]', { value: [{ a: 1 }], start: 5, end: 15 }],
  ['behind another list on the same line', '[1] [{"b": 1}][{"a": 1}]', { value: [{ a: 1 }], start: 14, end: 24 }],
  ['behind text, after a list on its own line', '[{"a": 1}]\nx[{"a": 2}]\n', { value: [{ a: 2 }], start: 12, end: 22 }],
  [
    'at the start of a line, with a list inside',
    '[{"a": [{"a": 1}]}]',
    { value: [{ a: [{ a: 1 }] }], start: 0, end: 19 },
  ],
  ['not behind text if words follow', 'x[{"a": 1}] done', undefined],
  ['not behind text if its keys are others', 'x[{"b": 1}]', undefined],
  ['not behind text if it is empty', 'x[]', undefined],
])('finds the span of a list: %s', (_behavior, stdout, expected) =>
  expect(findJsonOutput(stdout, { shapes: [['a']] })).toEqual(expected),
);

test('finds rows whose keys have different orders, and no rows that lack a key', () => {
  const find = (stdout: string) => findJsonOutput(stdout, { shapes: [['a', 'b']] })?.value;
  expect(find('[{"a": 1, "b": 2}, {"b": 3, "a": 4}, {"a": 5, "c": 6, "b": 7}]')).toHaveLength(3);
  expect(find('[{"a": 1, "b": 2}, {"a": 3}]')).toBeUndefined();
  expect(find('[{"a": 1, "b": 2}, {"b": 3}]')).toBeUndefined();
  expect(find('[{"a": 1, "b": 2}, {}]')).toBeUndefined();
  expect(find('[{"a": 1, "b": 2}, [1, 2]]')).toBeUndefined();
  expect(find('[{"a": 1, "b": 2}, null]')).toBeUndefined();
});

test.each(['[{"a":1.0}]', '[{"a":"x"},{"a":9007199254740993}]', '[{"a":{"b":[{"c":1.10}]}}]'])(
  'keeps numbers at every level as they are written: %s',
  (stdout) => expect(JSON.stringify(findJsonOutput(stdout)?.value)).toBe(stdout),
);

test('reports that numbers of many rows are not kept', () => {
  const find = (row: string) => findJsonOutput(`[${`${row}, `.repeat(130_000)}${row}]`);
  expect(find('{"a": 1.0, "b": 1}')).toMatchObject({ hasChangedNumbers: true });
  expect(find('{"a": 1.5, "b": 1}')).not.toHaveProperty('hasChangedNumbers');
});
