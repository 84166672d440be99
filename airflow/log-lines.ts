import { isJsonObject } from './parse-json.ts';

/** Lines that the command itself does not print: log lines in the formats of 1.10 to 3.x, and the notice of MWAA's log handlers. */
const LOG_LINE_PATTERNS = [
  /^\[\d{4}-\d\d-\d\d[T ][\d:.,+Z-]+\] [{[]/, // [2026-11-22T12:00:00.123+0000] {dagbag.py:588} INFO - …
  /^\d{4}-\d\d-\d\d[T ][\d:.,+Z-]+ \[(debug|info|warning|error|critical) *\] /, // 2026-11-22T12:00:00.123456Z [info     ] …
  /^(DEBUG|INFO|WARNI?N?G?|ERROR|CRITICAL) {1,5}\[[\w.]+\] /, // INFO  [alembic.runtime.plugins] setup plugin …
  /^CloudWatch logging is disabled for /,
];

/** JSON log lines have a time, a level and a message, under names that the formatter decides. */
const JSON_LOG_MEMBERS = [
  /^@?(?:timestamp|time|asctime|ts)$/,
  /^(?:log\.)?(?:level|levelname|severity)$/,
  /^(?:event|message|msg)$/,
];

export const isLogLine = (line: string): boolean =>
  LOG_LINE_PATTERNS.some((pattern) => pattern.test(line)) || isExitLogLine(line) || isJsonLogLine(line);

/** Airflow logs this in an exit handler, at level DEBUG. The environment decides the format of the line. */
export const isExitLogLine = (line: string): boolean => /\bDisposing DB connection pool \(PID \d+\)/.test(line);

function isJsonLogLine(line: string): boolean {
  if (!line.startsWith('{') || !line.includes('"')) return false;
  const names = listMembers(line);
  return JSON_LOG_MEMBERS.every((member) => names.some((name) => member.test(name)));
}

function listMembers(line: string): string[] {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? Object.keys(value) : [];
  } catch {
    return [];
  }
}

/** Removes the log lines at the end of a stream. */
export function stripTrailingLogLines(stream: string): string {
  let end = stream.length;
  while (end > 0) {
    const start = stream.lastIndexOf('\n', end - 2) + 1;
    if (!isLogLine(stream.slice(start, end))) break;
    end = start;
  }
  return stream.slice(0, end);
}

/** The last line that is neither empty nor a log line, or `''`. A line of spaces is not empty. */
export function findLastOutputLine(stream: string): string {
  for (let end = stream.length; end > 0; ) {
    const start = stream.lastIndexOf('\n', end - 1) + 1;
    const line = stream.slice(start, end).replace(/\r$/, '');
    if (line !== '' && !isLogLine(line)) return line;
    end = start - 1;
  }
  return '';
}

/**
 * Replaces the two characters that `.` does not match in a JavaScript regular expression. In Python they are ordinary characters, so lines
 * may contain them.
 */
export const replaceLineSeparators = (line: string): string => line.replace(/[\u2028\u2029]/g, ' ');
