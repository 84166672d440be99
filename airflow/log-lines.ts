import { isJsonObject } from './parse-json.ts';
import { findLineStart, skipEmptyLinesBefore } from './text-lines.ts';

/** Lines that the command itself does not print: log lines in the formats of 1.10 to 3.x, and the notice of MWAA's log handlers. */
const LOG_LINE = new RegExp(
  [
    /^\[\d{4}-\d\d-\d\d[T ][\d:.,+Z-]+\] [{[]/, // [2026-11-22T12:00:00.123+0000] {dagbag.py:588} INFO - …
    /^\d{4}-\d\d-\d\d[T ][\d:.,+Z-]+ \[(?:debug|info|warning|error|critical) *\] /, // 2026-11-22T12:00:00.123456Z [info     ] …
    /^(?:DEBUG|INFO|WARNI?N?G?|ERROR|CRITICAL) {1,5}\[[\w.]+\] /, // INFO  [alembic.runtime.plugins] setup plugin …
    /^CloudWatch logging is disabled for /,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** JSON log lines have a time, a level and a message, under names that the formatter decides. */
const JSON_LOG_MEMBERS = [
  /"@?(?:timestamp|time|asctime|ts)"/,
  /"(?:log\.)?(?:level|levelname|severity)"/,
  /"(?:event|message|msg)"/,
];

export const isLogLine = (line: string): boolean => LOG_LINE.test(line) || isExitLogLine(line) || isJsonLogLine(line);

const EXIT_LOG_TEXT = 'Disposing DB connection pool (PID ';

/** Airflow logs this in an exit handler, at level DEBUG. The environment decides the format of the line. */
export const isExitLogLine = (line: string): boolean =>
  line.includes(EXIT_LOG_TEXT) && /\bDisposing DB connection pool \(PID \d+\)/.test(line);

/** Most lines are not parsed: parsing a text that is not JSON takes long. */
function isJsonLogLine(line: string): boolean {
  if (!line.startsWith('{') || !JSON_LOG_MEMBERS.every((member) => member.test(line))) return false;
  const names = listMembers(line).map((name) => JSON.stringify(name));
  return JSON_LOG_MEMBERS.every((member) => names.some((name) => member.test(name)));
}

function listMembers(line: string): string[] {
  if (!/^\{\s*"/.test(line) || !line.trimEnd().endsWith('}')) return [];
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
    const start = findLineStart(stream, end - 1);
    if (!isLogLine(stream.slice(start, end))) break;
    end = start;
  }
  return stream.slice(0, end);
}

/** The last line that is neither empty nor a log line, or `''`. A line of spaces is not empty. */
export function findLastOutputLine(stream: string): string {
  for (let end = skipEmptyLinesBefore(stream, stream.length); end > 0; ) {
    const start = findLineStart(stream, end);
    const line = stream.slice(start, end).replace(/\r$/, '');
    if (line !== '' && !isLogLine(line)) return line;
    end = skipEmptyLinesBefore(stream, start);
  }
  return '';
}

/**
 * Replaces the two characters that `.` does not match in a JavaScript regular expression. In Python they are ordinary characters, so lines
 * may contain them.
 */
export const replaceLineSeparators = (line: string): string => line.replace(/[\u2028\u2029]/g, ' ');
