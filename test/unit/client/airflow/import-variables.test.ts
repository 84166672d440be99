import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importVariables } from '../../../../client/airflow/import-variables.ts';
import { isVariablesImport } from '../../../../client/airflow/is-variables-import.ts';
import type { AirflowCli } from '../../../../client/airflow-cli.ts';
import type { CommandResult } from '../../../../client/library/api-types.ts';
import { ProxyProblem } from '../../../../client/library/proxy-problem.ts';
import type { ArgvElement } from '../../../../client/library/request-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'variables-'));
const file = join(folder, 'variables.json');

interface ScriptedAirflow {
  readonly release?: string;
  /** The code of the problem that setting a key returns. */
  readonly problems?: Readonly<Record<string, string>>;
  readonly existingKeys?: readonly string[];
}

async function runImport(
  content: string | Buffer,
  options: string[],
  { release = '2.10.3', problems = {}, existingKeys = [] }: ScriptedAirflow = {},
  path = file,
) {
  writeFileSync(path, content);
  const sent: ArgvElement[][] = [];
  const cli: AirflowCli = {
    runState: () => Promise.reject(new Error('not used')),
    runSplit: () => Promise.reject(new Error('not used')),
    release: async () => release,
    run: async (argv) => {
      sent.push([...argv]);
      const code = problems[String(argv.at(-2))];
      if (code) throw new ProxyProblem({ type: `urn:x:${code}`, title: '', status: 400, detail: `${code}.` });
      const output = existingKeys.map((key) => ({ key }));
      return { outcome: 'succeeded', output } as unknown as CommandResult;
    },
  };
  const printed = { stdout: '', stderr: '', messages: [] as string[] };
  const exitCode = await importVariables(
    [...(release.startsWith('1.') ? ['variables', '--import'] : ['variables', 'import']), ...options, path],
    cli,
    {
      stdout: (text) => {
        printed.stdout += text;
      },
      stderr: (text) => {
        printed.stderr += text;
      },
      printMessage: (text) => printed.messages.push(text),
    },
    ({ code }) => ({ 'not-granted': 77, 'outcome-unknown': 3 })[code] ?? 1,
    new AbortController().signal,
  );
  return { exitCode, sent, ...printed };
}

