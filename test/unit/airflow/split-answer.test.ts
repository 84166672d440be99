import { describe, expect, test } from 'vitest';
import { splitAnswer } from '../../../airflow/split-answer.ts';

const INFO = '[2026-11-22T12:00:00.123+0000] {plugins.py:37} INFO - setup plugin alembic.autogenerate.types\n';
const ERROR = '[2026-11-22T12:00:00.123+0000] {dagbag.py:387} ERROR - Failed to import: /dags/broken.py\n';
const TRACEBACK =
  'Traceback (most recent call last):\n  File "/dags/broken.py", line 5, in <module>\nImportError: none\n';
const COLORED =
  '[\u001b[34m2026-11-22T12:00:00.123+0000\u001b[0m] {\u001b[34mdagbag.py:\u001b[0m545} INFO\u001b[0m - Loading\u001b[0m\n';
const MWAA = 'CloudWatch logging is disabled for TaskLogHandler\n\u001b[0m';
const WARNING = '/lib/airflow/configuration.py:859 FutureWarning: section/key [core/x] has been deprecated\n';
const WARNING_WITH_CODE = '/lib/a.py:3: UserWarning: Using the in-memory storage\n  warnings.warn(\n';
const STRUCTLOG_WARNING =
  '2026-11-22T12:00:00.123456Z [warning  ] Could not import graphviz. \nInstall it.\nRun pip. [py.warnings] category=UserWarning\n';
const TABLE = 'dag_id | owner\n=======+======\ndaily  | me   \n              \n';
const YAML = "- dag_id: daily\n  owners:\n  - me\n  text: 'a\n\n    b'\n- dag_id: weekly\n  owners: []\n\n";
const PLAIN = 'dag_id    fileloc      owners    is_paused\ndaily     /d/daily.py  me        False\n';

const JSON_LIST = ['dags', 'list', '-o', 'json'];

type Row = readonly [argv: readonly string[], before: string, answer: string, after: string];

