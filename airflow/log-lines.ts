import { isJsonObject, parseBoundedJson } from './parse-json.ts';
import { findLineStart, skipEmptyLinesBefore, type TextSpan } from './text-lines.ts';

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

/** The most of a line that is searched: an answer in one line may have millions of characters. */
const MAX_EXIT_LOG_LENGTH = 10_000;

/** Airflow logs this in an exit handler, at level DEBUG. The environment decides the format of the line. */
export function isExitLogLine(line: string): boolean {
  const end = line.slice(-MAX_EXIT_LOG_LENGTH);
  return end.includes(EXIT_LOG_TEXT) && /\bDisposing DB connection pool \(PID \d+\)/.test(end);
}

/** Most lines are not parsed: parsing a text that is not JSON takes long. */
function isJsonLogLine(line: string): boolean {
  if (!line.startsWith('{') || !JSON_LOG_MEMBERS.every((member) => member.test(line))) return false;
  const names = listMembers(line).map((name) => JSON.stringify(name));
  return JSON_LOG_MEMBERS.every((member) => names.some((name) => member.test(name)));
}

function listMembers(line: string): string[] {
  if (!/^\{\s*"/.test(line) || !line.trimEnd().endsWith('}')) return [];
  try {
    const value: unknown = parseBoundedJson(line);
    return isJsonObject(value) ? Object.keys(value) : [];
  } catch {
    return [];
  }
}

/** The end of a stream, where the evidence is. */
export interface OutputEnd {
  /** The stream without the log lines at its end. */
  readonly text: string;
  /** The place of the last line that is neither empty nor a log line. */
  readonly lastLine: TextSpan;
}

/** Reads the end of a stream. The last line may have millions of characters, so it is searched once. */
export function readOutputEnd(stream: string): OutputEnd {
  let end = stream.length;
  let start = end;
  while (end > 0) {
    start = findLineStart(stream, end - 1);
    if (!isLogLine(stream.slice(start, end))) break;
    end = start;
  }
  const text = stream.slice(0, end);
  const lastLine = { start, end: skipCarriageReturn(text, text.endsWith('\n') ? end - 1 : end) };
  return { text, lastLine: lastLine.start < lastLine.end ? lastLine : findLastOutputSpan(text) };
}

/** The last line that is neither empty nor a log line, or `''`. A line of spaces is not empty. */
export function findLastOutputLine(stream: string): string {
  const { start, end } = findLastOutputSpan(stream);
  return stream.slice(start, end);
}

function findLastOutputSpan(stream: string): TextSpan {
  for (let end = skipEmptyLinesBefore(stream, stream.length); end > 0; ) {
    const start = findLineStart(stream, end);
    const span = { start, end: skipCarriageReturn(stream, end) };
    if (start < span.end && !isLogLine(stream.slice(start, span.end))) return span;
    end = skipEmptyLinesBefore(stream, start);
  }
  return { start: 0, end: 0 };
}

const skipCarriageReturn = (stream: string, end: number): number => (stream[end - 1] === '\r' ? end - 1 : end);

/**
 * Replaces the two characters that `.` does not match in a JavaScript regular expression. In Python they are ordinary characters, so lines
 * may contain them.
 */
export const replaceLineSeparators = (line: string): string => line.replace(/[\u2028\u2029]/g, ' ');
