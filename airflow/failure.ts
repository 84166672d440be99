import { ENTRY, HEADING, withoutExitNoise } from './exit-noise.ts';
import { lastLine } from './printed.ts';

/** What shows that a command failed. */
export interface Failure {
  /** In words. */
  readonly what: string;
  /** Nothing stands behind it: it is how the process ended. */
  readonly last: boolean;
}

/** The evidence of a command line that Airflow's own parser refuses: its process exits 2, and 1 after every other failure. */
export const USAGE_ERROR = "argparse's usage error";

/** What standard error says of a failure, or undefined. */
export function failureIn(stderr: string, refused: RegExp | undefined): Failure | undefined {
  const said = withoutExitNoise(stderr);
  const last = lastLine(said);
  if (/^airflow .*command error: .*, see help above\.$/.test(last)) return { what: USAGE_ERROR, last: true };
  const traceback = tracebackIn(said);
  if (traceback) return traceback;
  if (refused?.test(last) || OF_ANY_COMMAND.test(last)) {
    return { what: 'the line this command prints when it refuses', last: true };
  }
  return undefined;
}

/** Refusals of 3.x in one line that many commands share. Python quotes a name that holds `'` the other way. */
const OF_ANY_COMMAND = /^(?:Bundles not found: .*|Can not find dag (?:'.*'|".*")(?: in database)?)$/;

const EXCEPTION = /^[\w.]+(?::|$)/;
/** What stands below an exception and belongs to it, as all does below a colon: SQLAlchemy's and PostgreSQL's messages have several lines. */
const CONTINUED = /^(?:$|[ \t([]|DETAIL: |HINT: |LINE \d+: |CONTEXT: )/;

/** An exception that nobody caught. */
interface Uncaught {
  /** Its line: class and message, or as much of it as stands on one line. */
  readonly line: string;
  readonly last: boolean;
}

function tracebackIn(stderr: string): Failure | undefined {
  const found = uncaughtIn(stderr);
  return found && { what: "a traceback from Airflow's entry point", last: found.last };
}

/**
 * The last traceback that starts at Airflow's own entry point: only an exception that nobody caught shows it. A DAG file
 * may print one of its own while it is read, and all is well: that one starts elsewhere. What a DAG file prints of an
 * `airflow` that it has started itself starts there too, but is not the last thing on standard error.
 *
 * @param stderr without exit noise
 */
export function uncaughtIn(stderr: string): Uncaught | undefined {
  const lines = stderr.split('\n');
  const start = lines.findLastIndex((line, at) => line === HEADING && ENTRY.test(lines[at + 1] ?? ''));
  if (start === -1) return undefined;
  const below = lines.slice(start + 1).findIndex((line) => !line.startsWith(' '));
  const exception = start + 1 + below;
  const line = lines[exception] ?? '';
  if (below === -1 || !EXCEPTION.test(line)) return undefined;
  const behind = lines.slice(exception + 1);
  return { line, last: line.endsWith(':') || behind.every((one) => CONTINUED.test(one)) };
}
