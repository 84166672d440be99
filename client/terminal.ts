import type { Readable } from 'node:stream';
import { EXIT_CODES } from './exit-codes.ts';

/** What a command-line program reads and writes. */
export interface Terminal {
  readonly environment: NodeJS.ProcessEnv;
  /** A function, because `process.stdin` loads the file streams of Node.js, and few programs read it. */
  stdin(): Readable;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Width of standard error. Undefined if it is not a terminal: then no progress line is shown. */
  readonly columns?: number | undefined;
}

/** The terminal of this process. */
export const processTerminal: Terminal = {
  environment: process.env,
  stdin: () => process.stdin,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  get columns() {
    return process.stderr.isTTY ? process.stderr.columns || 80 : undefined;
  },
};

/**
 * Runs a program, and exits once both output streams are flushed, without waiting for timers that failed requests left behind. It is no
 * error if the reader of a pipe exits, as in `airflow dags list | head`. Any other error of standard output is one: its end is missing.
 *
 * @param name the program, for its message
 * @param run returns the exit code
 */
export async function runProgram(name: string, run: () => Promise<number>): Promise<void> {
  process.stdout.on('error', () => {});
  const exitCode = await run();
  // The callback gets the error of an earlier write, too.
  process.stdout.write('', (error?: NodeJS.ErrnoException | null) => {
    const isLost = error && error.code !== 'EPIPE';
    const message = isLost ? `${name}: Standard output cannot be written: ${error.message}.\n` : '';
    process.stderr.write(message, () => process.exit(exitCode || (isLost ? EXIT_CODES.outputLost : EXIT_CODES.ok)));
  });
}

/** The arguments of a program are invalid. The message says what to write. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
