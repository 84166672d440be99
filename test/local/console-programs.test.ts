/** `airflow` and `mwaa wait` of the npm package, and `mwaa-airflow` and `mwaa-wait` of the Python package, on the same commands. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../files/root.ts';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { RECORDED_VALUES } from '../../local/airflow/transcript.ts';
import { buildPrograms } from '../../local/build-programs.ts';
import { createClientVariables } from '../../local/call-instructions.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import type { FaultName } from '../../local/mwaa/faults.ts';
import { createConfig, startSmallStack } from './small-stack.ts';

const packages = await installPythonPackages('recipes');

const MAY = [
  '@read',
  '@secrets',
  'dags trigger * --*',
  'dags test * *',
  'dags pause * --*',
  'dags delete * --*',
  'tasks test * * *',
  'variables set * * --*',
];
const CONFIG = createConfig('', ', timeouts: { busySeconds: 0 }', [
  `who: "arn:aws:iam::111122223333:role/engineer", where: "*", may: ${JSON.stringify(MAY)}`,
  'who: "arn:aws:iam::111122223333:role/blind", where: "*", may: [version]',
]);

interface Printed {
  readonly exitCode: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface ProgramCase {
  readonly argv: readonly string[];
  readonly exitCode: number;
  readonly variables?: Readonly<Record<string, string>>;
  readonly by?: string;
  /** What the file `FILE` contains. */
  readonly content?: string;
  readonly fault?: FaultName;
  /** What the Python program prints differently to standard error. */
  readonly adapt?: (stderr: string) => string;
}

const withoutDoctor = (stderr: string): string => stderr.replace(' Run "mwaa doctor" to find out why.', '');

const COMMANDS: readonly ProgramCase[] = [
  ...[[], ['--verbose'], ['--raw']].flatMap((options) => [
    { argv: [...options, 'dags', 'list'], exitCode: 0 },
    { argv: [...options, 'dags', 'list', '-o', 'json'], exitCode: 0 },
  ]),
  { argv: ['version'], exitCode: 0 },
  { argv: ['tasks', 'list', 'daily_report'], exitCode: 0 },
  { argv: ['dags', 'list', '-o', 'yaml'], exitCode: 2 },
  { argv: ['dags', 'pause', 'no_such_dag', '--output=json'], exitCode: 0 },
  { argv: ['dags', 'trigger', 'paused_by_hand', '-o', 'json'], exitCode: 0 },
  { argv: ['dags', 'trigger', 'no_such_dag'], exitCode: 1 },
  { argv: ['dags', 'list-import-errors', '-o', 'json'], exitCode: 1 },
  { argv: ['tasks', 'test', 'fails_on_purpose', 'fail', '2026-02-03'], exitCode: 1 },
  { argv: ['dags', 'test', 'fails_on_purpose', '2026-02-03'], exitCode: 1 },
  { argv: ['dags', 'delete', 'reporting_daily'], exitCode: 1 },
  { argv: ['variables', 'get', 'missing'], exitCode: 1 },
  { argv: ['variables', 'get', 'größe'], exitCode: 0 },
  { argv: ['variables', 'set', 'größe', '12 m² für Zürich'], exitCode: 0 },
  { argv: ['dags', 'lits'], exitCode: 2 },
  { argv: ['dags', 'trigger'], exitCode: 2 },
  { argv: ['dags', 'trigger', 'x', '--conf', '@a file'], exitCode: 2 },
  { argv: ['--version'], exitCode: 2 },
  { argv: ['version', 'a\ufffdb'], exitCode: 2 },
  { argv: ['users', 'list'], exitCode: 77, by: 'blind' },
  { argv: ['version'], exitCode: 77, variables: { AWS_SECRET_ACCESS_KEY: 'wrong' } },
  { argv: ['version'], exitCode: 78, variables: { MWAA_ENVIRONMENT: 'nowhere' } },
  { argv: ['version'], exitCode: 78, variables: { MWAA_ENVIRONMENT: '' } },
  { argv: ['version'], exitCode: 78, variables: { MWAA_CLI_PROXY_WAIT: 'long' } },
  { argv: ['version'], exitCode: 78, variables: { MWAA_CLI_PROXY_STDERR: 'loud' } },
  { argv: ['version'], exitCode: 78, variables: { MWAA_CLI_PROXY_URL: 'nowhere' } },
  { argv: ['version'], exitCode: 78, variables: { AWS_REGION: '' } },
  { argv: ['version'], exitCode: 69, variables: { MWAA_CLI_PROXY_URL: 'http://127.0.0.1:1' }, adapt: withoutDoctor },
  { argv: ['dags', 'trigger', 'daily_report'], exitCode: 3, fault: '500-after-run' },
  { argv: ['dags', 'list'], exitCode: 3, fault: 'lost-stdout' },
  { argv: ['version'], exitCode: 75, fault: '503-always', variables: { MWAA_CLI_PROXY_WAIT: '0' } },
  { argv: ['version'], exitCode: 69, fault: 'connect-refused' },
  { argv: ['variables', 'import'], exitCode: 2 },
  { argv: ['variables', 'import', '/nowhere.json'], exitCode: 1 },
  { argv: ['variables', 'import', '-'], exitCode: 1 },
  { argv: ['variables', 'import', '--nonsense', 'x.json'], exitCode: 2 },
  { argv: ['variables', 'import', 'FILE'], exitCode: 1, content: '[1]' },
  { argv: ['variables', 'import', 'FILE'], exitCode: 1, content: '{"a": ' },
  { argv: ['variables', 'import', 'FILE'], exitCode: 0, content: '{"note": "hello"}' },
  { argv: ['variables', 'import', 'FILE'], exitCode: 3, content: '{"note": "hello", "other": {"a": [1.0, NaN]}}' },
  { argv: ['variables', 'import', 'FILE', '-a', 'skip'], exitCode: 0, content: '{"note": "hello"}' },
];

