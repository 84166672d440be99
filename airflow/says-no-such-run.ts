import { findUncaughtException } from './find-traceback.ts';
import { findLastOutputLine } from './log-lines.ts';
import { type CliStreams, stripAnsi } from './streams.ts';
import { findLastErrorLine } from './strip-exit-noise.ts';

/**
 * Whether a command of a look-up failed because the DAG or the run does not exist, or because no run can have what was looked for as its
 * date. Reads only Airflow's own last words.
 *
 * @param path of the command
 */
export function saysNoSuchRun({ stdout, stderr }: CliStreams, path: readonly string[]): boolean {
  const exception = findUncaughtException(stripAnsi(stderr), path)?.line;
  if (exception !== undefined) return NO_SUCH_RUN_EXCEPTION.test(exception) || failedToReadDate(exception, stderr);
  const lastLines = [findLastErrorLine(stripAnsi(stderr)), findLastOutputLine(stripAnsi(stdout))];
  return lastLines.some((line) => NO_SUCH_DAG.test(line) || NOT_A_DATE.test(line));
}

const NO_SUCH_DAG = /^DAG: .* does not exist in (?:'dag' table|the database)$/;
const NOT_A_DATE =
  /^airflow dags list-runs command error: .*--(?:start|end)-date: invalid parse value: .*, see help above\.$/;
const NO_SUCH_RUN_EXCEPTION =
  /^(?:\w+\.)*(?:DagRunNotFound: DagRun for .* not found$|AirflowException: (?:Error parsing the supplied execution_date\.|Dag id .* not found$)|DagNotFound: Dag id .* not found$)/;

/**
 * Airflow looks for the run id first, and reads the id as a date only if no run has it. For some ids, its parser fails with more than a
 * `ParserError`: it overflows for long numbers, and makes a duration of `P1D`, which SQLAlchemy rejects.
 */
const failedToReadDate = (exception: string, stderr: string): boolean =>
  DURATION_FOR_DATE.test(exception) || (PARSER_EXCEPTION.test(exception) && DATE_PARSER_FRAME.test(stripAnsi(stderr)));

const DURATION_FOR_DATE =
  /^sqlalchemy\.exc\.StatementError: \(builtins\.TypeError\) expected datetime\.datetime, not (?:Duration|Period|Interval|<Period|<Interval)\b/;
const PARSER_EXCEPTION = /^(?:OverflowError|ValueError|TypeError): /;
/** `airflow/utils/timezone.py`; in 3.x, other folders too. */
const DATE_PARSER_FRAME = /^ {2}File ".*\/airflow\/.*\/timezone\.py", line \d+, in parse$/m;
