import { Problem } from '../../contract/problem.ts';

/** @param airflow a release without any look-up */
export const createNoLookupProblem = (airflow: string): Problem =>
  new Problem(
    'invalid-command',
    `The state of a run cannot be read on Airflow ${airflow}: AWS supports no command of this release that shows runs by their ids. Use Airflow 2.2 or later.`,
  );
