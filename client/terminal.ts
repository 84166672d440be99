import type { Readable } from 'node:stream';

/** What a program of ours has around it. */
export interface Terminal {
  readonly environment: NodeJS.ProcessEnv;
  readonly stdin: Readable;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Width of standard error where it is a terminal, else undefined: no progress is shown then. */
  readonly columns?: number | undefined;
}

/** The program of this process. */
export const processTerminal: Terminal = {
  environment: process.env,
  stdin: process.stdin,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  get columns() {
    return process.stderr.isTTY ? process.stderr.columns || 80 : undefined;
  },
};

/**
 * Ends this process once what it has written is on its way: timers of a request that failed may live on, and nobody waits for them.
 */
export function exitAfterFlush(exitCode: number): void {
  process.stderr.write('', () => process.stdout.write('', () => process.exit(exitCode)));
}

/** The words after a program's name make no sense. The message says what to write. Exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
