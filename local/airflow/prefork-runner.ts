import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { AirflowHome } from './airflow-home.ts';
import type { AirflowResult, AirflowRunner } from './airflow-runner.ts';
import type { InstalledAirflow } from './install-airflow.ts';

const PREFORK_SCRIPT = fileURLToPath(new URL('process/prefork.py', import.meta.url));

/** A line from `process/prefork.py`, where the protocol is described. */
type PreforkMessage = { ready: true } | { id: number; exit: number | null; stdout: string; stderr: string };

interface PendingCommand {
  resolve(finished: AirflowResult): void;
  reject(error: Error): void;
}

/**
 * Forks each command from one process that has imported Airflow. That process starts now, so that the first command
 * finds it ready; it ends with this one, whatever ends this one, and does not keep it alive.
 */
export function createPreforkRunner(installed: InstalledAirflow, home: AirflowHome): AirflowRunner {
  const server = spawn(installed.python, [PREFORK_SCRIPT, installed.airflow], {
    cwd: home.folder,
    env: home.environment,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const { stdin } = server;
  const waiting = new Map<number, PendingCommand>();
  let last = 0;
  let said = '';
  let ready = false;
  let over: Error | undefined;
  setReferenced(server, false);

  for (const stream of [server.stdout, server.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000);
    });
  }
  createInterface({ input: server.stdio[3] as Readable }).on('line', (line) => {
    const answer = JSON.parse(line) as PreforkMessage;
    if ('ready' in answer) {
      ready = true;
      return;
    }
    waiting.get(answer.id)?.resolve({
      exitCode: answer.exit,
      stdout: Buffer.from(answer.stdout, 'base64'),
      stderr: Buffer.from(answer.stderr, 'base64'),
    });
  });
  const ended = new Promise<void>((resolve) => {
    const end = (cause?: Error) => {
      over ??= new Error(`The process that runs Airflow ${installed.release} has ended. It said: ${said.trim()}`, {
        cause,
      });
      for (const { reject } of waiting.values()) reject(over);
      resolve();
    };
    server.on('error', end);
    server.on('close', () => end());
  });
  stdin.on('error', () => {}); // it has ended; `close` follows

  return {
    kind: 'real',
    release: installed.release,
    async run(text, signal) {
      if (over) throw over;
      const id = ++last;
      const kill = () => stdin.write(`${JSON.stringify({ id, kill: true })}\n`);
      try {
        return await new Promise<AirflowResult>((resolve, reject) => {
          waiting.set(id, { resolve, reject });
          setReferenced(server, true);
          stdin.write(`${JSON.stringify({ id, text })}\n`);
          signal?.addEventListener('abort', kill, { once: true });
          if (signal?.aborted) kill();
        });
      } finally {
        signal?.removeEventListener('abort', kill);
        waiting.delete(id);
        if (waiting.size === 0) setReferenced(server, false);
      }
    },
    async close() {
      over ??= new Error('This Airflow has been closed.');
      setReferenced(server, true);
      // It reads the end of its stdin once it serves; while it still imports there is nothing to lose.
      if (ready) stdin.end();
      else server.kill('SIGKILL');
      await ended;
    },
  };
}

/** Whether this process stays up for that one. */
function setReferenced(server: ChildProcess, up: boolean): void {
  const handles: { ref(): void; unref(): void }[] = [server];
  for (const stream of server.stdio) if (stream) handles.push(stream as Socket);
  for (const handle of handles)
    if (up) handle.ref();
    else handle.unref();
}
