import { findUncaughtException } from '../../airflow/find-failure-evidence.ts';
import { findLastOutputLine } from '../../airflow/log-lines.ts';
import { type CliStreams, stripAnsi } from '../../airflow/streams.ts';
import { stripExitNoise } from '../../airflow/strip-exit-noise.ts';

/** Airflow's own explanation of a failure: the uncaught exception, or else the last line of output. */
export const describeFailure = ({ stdout, stderr }: CliStreams): string => {
  const errors = stripExitNoise(stripAnsi(stderr));
  const text =
    findUncaughtException(errors)?.line ?? (findLastOutputLine(errors) || findLastOutputLine(stripAnsi(stdout)));
  return text.slice(0, 300) || 'it printed nothing.';
};
