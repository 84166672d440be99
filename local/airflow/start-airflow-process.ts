import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { AirflowHome } from './airflow-home.ts';

const UNTIL_STDIN_ENDS = fileURLToPath(new URL('process/until_stdin_ends.py', import.meta.url));

/** A process of Airflow that runs until it is ended. */
export interface AirflowProcess {
  /** Whether the process has exited by itself, and the end of what it wrote to standard error. */
  readonly failure: () => string | undefined;
  /** Ends the process and every process that it has started, and waits until they have ended. */
  end(): Promise<void>;
}

/**
 * Starts a program of Airflow, such as `scheduler`. It ends when this process ends for any reason, and does not keep this process alive.
 *
 * @param words the command line after `airflow`
 * @param variables added to the environment of the home
 */
export function startAirflowProcess(
  home: AirflowHome,
  words: readonly string[],
  variables: Readonly<Record<string, string>>,
): AirflowProcess {
  const bin = home.environment.PATH!.split(':')[0]!;
  const child: ChildProcessByStdio<Writable, null, Readable> = spawn(
    join(bin, 'python'),
    [UNTIL_STDIN_ENDS, join(bin, 'airflow'), ...words],
    { env: { ...home.environment, ...variables }, cwd: home.folder, detached: true, stdio: ['pipe', 'ignore', 'pipe'] },
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
