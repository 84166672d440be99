import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

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

describe('npm start', () => {
  test.each(['2.10.3', '3.0.6'])('--once --airflow %s triggers a run and exits with 0', async (release) => {
    const { printed, ended } = runNpmStart('--once', '--airflow', release);
    expect(await ended, printed.text).toBe(0);
    expect(printed.text).toContain(`Airflow ${release} behind it`);
    expect(printed.text).toMatch(/Airflow has the run mwaa-cli-proxy__[\w-]+, with the configuration unchanged/);
  });

  test('--once --replay uses recorded answers, and says so at the start and in every response', async () => {
    const { printed, ended } = runNpmStart('--once', '--replay');
    expect(await ended, printed.text).toBe(0);
    expect(printed.text).toContain('*** REPLAY: no real Airflow');
    expect(printed.text.match(/REPLAY: recorded from Airflow 2\.10\.3, nothing was run/g)).toHaveLength(2);
  });

  test('prints commands that work when pasted, and Ctrl-C ends all its processes', async () => {
    const { child, printed, ended } = runNpmStart();
    while (!printed.text.includes('npm run -s airflow') && child.exitCode === null) await delay(50);
    const lines = printed.text.split('\n');

    const curl = lines.find((line) => line.startsWith('curl '));
    expect(curl, printed.text).toBeDefined();
    const { stdout } = await run('sh', ['-c', curl!]);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'succeeded', output: expect.any(Array) });

    const exports = lines.filter((line) => line.startsWith('export '));
    const client = lines.find((line) => line.startsWith('npm run -s airflow'));
    const listed = await run('sh', ['-c', [...exports, client].join('\n')], { cwd: ROOT });
    expect(listed.stdout).toContain('daily_report');

    const started = await listDescendants(child);
    expect(started).toContainEqual(expect.stringContaining('local/gateway/functions/runtime.ts'));
    process.kill(-child.pid!, 'SIGINT');
    await ended;
    const remaining = new Set((await listProcesses()).map(({ name }) => name));
    expect(started.filter((name) => remaining.has(name))).toEqual([]);
    expect(await listDescendants(child)).toEqual([]);
  });

  test.each([
    [['--airflow', '9.9.9'], /runs Airflow 9\.9\.9\. Use --airflow with one of: 2\.10\.3, 3\.0\.6/],
    [['--nonsense'], /--nonsense/],
    [['--port', 'x'], /--port x/],
  ])('%j is rejected with exit code 2', async (options, message) => {
    const { printed, ended } = runNpmStart(...options);
    expect(await ended).toBe(2);
    expect(printed.text).toMatch(message);
  });
});
