import { expect, test } from 'vitest';
import { findTableAtEnd } from '../../../airflow/ends-with-table.ts';

const LOG = '[2026-11-22T12:00:00.123+0000] {dagbag.py:588} INFO - Filling up the DagBag';

test.each<[what: string, stdout: string, expected: boolean]>([
  ['of two columns', 'key | value\n====+======\na   | b    \n           \n', true],
  ['of one column', 'key\n===\na  \n   \n', true],
  ['between log lines', `${LOG}\nkey\n===\na  \n   \n${LOG}\n`, true],
  ['without the blank caption', 'key\n===\na  \n', false],
  ['truncated in a row whose first cell is empty', 'key | value\n====+======\na   | b    \n    ', false],
  ['after another table', 'key\n===\na  \n   \na | b\n==+==\nc | d\n     \n', true],
  ['with a caption of too many spaces', 'key\n===\na  \n    \n', false],
  ['truncated in a row', 'key\n===\na', false],
  ['without a heading', 'a  \n   \n', false],
  ['with another line instead of the rule below the heading', 'key\n=-=\na  \n   \n', false],
  ['with a rule that ends with +', 'key\n=+=+\na  \n    \n', false],
  ['a very long line that almost is a rule', '=+'.repeat(5_000_000), false],
  ['with words after the rule', 'key\n=== x\na\n   \n', false],
  ['with words before the rule', 'key\nx ===\na\n   \n', false],
  ['that is missing', '', false],
])('detects a complete table %s', (_what, stdout, expected) =>
  expect(findTableAtEnd(stdout) !== undefined).toBe(expected),
);

const WRAPPED =
  'dag_id | is_pau | owners\n       | sed    |       \n=======+========+=======\nd      | False  | o     \n                        \n';

test.each<[what: string, stdout: string, shapes: string[][], expected: boolean]>([
  ['with the columns of the command', 'key | value\n====+======\na   | b    \n           \n', [['key']], true],
  [
    'with the columns of a generation',
    'key | value\n====+======\na   | b    \n           \n',
    [['x'], ['key', 'value']],
    true,
  ],
  ['with other columns', 'key | value\n====+======\na   | b    \n           \n', [['key', 'x']], false],
  ['with a wrapped heading', WRAPPED, [['dag_id', 'is_paused', 'owners']], true],
  ['behind text without a line end', `x${WRAPPED}`, [['dag_id', 'is_paused']], true],
  ['below a line with the names', 'dag_id\nkey\n===\na  \n   \n', [['dag_id']], false],
])('detects a table of the command %s', (_what, stdout, shapes, expected) =>
  expect(findTableAtEnd(stdout, shapes) !== undefined).toBe(expected),
);

test('the columns have the text of their cells without white space, unless a character is wide', () => {
  const table = 'key | value\n====+======\na   | b    \n           \n';
  expect(findTableAtEnd('dag_id | v\n=======+==\nlong_  | 1\nname   |  \n          \n')).toEqual([
    ['dag_id', 'long_name'],
    ['v', '1'],
  ]);
  expect(findTableAtEnd('dag_id | v\n=======+==\né      | 1\n          \n')).toEqual([
    ['dag_id', ''],
    ['v', ''],
  ]);
  expect(findTableAtEnd(table, [['key']], ['key'])).toBeUndefined();
});
