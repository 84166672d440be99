import { findLastOutputLine } from './log-lines.ts';
import { AIRFLOW_ENTRY_FRAME, stripExitNoise, TRACEBACK_HEADING } from './strip-exit-noise.ts';

/** What shows that a command failed. */
export interface FailureEvidence {
  /** In words. */
  readonly description: string;
  /** Nothing stands behind it: it is how the process ended. */
  readonly isFinal: boolean;
}

/** The evidence of a command line that Airflow's own parser refuses: its process exits 2, and 1 after every other failure. */
export const USAGE_ERROR = "argparse's usage error";

/** What standard error says of a failure, or undefined. */
export function findFailureEvidence(stderr: string, refused: RegExp | undefined): FailureEvidence | undefined {
  const said = stripExitNoise(stderr);
  const last = findLastOutputLine(said);
  if (/^airflow .*command error: .*, see help above\.$/.test(last)) return { description: USAGE_ERROR, isFinal: true };
  const traceback = findTraceback(said);
  if (traceback) return traceback;
  if (refused?.test(last) || COMMON_REFUSAL_LINE.test(last)) {
    return { description: 'the line this command prints when it refuses', isFinal: true };
  }
  return undefined;
}

/** Refusals of 3.x in one line that many commands share. Python quotes a name that holds `'` the other way. */
const COMMON_REFUSAL_LINE = /^(?:Bundles not found: .*|Can not find dag (?:'.*'|".*")(?: in database)?)$/;

const EXCEPTION_LINE = /^[\w.]+(?::|$)/;
/** What stands below an exception and belongs to it, as all does below a colon: SQLAlchemy's and PostgreSQL's messages have several lines. */
const CONTINUATION_LINE = /^(?:$|[ \t([]|DETAIL: |HINT: |LINE \d+: |CONTEXT: )/;

/** An exception that nobody caught. */
interface UncaughtException {
  /** Its line: class and message, or as much of it as stands on one line. */
  readonly line: string;
  readonly isFinal: boolean;
}

function findTraceback(stderr: string): FailureEvidence | undefined {
  const found = findUncaughtException(stderr);
  return found && { description: "a traceback from Airflow's entry point", isFinal: found.isFinal };
}

/**
 * The last traceback that starts at Airflow's own entry point: only an exception that nobody caught shows it. A DAG file
 * may print one of its own while it is read, and all is well: that one starts elsewhere. What a DAG file prints of an
 * `airflow` that it has started itself starts there too, but is not the last thing on standard error.
 *
 * @param stderr without exit noise
 */
export function findUncaughtException(stderr: string): UncaughtException | undefined {
  const lines = stderr.split('\n');
  const start = lines.findLastIndex(
    (line, at) => line === TRACEBACK_HEADING && AIRFLOW_ENTRY_FRAME.test(lines[at + 1] ?? ''),
  );
  if (start === -1) return undefined;
  const below = lines.slice(start + 1).findIndex((line) => !line.startsWith(' '));
  const exception = start + 1 + below;
  const line = lines[exception] ?? '';
  if (below === -1 || !EXCEPTION_LINE.test(line)) return undefined;
  const behind = lines.slice(exception + 1);
  return { line, isFinal: line.endsWith(':') || behind.every((one) => CONTINUATION_LINE.test(one)) };
}
