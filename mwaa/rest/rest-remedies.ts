import type { Remedies } from '../remedies.ts';

/** What to change when Airflow's REST API cannot be used. */
export interface RestRemedies extends Remedies {
  /** The Airflow role does not allow a call. */
  readonly roleRefused: string;
}
