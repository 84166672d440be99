/** How a command differs through the proxy from the same one without it. */
export type Difference = 'only through the proxy' | 'only directly' | 'other text';

/** It sends no token, so API Gateway refuses it. `curl` with a token reads the same. */
const WITHOUT_TOKEN: Readonly<Record<string, Difference>> = { 'version --remote': 'only directly' };

/**
 * airflowctl 0.1.5 sends members that are null and that Airflow 3.0 refuses: `team_name`, `partition_key`. The proxy leaves them out. So
 * the command succeeds, or it goes on to an answer that airflowctl cannot read, because Airflow 3.0 answers without members that
 * airflowctl requires.
 */
const AIRFLOW_3_0: Readonly<Record<string, Difference>> = {};

export const listDifferences = (release: string): Readonly<Record<string, Difference>> => ({
  ...WITHOUT_TOKEN,
  ...(release === '3.0.6' ? AIRFLOW_3_0 : {}),
});
