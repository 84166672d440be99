import { describe, expect, test } from 'vitest';
import type { Argument } from '../../../airflow/catalog.ts';
import { checkArgumentValue, checkJsonValues } from '../../../airflow/check-values.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

const isAccepted = (argument: Omit<Argument, 'dest'>, value: string): boolean => {
  try {
    checkArgumentValue({ flags: ['--it'], dest: 'it', ...argument }, value);
    return true;
  } catch {
    return false;
  }
};

const DIGITS_18 = '9'.repeat(18);
const nestLists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('validates the type of a value', () => {
  test.each<[type: string, argument: Omit<Argument, 'dest'>, valid: string[], invalid: string[]]>([
    [
      'an integer',
      { type: 'integer' },
      ['0', '-5', '+5', '007', DIGITS_18],
      ['', '-', '5.0', '1e3', ' 5', '5 ', 'x5', '5x', '1_000', `${DIGITS_18}9`],
    ],
    [
      'an integer greater than 0',
      { type: 'positive-integer' },
      ['1', '+1', DIGITS_18],
      ['0', '+0', '-1', '', '1.5', 'x1', '1x', `${DIGITS_18}9`],
    ],
    [
      'an integer of 0 or more',
      { type: 'non-negative-integer' },
      ['0', '+0', '12', DIGITS_18],
      ['-1', '', '1.5', 'x1', '1x', `${DIGITS_18}9`],
    ],
    [
      'a number',
      { type: 'number' },
      ['0', '-1', '+12', '1.', '1.25', '.5', '.25', '1e3', '1.5E-10', '1e+999', '.5e1'],
      ['', '.', 'e3', '1e', '1e1000', '1.2.3', 'x1', '1x', 'inf', 'nan', '1_0', '0x10'],
    ],
    ['one of several strings', { choices: ['json', 'yaml'] }, ['json', 'yaml'], ['JSON', ' json', '', 'json,yaml']],
    ['one of some numbers', { choices: [1, 2] }, ['1', '2'], ['3', '1.0', '01']],
    [
      'one of several strings, in any case',
      { type: 'lowercase', choices: ['json'] },
      ['json', 'JSON', ' Json '],
      ['jsonx', '', '\ufeffjson', 'json\u00a0'],
    ],
    [
      'JSON',
      { type: 'json' },
      ['{}', '[1, "a", null]', '5', '"{"', ' {"a": {"b": []}} '],
      ['', '{', "{'a': 1}", 'a', 'NaN', '{} {}'],
    ],
    [
      'JSON with no more levels of nesting than Python reads',
      { type: 'json' },
      [
        nestLists(500),
        `[${nestLists(499)}, ${nestLists(499)}]`,
        `[${'{},[],'.repeat(501)}1]`,
        `"${'['.repeat(501)}"`,
        `"\\"${'{'.repeat(501)}"`,
      ],
      [nestLists(501), `${'{"a":'.repeat(501)}1${'}'.repeat(501)}`, `["\\\\", ${nestLists(500)}]`],
    ],
    [
      'JSON with no longer numbers than Python reads',
      { type: 'json' },
      [
        '9'.repeat(4300),
        `"${'9'.repeat(4301)}"`,
        `"\\"${'9'.repeat(4301)}"`,
        `[${'9'.repeat(4300)},${'0.'}${'9'.repeat(4300)}]`,
      ],
      ['9'.repeat(4301), `-1${'0'.repeat(4300)}`, `["a", ${'9'.repeat(4301)}]`],
    ],
    ['any text for a type that only Airflow validates', { type: 'date' }, ['2024-01-01', 'yesterday'], ['']],
    ['any text without a type', {}, ['a\nb', '{'], ['']],
  ])('%s', (_type, argument, valid, invalid) => {
    expect(valid.filter((value) => !isAccepted(argument, value))).toEqual([]);
    expect(invalid.filter((value) => isAccepted(argument, value))).toEqual([]);
  });
});

