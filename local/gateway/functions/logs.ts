/**
 * Stands in for CloudWatch Logs: keeps the lines of each log group in memory and optionally appends them to a file. Tests can search
 * everything that was logged.
 */
import { appendFileSync } from 'node:fs';

/** One event of a log group. */
export interface LogLine {
  group: string;
  /** Milliseconds since the epoch. */
  time: number;
  message: string;
}

/** The log groups of a gateway. */
export interface Logs {
  write(group: string, message: string): void;
  /** Returns the lines of one group, or of all groups, oldest first. */
  lines(group?: string): LogLine[];
  /** Returns the lines that contain the text or match the pattern. */
  search(pattern: string | RegExp, group?: string): LogLine[];
}

/** Creates empty log groups. Appends every line to `file` as `GROUP<tab>MESSAGE`. */
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
    search: (pattern, group) =>
      lines(group).filter(({ message }) =>
        typeof pattern === 'string'
          ? message.includes(pattern)
          : new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).test(message),
      ),
  };
}
