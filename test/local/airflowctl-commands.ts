/**
 * The commands of airflowctl that Airflow's own integration test of it runs, in its order, with names of this project:
 * https://github.com/apache/airflow/tree/main/airflow-ctl-tests. They depend on each other: a connection is created, listed, deleted.
 */

/** The files that the commands import. */
export const IMPORT_FILES: Readonly<Record<string, string>> = {
  'connections.json': JSON.stringify({
    imported_warehouse: { conn_type: 'postgres', host: 'db.example.com', port: 5432 },
  }),
  'pools.json': JSON.stringify([{ name: 'imported_pool', slots: 3, description: 'imported', include_deferred: false }]),
  'variables.json': JSON.stringify({
    imported_greeting: 'hello',
    imported_with_description: { value: 'hello', description: 'says hello' },
  }),
};

const DAG = 'reporting_daily';
/** Airflow names a run after the date until which it waits. */
const DATE = '2026-10-25T00:02:00+00:00';
const RUN = `manual__${DATE}`;
const TASK = [DAG, RUN, 'collect'];

export const AIRFLOWCTL_COMMANDS: readonly (readonly string[])[] = [
  ['assets', 'list'],
  ['assets', 'create-event', '--asset-id=1'],
  ['assets', 'get', '1'],
  ['backfill', 'list', DAG],
  ['config', 'get', 'core', 'executor'],
  ['config', 'list'],
  ['config', 'lint'],
  ['connections', 'create', '--connection-id=warehouse', '--conn-type=mysql', '--password=swordfish', '-o', 'json'],
  ['connections', 'list'],
  ['connections', 'list', '-o', 'yaml'],
  ['connections', 'list', '-o', 'table'],
  ['connections', 'get', 'warehouse'],
  ['connections', 'get', 'warehouse', '-o', 'json'],
  ['connections', 'update', '--connection-id=warehouse', '--conn-type=postgres'],
  ['connections', 'import', 'connections.json'],
  ['connections', 'delete', 'warehouse'],
  ['connections', 'delete', 'imported_warehouse'],
  ['dags', 'list'],
  ['dags', 'get', DAG],
  ['dags', 'get-details', DAG],
  ['dags', 'get-stats', DAG],
  ['dags', 'get-version', DAG, '1'],
  ['dags', 'list-import-errors'],
  ['dags', 'list-version', DAG],
  ['dags', 'list-warning'],
  ['dags', 'trigger', DAG, `--logical-date=${DATE}`, `--run-after=${DATE}`],
  ['dags', 'trigger', DAG],
  ['dags', 'pause', DAG],
  ['dags', 'unpause', DAG],
  ['dagrun', 'get', DAG, RUN],
  ['dags', 'update', DAG, '--no-is-paused'],
  ['dagrun', 'list', `--dag-id=${DAG}`, '--state', 'success', '--limit=1'],
  ['xcom', 'add', ...TASK, 'figures', '{"total": 45}'],
  ['xcom', 'get', ...TASK, 'figures'],
  ['xcom', 'list', ...TASK],
  ['xcom', 'edit', ...TASK, 'figures', '{"total": 46}'],
  ['xcom', 'delete', ...TASK, 'figures'],
  ['jobs', 'list', '--job-type=SchedulerJob', '--hostname=localhost'],
  ['pools', 'create', '--name=reports', '--slots=5'],
  ['pools', 'list'],
  ['pools', 'get', 'reports'],
  ['pools', 'get', 'reports', '-o', 'yaml'],
  ['pools', 'update', '--pool=reports', '--slots=10'],
  ['pools', 'import', 'pools.json'],
  ['pools', 'export', 'pools-export.json', '--output=json'],
  ['pools', 'delete', 'reports'],
  ['pools', 'delete', 'imported_pool'],
  ['providers', 'list'],
  ['variables', 'create', '--key=greeting', '--value=hello'],
  ['variables', 'list'],
  ['variables', 'get', 'greeting'],
  ['variables', 'get', 'greeting', '-o', 'table'],
  ['variables', 'update', '--key=greeting', '--value=goodbye'],
  ['variables', 'import', 'variables.json'],
  ['variables', 'delete', 'greeting'],
  ['variables', 'delete', 'imported_greeting'],
  ['variables', 'delete', 'imported_with_description'],
  ['version', '--remote'],
];
