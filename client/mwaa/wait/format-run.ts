import type { RunReference } from '../../../airflow/run-lookup.ts';

/** A run in messages. */
export const formatRun = ({ dagId, runId }: RunReference): string => `${runId} of ${dagId}`;
