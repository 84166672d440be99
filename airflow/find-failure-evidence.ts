import { findLastOutputLine, replaceLineSeparators } from './log-lines.ts';
import { AIRFLOW_ENTRY_FRAME, stripExitNoise, TRACEBACK_HEADING } from './strip-exit-noise.ts';

/** Evidence that a command failed. */
export interface FailureEvidence {
  /** A phrase for use in a sentence. */
  readonly description: string;
  /** Nothing follows it in the stream, so it shows how the process ended. */
  readonly isFinal: boolean;
}

/** Evidence that Airflow's own parser rejected the command line. The exit code is then 2. After any other failure it is 1. */
export const USAGE_ERROR = "argparse's usage error";

/** Finds evidence of a failure in standard error. @param failureLine matches the last line if this command fails */
export function findFailureEvidence(stderr: string, failureLine: RegExp | undefined): FailureEvidence | undefined {
  const remaining = stripExitNoise(stderr);
  const lastLine = replaceLineSeparators(findLastOutputLine(remaining));
  if (/^airflow .*command error: .*, see help above\.$/.test(lastLine))
    return { description: USAGE_ERROR, isFinal: true };
  const traceback = findTraceback(remaining);
  if (traceback) return traceback;
  if (failureLine?.test(lastLine) || COMMON_FAILURE_LINE.test(lastLine)) {
    return { description: 'the line this command prints when it fails', isFinal: true };
  }
  return undefined;
}

/** One-line failures of 3.x that many commands have in common. Python puts a name that contains `'` in double quotes. */
const COMMON_FAILURE_LINE = /^(?:Bundles not found: .*|Can not find dag (?:'.*'|".*")(?: in database)?)$/;

const EXCEPTION_LINE = /^[\w.]+(?::|$)/;
/**
 * Lines after an exception that belong to its message: messages of SQLAlchemy and PostgreSQL have several lines. After a line that
 * ends with a colon, every line belongs to the message.
 */
const CONTINUATION_LINE = /^(?:$|[ \t([]|DETAIL: |HINT: |LINE \d+: |CONTEXT: )/;

/** The exception that ended the process. */
interface UncaughtException {
  /** Class and message, up to the first newline. */
  readonly line: string;
  readonly isFinal: boolean;
}

function findTraceback(stderr: string): FailureEvidence | undefined {
  const exception = findUncaughtException(stderr);
  return exception && { description: "a traceback from Airflow's entry point", isFinal: exception.isFinal };
}

/**
 * The exception of the last traceback that starts at Airflow's own entry point. Only an uncaught exception has such a traceback. A
 * traceback that a DAG file prints while Airflow reads it starts elsewhere and does not mean failure. A traceback of another
 * `airflow` process that a DAG file started does start there, but it is not the last thing on standard error.
 *
 * @param stderr without exit noise
 */
export function findUncaughtException(stderr: string): UncaughtException | undefined {
  const lines = stderr.split('\n');
  const start = lines.findLastIndex(
    (line, at) => line === TRACEBACK_HEADING && AIRFLOW_ENTRY_FRAME.test(lines[at + 1] ?? ''),
  );
  if (start === -1) return undefined;
  const frames = lines.slice(start + 1).findIndex((line) => !line.startsWith(' '));
  const exceptionAt = start + 1 + frames;
  const line = lines[exceptionAt] ?? '';
  if (frames === -1 || !EXCEPTION_LINE.test(line)) return undefined;
  const following = lines.slice(exceptionAt + 1);
  return { line, isFinal: line.endsWith(':') || following.every((text) => CONTINUATION_LINE.test(text)) };
}
