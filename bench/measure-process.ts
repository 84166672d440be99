import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FUNCTION_VARIABLES } from './requests.ts';

/** What a process has cost up to a moment. */
export interface ProcessCosts {
  readonly wallMs: number;
  /** Of all its threads. */
  readonly cpuMs: number;
}

/** Reads the CPU time of a running process, to the nanosecond. Source: https://docs.kernel.org/scheduler/sched-stats.html */
export function readCpuMs(pid: number): number {
  for (;;) {
    try {
      const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
        Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
      );
      return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
    } catch (error) {
      // A thread has ended since it was listed. A process that has ended has no folder.
      if (!existsSync(`/proc/${pid}/task`)) throw error;
    }
  }
}

const PLAIN_LOADER = fileURLToPath(new URL('programs/load-plain.cjs', import.meta.url));

/** Measures a process that loads the code of a function, without Lambda's runtime, until its handler is there. */
export const measureLoad = (codeFile: string): Promise<ProcessCosts> =>
  measureUntilReady(process.execPath, [PLAIN_LOADER, codeFile], FUNCTION_VARIABLES);

/** Measures a process up to its first output, then ends it. */
async function measureUntilReady(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<ProcessCosts> {
  const startedAt = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const failed = failOnExit(child);
  failed.catch(() => {});
  await Promise.race([once(child.stdout, 'data'), failed]);
  const costs = { wallMs: performance.now() - startedAt, cpuMs: readCpuMs(child.pid ?? 0) };
  child.kill('SIGKILL');
  await failed.catch(() => {});
  return costs;
}

const failOnExit = async (child: ChildProcess): Promise<never> => {
  const [code] = await once(child, 'exit');
  throw new Error(`The process exited with ${code} before it was ready.`);
};

/** Runs a command in a shell of its own, which reports the CPU time of its children. */
export function measureCommand(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<ProcessCosts> {
  const script = `TIMEFORMAT='%R %U %S'; time "$@" > /dev/null 2>&1`;
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script, 'bash', file, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      const [real = 0, user = 0, system = 0] = stderr.trim().split(' ').map(Number);
      if (status !== 0) reject(new Error(`${file} ${args.join(' ')} exited with ${status}: ${stderr}`));
      else resolve({ wallMs: 1000 * real, cpuMs: 1000 * (user + system) });
    });
  });
}
