import { escapeInvisible } from '../../../airflow/escape-text.ts';
import type { WaitObserver } from '../../library/wait-for-run.ts';
import type { Terminal } from '../../terminal.ts';
import { formatDuration } from '../duration.ts';

/** Shows the state of a run on standard error: on a terminal in one line that is overwritten, otherwise a line per change. */
export interface Progress extends WaitObserver {
  /** Removes the line. */
  clear(): void;
}

/** @param subject the run, for the reader */
export function createProgress({ stderr, columns }: Pick<Terminal, 'stderr' | 'columns'>, subject: string): Progress {
  const writer = columns === undefined ? createChangeWriter(stderr) : createSingleLineWriter(stderr, columns);
  return {
    onState: (state, sinceMs) => writer.write(escapeInvisible(`${subject}: ${state}`), sinceMs),
    onTransientError: (text, sinceMs) =>
      writer.write(escapeInvisible(`${subject}: state unknown, will retry. ${text}`), sinceMs),
    clear: writer.clear,
  };
}

interface ProgressWriter {
  write(text: string, sinceMs: number): void;
  clear(): void;
}

function createChangeWriter(stderr: (text: string) => void): ProgressWriter {
  let previous: string | undefined;
  return {
    write(text, sinceMs) {
      if (text !== previous) stderr(`${text} (after ${formatDuration(sinceMs)})\n`);
      previous = text;
    },
    clear() {},
  };
}

function createSingleLineWriter(stderr: (text: string) => void, columns: number): ProgressWriter {
  const maxWidth = columns - 1;
  let width = 0;
  const overwrite = (text: string) => {
    // Spaces instead of escape sequences, because every terminal supports them.
    stderr(`\r${text.padEnd(width)}${text.length < width ? `\r${text}` : ''}`);
    width = text.length;
  };
  return {
    write: (text, sinceMs) => overwrite(`${formatDuration(sinceMs)}  ${text}`.slice(0, maxWidth)),
    clear: () => {
      if (width > 0) stderr(`\r${' '.repeat(width)}\r`);
      width = 0;
    },
  };
}