describe('the answer of a command, between what else is on standard output, is', () => {
  test.each<Row>([
    // JSON, in every spelling of the option
    [JSON_LIST, INFO + ERROR + TRACEBACK, '[{"dag_id": "daily", "n": 1.0}]\n', ''],
    [['dags', 'list', '-ojson'], COLORED, '[]\n', COLORED],
    [['dags', 'list', '--output', 'json'], MWAA, '[{"a": 12345678901234567890}]\n', '\u001b[0m'],
    [['dags', 'list', '--output=json'], STRUCTLOG_WARNING, '[{"a": "x\\n[1]"}]\n', 'bye\n'],
    [['dags', 'list', '-o', 'yaml', '-o', 'json'], '', '[{"a": 1}]\n', ''],
    [JSON_LIST, 'hello', '[{"dag_id": "daily"}]\n', ''],
    [JSON_LIST, '[1, 2] ', '[{"dag_id": "daily"}]\n', ''],
    [JSON_LIST, '{"open": [', '[{"dag_id": "daily"}]\n', ''],
    [JSON_LIST, 'an open "quote and [', '[{"dag_id": "daily"}]\n', ''],
    [JSON_LIST, '[{"dag_id": "printed"}]\n', '[{"dag_id": "daily"}]\n', ''],
    [JSON_LIST, '', '[{"dag_id": "daily"}]', '\u001b[0m\n'],
    [JSON_LIST, '', '[{"rate": NaN, "limit": -Infinity}]\n', ''],
    [JSON_LIST, 'x\n', '[\n  {\n    "dag_id": "daily"\n  }\n]\n', ''],
    [['dags', 'details', 'daily', '-o', 'json'], INFO, '{"dag_id": "daily"}\n', ''],
    [['dags', 'pause', 'daily', '-o', 'json'], INFO, '', 'No unpaused DAGs were found\n'],
    [['connections', 'get', 'x', '-o', 'json'], '', '[{"extra_dejson": {}, "get_uri": "[1]"}]\n', ''],
    // YAML
    [['dags', 'list', '-o', 'yaml'], INFO, YAML, INFO],
    [['dags', 'list', '-o', 'yaml'], 'hello\n', YAML, ''],
    [['dags', 'list', '-o', 'yaml'], 'hello ', YAML, ''],
    [['dags', 'list', '-o', 'yaml'], '- printed: 1\n', YAML, ''],
    [['dags', 'list', '-o', 'yaml'], 'hello ', '- key: a\n\n', ''],
    [['dags', 'list', '-o', 'yaml'], 'hello\n', '[]\n', ''],
    // tables
    [['dags', 'list'], INFO + WARNING, TABLE, ''],
    [['dags', 'list'], 'hello\n', TABLE, 'bye\n'],
    [['dags', 'list', '-o', 'table'], 'hello ', TABLE, COLORED],
    [['roles', 'list'], 'hello\n', 'name \n=====\nAdmin\n     \n', ''],
    [['dags', 'list-jobs'], INFO, 'No data found\n', ''],
    [['dags', 'list', '-o', 'plain'], `hello\n${INFO}`, PLAIN, ''],
    [['pools', 'list', '-o', 'plain'], INFO, 'pool  slots\na     1\n', ''],
    // values
    [['dags', 'state', 'daily', '2026-01-01'], `hello\n${ERROR}${TRACEBACK}running\nprinted\n`, 'success\n', INFO],
    [['dags', 'state', 'daily', '2026-01-01'], '', 'success, {"a": 1}\n', ''],
    [['tasks', 'state', 'daily', 'a', 'b'], 'hello\n', 'up_for_retry\n', ''],
    [
      ['dags', 'next-execution', 'd', '-n', '2'],
      'hello\n',
      '2026-01-01T00:00:00+00:00\n2026-01-02T00:00:00+00:00\n',
      '',
    ],
    [['version'], MWAA, '2.10.3\n', ''],
    [['version'], `${MWAA}${COLORED}`, '2.10.3+composer\n', '\u001b[0m'],
    [['variables', 'get', 'k'], INFO + MWAA, 'hello\n', ''],
    [['variables', 'get', 'k'], INFO, 'two\n\n  lines\n', '\u001b[0m'],
    [['variables', 'get', 'k'], INFO, `first\n${ERROR}last\n`, ''],
    [['variables', 'get', 'k'], INFO, ERROR, ''],
    [['variables', '--get=k'], INFO, 'hello\n', ''],
    [['config', 'get-value', 'core', 'executor'], WARNING, 'LocalExecutor\n', ''],
    [['connections', 'export', '-'], INFO, '{\n  "a": {\n    "host": "x"\n  }\n}', ''],
    [['tasks', 'list', 'daily'], 'hello world\n', 'extract\nübertragen\n', ''],
    [['tasks', 'failed-deps', 'd', 't', 'r'], 'hello\n', 'Task instance dependencies not met:\nState: none\n', ''],
    [['tasks', 'render', 'd', 't', 'r'], 'hello\n', '# ---\n# property: a\n# ---\nx\n\n', ''],
    [['dags', 'show', 'd'], 'hello\n', 'digraph d {\n}\n\n', ''],
    // everything else: what is neither a log record nor a warning
    [['dags', 'delete', 'd', '--yes'], INFO, 'Removed 3 record(s)\n', ''],
    [['roles', 'add-perms', 'R'], INFO, 'Added a to role R\nAdded 1 permission(s)\n', ''],
    [['tasks', 'test', 'd', 't', '2026-01-01'], MWAA, `${ERROR}${TRACEBACK}printed\n`, ''],
    [['backfill', 'd'], '', ERROR, ''],
    [['backfill', 'create', '--dag-id', 'd'], ERROR, '', ''],
  ])('%j after %j: %j', (argv, before, answer, after) => {
    const split = splitAnswer(argv, { stdout: before + answer + after, stderr: 'e\n' }, { isNormalResult: true });

    expect(split.answer).toBe(answer);
    const others = split.messages.map(({ text }) => text).join('');
    expect(others).toBe(`${before}${after}e\n`);
  });

  test('every line that is not logged, between log records', () => {
    const stdout = `Checking table a\n${ERROR}Checking table b\n${INFO}`;

    expect(splitAnswer(['db', 'clean'], { stdout }, { isNormalResult: true })).toEqual({
      answer: 'Checking table a\nChecking table b\n',
      messages: [
        { stream: 'stdout', kind: 'log', text: ERROR },
        { stream: 'stdout', kind: 'notice', text: INFO },
      ],
    });
  });

  test('the JSON that the verdict is based on, not a later value', () => {
    const stdout = '[{"dag_id": "daily"}]\n[{"bye": 1}]\n';
    const { answer } = splitAnswer(JSON_LIST, { stdout }, { isNormalResult: true, output: [{ dag_id: 'daily' }] });

    expect(answer).toBe('[{"dag_id": "daily"}]\n');
  });

  test('after a failure, every line that is not logged', () => {
    const stdout = `${INFO}Usage: airflow …\n`;
    expect(splitAnswer(['variables', 'get', 'k'], { stdout: INFO }, { isNormalResult: false }).answer).toBe('');
    expect(splitAnswer(JSON_LIST, { stdout }, { isNormalResult: false }).answer).toBe('Usage: airflow …\n');
  });
});

