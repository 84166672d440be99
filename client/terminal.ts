import type { Readable } from 'node:stream';

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

/** Exits once both output streams are flushed, without waiting for timers that failed requests left behind. */
export function exitAfterFlush(exitCode: number): void {
  process.stderr.write('', () => process.stdout.write('', () => process.exit(exitCode)));
}

/** The arguments of a program are invalid. The message says what to write. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
