import { expect, test } from 'vitest';
import { findOutput } from '../../../airflow/output.ts';

const LOG = '[2026-11-22T12:00:00.000+0000] {__init__.py:43} INFO - Loaded';
const many = (count: number) => JSON.stringify(Array(count).fill({ a: 1 }), null, 2);
const PRETTY = JSON.stringify([{ a: 1 }, { a: 2 }], null, 2);

test.each<[rule: string, stdout: string, keys: string[] | undefined, expected: unknown]>([
  ['a list of objects', '[{"a": 1}]', undefined, [{ a: 1 }]],
  ['one object', '{"a": 1}\n', undefined, { a: 1 }],
  ['an empty list', '[]', ['a'], []],
  ['after spaces', '  [{"a": 1}]  ', undefined, [{ a: 1 }]],
  ['over several lines', `${LOG}\n${PRETTY}\n`, ['a'], [{ a: 1 }, { a: 2 }]],
  ['on the very first line', `{\n"a": 1\n}`, undefined, { a: 1 }],
  ['the last of several', '[{"a": 1}]\n[{"a": 2}]\n', undefined, [{ a: 2 }]],
  ['before lines that are no JSON', `[{"a": 1}]\n${LOG}\nKilled\n`, undefined, [{ a: 1 }]],
  ['with the keys of this command', '[{"a": 1, "b": 2}]\n[{"b": 3}]\n', ['a', 'b'], [{ a: 1, b: 2 }]],
  ['where every object has them', '[{"a": 1}, {"b": 2}]', ['a'], undefined],
  ['no key of all objects', '{}', ['constructor'], undefined],
  ['no list of numbers', '[1]', undefined, undefined],
  ['no list of lists', '[[{"a": 1}]]', undefined, undefined],
  ['no list of nothing', '[null]', undefined, undefined],
  ['no number, no text', '5\n"a"\nnull', undefined, undefined],
  ['nothing where a line end parts a number', '{"a": 1\n2}', undefined, undefined],
  ['nothing in nothing', '', undefined, undefined],
  ['nothing in a line that only begins so', '[ERROR] no', undefined, undefined],
  ['nothing within a line', 'result: {"a": 1}', undefined, undefined],
  ['over several lines, among twenty that begin so', many(19), undefined, JSON.parse(many(19))],
  ['and not among more, for each costs a look at the rest', many(20), undefined, undefined],
])('the answer: %s', (_rule, stdout, keys, expected) => expect(findOutput(stdout, keys)).toEqual(expected));
