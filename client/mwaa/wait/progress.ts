import type { Terminal } from '../../terminal.ts';
import { formatDuration } from '../duration.ts';
import type { WaitObserver } from './wait-for-run.ts';

/** What waiting shows on standard error: on a terminal one line that is written anew, else a line for each change. */
export interface Progress extends WaitObserver {
  /** Takes the line away. */
  clear(): void;
}

/** @param what is waited for, in words */
export function createProgress({ stderr, columns }: Pick<Terminal, 'stderr' | 'columns'>, what: string): Progress {
  const show = columns === undefined ? createChangeWriter(stderr) : createSingleLineWriter(stderr, columns);
  return {
    onState: (state, sinceMs) => show.write(`${what}: ${state}`, sinceMs),
    onTransientError: (text, sinceMs) => show.write(`${what}: not seen, will look again. ${text}`, sinceMs),
    clear: show.clear,
  };
}

interface ProgressWriter {
  write(text: string, sinceMs: number): void;
  clear(): void;
}

function createChangeWriter(stderr: (text: string) => void): ProgressWriter {
  let before: string | undefined;
  return {
    write(text, sinceMs) {
      if (text !== before) stderr(`${text} (after ${formatDuration(sinceMs)})\n`);
      before = text;
    },
    clear() {},
  };
}

function createSingleLineWriter(stderr: (text: string) => void, columns: number): ProgressWriter {
  const width = columns - 1;
  let shown = 0;
  const write = (text: string) => {
    // Spaces and no escape sequence: every terminal knows them.
    stderr(`\r${text.padEnd(shown)}${text.length < shown ? `\r${text}` : ''}`);
    shown = text.length;
  };
  return {
    write: (text, sinceMs) => write(`${formatDuration(sinceMs)}  ${text.replaceAll('\n', ' ')}`.slice(0, width)),
    clear: () => {
      if (shown > 0) stderr(`\r${' '.repeat(shown)}\r`);
      shown = 0;
    },
  };
}
