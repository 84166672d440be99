import type { RunReference } from '../airflow/run-lookup.ts';
import type { CommandResult, RunState, SplitCommandResult } from './library/api-types.ts';
import type { ArgvElement, RunOptions } from './library/request-command.ts';

/** The Airflow command line of one environment, through the proxy or directly at MWAA. */
export interface AirflowCli {
  /** Runs one command. `argv` does not include the leading `airflow`. Throws like `MwaaCliProxyClient.run`. */
  run(argv: readonly ArgvElement[], options?: RunOptions): Promise<CommandResult>;
  /**
   * Like `run`, for a command whose answer is printed. The result or problem has the answer and the messages in place of the streams, if
   * the proxy can find them.
   */
  runSplit(argv: readonly ArgvElement[], options?: RunOptions): Promise<CommandResult | SplitCommandResult>;
  /** The state of a DAG run. Throws like `MwaaCliProxyClient.runState`. */
  runState(run: RunReference, options?: Pick<RunOptions, 'signal' | 'onWait'>): Promise<RunState>;
  /** The Airflow release of the environment, as in `2.10.3`. Runs a command on Airflow only as a last resort. */
  release(signal?: AbortSignal): Promise<string>;
}
