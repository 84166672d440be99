import { findUncaughtException } from './find-traceback.ts';
import { findLastOutputLine } from './log-lines.ts';
import { type CliStreams, stripAnsi } from './streams.ts';
import { stripExitNoise } from './strip-exit-noise.ts';

/** Whether a command of a look-up failed because the DAG or the run does not exist. Reads only Airflow's own last words. @param path of the command */
export function saysNoSuchRun({ stdout, stderr }: CliStreams, path: readonly string[]): boolean {
  const exception = findUncaughtException(stripAnsi(stderr), path)?.line;
  return exception === undefined
    ? NO_SUCH_DAG.test(findLastOutputLine(stripExitNoise(stripAnsi(stderr)))) ||
        NO_SUCH_DAG.test(findLastOutputLine(stripAnsi(stdout)))
    : NO_SUCH_RUN_EXCEPTION.test(exception);
}

const NO_SUCH_DAG = /^DAG: .* does not exist in (?:'dag' table|the database)$/;
const NO_SUCH_RUN_EXCEPTION =
  /^(?:\w+\.)*(?:DagRunNotFound: DagRun for .* not found$|AirflowException: (?:Error parsing the supplied execution_date\.|Dag id .* not found$)|DagNotFound: Dag id .* not found$)/;
