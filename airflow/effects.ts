/**
 * Commands that change nothing in Airflow, in the spellings of all releases. Everything else is taken to change something:
 * it is never sent a second time after an answer that leaves its fate open.
 */
const READS = new Set([
  'assets details',
  'assets list',
  'cheat-sheet',
  'connections get',
  'connections list',
  'dags details',
  'dags list',
  'dags list-import-errors',
  'dags list-jobs',
  'dags list-runs',
  'dags next-execution',
  'dags report',
  'dags show',
  'dags state',
  'pools get',
  'pools list',
  'roles list',
  'tasks failed-deps',
  'tasks list',
  'tasks render',
  'tasks state',
  'tasks states-for-dag-run',
  'users list',
  'variables get',
  'variables list',
  'version',
]);

export function changesNothing(path: readonly string[]): boolean {
  return READS.has(path.join(' ')) || path[0] === 'providers';
}
