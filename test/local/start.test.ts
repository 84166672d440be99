import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** `npm start` in a process group of its own, with what it has printed so far. */
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

/** A running process, named so that another one that gets its number later is not taken for it. */
interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly name: string;
}

/** All processes of this machine, those that have ended left out. */
async function listProcesses(): Promise<RunningProcess[]> {
  const { stdout } = await run('ps', ['-e', '-o', 'pid=,ppid=,pgid=,state=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, group, state, args] = /^ *(\d+) +(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [];
    if (args === undefined || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), name: `${pid} ${args}` }];
  });
}

/** What a child has started, and what that has started, and so on, and the child itself. */
async function listDescendants(child: ChildProcess): Promise<string[]> {
  const all = await listProcesses();
  const found = new Set<RunningProcess>(all.filter(({ pid, group }) => pid === child.pid || group === child.pid));
  for (const { pid } of found) for (const one of all) if (one.parent === pid) found.add(one);
  return [...found].map(({ name }) => name);
}

describe('npm start', () => {
  test.each(['2.10.3', '3.0.6'])('--once --airflow %s shows the main job and exits with 0', async (release) => {
    const { printed, ended } = runNpmStart('--once', '--airflow', release);
    expect(await ended, printed.text).toBe(0);
    expect(printed.text).toContain(`Airflow ${release} behind it`);
    expect(printed.text).toMatch(/Airflow has the run mwaa-cli-proxy__[\w-]+, with the configuration unchanged/);
  });

  test('--once --replay answers from recordings, and says so in its first line and in every answer', async () => {
    const { printed, ended } = runNpmStart('--once', '--replay');
    expect(await ended, printed.text).toBe(0);
    expect(printed.text).toContain('*** REPLAY: no real Airflow');
    expect(printed.text.match(/REPLAY: recorded from Airflow 2\.10\.3, nothing was run/g)).toHaveLength(2);
  });

  test('what it prints works when pasted, and Ctrl-C leaves nothing running', async () => {
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
  ])('%j is refused with exit 2', async (options, message) => {
    const { printed, ended } = runNpmStart(...options);
    expect(await ended).toBe(2);
    expect(printed.text).toMatch(message);
  });
});