const RUN = ['fails_on_purpose', RECORDED_VALUES['<run-id>']];

const WAITS: readonly ProgramCase[] = [
  { argv: ['--timeout', '12s', '--interval', '1s', ...RUN], exitCode: 124 },
  { argv: ['fails_on_purpose', 'a b/c+1'], exitCode: 66 },
  { argv: ['fails_on_purpose'], exitCode: 2 },
  { argv: ['--timeout', '8d', ...RUN], exitCode: 2 },
  { argv: [...RUN, '--interval=0'], exitCode: 2 },
  { argv: RUN, exitCode: 77, by: 'blind' },
  { argv: RUN, exitCode: 78, variables: { MWAA_ENVIRONMENT: '' } },
];

/** How many rows run at the same time. */
const ROWS_AT_ONCE = 3;

describe.skipIf('unavailable' in packages)('the console programs of both packages', () => {
  let stack: LocalStack;
  let getProgram: (name: 'airflow' | 'mwaa') => string;
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  const results = new Map<ProgramCase, { readonly node: Printed; readonly python: Printed }>();
  beforeAll(async () => {
    [getProgram, stack] = await Promise.all([buildPrograms(), startSmallStack(CONFIG)]);
    const rows = [...COMMANDS, ...WAITS];
    const remaining = rows.filter(({ fault }) => fault === undefined);
    const runRemaining = async () => {
      for (let row = remaining.pop(); row !== undefined; row = remaining.pop()) results.set(row, await runBoth(row));
    };
    await Promise.all(Array.from({ length: ROWS_AT_ONCE }, runRemaining));
    for (const row of rows.filter(({ fault }) => fault !== undefined)) {
      await stack.setFault(row.fault);
      results.set(row, await runBoth(row));
    }
  });
  afterAll(async () => {
    await stack?.close();
    rmSync(folder, { recursive: true });
  });

  async function runBoth(row: ProgramCase) {
    const isWait = WAITS.includes(row);
    const node = [process.execPath, getProgram(isWait ? 'mwaa' : 'airflow'), ...(isWait ? ['wait'] : [])];
    const module = `mwaa_cli_proxy.shell.${isWait ? 'wait' : 'airflow'}`;
    const python = [join((packages as { bin: string }).bin, 'python'), '-m', module];
    return { node: await runProgram(node, row), python: await runProgram(python, row) };
  }

  function runProgram(
    [program = '', ...start]: readonly string[],
    { argv, variables = {}, by = 'engineer', content }: ProgramCase,
  ): Promise<Printed> {
    const file = join(folder, `${COMMANDS.findIndex((row) => row.content === content)}.json`);
    if (content !== undefined) writeFileSync(file, content);
    const words = argv.map((word) => (word === 'FILE' ? file : word));
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      PYTHONPATH: join(ROOT, 'python/src'),
      PYTHONDONTWRITEBYTECODE: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...createClientVariables(stack.url, stack.region, 'prod', stack.createCaller(by, 'jo')),
      ...variables,
    };
    const child = spawn(program, [...start, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    return new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ exitCode: code ?? signal, ...texts }));
    });
  }

  test.each([...COMMANDS, ...WAITS].map((row) => ({ ...row, row, name: formatRow(row) })))(
    'print and return the same: $name: $exitCode',
    ({ row, exitCode, adapt = (text) => text }) => {
      const { node, python } = results.get(row)!;

      expect(normalize(python)).toEqual(normalize({ ...node, stderr: adapt(node.stderr) }));
      expect(python.exitCode).toBe(exitCode);
    },
  );
});

function formatRow({ argv, by, variables, content, fault }: ProgramCase): string {
  const notes = [by, fault, content, ...Object.entries(variables ?? {}).map((pair) => pair.join('='))];
  return [...argv, ...notes.flatMap((note) => (note === undefined ? [] : `(${note})`))].join(' ');
}

/** Both packages name their programs differently. Run ids, times and the ids of requests differ with each request. */
function normalize({ exitCode, stdout, stderr }: Printed): Printed {
  const replace = (text: string) =>
    text
      .replaceAll(/^mwaa-airflow: /gm, 'airflow (proxy): ')
      .replaceAll('mwaa-airflow', 'airflow')
      .replaceAll('mwaa-wait', 'mwaa wait')
      .replaceAll(/^airflow: Word/gm, 'airflow (proxy): Word')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
      .replaceAll(/\(after \d+s\)/g, '(after 1s)');
  return { exitCode, stdout: replace(stdout), stderr: replace(stderr) };
}
