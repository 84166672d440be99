import { findUncaughtException } from '../../airflow/find-traceback.ts';
import { findLastOutputLine } from '../../airflow/log-lines.ts';
import { type CliStreams, stripAnsi } from '../../airflow/streams.ts';
import { findLastErrorLine } from '../../airflow/strip-exit-noise.ts';

/** Airflow's own explanation of a failure: the uncaught exception, or else the last line of output. @param path of the command */
export const describeFailure = ({ stdout, stderr }: CliStreams, path: readonly string[]): string => {
  const errors = stripAnsi(stderr);
  const text =
    findUncaughtException(errors, path)?.line ?? (findLastErrorLine(errors) || findLastOutputLine(stripAnsi(stdout)));
  return text.slice(0, 300) || 'it printed nothing.';
};
