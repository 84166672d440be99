import { expect, test, vi } from 'vitest';
import { findJsonOutput } from '../../../airflow/json-output.ts';

const LOG = '[2026-11-22T12:00:00.000+0000] {__init__.py:43} INFO - Loaded';
const createJsonList = (count: number) => JSON.stringify(Array(count).fill({ a: 1 }), null, 2);
const PRETTY = JSON.stringify([{ a: 1 }, { a: 2 }], null, 2);

test.each<[rule: string, stdout: string, keys: string[] | undefined, expected: unknown]>([
  ['a list of objects', '[{"a": 1}]', undefined, [{ a: 1 }]],
  ['no object alone', '{"a": 1}\n', undefined, undefined],
  ['an empty list', '[]', ['a'], []],
  ['after spaces', '  [{"a": 1}]  ', undefined, [{ a: 1 }]],
  ['over several lines', `${LOG}\n${PRETTY}\n`, ['a'], [{ a: 1 }, { a: 2 }]],
  ['on the very first line', '[\n{"a": 1}\n]', undefined, [{ a: 1 }]],
  ['the last of several', '[{"a": 1}]\n[{"a": 2}]\n', undefined, [{ a: 2 }]],
  ['before lines that are no JSON', `[{"a": 1}]\n${LOG}\nKilled\n`, undefined, [{ a: 1 }]],
  ['with the keys of this command', '[{"a": 1, "b": 2}]\n[{"b": 3}]\n', ['a', 'b'], [{ a: 1, b: 2 }]],
  ['where every object has them', '[{"a": 1}, {"b": 2}]', ['a'], undefined],
  ['no key of all objects', '[{}]', ['constructor'], undefined],
  ['no list of numbers', '[1]', undefined, undefined],
  ['no list of lists', '[[{"a": 1}]]', undefined, undefined],
  ['no list of nothing', '[null]', undefined, undefined],
  ['no number, no text', '5\n"a"\nnull', undefined, undefined],
  ['nothing where a line end parts a number', '{"a": 1\n2}', undefined, undefined],
  ['nothing in nothing', '', undefined, undefined],
  ['nothing in a line that only begins so', '[ERROR] no', undefined, undefined],
  ['nothing within a line', 'result: [{"a": 1}]', undefined, undefined],
  ['nothing behind a text', '"x" [{"a": 1}]', undefined, undefined],
  ['nothing behind a list', '[1] [{"a": 1}]', undefined, undefined],
  ['nothing behind an open bracket', '{ [{"a": 1}]', undefined, undefined],
  ['after tabs, before tabs', '\t[{"a": 1}]\t\n', undefined, [{ a: 1 }]],
  ['over very many lines', createJsonList(500), undefined, JSON.parse(createJsonList(500))],
  ['over several lines, before others', `${PRETTY}\n${LOG}\nKilled\n`, undefined, [{ a: 1 }, { a: 2 }]],
  ['no part of a value of another shape', '[\n{"b": [\n{"a": 1}\n]}\n]', ['a'], undefined],
  ['before a value of another shape', '[{"a": 1}]\n[\n{"b": [\n{"a": 2}\n]}\n]', ['a'], [{ a: 1 }]],
  ['within brackets that are no JSON', '[note\n[{"a": 1}]\n]', undefined, [{ a: 1 }]],
  ['after a bracket that is left open', '[note\n{note\n[{"a": 1}]\n', undefined, [{ a: 1 }]],
  ['after a quotation that is left open', '{"a: 1\n[{"a": 1}]\n', undefined, [{ a: 1 }]],
  ['with brackets and escapes in its texts', '[{"a": "]} \\" [{"}]', undefined, [{ a: ']} " [{' }]],
  ['no brackets of two kinds', '[{"a": 1]}\n', undefined, undefined],
  ['no value with a line end in a text', '{"a": "b\nc"}', undefined, undefined],
  ['no value with words after it', '[{"a": 1}] done', undefined, undefined],
  ['with a line end of Windows', '[{"a": 1}]\r\n', undefined, [{ a: 1 }]],
  ['no value that lacks its end', '[{"a": 1}, {"a": ', undefined, undefined],
  ['no value that ends in a backslash', '["a\\', undefined, undefined],
])('the answer: %s', (_rule, stdout, keys, expected) =>
  expect(findJsonOutput(stdout, keys && [keys])).toEqual(expected),
);

test('the answer has one of the shapes, and all of its objects have the same', () => {
  const shapes = [['a'], ['b', 'c']];

  expect(findJsonOutput('[{"b": 1, "c": 2}]', shapes)).toEqual([{ b: 1, c: 2 }]);
  expect(findJsonOutput('[{"a": 1}]', shapes)).toEqual([{ a: 1 }]);
  expect(findJsonOutput('[{"b": 1}]', shapes)).toBeUndefined();
  expect(findJsonOutput('[{"a": 1}, {"b": 1, "c": 2}]', shapes)).toBeUndefined();
});

test.each<[what: string, stdout: string]>([
  ['lines that open a list', '[\n'.repeat(100_000)],
  ['lists within lists', '[\n'.repeat(2_000) + ']\n'.repeat(2_000)],
  ['lists within lists, none of them JSON', `${'[\n'.repeat(2_000)}x\n${']\n'.repeat(2_000)}`],
  ['log lines', `${LOG}\n`.repeat(5_000)],
  ['lists that are no JSON, line by line', '[x]\n'.repeat(20_000)],
])('reads no more than a few times what there is: %s', (_what, stdout) => {
  const parse = vi.spyOn(JSON, 'parse');
  const found = findJsonOutput(stdout, [['a']]);
  const read = parse.mock.calls.reduce((sum, [text]) => sum + text.length, 0);
  parse.mockRestore();

  expect(found).toBeUndefined();
  expect(read).toBeLessThanOrEqual(6 * stdout.length);
});
