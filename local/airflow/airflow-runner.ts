/** The result of an Airflow process. `exitCode` is null if a signal ended it, as after an abort. */
export interface AirflowResult {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Airflow is starting. Nothing was run. */
export class RunnerNotReadyError extends Error {
  override readonly name = 'RunnerNotReadyError';
}

/** Runs the commands that the web server stand-in receives. */
export interface AirflowRunner {
  /** `real`: Airflow runs the commands. `replay`: nothing runs; the output is recorded. */
  readonly kind: 'real' | 'replay';
  /** The Airflow release, for example `2.10.3`. */
  readonly release: string;
  /**
   * Runs one command: the text that MWAA receives, without the leading `airflow`. A failed command resolves with its exit code. Rejects
   * only if no command can be run, with `RunnerNotReadyError` if it can be run later. An abort kills the command and its child processes, and the promise resolves.
   */
  run(text: string, signal?: AbortSignal): Promise<AirflowResult>;
  /** Ends running commands and releases resources. Later calls of `run` reject. */
  close(): Promise<void>;
}
