import { lastLine } from './printed.ts';

/** What standard error says of a failure, in words, or undefined. */
export function failureIn(stderr: string, refused: RegExp | undefined): string | undefined {
  const last = lastLine(stderr);
  if (/^airflow .*command error: .*, see help above\.$/.test(last)) return "argparse's usage error";
  if (endsInTraceback(stderr)) return "a traceback from Airflow's entry point";
  if (refused?.test(last) || OF_ANY_COMMAND.test(last)) return 'the line this command prints when it refuses';
  return undefined;
}

/** Refusals of 3.x in one line that many commands share. */
const OF_ANY_COMMAND = /^(?:Bundles not found: .*|Can not find dag '.*'(?: in database)?)$/;

const HEADING = 'Traceback (most recent call last):\n';
const ENTRY = /^ {2}File ".*\/airflow(?:\/__main__\.py)?", line \d+, in <module>$/;
const EXCEPTION = /^[\w.]+(?::|$)/;

/**
 * Whether standard error ends in a traceback that starts at Airflow's own entry point: only an exception that nobody
 * caught shows it. A DAG file may print one of its own while it is read, and all is well: that one starts elsewhere.
 */
function endsInTraceback(stderr: string): boolean {
  const start = stderr.lastIndexOf(HEADING);
  if (start === -1) return false;
  const [entry = '', ...rest] = stderr.slice(start + HEADING.length).split('\n');
  return ENTRY.test(entry) && EXCEPTION.test(rest.find((line) => !line.startsWith(' ')) ?? '');
}
