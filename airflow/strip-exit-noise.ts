import { isLogLine } from './log-lines.ts';
import { findLineEnd, findLineStart, getLine, skipEmptyLinesBefore, skipIndentedLines } from './text-lines.ts';

/** The first line of a traceback. */
export const TRACEBACK_HEADING = 'Traceback (most recent call last):';
/** The first frame of a traceback that starts at Airflow's own entry point. */
export const AIRFLOW_ENTRY_FRAME = /^ {2}File ".*\/airflow(?:\/__main__\.py)?", line \d+, in <module>$/;

/** Python's notice of an exception that it ignores, in `__del__` or in an exit callback. It does not affect the exit status. */
const IGNORED_EXCEPTION_LINE = /^(?:Exception ignored (?:in|on|while)[ :]|Error in atexit\._run_exitfuncs:)/;
const WARNING_LINE = /^\S+:\d+: \w*Warning: /;
/** Most lines are not tried with the expression, which takes longer. */
const isWarning = (line: string): boolean => line.includes('Warning: ') && WARNING_LINE.test(line);

/** Warnings that Python prints while it exits: about open files, and from the process that tracks semaphores. */
export const isExitWarning = (line: string): boolean =>
  /^(?:sys:\d+: ResourceWarning: |\S+\/resource_tracker\.py:\d+: UserWarning: )/.test(line);

/**
 * The lines of standard error without what does not affect the exit status: log lines, warnings with the line of code below them, and
 * exceptions that Python ignored, with their tracebacks. Airflow's own traceback is always kept. Empty lines are left out.
 *
 * @param from where a line begins
 * @param to where a line ends
 */
export function* generateErrorLines(stderr: string, from = 0, to = stderr.length): Generator<string> {
  for (let at = from; at < to; ) {
    if (stderr[at] === '\n') {
      at += 1;
      continue;
    }
    const end = findLineEnd(stderr, at);
    const line = stderr.slice(at, end);
    const ignoredEnd = findEndOfIgnoredException(stderr, at, line);
    if (ignoredEnd !== undefined) at = ignoredEnd + 1;
    else if (isWarning(line)) at = skipCodeBelowWarning(stderr, end + 1);
    else {
      if (!isLogLine(line)) yield line;
      at = end + 1;
    }
  }
}

function skipCodeBelowWarning(stderr: string, start: number): number {
  const isCode = stderr.startsWith('  ', start) && !AIRFLOW_ENTRY_FRAME.test(getLine(stderr, start)!);
  return isCode ? findLineEnd(stderr, start) + 1 : start;
}

/** The last line of standard error that is neither empty nor a log line nor exit noise, or `''`. Reads the stream from its end. */
export function findLastErrorLine(stderr: string): string {
  for (let end = skipEmptyLinesBefore(stderr, stderr.length); end > 0; ) {
    const start = findRecordStart(stderr, end);
    let last = '';
    for (const line of generateErrorLines(stderr, start, end)) last = line.replace(/\r$/, '') || last;
    if (last !== '') return last;
    end = skipEmptyLinesBefore(stderr, start);
  }
  return '';
}

/**
 * Where the last line begins at which a new record begins for certain, whatever precedes it: neither the line nor the one before it is
 * indented or the heading of a traceback.
 */
function findRecordStart(stderr: string, end: number): number {
  let start = findLineStart(stderr, end);
  let mayContinue = isPartOfRecord(stderr, start);
  while (start > 0) {
    const startBefore = findLineStart(stderr, start - 1);
    const isPartBefore = isPartOfRecord(stderr, startBefore);
    if (!mayContinue && !isPartBefore) break;
    start = startBefore;
    mayContinue = isPartBefore;
  }
  return start;
}

const isPartOfRecord = (stderr: string, start: number): boolean =>
  stderr.startsWith(' ', start) || stderr.startsWith(TRACEBACK_HEADING, start);

/**
 * The end of the last line that belongs to an ignored exception: of its notice, or of the traceback below it.
 *
 * @param start where the line begins
 * @returns undefined if no ignored exception begins there
 */
export function findEndOfIgnoredException(stderr: string, start: number, line: string): number | undefined {
  if (!IGNORED_EXCEPTION_LINE.test(line)) return undefined;
  const end = start + line.length;
  const frames = end + 1 + TRACEBACK_HEADING.length + 1;
  if (getLine(stderr, end + 1) !== TRACEBACK_HEADING || AIRFLOW_ENTRY_FRAME.test(getLine(stderr, frames) ?? ''))
    return end;
  return Math.min(findLineEnd(stderr, skipIndentedLines(stderr, frames)), stderr.length);
}
