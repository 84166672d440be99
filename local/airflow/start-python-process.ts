import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const UNTIL_STDIN_ENDS = fileURLToPath(new URL('process/until_stdin_ends.py', import.meta.url));

/** A Python program that runs until it is ended. */
export interface PythonProcess {
  /** Whether the process has exited by itself, and the end of what it wrote to standard error. */
  readonly failure: () => string | undefined;
  /** Ends the process and every process that it has started, and waits until they have ended. */
  end(): Promise<void>;
}

/**
 * Starts a program of a virtual environment. It ends when this process ends for any reason, and does not keep this process alive.
 *
 * @param bin the folder with the programs of the virtual environment
 * @param words the name of the program and its arguments
 */
export function startPythonProcess(
  bin: string,
  [program, ...words]: readonly [string, ...string[]],
  { environment, cwd }: { environment: NodeJS.ProcessEnv; cwd: string },
): PythonProcess {
  const child: ChildProcessByStdio<Writable, null, Readable> = spawn(
    join(bin, 'python'),
    [UNTIL_STDIN_ENDS, join(bin, program), ...words],
    { env: environment, cwd, detached: true, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  child.unref();
  for (const stream of [child.stdin, child.stderr]) (stream as unknown as Socket).unref();
  child.stdin.on('error', () => {}); // the process has exited
  let written = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written = (written + text).slice(-4000);
  });
  const hasExited = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  return {
    failure: () => (hasExited() ? written.trim() : undefined),
    async end() {
      if (hasExited()) return;
      child.ref();
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