describe('what is no part of the answer', () => {
  test.each<[kind: string, text: string]>([
    ['notice', INFO],
    ['notice', 'CloudWatch logging is disabled for TaskLogHandler\n'],
    ['notice', '\u001b[0m'],
    [
      'notice',
      `2026-11-22T12:00:00.123456Z [info     ] creating dag run               [airflow.serialization.definitions.dag] loc=dag.py:607 run_id=a\n`,
    ],
    [
      'notice',
      "2026-11-22T12:00:00.123456Z [warning  ] Skipping masking for a secret as it's too short (<5 chars) [airflow._shared.secrets_masker.secrets_masker] loc=secrets_masker.py:605\n",
    ],
    ['notice', "Skipping masking for a secret as it's too short (<5 chars)\n"],
    [
      'log',
      '2026-11-22T12:00:00.123456Z [warning  ] no file                        [airflow.models.dagbag] loc=dagbag.py:1\n',
    ],
    ['log', '2026-11-22T12:00:00.123456Z [info     ] from a DAG file                [billing] loc=billing.py:1\n'],
    [
      'log',
      '2026-11-22T12:00:00.123456Z [info     ] from a task                    [airflow.task.hooks.x] loc=x.py:1\n',
    ],
    ['warning', WARNING],
    ['warning', WARNING_WITH_CODE],
    ['warning', STRUCTLOG_WARNING],
    ['warning', '[2026-11-22T12:00:00.123+0000] {warnings.py:109} WARNING - /lib/a.py:1: UserWarning: x\n'],
    ['log', ERROR + TRACEBACK],
    ['log', '2026-11-22T12:00:00.123456Z [error    ] no rate [billing] loc=a.py:1\n'],
    ['text', 'Error: Failed to load all files.\n'],
  ])('is a %s: %j', (kind, text) => {
    expect(splitAnswer(['version'], { stdout: '', stderr: text }, { isNormalResult: true }).messages).toEqual([
      { stream: 'stderr', kind, text },
    ]);
  });

  test('is joined if it is of one kind, follows each other, and begins with no escape sequence', () => {
    const stdout = `${ERROR}${ERROR}[1]\n${ERROR}${INFO}cut`;
    const { messages } = splitAnswer(
      JSON_LIST,
      { stdout, stderr: `next\n\n${COLORED}\u001b[0mlast` },
      { isNormalResult: true },
    );

    expect(messages).toEqual([
      { stream: 'stdout', kind: 'log', text: ERROR + ERROR + ERROR },
      { stream: 'stdout', kind: 'notice', text: INFO },
      { stream: 'stdout', kind: 'text', text: 'cut' },
      { stream: 'stderr', kind: 'text', text: 'next\n\n' },
      { stream: 'stderr', kind: 'log', text: COLORED },
      { stream: 'stderr', kind: 'text', text: '\u001b[0mlast' },
    ]);
  });
});

test.each(['[', '[{', '{"a":', '[1]\n', '"', '- a: 1\n', '}]\n', '[] '])(
  'the time to find an answer behind many of %j grows with the length of the output',
  (noise) => {
    const measure = (count: number) => {
      const stdout = `${noise.repeat(count)}[{"dag_id": "daily"}]\n`;
      const startedAt = process.cpuUsage();
      for (const format of ['json', 'yaml', 'table', 'plain'])
        splitAnswer(['dags', 'list', '-o', format], { stdout }, { isNormalResult: true });
      return process.cpuUsage(startedAt).user;
    };
    measure(2_000);
    // Quadratic growth would be a factor of 100. Times below 20 ms are inexact.
    expect(measure(40_000) / Math.max(measure(4_000), 20_000)).toBeLessThan(50);
  },
);

test.each(['', '\n', '\nNo data\n', '\n\n', '\r\n', '\n]', '}'])('the search in %j ends', (stdout) => {
  expect(splitAnswer(JSON_LIST, { stdout }, { isNormalResult: true }).answer).toBe('');
});

test.each<[stdout: string, stderr: string]>([
  ['\n', ''],
  ['a\n\r\n', ''],
  ['[]\n', ''],
  ['[', ''],
  ['', 'a\n\u001b[0m\n'],
])('streams of 6 MB are split in the memory of a function, and into few messages: %j %j', (stdout, stderr) => {
  const fill = (unit: string) => unit.repeat(unit === '' ? 0 : 6_000_000 / unit.length);
  const streams = { stdout: fill(stdout), stderr: fill(stderr) };
  const split = [JSON_LIST, ['db', 'clean'], ['dags', 'list', '-o', 'yaml'], ['dags', 'list']].map((argv) =>
    splitAnswer(argv, streams, { isNormalResult: true }),
  );

  for (const { answer, messages } of split) {
    expect(messages.length).toBeLessThan(10);
    expect(answer.length + messages.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(6_000_000);
  }
});

test('an answer is found behind a thousand open brackets', () => {
  const stdout = `${'['.repeat(1000)}[{"dag_id": "daily"}]\n`;
  expect(splitAnswer(JSON_LIST, { stdout }, { isNormalResult: true }).answer).toBe('[{"dag_id": "daily"}]\n');
});
