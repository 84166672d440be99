import { describe } from 'vitest';
import { testAttacks } from './rest-door.ts';

const RUN = 'POST /api/v1/dags/reporting_a/dagRuns';
/** With an own run id, exactly the body is sent. */
const SENT = `${RUN} {"dag_run_id":"r"`;
const LONG = { body: `{"dag_run_id":"r","note":"\\"${'[,'.repeat(200_000)}"}`, sent: '' };
LONG.sent = `${RUN} ${LONG.body}`;
const deep = (levels: number) => `{"dag_run_id":"r","conf":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`;

describe('attacks on the body, Airflow 2', () => {
  const may = [
    'api POST /dags/reporting_*/dagRuns --*',
    'api POST /dags/~/dagRuns/list --dag_ids=reporting_*',
    'api POST /dags/reporting_*/updateTaskInstancesState --*',
    'api PATCH /variables/app_* --value=*',
    'api PATCH /connections/app_* --password=*',
    'api PATCH /pools/app_* --slots=1..10',
    'api PATCH /roles/app_* --*',
    'api GET /dags',
    'api DELETE /dags/reporting_*',
  ];
  testAttacks({ airflow: '2.10.3', may }, [
    ['a body', RUN, `${SENT}}`, { body: '{"dag_run_id":"r"}' }],
    [
      'a key twice: the last one counts, as in Python',
      RUN,
      `${RUN} {"dag_run_id":"s"}`,
      { body: '{"dag_run_id":"r","dag_run_id":"s"}' },
    ],
    [
      'a key twice with an escape',
      RUN,
      `${RUN} {"dag_run_id":"s"}`,
      { body: '{"dag_run_id":"r","dag_run_\\u0069d":"s"}' },
    ],
    ['an unknown key', RUN, 'invalid-call', { body: '{"dag_run_id":"r","state":"success"}' }],
    ['an unknown key that is null', RUN, `${SENT}}`, { body: '{"dag_run_id":"r","state":null}' }],
    ['a key in upper case', RUN, 'invalid-call', { body: '{"DAG_RUN_ID":"r"}' }],
    ['__proto__', RUN, 'invalid-call', { body: '{"dag_run_id":"r","__proto__":{"note":"x"}}' }],
    [
      '__proto__ in conf',
      RUN,
      `${SENT},"conf":{"__proto__":{"a":1}}}`,
      { body: '{"dag_run_id":"r","conf":{"__proto__":{"a":1}}}' },
    ],
    ['the DAG of another team', RUN, 'invalid-call', { body: '{"dag_run_id":"r","dag_id":"finance_x"}' }],
    ['a list in place of an object', RUN, 'invalid-call', { body: '[{"dag_run_id":"r"}]' }],
    ['null in place of an object', RUN, 'invalid-call', { body: 'null' }],
    ['a text in place of an object', RUN, 'invalid-call', { body: '"{}"' }],
    ['no body', RUN, 'invalid-call'],
    ['two values', RUN, 'malformed-request', { body: '{} {}' }],
    ['a form', RUN, 'malformed-request', { body: 'dag_run_id=r' }],
    ['NaN', RUN, 'malformed-request', { body: '{"conf":{"a":NaN}}' }],
    ['a number that Python reads as Infinity', RUN, 'invalid-call', { body: '{"conf":{"a":1e400}}' }],
    ['a number that Python reads as -Infinity', RUN, 'invalid-call', { body: '{"conf":{"a":[-1e999]}}' }],
    [
      'a long number',
      RUN,
      `${SENT},"conf":{"a":12345678901234567890}}`,
      { body: '{"dag_run_id":"r","conf":{"a":12345678901234567890}}' },
    ],
    ['a number with zeros', RUN, `${SENT},"conf":{"a":1.0}}`, { body: '{"dag_run_id":"r","conf":{"a":1.0}}' }],
    ['conf as text', RUN, 'invalid-call', { body: '{"conf":"{}"}' }],
    ['conf that is null', RUN, 'invalid-call', { body: '{"conf":null}' }],
    ['a lone surrogate', RUN, 'invalid-call', { body: '{"conf":{"a":"\\ud800"}}' }],
    ['a lone surrogate in a key', RUN, 'invalid-call', { body: '{"conf":{"\\ud800":1}}' }],
    ['a byte order mark', RUN, 'malformed-request', { body: '\ufeff{}' }],
    ['NUL', RUN, 'malformed-request', { body: '{"note":"a\0"}' }],
    ['not UTF-8', RUN, 'malformed-request', { body: Buffer.from('{"note":"\xff"}', 'latin1') as never }],
    ['UTF-16', RUN, 'malformed-request', { body: Buffer.from('{}', 'utf16le') as never }],
    ['100 levels', RUN, `${RUN} ${deep(100)}`, { body: deep(100) }],
    ['5,000 levels', RUN, 'invalid-call', { body: deep(5000) }],
    ['450,000 numbers', RUN, 'invalid-call', { body: `{"conf":{"a":[1${',1'.repeat(450_000)}]}}` }],
    ['as many commas in a text', RUN, LONG.sent, { body: LONG.body }],
    ['200,000 levels', RUN, 'invalid-call', { body: deep(200_000) }],
    ['200,000 levels with a number', RUN, 'invalid-call', { body: deep(200_000).replace(']', '1]') }],
    ['more than 900 KB', RUN, 'request-too-large', { body: `{"note":"${'x'.repeat(922_000)}"}` }],
    ['a date without an offset', RUN, 'invalid-call', { body: '{"logical_date":"2026-11-01T00:00:00"}' }],
    ['a date that is a number', RUN, 'invalid-call', { body: '{"logical_date":1764547200}' }],
    ['a run id that is a number', RUN, 'invalid-call', { body: '{"dag_run_id":1}' }],
    ['a run id of the proxy', RUN, 'invalid-call', { body: '{"dag_run_id":"mwaa-cli-proxy__x"}' }],
    ['a run id of the proxy in another case', RUN, 'invalid-call', { body: '{"dag_run_id":"MWAA-Cli-Proxy__x"}' }],
    [
      'an idempotency key and a run id',
      RUN,
      'malformed-request',
      { body: '{"dag_run_id":"r"}', headers: { 'Idempotency-Key': 'k' } },
    ],
    ['two idempotency keys', RUN, 'malformed-request', { body: '{}', headers: { 'Idempotency-Key': ['k', 'l'] } }],
    ['an empty idempotency key', RUN, 'malformed-request', { body: '{}', headers: { 'Idempotency-Key': '' } }],
    [
      'a key for another change',
      'DELETE /api/v1/dags/reporting_a',
      'malformed-request',
      { headers: { 'Idempotency-Key': 'k' } },
    ],
    ['a body of a request that has none', 'GET /api/v1/dags', 'invalid-call', { body: '{}' }],
    ['a body of a deletion', 'DELETE /api/v1/dags/reporting_a', 'invalid-call', { body: '{"dag_id":"finance_x"}' }],
    [
      'another DAG in a list',
      'POST /api/v1/dags/~/dagRuns/list',
      'not-granted',
      { body: '{"dag_ids":["reporting_a","finance_x"]}' },
    ],
    ['an empty list of DAGs', 'POST /api/v1/dags/~/dagRuns/list', 'not-granted', { body: '{"dag_ids":[]}' }],
    ['null in place of a list', 'POST /api/v1/dags/~/dagRuns/list', 'invalid-call', { body: '{"dag_ids":null}' }],
    ['null in a list', 'POST /api/v1/dags/~/dagRuns/list', 'invalid-call', { body: '{"dag_ids":[null]}' }],
    ['~ in a list', 'POST /api/v1/dags/~/dagRuns/list', 'not-granted', { body: '{"dag_ids":["~"]}' }],
    [
      'a comma in a list',
      'POST /api/v1/dags/~/dagRuns/list',
      'not-granted',
      { body: '{"dag_ids":["reporting_a,finance_x"]}' },
    ],
    ['the whole list', 'POST /api/v1/dags/~/dagRuns/list', 'not-granted', { body: '{}' }],
    [
      'a page of other DAGs',
      'POST /api/v1/dags/~/dagRuns/list',
      'not-granted',
      { body: '{"page_limit":100,"page_offset":0}' },
    ],
    ['another variable', 'PATCH /api/v1/variables/app_a', 'invalid-call', { body: '{"key":"other","value":"x"}' }],
    [
      'a member that the rule does not name',
      'PATCH /api/v1/variables/app_a',
      'not-granted',
      { body: '{"key":"app_a","value":"x","description":"y"}' },
    ],
    ['a masked value', 'PATCH /api/v1/variables/app_a', 'invalid-call', { body: '{"key":"app_a","value":"***"}' }],
    [
      'a masked value in JSON',
      'PATCH /api/v1/variables/app_a',
      'invalid-call',
      { body: '{"key":"app_a","value":"{\\"p\\":\\"***\\"}"}' },
    ],
    [
      'a masked password',
      'PATCH /api/v1/connections/app_a',
      'invalid-call',
      { body: '{"connection_id":"app_a","conn_type":"http","password":"***"}' },
    ],
    [
      'another connection',
      'PATCH /api/v1/connections/app_a',
      'invalid-call',
      { body: '{"connection_id":"other","conn_type":"http","password":"x"}' },
    ],
    ['a pool out of range', 'PATCH /api/v1/pools/app_a', 'not-granted', { body: '{"name":"app_a","slots":11}' }],
    [
      'a pool in range with an exponent',
      'PATCH /api/v1/pools/app_a',
      'invalid-call',
      { body: '{"name":"app_a","slots":1e1}' },
    ],
    ['a pool without slots', 'PATCH /api/v1/pools/app_a', 'not-granted', { body: '{"name":"app_a"}' }],
    [
      'a new name for a pool',
      'PATCH /api/v1/pools/app_a',
      'invalid-call',
      { body: '{"name":"default_pool","slots":1}' },
    ],
    ['a new name for a role', 'PATCH /api/v1/roles/app_a', 'invalid-call', { body: '{"name":"Admin","actions":[]}' }],
  ]);
});

