import { findFrameFunction, getCommandFunction } from './find-command-function.ts';
import { isExitLogLine, isLogLine } from './log-lines.ts';
import {
  AIRFLOW_ENTRY_FRAME,
  findEndOfIgnoredException,
  isExitWarning,
  TRACEBACK_HEADING,
} from './strip-exit-noise.ts';
import { findLineEnd, findLineStart, getLine } from './text-lines.ts';

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
 * The stream is read from its end, and each line once.
 *
 * @param path the path of the command. Without it, a traceback of any command counts
 */
export function findUncaughtException(stderr: string, path?: readonly string[]): UncaughtException | undefined {
  if (!stderr.includes(TRACEBACK_HEADING)) return undefined;
  const text = flattenExceptionGroups(stderr);
  const expected = path && getCommandFunction(path);
  let below: Frames | undefined;
  for (let at = text.length; at >= 0; at--) {
    at = text.lastIndexOf(TRACEBACK_HEADING, at);
    if (at === -1) return undefined;
    const headingEnd = at + TRACEBACK_HEADING.length;
    if (text[headingEnd] !== '\n' || !AIRFLOW_ENTRY_FRAME.test(getLine(text, headingEnd + 1)!)) continue;
    const headingStart = findLineStart(text, at);
    const frames = readFrames(text, headingStart, headingEnd + 1, below);
    below = frames;
    // A DAG file may print text without a line end before the traceback.
    const isWholeLine = headingStart === at;
    const isOwn = expected !== undefined && frames.functionName === expected;
    if (!isOwn) {
      const isOtherCommand = expected !== undefined && frames.functionName !== undefined;
      if (isOtherCommand || !isWholeLine || endsInMain(text, frames)) continue;
    }
    if (!isWholeLine && isLogLine(text.slice(headingStart, headingEnd))) continue;
    const line = getLine(text, frames.end) ?? '';
    if (!EXCEPTION_LINE.test(line)) return undefined;
    return { line, isFinal: !isFollowedByOutput(text, line, frames.end + line.length + 1), isOwn };
  }
  return undefined;
}

/** The frames of a traceback: the indented lines below its heading. */
interface Frames {
  readonly headingStart: number;
  readonly start: number;
  /** Where the line after the frames begins. */
  readonly end: number;
  /** The first function of Airflow's command modules. */
  readonly functionName: string | undefined;
}

/** @param below the traceback that was read before. If its heading is indented, its frames belong to these frames as well */
function readFrames(text: string, headingStart: number, start: number, below: Frames | undefined): Frames {
  let functionName: string | undefined;
  let at = start;
  while (text[at] === ' ') {
    if (at === below?.headingStart) {
      functionName ??= below.functionName;
      at = below.end;
      break;
    }
    const end = findLineEnd(text, at);
    functionName ??= findFrameFunction(text.slice(at, end));
    at = end + 1;
  }
  return { headingStart, start, end: at, functionName };
}

/** `main` only calls other functions, so a traceback that ends in it, with lines of code below, was not printed by Airflow. */
function endsInMain(text: string, { start, end }: Frames): boolean {
  for (let lineEnd = end - 1; lineEnd > start; ) {
    const lineStart = Math.max(findLineStart(text, lineEnd), start);
    const line = text.slice(lineStart, lineEnd);
    if (lineEnd < end - 1 && MAIN_FRAME.test(line)) return true;
    if (!CODE_LINE.test(line)) return false;
    lineEnd = lineStart - 1;
  }
  return false;
}

const MAIN_FRAME = /__main__\.py", line \d+, in main$/;
const CODE_LINE = /^ {4}.*$/;

const EXCEPTION_LINE = /^[\w.<>]+(?::|$)/;

const GROUP_HEADING = `  + Exception Group ${TRACEBACK_HEADING}`;
const GROUP_LINE = /^ {2}\|.*$/;

/** An exception group is printed in a frame of `|` and `+`. Its sub-exceptions stay indented, as a part of the message. */
function flattenExceptionGroups(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  for (let at = text.indexOf(GROUP_HEADING); at !== -1; at = text.indexOf(GROUP_HEADING, at + 1)) {
    let end = at + GROUP_HEADING.length;
    const isLine = (at === 0 || text[at - 1] === '\n') && findLineEnd(text, end) === end;
    if (!isLine) continue;
    const framed = end;
    while (end < text.length && GROUP_LINE.test(getLine(text, end + 1)!)) end = findLineEnd(text, end + 1);
    parts.push(text.slice(copied, at), TRACEBACK_HEADING, text.slice(framed, end).replace(/\n {2}\| ?/g, '\n'));
    copied = end;
  }
  return copied === 0 ? text : parts.join('') + text.slice(copied);
}

/**
 * Lines after an exception that belong to its message, in the forms of SQLAlchemy, PostgreSQL and jsonschema. A message may contain any
 * text, so a line of another form does not show whether the process printed more.
 */
const MESSAGE_LINE =
  /^(?:$|[ \t([]|DETAIL: |HINT: |LINE \d+: |CONTEXT: |Failed validating (?:(?! in ).)* in .*:$|On instance.*:$)/;
/** After such a first line, every line belongs to the message: a heading, or pydantic's list of errors. */
const MESSAGE_HEADING = /:$|: \d+ validation errors? for \S+$/;
/** A SQL statement may contain any line. SQLAlchemy prints this line after it. */
const SQL_START = /^\[SQL: /;
const SQL_END = /^\(Background on this error at: /;

/**
 * Whether the process printed something after the exception, other than what may follow the exception that ends a process.
 *
 * @param start where the line after the exception begins
 */
function isFollowedByOutput(text: string, exceptionLine: string, start: number): boolean {
  const hasHeading = MESSAGE_HEADING.test(exceptionLine);
  let isSql = false;
  for (let at = start; at < text.length; ) {
    if (text[at] === '\n') {
      at += 1;
      continue;
    }
    const end = findLineEnd(text, at);
    const line = text.slice(at, end);
    const ignoredEnd = findEndOfIgnoredException(text, at, line);
    at = (ignoredEnd ?? end) + 1;
    if (ignoredEnd !== undefined) continue;
    if (isExitWarning(line)) at = text.startsWith('  ', at) ? findLineEnd(text, at) + 1 : at;
    else if (isSql) isSql = !SQL_END.test(line);
    else if (SQL_START.test(line)) isSql = true;
    else if (isExitLogLine(line)) continue;
    else if (isLogLine(line) || !(hasHeading || MESSAGE_LINE.test(line))) return true;
  }
  return false;
}
