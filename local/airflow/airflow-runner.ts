/** What Airflow's process left behind. `exitCode` is null where a signal ended it, as after an abort. */
export interface AirflowResult {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** The seam behind the web server's stand-in: something that runs the text of a command. */
export interface AirflowRunner {
  /** `real`: an Airflow ran it. `replay`: nothing was run, a recorded run was looked up. */
  readonly kind: 'real' | 'replay';
  /** Airflow's release, `2.10.3`. */
  readonly release: string;
  /**
   * Runs one command, given as the text that MWAA received (without the leading `airflow`). A failing command is a
   * result like any other; rejects only where no command could be run at all. An abort kills the command and what it
   * started, and resolves.
   */
  run(text: string, signal?: AbortSignal): Promise<AirflowResult>;
  /** Ends what is running and frees what is held. Later runs reject. */
  close(): Promise<void>;
}
