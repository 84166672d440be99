import { describe } from 'vitest';
import { testAttacks } from './rest-door.ts';

const DAG = '/api/v1/dags/reporting_a';
const RUNS = `${DAG}/dagRuns`;
const CLEAR = `POST ${DAG}/clearTaskInstances`;

describe('operations by rules for commands, Airflow 2', () => {
  const may = [
    'dags trigger reporting_* --conf=* --run-id=manual__*',
    'dags pause reporting_*',
    'dags list-runs --dag-id=reporting_*',
    'variables get app_*',
    'variables set app_* *',
    'tasks clear reporting_* --start-date=2026-11-01.. --end-date=* --task-regex=load --only-failed=* --yes=*',
  ];
  const run = '{"dag_run_id":"manual__x","conf":{"a":1}}';
  testAttacks({ airflow: '2.10.3', may }, [
    ['a trigger', `POST ${RUNS}`, `POST ${RUNS} ${run}`, { body: run }],
    ['a trigger of another DAG', 'POST /api/v1/dags/finance/dagRuns', 'not-granted', { body: run }],
    ['a trigger of ~', 'POST /api/v1/dags/~/dagRuns', 'not-granted', { body: run }],
    ['another run id', `POST ${RUNS}`, 'not-granted', { body: '{"dag_run_id":"scheduled__x"}' }],
    ['no run id', `POST ${RUNS}`, 'not-granted', { body: '{}' }],
    ['an empty run id', `POST ${RUNS}`, 'not-granted', { body: '{"dag_run_id":""}' }],
    ['a note', `POST ${RUNS}`, 'not-granted', { body: '{"dag_run_id":"manual__x","note":"n"}' }],
    [
      'a date',
      `POST ${RUNS}`,
      'not-granted',
      { body: '{"dag_run_id":"manual__x","logical_date":"2026-11-01T00:00:00Z"}' },
    ],
    [
      'a data interval',
      `POST ${RUNS}`,
      'not-granted',
      { body: '{"dag_run_id":"manual__x","data_interval_start":"2026-11-01T00:00:00Z"}' },
    ],
    ['a pause', `PATCH ${DAG}`, `PATCH ${DAG} {"is_paused":true}`, { body: '{"is_paused":true}' }],
    ['an unpause', `PATCH ${DAG}`, 'not-granted', { body: '{"is_paused":false}' }],
    ['no state', `PATCH ${DAG}`, 'not-granted', { body: '{}' }],
    ['a pause of many', 'PATCH /api/v1/dags?dag_id_pattern=reporting_a', 'not-granted', { body: '{"is_paused":true}' }],
    ['a deletion', `DELETE ${DAG}`, 'not-granted'],
    [
      'the fields that the command shows',
      `GET ${RUNS}?fields=dag_run_id,state`,
      `GET ${RUNS}?fields=dag_run_id%2Cstate`,
    ],
    ['all fields', `GET ${RUNS}`, 'not-granted'],
    ['the conf', `GET ${RUNS}?fields=conf`, 'not-granted'],
    ['the conf behind a comma', `GET ${RUNS}?fields=state,conf`, 'not-granted'],
    ['the conf after a blank', `GET ${RUNS}?fields=state,%20conf`, 'not-granted'],
    ['the conf in a second list', `GET ${RUNS}?fields=state&fields=conf`, 'not-granted'],
    ['the order of the conf', `GET ${RUNS}?fields=state&order_by=-conf`, 'not-granted'],
    ['runs of all DAGs', 'GET /api/v1/dags/~/dagRuns?fields=state', 'not-granted'],
    ['counts', 'GET /api/v1/dagStats?dag_ids=reporting_a', 'GET /api/v1/dagStats?dag_ids=reporting_a'],
    ['counts of two DAGs', 'GET /api/v1/dagStats?dag_ids=reporting_a,reporting_b', 'not-granted'],
    ['a variable', 'GET /api/v1/variables/app_a', 'GET /api/v1/variables/app_a'],
    ['another variable', 'GET /api/v1/variables/password', 'not-granted'],
    ['all variables', 'GET /api/v1/variables', 'not-granted'],
    [
      'a new value',
      'PATCH /api/v1/variables/app_a',
      'PATCH /api/v1/variables/app_a {"key":"app_a","value":"x"}',
      { body: '{"key":"app_a","value":"x"}' },
    ],
    [
      'no new value, which would show the old one',
      'PATCH /api/v1/variables/app_a',
      'not-granted',
      { body: '{"key":"app_a"}' },
    ],
    [
      'a mask without the value',
      'PATCH /api/v1/variables/app_a?update_mask=description',
      'not-granted',
      { body: '{"key":"app_a","value":"x"}' },
    ],
    ['a new variable', 'POST /api/v1/variables', 'not-granted', { body: '{"key":"other","value":"x"}' }],
    ['a clear without dates', CLEAR, 'not-granted', { body: '{"task_ids":["load"],"dry_run":false}' }],
    [
      'a clear before the dates',
      CLEAR,
      'not-granted',
      { body: '{"task_ids":["load"],"start_date":"2026-10-01T00:00:00Z","end_date":"2026-11-02T00:00:00Z"}' },
    ],
    [
      'a clear of the future',
      CLEAR,
      'not-granted',
      { body: '{"task_ids":["load"],"start_date":"2026-11-01T00:00:00Z","include_future":true}' },
    ],
    [
      'a clear of another task',
      CLEAR,
      'not-granted',
      { body: '{"task_ids":["other"],"start_date":"2026-11-01T00:00:00Z"}' },
    ],
    ['a clear of all tasks', CLEAR, 'not-granted', { body: '{"start_date":"2026-11-01T00:00:00Z"}' }],
    [
      'a clear of no tasks, which means all',
      CLEAR,
      'invalid-call',
      { body: '{"task_ids":[],"start_date":"2026-11-01T00:00:00Z"}' },
    ],
    [
      'a clear of a run beside the dates',
      CLEAR,
      'not-granted',
      { body: '{"task_ids":["load"],"dag_run_id":"r","start_date":"2026-11-01T00:00:00Z"}' },
    ],
  ]);
});

