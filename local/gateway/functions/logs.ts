/**
 * CloudWatch Logs on the laptop: named groups of lines in memory, and in a file where one is wanted, so that a test can
 * search everything that any part wrote.
 */
import { appendFileSync } from 'node:fs';

/** One event of a log group. */
export interface LogLine {
  group: string;
  /** Milliseconds since the epoch. */
  time: number;
  message: string;
}

/** The log groups of one gateway. */
export interface Logs {
  write(group: string, message: string): void;
  /** Lines of one group, or of all, oldest first. */
  lines(group?: string): LogLine[];
  /** Lines that contain the text or match the pattern. */
  search(what: string | RegExp, group?: string): LogLine[];
}

/** Empty log groups. `file`: every line is also appended there as `GROUP<tab>MESSAGE`. */
export function createLogs(options: { file?: string; now?: () => number } = {}): Logs {
  const { file, now = Date.now } = options;
  const all: LogLine[] = [];
  const lines = (group?: string) => all.filter((line) => group === undefined || line.group === group);
  return {
    write(group, message) {
      all.push({ group, time: now(), message });
      if (file !== undefined) appendFileSync(file, `${group}\t${message}\n`);
    },
    lines,
    search: (what, group) =>
      lines(group).filter(({ message }) =>
        typeof what === 'string'
          ? message.includes(what)
          : new RegExp(what.source, what.flags.replace(/[gy]/g, '')).test(message),
      ),
  };
}
