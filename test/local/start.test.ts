import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { RUNS_ALL, selectReleases } from './select-releases.ts';

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Starts `npm start` in its own process group, and records what it prints. */
function runNpmStart(...options: string[]) {
  const child = spawn('npm', ['start', '--', ...options], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed.text += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, printed, ended };
}

/** A running process. Its name contains the pid and the arguments, so that a later process with the same pid is not mistaken for it. */
interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly name: string;
}

/** Lists all running processes of this machine, without zombies. */
async function listProcesses(): Promise<RunningProcess[]> {
  const { stdout } = await run('ps', ['-e', '-o', 'pid=,ppid=,pgid=,state=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, group, state, args] = /^ *(\d+) +(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [];
    if (args === undefined || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), name: `${pid} ${args}` }];
  });
}

/** Lists the names of a child process, of its process group and of all their descendants. */
async function listDescendants(child: ChildProcess): Promise<string[]> {
  const all = await listProcesses();
  const found = new Set<RunningProcess>(all.filter(({ pid, group }) => pid === child.pid || group === child.pid));
  for (const { pid } of found) for (const candidate of all) if (candidate.parent === pid) found.add(candidate);
  return [...found].map(({ name }) => name);
}

/** Waits until `npm start` has started, and returns the file that it tells to source. */
async function waitForStart({ child, printed }: ReturnType<typeof runNpmStart>): Promise<string> {
  while (!printed.text.includes('Press Ctrl-C') && child.exitCode === null) await delay(50);
  const [, file] = /^ {2}source (.+)$/m.exec(printed.text) ?? [];
  if (file === undefined) throw new Error(`npm start did not start:\n${printed.text}`);
  return join(ROOT, file.replace(ROOT, ''));
}