describe('attacks on the body, Airflow 3', () => {
  const may = [
    'api PATCH /dags/reporting_*/dagRuns --*',
    'api PATCH /dags/reporting_*/dagRuns/*/taskInstances --*',
    'api POST /dags/reporting_*/clearDagRuns --*',
    'api POST /assets/*/materialize --*',
    'api PATCH /dags/reporting_*/dagRuns/* --state=success',
    'api POST /backfills --dag_id=reporting_* --from_date=* --to_date=*',
    'api POST /dags/*/dagRuns/list --dag_ids=reporting_*',
  ];
  const bulk = (entity: object) => JSON.stringify({ actions: [{ action: 'delete', entities: [entity] }] });
  const RUNS = 'PATCH /api/v2/dags/reporting_a/dagRuns';
  const TASKS = `${RUNS}/r/taskInstances`;
  testAttacks({ airflow: '3.3.1', may }, [
    ['a bulk request', RUNS, `${RUNS} ${bulk({ dag_run_id: 'r' })}`, { body: bulk({ dag_run_id: 'r' }) }],
    ['a bulk request with another DAG', RUNS, 'invalid-call', { body: bulk({ dag_run_id: 'r', dag_id: 'finance_x' }) }],
    ['a bulk request with every DAG', RUNS, 'invalid-call', { body: bulk({ dag_run_id: 'r', dag_id: '~' }) }],
    ['a bulk request with an empty DAG', RUNS, 'invalid-call', { body: bulk({ dag_run_id: 'r', dag_id: '' }) }],
    [
      'a bulk request for every DAG',
      'PATCH /api/v2/dags/~/dagRuns',
      'not-granted',
      { body: bulk({ dag_run_id: 'r' }) },
    ],
    ['a bulk request with another run', TASKS, 'invalid-call', { body: bulk({ task_id: 't', dag_run_id: 's' }) }],
    [
      'a bulk request with another DAG of a task',
      TASKS,
      'invalid-call',
      { body: bulk({ task_id: 't', dag_id: 'finance_x' }) },
    ],
    [
      'another DAG to clear',
      'POST /api/v2/dags/reporting_a/clearDagRuns',
      'invalid-call',
      { body: '{"dag_runs":[{"dag_run_id":"r","dag_id":"finance_x"}]}' },
    ],
    [
      'the run id of the proxy for an asset',
      'POST /api/v2/assets/1/materialize',
      'invalid-call',
      { body: '{"dag_run_id":"mwaa-cli-proxy__x"}' },
    ],
    ['another member of a run', `${RUNS}/r`, 'not-granted', { body: '{"state":"success","note":"x"}' }],
    ['another state of a run', `${RUNS}/r`, 'not-granted', { body: '{"state":"failed"}' }],
    ['null in place of a state', `${RUNS}/r`, 'not-granted', { body: '{"state":null}' }],
    [
      'another DAG for a backfill',
      'POST /api/v2/backfills',
      'not-granted',
      { body: '{"dag_id":"finance_x","from_date":"2026-11-01T00:00:00Z","to_date":"2026-11-02T00:00:00Z"}' },
    ],
    ['a list of every DAG', 'POST /api/v2/dags/~/dagRuns/list', 'not-granted', { body: '{}' }],
    [
      'null in place of a list of DAGs',
      'POST /api/v2/dags/~/dagRuns/list',
      'not-granted',
      { body: '{"dag_ids":null}' },
    ],
  ]);
});
