/** A DAG run, by its DAG and its id. */
export interface RunReference {
  readonly dagId: string;
  readonly runId: string;
}

/** A run in messages. */
export const formatRun = ({ dagId, runId }: RunReference): string => `${runId} of ${dagId}`;
