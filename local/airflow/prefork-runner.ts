import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { AirflowHome } from './airflow-home.ts';
import type { AirflowResult, AirflowRunner } from './airflow-runner.ts';
import type { InstalledAirflow } from './install-airflow.ts';

const PREFORK_SCRIPT = fileURLToPath(new URL('process/prefork.py', import.meta.url));

/** A line that `process/prefork.py` writes. The protocol is described there. */
type PreforkMessage = { ready: true } | { id: number; exit: number | null; stdout: string; stderr: string };

interface PendingCommand {
  resolve(result: AirflowResult): void;
  reject(error: Error): void;
}

/**
 * Forks each command from one process that has imported Airflow. That process starts immediately, so that it is ready for the first
 * command. It ends when this process ends for any reason, and does not keep this process alive.
 */
export function createPreforkRunner(installed: InstalledAirflow, home: AirflowHome): AirflowRunner {
  const server = spawn(installed.python, [PREFORK_SCRIPT, installed.airflow], {
    cwd: home.folder,
    env: home.environment,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const { stdin } = server;
  const pending = new Map<number, PendingCommand>();
  let lastId = 0;
  let output = '';
  let isReady = false;
  /** Why no further command can run. */
  let closedError: Error | undefined;
  setReferenced(server, false);

  for (const stream of [server.stdout, server.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000);
    });
  }
  createInterface({ input: server.stdio[3] as Readable }).on('line', (line) => {
    const message = JSON.parse(line) as PreforkMessage;
    if ('ready' in message) {
      isReady = true;
      return;
    }
    pending.get(message.id)?.resolve({
      exitCode: message.exit,
      stdout: Buffer.from(message.stdout, 'base64'),
      stderr: Buffer.from(message.stderr, 'base64'),
    });
  });
  const ended = new Promise<void>((resolve) => {
    const end = (cause?: Error) => {
      closedError ??= new Error(
        `The process that runs Airflow ${installed.release} has exited. Its output: ${output.trim()}`,
        {
          cause,
        },
      );
      for (const { reject } of pending.values()) reject(closedError);
      resolve();
    };
    server.on('error', end);
    server.on('close', () => end());
  });
  stdin.on('error', () => {}); // the process has exited; the `close` event follows

  return {
    kind: 'real',
    release: installed.release,
    async run(text, signal) {
      if (closedError) throw closedError;
      const id = ++lastId;
      const kill = () => stdin.write(`${JSON.stringify({ id, kill: true })}\n`);
      try {
        return await new Promise<AirflowResult>((resolve, reject) => {
          pending.set(id, { resolve, reject });
          setReferenced(server, true);
          stdin.write(`${JSON.stringify({ id, text })}\n`);
          signal?.addEventListener('abort', kill, { once: true });
          if (signal?.aborted) kill();
        });
      } finally {
        signal?.removeEventListener('abort', kill);
        pending.delete(id);
        if (pending.size === 0) setReferenced(server, false);
      }
    },
    async close() {
      closedError ??= new Error('The Airflow runner is closed.');
      setReferenced(server, true);
      // Once it is ready, it exits at the end of its stdin. While it is still importing Airflow, it can be killed.
      if (isReady) stdin.end();
      else server.kill('SIGKILL');
      await ended;
    },
  };
}

/** Sets whether the child process keeps this process alive. */
function setReferenced(server: ChildProcess, isReferenced: boolean): void {
  const handles: { ref(): void; unref(): void }[] = [server];
  for (const stream of server.stdio) if (stream) handles.push(stream as Socket);
  for (const handle of handles)
    if (isReferenced) handle.ref();
    else handle.unref();
}