describe('sets', () => {
  const XCOM = `${RUNS}/r/taskInstances/t/xcomEntries/k`;
  testAttacks({ airflow: '2.10.3', may: ['@read'] }, [
    ['DAGs', 'GET /api/v1/dags', 'GET /api/v1/dags'],
    ['runs, with their conf', `GET ${RUNS}`, 'not-granted'],
    ['tasks, with rendered fields', `GET ${RUNS}/r/taskInstances`, 'not-granted'],
    ['an XCom', `GET ${XCOM}`, 'not-granted'],
    ['a log', `GET ${RUNS}/r/taskInstances/t/logs/1`, 'not-granted'],
    ['the source of a DAG', 'GET /api/v1/dagSources/token', 'not-granted'],
    ['links of a task, which are XComs', `GET ${RUNS}/r/taskInstances/t/links`, 'not-granted'],
    ['events, with what tasks have written', 'GET /api/v1/datasets/events', 'not-granted'],
    ['events of a run', `GET ${RUNS}/r/upstreamDatasetEvents`, 'not-granted'],
    ['event logs', 'GET /api/v1/eventLogs', 'not-granted'],
    ['users', 'GET /api/v1/users', 'not-granted'],
    ['roles, which `roles list` shows', 'GET /api/v1/roles', 'GET /api/v1/roles'],
    ['connections', 'GET /api/v1/connections', 'not-granted'],
    ['the configuration', 'GET /api/v1/config', 'not-granted'],
    ['files that the caller chooses', 'GET /api/v1/dags?subdir=/tmp', 'invalid-call'],
    [
      'the test of a connection',
      'POST /api/v1/connections/test',
      'not-granted',
      { body: '{"connection_id":"a","conn_type":"http"}' },
    ],
    ['a change', `PATCH ${DAG}`, 'not-granted', { body: '{"is_paused":true}' }],
  ]);
  testAttacks({ airflow: '2.10.3', may: ['@operate', '@secrets'] }, [
    ['a deletion of a DAG', `DELETE ${DAG}`, 'not-granted'],
    ['a deletion of a run', `DELETE ${RUNS}/r`, 'not-granted'],
    ['a variable that is changed', 'PATCH /api/v1/variables/a', 'not-granted', { body: '{"key":"a","value":"x"}' }],
    ['code of an XCom', `GET ${XCOM}?deserialize=true`, 'not-granted'],
    ['event logs, which need Admin', 'GET /api/v1/eventLogs', 'not-granted'],
  ]);
  testAttacks({ airflow: '3.0.6', may: ['@read'] }, [
    [
      'a folder for `dags report`, which must be in that of the DAGs',
      'GET /api/v2/dagReports?subdir=/tmp',
      'GET /api/v2/dagReports?subdir=%2Ftmp',
    ],
    [
      'a dry run that shows fields',
      'PATCH /api/v2/dags/a/dagRuns/r/taskInstances/t/dry_run',
      'not-granted',
      { body: '{"note":"x"}' },
    ],
    [
      'a clear that shows fields',
      'POST /api/v2/dags/a/clearTaskInstances',
      'not-granted',
      { body: '{"dry_run":true}' },
    ],
    ['events, with what tasks have written', 'GET /api/v2/assets/events', 'not-granted'],
  ]);
});