describe('rejects an invalid value with what is expected', () => {
  test.each<[argument: Argument, value: string, message: RegExp]>([
    [{ flags: ['-n', '--number'], dest: 'n', type: 'integer' }, 'x', /^--number must be an integer, not "x"/],
    [{ flags: ['-n'], dest: 'n', type: 'positive-integer' }, '0', /^-n must be an integer greater than 0, not "0"/],
    [{ dest: 'slots', type: 'non-negative-integer' }, '-1', /^slots must be an integer of 0 or more, not "-1"/],
    [{ dest: 'delay', type: 'number' }, 'x', /must be a number, not "x"/],
    [{ dest: 'color', choices: ['auto', 'on'] }, 'x', /must be one of auto, on, not "x"/],
    [{ flags: ['--env-vars'], dest: 'env_vars', type: 'json' }, '{', /^--env-vars must be valid JSON\.$/],
    [{ dest: 'env_vars', type: 'json' }, String.raw`{"a":["\ud800"]}`, /JSON without unpaired surrogates/],
    [{ dest: 'env_vars', type: 'json' }, String.raw`{"\uDC00\uD83D":1}`, /JSON without unpaired surrogates/],
    [
      { dest: 'env_vars', type: 'json' },
      nestLists(501),
      /at most 500 levels of nesting and at most 4,300 digits in a number/,
    ],
    [{ dest: 'n', type: 'integer' }, 'x'.repeat(60), /"x{60}"/],
    [{ dest: 'n', type: 'integer' }, 'x'.repeat(61), /"x{60}…"/],
  ])('%#: %j', (argument, value, message) => {
    expect(() => checkArgumentValue(argument, value)).toThrow(
      expect.objectContaining({ code: 'invalid-value', message: expect.stringMatching(message) }),
    );
  });
});

/** `if args.run_id:` in Airflow: what it does without a value. */
describe('rejects an empty value that Airflow would treat as no value', () => {
  test.each<[argument: string, command: string, withoutValue: string]>([
    ['--run-id', 'dags trigger d --run-id=', 'Airflow makes a run id of its own'],
    ['dag_id', `tasks clear ''`, 'reads every DAG file'],
    ['--dag-id', 'dags list-jobs -d=', 'lists the jobs of every DAG'],
    ['--conn-id', 'connections list --conn-id=', 'lists every connection'],
    ['--task-regex', 'tasks clear d --task-regex=', 'clears every task'],
    ['--conn-uri', 'connections add c --conn-uri=', 'looks for --conn-type'],
    ['--state', 'dags list-jobs --state=', 'lists jobs of every state'],
    ['--tables', 'db clean --clean-before-timestamp 2024-01-01 --tables=', 'cleans no table'],
    ['--start-date', 'tasks clear d --start-date=', 'rejects the date'],
    ['--password', 'users reset-password -u u --password=', 'asks for the password on the terminal'],
    ['execution_date_or_run_id', `tasks test d t ''`, 'creates a run'],
    ['--exec-date', 'dags trigger d -e=', 'rejects the date'],
    ['role', `roles create Op ''`, 'creates a role without a name'],
    ['--to-revision', 'db downgrade --to-revision=', 'asks for a revision'],
    ['key', `variables set '' x`, 'sets a variable without a name'],
  ])('%s: %s (%s)', (argument, command) => {
    expect(() => parseInvocation(AIRFLOW_2, splitCommandLine(command))).toThrow(
      expect.objectContaining({
        code: 'invalid-value',
        message: expect.stringMatching(new RegExp(`^${argument} (cannot be empty|must be one of)`)),
      }),
    );
  });

  test.each([
    `variables set k ''`,
    'variables get k --default=',
    `pools set p 5 ''`,
    'connections add c --conn-type=http --conn-host= --conn-password=',
    'users create -u u -e e -r Op -f= -l= --use-random-password',
  ])('accepts an empty text: %s', (command) => {
    expect(() => parseInvocation(AIRFLOW_2, splitCommandLine(command))).not.toThrow();
  });
});

describe('an option that Airflow parses as JSON', () => {
  const conf = { flags: ['--conf'], dest: 'conf' };
  test('has all recorded values checked', () => {
    expect(() => checkJsonValues(conf, ['{}', '{'])).toThrow(
      expect.objectContaining({
        code: 'invalid-value',
        message: expect.stringMatching(/^--conf must be valid JSON\.$/),
      }),
    );
    expect(() => checkJsonValues(conf, ['{}'])).not.toThrow();
  });
  test('may have an invalid value that argparse drops, because a later one replaces it', () => {
    expect(() => checkArgumentValue(conf, '{')).not.toThrow();
  });
  test('differs from other arguments, which are not checked', () => {
    expect(() => checkJsonValues({ dest: 'sql' }, ['{'])).not.toThrow();
  });
});
