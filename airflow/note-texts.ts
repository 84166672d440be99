import type { VerdictNote } from './verdict.ts';

/** What each note means, as a sentence for a caller. `docs/api.md` has the same sentences: `test/unit/docs.test.ts` compares them. */
export const NOTE_TEXTS: Readonly<Record<VerdictNote, string>> = {
  'nothing-matched': 'Airflow exited with 0 and says that there was nothing to do.',
  'success-either-way': 'Airflow exits with 0 and prints the same, whether or not there was anything to do.',
  'exit-status-misleads': 'The answer is complete. Airflow exits with 1 because there are import errors to list.',
  'task-failed': 'The task failed, although Airflow exited with 0.',
  'part-failed': 'Airflow exited with 0, but its output says that all or part of the command failed.',
  'not-as-asked':
    'Airflow exited with 0 and says that it ignored or replaced a value, or that the result has no effect.',
  'dag-is-paused': 'The DAG is paused. Its runs do not start until you unpause it.',
  'no-logical-date': 'The run has no logical date. Listings that filter by date never show it.',
};
