/** How a command differs through the proxy from the same one without it. */
export type Difference = 'only through the proxy' | 'only directly' | 'other text';

/** It sends no token, so API Gateway refuses it. `curl` with a token reads the same. */
const WITHOUT_TOKEN: Readonly<Record<string, Difference>> = { 'version --remote': 'only directly' };

/**
 * airflowctl 0.1.5 sends members that are null and that Airflow 3.0 refuses: `team_name`, `partition_key`. The proxy leaves them out. So
 * the command succeeds, or it goes on to an answer that airflowctl cannot read, because Airflow 3.0 answers without members that
 * airflowctl requires. Triggers do start a run then. Airflow 3.0 lets nobody write XComs: the proxy's texts for that are its own.
 */
const AIRFLOW_3_0: Readonly<Record<string, Difference>> = {
  'connections delete imported_warehouse': 'only through the proxy',
  'connections import connections.json': 'only through the proxy',
  'connections update --connection-id=warehouse --conn-type=postgres': 'only through the proxy',
  'dagrun get reporting_daily manual__2026-10-25T00:02:00+00:00': 'other text',
  'dags trigger reporting_daily': 'other text',
  'dags trigger reporting_daily --logical-date=2026-10-25T00:02:00+00:00 --run-after=2026-10-25T00:02:00+00:00':
    'other text',
  'pools delete imported_pool': 'only through the proxy',
  'pools export pools-export.json --output=json': 'other text',
  'pools import pools.json': 'only through the proxy',
  'pools update --pool=reports --slots=10': 'only through the proxy',
  'variables delete imported_greeting': 'only through the proxy',
  'variables delete imported_with_description': 'only through the proxy',
  'variables import variables.json': 'only through the proxy',
  'variables update --key=greeting --value=goodbye': 'only through the proxy',
  'xcom add reporting_daily manual__2026-10-25T00:02:00+00:00 collect figures {"total": 45}': 'other text',
  'xcom delete reporting_daily manual__2026-10-25T00:02:00+00:00 collect figures': 'other text',
  'xcom edit reporting_daily manual__2026-10-25T00:02:00+00:00 collect figures {"total": 46}': 'other text',
};

export const listDifferences = (release: string): Readonly<Record<string, Difference>> => ({
  ...WITHOUT_TOKEN,
  ...(release === '3.0.6' ? AIRFLOW_3_0 : {}),
});