/** Runs a script in a folder that is not the project, after it sourced a file. */
function runSourced(file: string, script: string): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { cwd: tmpdir(), env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', AWS_PROFILE: 'other' } };
    execFile('sh', ['-c', `. '${file}'\n${script}`], options, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** Which of these processes still run. Zombies do not. */
async function findRemaining(names: readonly string[]): Promise<string[]> {
  const running = new Set((await listProcesses()).map(({ name }) => name));
  return names.filter((name) => running.has(name));
}

async function expectNothingRemains(names: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 300 && (await findRemaining(names)).length > 0; tries += 1) await delay(100);
  expect(await findRemaining(names)).toEqual([]);
}

/** Prevents that a test gets the port of an `npm start` of the developer. */
const PORT = 21_000 + (process.pid % 1000) * 10;

/** Each start takes several seconds, so by default only SIGINT and SIGKILL are sent, by other tests of this file. */
const SIGNALS = [
  ['SIGTERM', 'npm', PORT + 1],
  ['SIGHUP', 'the process group', PORT + 2],
  ['SIGQUIT', 'its node', PORT + 3],
] as const;

const listWideLines = (text: string) => text.split('\n').filter((line) => Array.from(line).length > 80);

describe('npm start', () => {
  test('--once triggers a run on the newest release that MWAA offers, and exits with 0', async () => {
    const { printed, ended } = runNpmStart('--once');
    expect(await ended, printed.text).toBe(0);
    expect(printed.text).toMatch(/Airflow\s+3\.3\.1\s+behind\s+them/);
    expect(printed.text).toMatch(/has the run\s+mwaa-cli-proxy__[\w-]+,\s+with\s+the\s+configuration\s+unchanged/);
    expect(listWideLines(printed.text)).toEqual([]);
  });

  test('--once --replay uses recorded answers of a release, and says so at the start and in every response', async () => {
    const { printed, ended } = runNpmStart('--once', '--replay', '--airflow', '2.7.2');
    expect(await ended, printed.text).toBe(0);
    expect(printed.text).toMatch(/Added\s+airflow-2-7-2,\s+a\s+copy\s+of/);
    expect(printed.text).toContain('*** REPLAY: no real Airflow');
    expect(printed.text.match(/REPLAY: recorded from Airflow 2\.7\.2, nothing was run/g)).toHaveLength(2);
    expect(listWideLines(printed.text)).toEqual([]);
  });

  test.runIf(RUNS_ALL)(
    'a shell that sources its file runs commands and waits for runs, and Ctrl-C ends all its processes',
    async () => {
      const started = runNpmStart('--port', String(PORT));
      const file = await waitForStart(started);
      expect(listWideLines(started.printed.text)).toEqual([]);
      expect(existsSync(join(ROOT, `.cache/local/port-${PORT}.pid`))).toBe(true);

      const [, script = ''] = /^( {2}curl [\s\S]*?)\n\n/m.exec(started.printed.text) ?? [];
      const [curl, listed, environments, second] = await Promise.all([
        runSourced(file, script),
        runSourced(file, 'airflow dags list'),
        runSourced(file, 'mwaa environments'),
        runNpmStart('--port', String(PORT)).ended,
      ]);
      expect(JSON.parse(curl.stdout)).toMatchObject({ outcome: 'succeeded', output: expect.any(Array) });
      expect(listed.stdout).toContain('daily_report');
      expect(environments.stdout.split('\n')[0]).toMatch(/^analytics-next +Airflow 3\.3\.1$/);
      expect(second).toBe(1);
      expect(await runSourced(file, 'airflow variables set a b >&2 && airflow variables get a')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/^b$/m),
      });
      if (!started.printed.text.includes('REPLAY')) {
        const waited = await runSourced(file, 'mwaa run --wait --interval 1s -- dags trigger daily_report');
        expect(waited, waited.stderr).toMatchObject({
          exitCode: 0,
          stderr: expect.stringContaining(': success after'),
        });
      }

      const processes = await listDescendants(started.child);
      expect(processes).toContainEqual(expect.stringContaining('local/gateway/functions/runtime.ts'));
      process.kill(-started.child.pid!, 'SIGINT');
      await started.ended;
      await expectNothingRemains(processes);
      expect(existsSync(join(ROOT, `.cache/local/port-${PORT}.pid`))).toBe(false);
    },
  );

  test.each(selectReleases(SIGNALS, () => false))('%s to %s ends all its processes', async (signal, target, port) => {
    const started = runNpmStart('--replay', '--port', String(port));
    await waitForStart(started);
    const processes = await listDescendants(started.child);
    const node = Number(readFileSync(join(ROOT, `.cache/local/port-${port}.pid`), 'utf8'));
    const { pid } = started.child;
    process.kill(target === 'npm' ? pid! : target === 'its node' ? node : -pid!, signal);
    await expectNothingRemains(processes);
    expect(existsSync(join(ROOT, `.cache/local/port-${port}.pid`))).toBe(false);
  });

  test.runIf(RUNS_ALL)(
    'SIGKILL to npm ends all its processes, and the next start has the same port and credentials',
    async () => {
      const port = PORT + 4;
      const first = runNpmStart('--replay', '--port', String(port));
      const file = await waitForStart(first);
      const before = readFileSync(file, 'utf8');
      const processes = await listDescendants(first.child);
      process.kill(first.child.pid!, 'SIGKILL');
      await expectNothingRemains(processes);

      const second = runNpmStart('--replay', '--port', String(port));
      const again = await waitForStart(second);
      expect(again.replace(`-${port}`, '')).toBe(file.replace(`-${port}`, ''));
      expect(readFileSync(again, 'utf8')).toBe(before);
      expect(await runSourced(again, 'airflow dags list')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('daily_report'),
      });
      process.kill(-second.child.pid!, 'SIGINT');
      await second.ended;
    },
  );

  test('SIGTERM during the start ends all its processes', async () => {
    const started = runNpmStart('--replay', '--port', String(PORT + 5));
    while (!started.printed.text.includes('Synthesizing')) await delay(20);
    const processes = await listDescendants(started.child);
    started.child.kill('SIGTERM');
    await expectNothingRemains(processes);
    expect(existsSync(join(ROOT, `.cache/local/port-${PORT + 5}.pid`))).toBe(false);
  });

  describe('with a configuration of the user', () => {
    const folder = mkdtempSync(join(tmpdir(), 'start-'));
    const config = join(folder, 'my.yaml');
    afterAll(() => rmSync(folder, { recursive: true }));
    writeFileSync(
      config,
      createConfigText({
        api: 'endpoint: regional, callers: { accounts: ["111122223333"] }',
        environments: { off: 'airflow: 2.10.3, enabled: false', lab: 'airflow: 2.10.3', next: 'airflow: 3.0.6' },
        grants: ['who: "arn:aws:iam::111122223333:role/team-*", where: "*", may: [version]'],
      }),
    );

    test('--once sends a command that the first role of its grants may run', async () => {
      const { printed, ended } = runNpmStart('--once', '--replay', '--config', config);
      expect(await ended, printed.text).toBe(0);
      expect(printed.text).toContain('POST /environments/lab/cli');
      expect(printed.text).toContain('argv: ["version"]');
    });

    test('a release without Airflow and without a recording is an error', async () => {
      const { printed, ended } = runNpmStart('--once', '--config', config, '--replay', '--airflow', '2.8.1');
      expect(await ended).toBe(1);
      expect(printed.text).toMatch(/no recording of Airflow 2\.8\.1/);
      expect(printed.text).not.toMatch(/^ +at /m);
    });
  });

  test.each([
    [['--airflow', '9.9.9'], 2, /MWAA does not offer Airflow 9\.9\.9\. Use one of: 3\.3\.1, 3\.2\.1/],
    [['--config', 'no-such-file.yaml'], 1, /no-such-file\.yaml.*does not exist/s],
  ])('%j is rejected with exit code %i', async (options, exitCode, message) => {
    const { printed, ended } = runNpmStart(...options);
    expect(await ended).toBe(exitCode);
    expect(printed.text).toMatch(message);
    expect(printed.text).not.toMatch(/^ +at /m);
  });
});
