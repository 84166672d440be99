import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AirflowHome } from './airflow-home.ts';
import type { AirflowResult, AirflowRunner } from './airflow-runner.ts';
import type { InstalledAirflow } from './install-airflow.ts';

const PLAIN_SCRIPT = fileURLToPath(new URL('process/plain.py', import.meta.url));

/** Starts a new Airflow process for each command. The results of the prefork runner must be the same. */
export function createPlainRunner(installed: InstalledAirflow, home: AirflowHome): AirflowRunner {
  const closed = new AbortController();
  const running = new Set<Promise<AirflowResult>>();
  return {
    kind: 'real',
    release: installed.release,
    run(text, signal) {
      if (closed.signal.aborted) return Promise.reject(new Error('The Airflow runner is closed.'));
      const result = runPlainCommand(
        installed,
        home,
        text,
        signal ? AbortSignal.any([signal, closed.signal]) : closed.signal,
      );
      running.add(result);
      result.finally(() => running.delete(result)).catch(() => {});
      return result;
    },
    async close() {
      closed.abort();
      await Promise.allSettled(running);
    },
  };
}

function runPlainCommand(
  installed: InstalledAirflow,
  home: AirflowHome,
  text: string,
  signal: AbortSignal,
): Promise<AirflowResult> {
  return new Promise((resolve, reject) => {
    // detached: a separate process group, so that child processes of the command can be killed with it.
    const child = spawn(installed.python, [PLAIN_SCRIPT, installed.airflow], {
      cwd: home.folder,
      env: home.environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    const kill = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The process has already exited.
      }
    };
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    child.on('error', (cause) => {
      signal.removeEventListener('abort', kill);
      reject(new Error(`Airflow ${installed.release} could not be started.`, { cause }));
    });
    child.on('close', (exitCode) => {
      signal.removeEventListener('abort', kill);
      resolve({ exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) });
    });
    child.stdin.on('error', () => {}); // killed before it read its input
    child.stdin.end(text);
  });
}
