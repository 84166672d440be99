import { type ChildProcess, execFile, spawn } from 'node:child_process';
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

async function waitUntil(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !condition(); waited += 100) {
    if (waited > 300_000) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Processes of the group that a child leads. */
async function listProcesses(child: ChildProcess): Promise<string[]> {
  const { stdout } = await run('ps', ['-e', '-o', 'pgid=,pid=,args=']);
  return stdout.split('\n').filter((line) => line.trim().startsWith(`${child.pid} `));
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
    await waitUntil(() => printed.text.includes('npm run -s airflow') || child.exitCode !== null, 'how to call it');
    const lines = printed.text.split('\n');

    const curl = lines.find((line) => line.startsWith('curl '));
    expect(curl, printed.text).toBeDefined();
    const { stdout } = await run('sh', ['-c', curl!]);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'succeeded', output: expect.any(Array) });

    const exports = lines.filter((line) => line.startsWith('export '));
    const client = lines.find((line) => line.startsWith('npm run -s airflow'));
    const listed = await run('sh', ['-c', [...exports, client].join('\n')], { cwd: ROOT });
    expect(listed.stdout).toContain('daily_report');

    process.kill(-child.pid!, 'SIGINT');
    await ended;
    expect(await listProcesses(child)).toEqual([]);
    expect((await run('ps', ['-e', '-o', 'args='])).stdout).not.toContain('local/gateway/functions/runtime.ts');
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
