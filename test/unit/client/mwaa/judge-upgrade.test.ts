import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { parseInvocation } from '../../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../../airflow/split-command-line.ts';
import { judgeLine } from '../../../../client/mwaa/explain/judge-upgrade.ts';
import { runMwaa } from '../../../../client/mwaa/run-mwaa.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';
import { UPGRADE_LINES } from '../../../upgrade-lines.ts';

const judge = (from: string, to: string, line: string) =>
  judgeLine({ from: CATALOGS.read(from), to: CATALOGS.read(to) }, line);

test.each<[from: string, to: string, line: string, result: string, commandLine: string | undefined]>([
  ['2.10.3', '3.0.6', 'dags list -o json', 'same', undefined],
  ['2.10.3', '3.0.6', 'airflow dags list --output=json', 'same', undefined],
  [
    '2.10.3',
    '3.0.6',
    'airflow dags trigger -e 2026-11-01 d',
    'changed',
    'airflow dags trigger --logical-date=2026-11-01 d',
  ],
  ['2.10.3', '3.0.6', '["dags","list-runs","-d","a b"]', 'changed', "dags list-runs 'a b'"],
  [
    '2.10.3',
    '3.3.1',
    'dags backfill d -s 2026-11-01',
    'changed',
    'backfill create --dag-id=d --from-date=2026-11-01 --to-date=2026-11-01',
  ],
  ['2.10.3', '3.3.1', 'dags backfill d -s 2026-11-01 --pool=p', 'gone', undefined],
  ['2.10.3', '3.3.1', 'tasks run d t 2026-11-01', 'gone', undefined],
  ['2.10.3', '3.3.1', 'dags backfill d', 'gone', undefined],
  ['2.10.3', '3.3.1', 'dags bogus', 'invalid', undefined],
  ['2.10.3', '3.3.1', '[1', 'invalid', undefined],
  ['1.10.12', '3.3.1', 'clear d -c -s 2026-11-01', 'changed', 'tasks clear --start-date=2026-11-01 --yes d'],
  ['1.10.12', '2.10.3', 'variables -s k v', 'changed', 'variables set k v'],
  ['1.10.12', '2.10.3', 'pool -s p 3 text', 'changed', 'pools set p 3 text'],
  [
    '1.10.12',
    '3.3.1',
    'backfill d -s 2026-11-01 -e 2026-11-02',
    'changed',
    'backfill create --dag-id=d --from-date=2026-11-01 --to-date=2026-11-02',
  ],
  ['3.0.6', '2.10.3', 'dags trigger --logical-date=2026-11-01 d', 'changed', 'dags trigger --exec-date=2026-11-01 d'],
  ['3.0.6', '2.10.3', 'dags list-runs d', 'changed', 'dags list-runs --dag-id=d'],
  ['3.0.6', '2.10.3', 'assets list', 'gone', undefined],
  ['2.10.3', '2.10.3', 'dags trigger -e 2026-11-01 d', 'same', undefined],
])('%s to %s: %s', (from, to, line, result, commandLine) => {
  expect(judge(from, to, line)).toMatchObject({ line, result, ...(commandLine === undefined ? {} : { commandLine }) });
});

test.each(['2.0.2', '2.11.2', '3.0.6', '3.3.1'].flatMap((to) => UPGRADE_LINES.map(({ line }) => ({ to, line }))))(
  'a changed command is one that $to parses: $line',
  ({ to, line }) => {
    const { result, commandLine = line, notes } = judge('2.10.3', to, line);
    if (result === 'gone') expect(notes).not.toEqual([]);
    else expect(() => parseInvocation(CATALOGS.read(to), splitCommandLine(commandLine))).not.toThrow();
  },
);

async function runExplain(args: readonly string[], stdin = '') {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const exitCode = await runMwaa(['explain', ...args], {
    environment: {},
    stdin: () => Readable.from([stdin]),
    stdout: (text) => stdout.push(text),
    stderr: (text) => stderr.push(text),
  });
  return { exitCode, stdout: stdout.join(''), stderr: stderr.join('') };
}

const SCRIPT = `# every night
airflow dags list

airflow dags trigger -e 2026-11-01 \\
  d
tasks run d t x
nonsense
`;

test('judges a file of command lines, with comments and lines that continue', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'commands.txt');
  writeFileSync(file, SCRIPT);

  const { exitCode, stdout } = await runExplain(['--from', '2.10.3', '--to', '3.0.6', file]);

  expect(stdout).toBe(`same     airflow dags list
changed  airflow dags trigger -e 2026-11-01 d
         airflow dags trigger --logical-date=2026-11-01 d
         --exec-date is --logical-date.
gone     tasks run d t x
         Airflow 3.0.6 has no command "tasks run".
         Only workers run tasks. To run a task again, clear it with "tasks clear". To try one out, use "tasks test".
invalid  nonsense
         Airflow 2.10.3 has no command "nonsense".
1 same, 1 changed, 1 gone, 1 invalid
`);
  expect(exitCode).toBe(1);
});

test('judges standard input, and prints JSON', async () => {
  const { exitCode, stdout } = await runExplain(['--from=2.10.3', '--to=3.0.6', '--json', '-'], 'dags list\n');
  expect(JSON.parse(stdout)).toEqual({ line: 'dags list', result: 'same', notes: [] });
  expect(exitCode).toBe(0);
});

test('judges one command after "--"', async () => {
  const { stdout } = await runExplain(['--from=2.10.3', '--to=3.0.6', '--', 'dags', 'list-runs', '-d', 'a b']);
  expect(stdout).toContain("changed  dags list-runs -d 'a b'\n         dags list-runs 'a b'\n");
});

test.each<[args: string[], message: RegExp]>([
  [['--from=2.10.3', 'x'], /Specify both releases: --from RELEASE --to RELEASE\./],
  [['--from=2.10.3', '--to=9.9.9', 'x'], /There is no catalog of Airflow 9\.9\.9\. Available releases: 1\.10\.12,/],
  [['--from=2.10.3', '--to=3.0.6'], /Write one file of command lines/],
  [['--from=2.10.3', '--to=3.0.6', 'no-such-file'], /no-such-file cannot be read \(ENOENT\)\./],
  [['--from=2.10.3', '--to=3.0.6', '-'], /There are no command lines to judge\./],
  [['--from=2.10.3', '--to=3.0.6', '--config=x', '-'], /--from and --to check no policy/],
])('explain %j is a usage error', async (args, message) => {
  const { exitCode, stderr } = await runExplain(args);
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(2);
});