describe('importVariables', () => {
  test('sets each variable with its own command, with values as Airflow stores them', async () => {
    const { exitCode, sent, stdout, messages } = await runImport(
      '{"a": "it\'s", "b": {"x": [1.50, "ü"], "y": {}}, "-c": 12345678901234567890}',
      [],
    );
    expect(sent).toEqual([
      ['variables', 'set', '--', 'a', "it's"],
      ['variables', 'set', '--', 'b', '{\n  "x": [\n    1.5,\n    "\\u00fc"\n  ],\n  "y": {}\n}'],
      ['variables', 'set', '--', '-c', '12345678901234567890'],
    ]);
    expect({ exitCode, stdout, messages }).toEqual({
      exitCode: 0,
      stdout: '3 of 3 variables successfully updated.\n',
      messages: ['a: set', 'b: set', '-c: set'],
    });
  });

  test.each<[what: string, problems: Record<string, string>, exitCode: number]>([
    ['one is refused', { a: 'not-granted' }, 77],
    ['the outcome of one is unknown', { a: 'not-granted', b: 'outcome-unknown' }, 3],
  ])('sets the other variables if %s', async (_what, problems, exitCode) => {
    const failed = Object.keys(problems).length;
    expect(await runImport('{"a": "1", "b": "2", "c": "3"}', [], { problems })).toMatchObject({
      exitCode,
      stdout: `${3 - failed} of 3 variables successfully updated.\n${failed} variable(s) failed to be updated.\n`,
      messages: expect.arrayContaining(['a: not-granted.', 'c: set']),
    });
  });

  test('accepts a value with a description from 3.0 on', async () => {
    const content = '{"a": {"value": "v", "description": "d"}}';
    expect((await runImport(content, [], { release: '3.0.6' })).sent).toEqual([
      ['variables', 'set', '--description=d', '--', 'a', 'v'],
    ]);
    expect((await runImport(content, [])).sent[0]?.at(-1)).toContain('"description": "d"');
  });

  test.each<[release: string, entry: string, value: string, description: string | undefined]>([
    ['2.11.2', '{"value": "v", "description": "d"}', '{\n  "value": "v",\n  "description": "d"\n}', undefined],
    ['3.2.1', '{"value": 0, "description": "d"}', '{\n  "value": 0,\n  "description": "d"\n}', undefined],
    ['3.3.1', '{"value": 0, "description": "d"}', '0', 'd'],
    ['3.3.1', '{"value": null}', 'null', undefined],
    ['3.0.6', '{"value": NaN, "description": null}', 'NaN', undefined],
    ['3.0.6', '{"value": {"id": 9007199254740993}, "description": 5}', '{\n  "id": 9007199254740993\n}', '5'],
    ['3.0.6', '{"value": "v", "description": ""}', 'v', ''],
    ['3.0.6', '{"description": "d"}', '{\n  "description": "d"\n}', undefined],
    ['1.10.12', 'null', 'null', undefined],
    ['2.10.3', '""', '', undefined],
    ['2.10.3', 'true', 'true', undefined],
    ['2.10.3', '-0', '0', undefined],
    ['2.10.3', '1e5', '100000.0', undefined],
  ])('on Airflow %s stores the entry %s as %s', async (release, entry, value, description) => {
    const { sent } = await runImport(`{"k": ${entry}}`, [], { release });
    const words = sent[0]!.map(String);
    expect(words.slice(-2)).toEqual(['k', value]);
    expect(words.find((word) => word.startsWith('--description='))?.slice(14)).toBe(description);
  });

  test('keeps the order of the file, and the last value of a repeated key', async () => {
    const { sent } = await runImport('{"b": 1, "10": 2, "2": 3, "b": 4, "__proto__": 5}', []);
    expect(sent.map((words) => words.slice(-2))).toEqual([
      ['b', '4'],
      ['10', '2'],
      ['2', '3'],
      ['__proto__', '5'],
    ]);
  });

  test.each([
    ['{"a": "\\ud800", "b": "1"}', 'a: It has half of a surrogate pair, which cannot be stored.'],
    ['{"a": {"value": "v", "description": [1]}, "b": "1"}', 'a: Its description is not a text.'],
  ])('does not send what Airflow cannot store: %s', async (content, message) => {
    expect(await runImport(content, [], { release: '3.0.6' })).toMatchObject({
      exitCode: 1,
      sent: [['variables', 'set', '--', 'b', '1']],
      messages: [message, 'b: set'],
    });
  });

  test.each([
    ['\ufeff{}', 'Invalid variables file.\n'],
    ['', 'Invalid variables file.\n'],
    ["{'a': 1}", 'Invalid variables file.\n'],
    ['['.repeat(100_000), 'The variables are nested too deeply.\n'],
  ])('rejects a file that Airflow rejects', async (content, stderr) => {
    expect(await runImport(content, [])).toMatchObject({ exitCode: 1, stderr, sent: [] });
  });

  test('rejects a file that is not encoded in UTF-8', async () => {
    const result = await runImport(Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]), []);
    expect(result).toMatchObject({ exitCode: 1, stderr: `${file} is not encoded in UTF-8.\n` });
  });

  test.each([
    ['variables.yaml', `The client imports only JSON. Convert ${join(folder, 'variables.yaml')} to JSON.\n`],
    ['variables.txt', expect.stringContaining('must have one of the following extensions')],
  ])('rejects %s on Airflow 3.2, which selects the format by the extension', async (name, stderr) => {
    const result = await runImport('{}', [], { release: '3.2.1' }, join(folder, name));
    expect(result).toMatchObject({ exitCode: 1, stderr });
    expect(await runImport('{}', [], { release: '3.0.6' }, join(folder, name))).toMatchObject({ exitCode: 0 });
  });

  test.each<[what: string, content: string, options: string[], exitCode: number, printed: object]>([
    [
      'skips existing keys with -a skip',
      '{"a": "1"}',
      ['-a', 'skip'],
      0,
      { stdout: expect.stringMatching(/^0 of 1 .*\n.*\['a'\] were/) },
    ],
    [
      'fails because of existing keys with -a fail',
      '{"a": "1"}',
      ['-a', 'fail'],
      1,
      { stderr: "Failed. These keys: ['a'] already exists.\n", stdout: '' },
    ],
    ['rejects a file that is not JSON', '{"a"', [], 1, { stderr: 'Invalid variables file.\n' }],
    [
      'rejects JSON that is not an object',
      '[1]',
      [],
      1,
      { stderr: expect.stringContaining('must contain one JSON object') },
    ],
    ['rejects an unknown option', '{}', ['--all'], 2, { messages: [expect.stringContaining('--all')] }],
  ])('%s', async (_what, content, options, exitCode, printed) => {
    expect(await runImport(content, options, { existingKeys: ['a'] })).toMatchObject({ exitCode, ...printed });
  });
});

test.each<[argv: string[], isImport: boolean]>([
  [['variables', 'import', 'variables.json'], true],
  [['variables', '-i', 'variables.json'], true],
  [['variables', 'list'], false],
  [['dags', 'import'], false],
])('%j is an import of variables: %s', (argv, isImport) => {
  expect(isVariablesImport(argv)).toBe(isImport);
});
