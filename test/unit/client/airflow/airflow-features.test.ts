import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AirflowCli } from '../../../../client/airflow/create-airflow-cli.ts';
import { getCompletions } from '../../../../client/airflow/get-completions.ts';
import { importVariables } from '../../../../client/airflow/import-variables.ts';
import { isHelpRequest } from '../../../../client/airflow/is-help-request.ts';
import { isVariablesImport } from '../../../../client/airflow/is-variables-import.ts';
import { moveMwaaLogNoise } from '../../../../client/airflow/move-mwaa-log-noise.ts';
import { formatHelp } from '../../../../client/airflow/print-help.ts';
import type { CommandResult } from '../../../../client/library/api-types.ts';
import { type ArgvElement, ProxyProblem } from '../../../../client/library/mwaa-cli-proxy.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';

const AIRFLOW_2 = CATALOGS.read('2.10.3');

describe('help', () => {
  test.each<[words: string[], help: boolean]>([
    [['--help'], true],
    [['dags', 'list', '-h'], true],
    [['variables', 'set', 'k', '--', '--help'], false],
    [['dags', 'trigger', 'x', '--conf=--help'], false],
    [[], false],
  ])('%j asks for it: %s', (words, help) => {
    expect(isHelpRequest(words)).toBe(help);
  });

  test('of all: groups with their commands, and what stands alone', () => {
    const text = formatHelp(AIRFLOW_2, ['--help']);
    expect(text).toContain('Airflow 2.10.3.');
    expect(text).toMatch(/^ {2}variables +delete, export, get, import, list, set$/m);
    expect(text).toMatch(/^ {2}version +Show the version$/m);
  });

  test('of a group', () => {
    expect(formatHelp(AIRFLOW_2, ['dags', '-h'])).toMatch(/^ {2}trigger +Trigger a (new )?DAG run/m);
  });

  test('of a command: usage, arguments, options with their values', () => {
    const text = formatHelp(AIRFLOW_2, ['variables', 'set', '--help']);
    expect(text.split('\n').slice(0, 8)).toEqual([
      'Usage: airflow variables set key value [--description DESCRIPTION] [--json] [--verbose]',
      '',
      'Set variable',
      '',
      'Positional Arguments:',
      '  key                   Variable key',
      '  value                 Variable value',
      '',
    ]);
    expect(formatHelp(AIRFLOW_2, ['dags', 'list', '-h'])).toMatch(
      /-o, --output OUTPUT[^-]*one of json, plain, table, yaml/,
    );
  });

  test.each(CATALOGS.releases())('of every command of %s', (release) => {
    const catalog = CATALOGS.read(release);
    for (const { path, arguments: given } of catalog.commands) {
      const text = formatHelp(catalog, [...path, '--help']);
      for (const { flags, dest } of given) expect(text).toContain(flags?.join(', ') ?? dest);
    }
  });

  test('of what is no command is a refusal that names the nearest', () => {
    expect(() => formatHelp(AIRFLOW_2, ['dags', 'lst', '-h'])).toThrow('"list"');
  });
});

test.each<[what: string, stdout: string, own: string, noise: string]>([
  ['none', '[]\n', '[]\n', ''],
  [
    "MWAA's own lines",
    'CloudWatch logging is disabled for TaskLogHandler\nCloudWatch logging is disabled for X\n\u001b[0m[{"a": 1}]\n',
    '[{"a": 1}]\n',
    'CloudWatch logging is disabled for TaskLogHandler\nCloudWatch logging is disabled for X\n\u001b[0m',
  ],
  [
    'such a line further down',
    'a\nCloudWatch logging is disabled for X\n',
    'a\nCloudWatch logging is disabled for X\n',
    '',
  ],
  ['a color of Airflow', '\u001b[0mred', '\u001b[0mred', ''],
])('what stands before the output: %s', (_, stdout, own, noise) => {
  expect(moveMwaaLogNoise({ stdout, stderr: 'e' })).toEqual({ stdout: own, stderr: `${noise}e` });
});

