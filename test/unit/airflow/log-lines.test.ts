import { describe, expect, test } from 'vitest';
import { findLastOutputLine, readOutputEnd } from '../../../airflow/log-lines.ts';

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

const OTHER_LINES = [
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
  test.each(LOGS)('is skipped: %s', (log) => {
    expect(findLastOutputLine(`answer\n${log}\n`)).toBe('answer');
    expect(readOutputEnd(`answer\n\n${log}\n${log}\n`).text).toBe('answer\n\n');
    expect(readOutputEnd(`answer\n${log}`).text).toBe('answer\n');
    expect(readOutputEnd(`${log}\n`).text).toBe('');
  });

  test.each(OTHER_LINES)('is not: %s', (line) => {
    expect(findLastOutputLine(`x\n${line}\n`)).toBe(line);
    expect(readOutputEnd(`x\n${line}\n`).text).toBe(`x\n${line}\n`);
  });
});

test.each<[what: string, stream: string, expected: string]>([
  ['an empty stream', '', ''],
  ['empty lines', '\n\n', ''],
  ['one line', 'a', 'a'],
  ['one line with a line end', 'a\n', 'a'],
  ['a line before empty lines', 'a\n\n\n', 'a'],
  ['a line with a Windows line end', 'a\r\n\r\n', 'a'],
  ['several lines', 'a\nb\n', 'b'],
  ['log lines only', `${LOGS[0]}\n`, ''],
])('the last output line of %s', (_what, stream, expected) => expect(findLastOutputLine(stream)).toBe(expected));
