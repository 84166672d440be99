import type { Terminal } from '../../terminal.ts';
import { inWords } from '../duration.ts';
import type { Watcher } from './wait-for-run.ts';

/** What waiting shows on standard error: on a terminal one line that is written anew, else a line for each change. */
export interface Progress extends Watcher {
  /** Takes the line away. */
  end(): void;
}

/** @param what is waited for, in words */
export function progressOn({ stderr, columns }: Pick<Terminal, 'stderr' | 'columns'>, what: string): Progress {
  const show = columns === undefined ? changes(stderr) : oneLine(stderr, columns);
  return {
    state: (state, sinceMs) => show.line(`${what}: ${state}`, sinceMs),
    trouble: (text, sinceMs) => show.line(`${what}: not seen, will look again. ${text}`, sinceMs),
    end: show.end,
  };
}

interface Lines {
  line(text: string, sinceMs: number): void;
  end(): void;
}

function changes(stderr: (text: string) => void): Lines {
  let before: string | undefined;
  return {
    line(text, sinceMs) {
      if (text !== before) stderr(`${text} (after ${inWords(sinceMs)})\n`);
      before = text;
    },
    end() {},
  };
}

function oneLine(stderr: (text: string) => void, columns: number): Lines {
  const width = columns - 1;
  let shown = 0;
  const write = (text: string) => {
    // Spaces and no escape sequence: every terminal knows them.
    stderr(`\r${text.padEnd(shown)}${text.length < shown ? `\r${text}` : ''}`);
    shown = text.length;
  };
  return {
    line: (text, sinceMs) => write(`${inWords(sinceMs)}  ${text.replaceAll('\n', ' ')}`.slice(0, width)),
    end: () => {
      if (shown > 0) stderr(`\r${' '.repeat(shown)}\r`);
      shown = 0;
    },
  };
}
