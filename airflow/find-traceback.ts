import { findTracebackOwner } from './find-command-function.ts';
import { isExitLogLine, isLogLine } from './log-lines.ts';
import {
  AIRFLOW_ENTRY_FRAME,
  findEndOfIgnoredException,
  isExitWarning,
  TRACEBACK_HEADING,
} from './strip-exit-noise.ts';

/** The exception that ended the process. */
export interface UncaughtException {
  /** Class and message, up to the first newline. */
  readonly line: string;
  /** Nothing follows it in the stream, so it shows how the process ended. */
  readonly isFinal: boolean;
  /** The traceback contains the function of the command. Without it, Airflow failed before it ran a command, this one or another. */
  readonly isOwn: boolean;
}

/**
 * The exception of the last traceback that starts at Airflow's own entry point. Only an uncaught exception has such a traceback. A
 * traceback that a DAG file prints while Airflow reads it starts elsewhere and does not mean failure. A traceback of another
 * `airflow` process that a DAG file started does start there, but it contains the function of another command, or it is not the last
 * thing on standard error.
 *
 * @param path the path of the command. Without it, a traceback of any command counts
 */
export function findUncaughtException(stderr: string, path?: readonly string[]): UncaughtException | undefined {
  const lines = flattenExceptionGroups(stderr.split('\n'));
  for (let at = lines.length - 1; at >= 0; at--) {
    const heading = lines[at]!;
    if (!heading.endsWith(TRACEBACK_HEADING) || !AIRFLOW_ENTRY_FRAME.test(lines[at + 1] ?? '')) continue;
    let end = at + 1;
    while (lines[end]?.startsWith(' ')) end++;
    const frames = lines.slice(at + 1, end);
    const owner = path === undefined ? 'unknown' : findTracebackOwner(frames, path);
    // A DAG file may print text without a line end before the traceback.
    const isWholeLine = heading === TRACEBACK_HEADING;
    if (owner === 'other-command' || (owner === 'unknown' && (!isWholeLine || ENDS_IN_MAIN.test(frames.join('\n')))))
      continue;
    if (!isWholeLine && isLogLine(heading)) continue;
    const line = lines[end] ?? '';
    const isFinal = !isFollowedByOutput(line, lines.slice(end + 1));
    return EXCEPTION_LINE.test(line) ? { line, isFinal, isOwn: owner === 'this-command' } : undefined;
  }
  return undefined;
}

/** `main` only calls other functions, so a traceback that ends in it was not printed by Airflow. */
const ENDS_IN_MAIN = /__main__\.py", line \d+, in main\n(?: {4}.*\n?)*$/;

const EXCEPTION_LINE = /^[\w.<>]+(?::|$)/;

/** An exception group is printed in a frame of `|` and `+`. Its sub-exceptions stay indented, as a part of the message. */
function flattenExceptionGroups(lines: readonly string[]): string[] {
  let isGroup = false;
  return lines.map((line) => {
    if (line === `  + Exception Group ${TRACEBACK_HEADING}`) {
      isGroup = true;
      return TRACEBACK_HEADING;
    }
    const content = isGroup ? /^ {2}\| ?(.*)$/.exec(line)?.[1] : undefined;
    isGroup = content !== undefined;
    return content ?? line;
  });
}

/**
 * Lines after an exception that belong to its message, in the forms of SQLAlchemy, PostgreSQL and jsonschema. A message may contain any
 * text, so a line of another form does not show whether the process printed more.
 */
const MESSAGE_LINE = /^(?:$|[ \t([]|DETAIL: |HINT: |LINE \d+: |CONTEXT: |Failed validating .* in .*:$|On instance.*:$)/;
/** After such a first line, every line belongs to the message: a heading, or pydantic's list of errors. */
const MESSAGE_HEADING = /:$|: \d+ validation errors? for \S+$/;
/** A SQL statement may contain any line. SQLAlchemy prints this line after it. */
const SQL_START = /^\[SQL: /;
const SQL_END = /^\(Background on this error at: /;

/** Whether the process printed something after the exception, other than what may follow the exception that ends a process. */
function isFollowedByOutput(exceptionLine: string, lines: readonly string[]): boolean {
  const hasHeading = MESSAGE_HEADING.test(exceptionLine);
  let isSql = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const ignoredEnd = findEndOfIgnoredException(lines, at);
    if (ignoredEnd !== undefined) at = ignoredEnd;
    else if (isExitWarning(line)) at += lines[at + 1]?.startsWith('  ') ? 1 : 0;
    else if (isSql) isSql = !SQL_END.test(line);
    else if (SQL_START.test(line)) isSql = true;
    else if (isExitLogLine(line)) continue;
    else if (isLogLine(line) || !(hasHeading || MESSAGE_LINE.test(line))) return true;
  }
  return false;
}