describe('variables import', () => {
  const folder = mkdtempSync(join(tmpdir(), 'variables-'));
  const file = join(folder, 'variables.json');

  /** Runs it against what keeps variables and refuses those whose key is in `problems`. */
  async function run(
    content: string,
    more: string[],
    { release = '2.10.3', problems = {}, there = [] as string[] } = {},
  ) {
    writeFileSync(file, content);
    const sent: ArgvElement[][] = [];
    const cli: AirflowCli = {
      release: async () => release,
      run: async (argv) => {
        sent.push([...argv]);
        const code = (problems as Record<string, string>)[String(argv.at(-2))];
        if (code) throw new ProxyProblem({ type: `urn:x:${code}`, title: '', status: 400, detail: `${code}.` });
        return { outcome: 'succeeded', output: there.map((key) => ({ key })) } as unknown as CommandResult;
      },
    };
    const shown = { stdout: '', stderr: '', said: [] as string[] };
    const exitCode = await importVariables(
      ['variables', 'import', ...more, file],
      cli,
      {
        stdout: (text) => {
          shown.stdout += text;
        },
        stderr: (text) => {
          shown.stderr += text;
        },
        printMessage: (text) => shown.said.push(text),
      },
      ({ code }) => ({ 'not-granted': 77, 'outcome-unknown': 3 })[code] ?? 1,
      new AbortController().signal,
    );
    return { exitCode, sent, ...shown };
  }

  test('one set a key, values as Airflow stores them', async () => {
    const { exitCode, sent, stdout, said } = await run(
      '{"a": "it\'s", "b": {"x": [1.50, "ü"], "y": {}}, "-c": 12345678901234567890}',
      [],
    );
    expect(sent).toEqual([
      ['variables', 'set', '--', 'a', "it's"],
      ['variables', 'set', '--', 'b', '{\n  "x": [\n    1.50,\n    "\\u00fc"\n  ],\n  "y": {}\n}'],
      ['variables', 'set', '--', '-c', '12345678901234567890'],
    ]);
    expect({ exitCode, stdout, said }).toEqual({
      exitCode: 0,
      stdout: '3 of 3 variables successfully updated.\n',
      said: ['a: set', 'b: set', '-c: set'],
    });
  });

  test.each<[what: string, problems: Record<string, string>, exitCode: number]>([
    ['one is refused', { a: 'not-granted' }, 77],
    ['the fate of one is open', { a: 'not-granted', b: 'outcome-unknown' }, 3],
  ])('%s: the others are set all the same', async (_, problems, exitCode) => {
    const failed = Object.keys(problems).length;
    expect(await run('{"a": "1", "b": "2", "c": "3"}', [], { problems })).toMatchObject({
      exitCode,
      stdout: `${3 - failed} of 3 variables successfully updated.\n${failed} variable(s) failed to be updated.\n`,
      said: expect.arrayContaining(['a: not-granted.', 'c: set']),
    });
  });

  test('a value with its description, from 3.0 on', async () => {
    const content = '{"a": {"value": "v", "description": "d"}}';
    expect((await run(content, [], { release: '3.0.6' })).sent).toEqual([
      ['variables', 'set', '--description=d', '--', 'a', 'v'],
    ]);
    expect((await run(content, [])).sent[0]?.at(-1)).toContain('"description": "d"');
  });

  test('the spelling of 1.10', async () => {
    expect(isVariablesImport(['variables', '-i', file])).toBe(true);
    expect(isVariablesImport(['variables', 'list'])).toBe(false);
    expect(isVariablesImport(['dags', 'import'])).toBe(false);
  });

  test.each<[what: string, content: string, more: string[], exitCode: number, shown: object]>([
    [
      'keys that are there are left',
      '{"a": "1"}',
      ['-a', 'skip'],
      0,
      { stdout: expect.stringMatching(/^0 of 1 .*\n.*\['a'\] were/) },
    ],
    [
      'or end it',
      '{"a": "1"}',
      ['-a', 'fail'],
      1,
      { stderr: "Failed. These keys: ['a'] already exists.\n", stdout: '' },
    ],
    ['no JSON', '{"a"', [], 1, { stderr: 'Invalid variables file.\n' }],
    ['no object', '[1]', [], 1, { stderr: expect.stringContaining('must be one JSON object') }],
    ['no such option', '{}', ['--all'], 2, { said: [expect.stringContaining('--all')] }],
  ])('%s', async (_, content, more, exitCode, shown) => {
    expect(await run(content, more, { there: ['a'] })).toMatchObject({ exitCode, ...shown });
  });
});

describe('completion', () => {
  const granted = [
    { command: 'dags trigger', options: ['--conf', '-c', '--output', '-o'] },
    { command: 'dags list', options: ['--output', '-o', '--verbose'] },
    { command: 'version', options: [] },
  ];

  test.each<[words: string[], found: string[]]>([
    [[''], ['dags', 'version']],
    [['d'], ['dags']],
    [
      ['dags', ''],
      ['list', 'trigger'],
    ],
    [['dags', 'tr'], ['trigger']],
    [['dags', 'delete', '--'], []],
    [
      ['dags', 'list', '--'],
      ['--output', '--verbose'],
    ],
    [
      ['dags', 'list', '--output', ''],
      ['json', 'plain', 'table', 'yaml'],
    ],
    [['dags', 'list', '-o', 'j'], ['json']],
    [
      ['dags', 'list', '--output', '='],
      ['json', 'plain', 'table', 'yaml'],
    ],
    [['dags', 'list', '--output', '=', 'ya'], ['yaml']],
    [['dags', 'list', '--output=t'], ['--output=table']],
    [['dags', 'list', '--verbose', '--'], ['--output']],
    [['dags', 'trigger', '--conf', ''], []],
  ])('%j', (words, found) => {
    expect(getCompletions({ catalog: AIRFLOW_2, grantedCommands: granted }, words).sort()).toEqual(found);
  });

  test('without a proxy: the whole release', () => {
    expect(getCompletions({ catalog: AIRFLOW_2 }, ['users', 'd'])).toEqual(['delete']);
  });
});