describe('rules for operations that look narrower than they are', () => {
  const may = [
    'api GET /dags/*_a/dagRuns',
    'api GET /dags/~/dagRuns/x_*/taskInstances',
    'api PATCH /pools/small --slots=1..10 --description=*',
    'api POST /backfills --dag_id=reporting_* --from_date=2026-11-01T00:00:00Z.. --to_date=..2026-11-30T00:00:00Z',
    'api GET /dags/reporting_*/dagRuns --state=failed --limit=1..10',
  ];
  const backfill = (from: string, to: string, dag = 'reporting_a') =>
    JSON.stringify({ dag_id: dag, from_date: from, to_date: to });
  const B = 'POST /api/v2/backfills';
  testAttacks({ airflow: '3.3.1', may }, [
    ['~ for a name with a star before', 'GET /api/v2/dags/~/dagRuns', 'not-granted'],
    ['~ before the end of the rule', 'GET /api/v2/dags/~_a/dagRuns', 'GET /api/v2/dags/~_a/dagRuns'],
    ['all runs', 'GET /api/v2/dags/~/dagRuns/~/taskInstances', 'not-granted'],
    ['one DAG under a rule for ~', 'GET /api/v2/dags/b/dagRuns/x_1/taskInstances', 'not-granted'],
    ['a required state left out', 'GET /api/v2/dags/reporting_b/dagRuns?limit=5', 'not-granted'],
    ['a required limit left out', 'GET /api/v2/dags/reporting_b/dagRuns?state=failed', 'not-granted'],
    ['a limit over the range', 'GET /api/v2/dags/reporting_b/dagRuns?state=failed&limit=11', 'not-granted'],
    [
      'a limit of none, which Airflow reads as all',
      'GET /api/v2/dags/reporting_b/dagRuns?state=failed&limit=0',
      'not-granted',
    ],
    ['a second state', 'GET /api/v2/dags/reporting_b/dagRuns?state=failed&state=success&limit=1', 'not-granted'],
    ['slots that are null', 'PATCH /api/v2/pools/small', 'not-granted', { body: '{"slots":null}' }],
    ['endless slots', 'PATCH /api/v2/pools/small', 'not-granted', { body: '{"slots":-1}' }],
    [
      'a range',
      B,
      `${B} ${backfill('2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z')}`,
      { body: backfill('2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z') },
    ],
    [
      'a range that begins before',
      B,
      'not-granted',
      { body: backfill('2026-10-31T23:59:59Z', '2026-11-02T00:00:00Z') },
    ],
    ['a range that ends after', B, 'not-granted', { body: backfill('2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z') }],
    [
      'a range with another offset',
      B,
      'not-granted',
      { body: backfill('2026-11-01T00:00:00-12:00', '2026-11-02T00:00:00Z') },
    ],
    [
      'a range of another DAG',
      B,
      'not-granted',
      { body: backfill('2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z', 'finance') },
    ],
  ]);
});
