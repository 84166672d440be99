import { describe, expect, test } from 'vitest';
import { endsWithTable, findLastOutputLine, stripTrailingLogLines } from '../../../airflow/log-lines.ts';

const LOGS = [
  '[2026-11-22T12:00:00.123+0000] {dagbag.py:588} INFO - Filling up the DagBag',
  '[2026-11-22 12:00:00,123] {__init__.py:50} INFO - Using executor SequentialExecutor',
  '[2026-11-22T12:00:00.123456Z] [info] no braces',
  '2026-11-22 12:00:00 [debug    ] Running finalizers             [task] ti=…',
  '2026-11-22T12:00:00.123456Z [info     ] Task started',
  '2026-11-22T12:00:00+00:00 [warning  ] x',
  '2026-11-22T12:00:00 [error    ] x',
  '2026-11-22T12:00:00 [critical] x',
  'INFO  [alembic.runtime.plugins] setup plugin alembic.autogenerate.schemas',
  'WARN  [airflow.models] x',
  'WARNI [airflow.models] x',
  'WARNING [airflow.models] x',
  'DEBUG [a] x',
  'ERROR [a] x',
  'CRITICAL [a] x',
  'CloudWatch logging is disabled for TaskLogHandler',
];

const ANSWERS = [
  '[{"dag_id": "d"}]',
  '[2026-11-22T12:00:00.123+0000] not a log line',
  'see [2026-11-22T12:00:00.123+0000] {x.py:1} INFO - x',
  '[2026-11-22] {x.py:1} INFO - x',
  '2026-11-22T12:00:00+00:00',
  '2026-11-22 12:00:00 [sometimes] x',
  '2026-11-22T12:00:00 [info',
  'at 2026-11-22T12:00:00 [info     ] x',
  'INFO of a person',
  'INFO  [not a name] x',
  'an INFO  [alembic] x',
  'INFO      [alembic] x',
  'about CloudWatch logging is disabled for x',
  '   ',
];

describe('a log line', () => {
  test.each(LOGS)('is passed over: %s', (log) => {
    expect(findLastOutputLine(`answer\n${log}\n`)).toBe('answer');
    expect(stripTrailingLogLines(`answer\n\n${log}\n${log}\n`)).toBe('answer\n\n');
    expect(stripTrailingLogLines(`answer\n${log}`)).toBe('answer\n');
    expect(stripTrailingLogLines(`${log}\n`)).toBe('');
  });

  test.each(ANSWERS)('is not: %s', (line) => {
    expect(findLastOutputLine(`x\n${line}\n`)).toBe(line);
    expect(stripTrailingLogLines(`x\n${line}\n`)).toBe(`x\n${line}\n`);
  });
});

test.each<[what: string, stream: string, expected: string]>([
  ['nothing', '', ''],
  ['empty lines', '\n\n', ''],
  ['one line', 'a', 'a'],
  ['one line that ends', 'a\n', 'a'],
  ['the first line of two, the last is empty', 'a\n\n\n', 'a'],
  ['a line end of Windows', 'a\r\n\r\n', 'a'],
  ['the last of several', 'a\nb\n', 'b'],
  ['logs alone', `${LOGS[0]}\n`, ''],
])('the last line: %s', (_what, stream, expected) => expect(findLastOutputLine(stream)).toBe(expected));

test.each<[what: string, stdout: string, expected: boolean]>([
  ['of two columns', 'key | value\n====+======\na   | b    \n           \n', true],
  ['of one column', 'key\n===\na  \n   \n', true],
  ['after log lines, before log lines', `${LOGS[0]}\nkey\n===\na  \n   \n${LOGS[0]}\n`, true],
  ['without its caption', 'key\n===\na  \n', false],
  ['cut in a row whose first cell is empty', 'key | value\n====+======\na   | b    \n    ', false],
  ['the second of two', 'key\n===\na  \n   \na | b\n==+==\nc | d\n     \n', true],
  ['with a line of too many spaces', 'key\n===\na  \n    \n', false],
  ['cut in a row', 'key\n===\na', false],
  ['without a heading', 'a  \n   \n', false],
  ['with another line in place of the heading’s', 'key\n=-=\na  \n   \n', false],
  ['with a line of two marks', 'key\n=+=+\na  \n    \n', false],
  ['very much of a rule', '=+'.repeat(5_000_000), false],
  ['a rule with words behind it', 'key\n=== x\na\n   \n', false],
  ['a rule within a line', 'key\nx ===\na\n   \n', false],
  ['nothing', '', false],
])('a table, to its end: %s', (_what, stdout, expected) => expect(endsWithTable(stdout)).toBe(expected));
