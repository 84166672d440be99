import { describe, expect, test } from 'vitest';
import { findCommand } from '../../../../airflow/find-command.ts';
import { parseInvocation } from '../../../../airflow/parse-invocation.ts';
import type { OperationCatalog, Schema } from '../../../../airflow/rest/operation.ts';
import { findCoveringCommand } from '../../../../airflow/rest/operation-commands.ts';
import { getCoveringCommands, OPERATION_FACTS } from '../../../../airflow/rest/operation-facts.ts';
import { OPERATION_MAPPINGS } from '../../../../airflow/rest/operation-mappings.ts';
import { type OperationCall, parseCall } from '../../../../airflow/rest/parse-call.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';

type Body = Readonly<Record<string, unknown>>;

/** What the rows below have shown: operations with the commands that cover them, and the releases. */
const covering = new Map<string, Set<string>>();

/** The argv of the command that covers a request, or undefined. */
function findArgv(airflow: string, line: string, body?: Body | string): readonly string[] | undefined {
  const operations = CATALOGS.readOperations(airflow)!;
  const [method = '', target = ''] = line.split(/ (.*)/s);
  const [path = '', search = ''] = target.split(/\?(.*)/s);
  const call = parseCall(operations, {
    method,
    path: `${operations.basePath}${path}`,
    query: [...new URLSearchParams(search)],
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const catalog = CATALOGS.read(airflow);
  const argv = findCoveringCommand(call, catalog)?.argv;
  if (argv !== undefined) {
    const { method, path } = call.operation;
    const name = `${method} ${path}: ${findCommand(catalog, argv).command.path.join(' ')}`;
    covering.set(name, new Set([...(covering.get(name) ?? []), airflow]));
  }
  return argv;
}

const A = '2.4.3';
const B = '2.10.3';
const C = '3.0.6';
const D = '3.3.1';
const RUNS = '/dags/d/dagRuns';
const TI = `${RUNS}/r1/taskInstances/t`;
const DATE = '2026-11-01T00:00:00Z';
const CONNECTION = {
  connection_id: 'c',
  conn_type: 'http',
  description: 'x y',
  host: 'h',
  login: 'l',
  password: '-p',
  schema: 's',
  port: 5432,
  extra: '{"a": 1}',
};
const CONNECTION_OPTIONS = [
  '--conn-description=x y',
  '--conn-extra={"a": 1}',
  '--conn-host=h',
  '--conn-login=l',
  '--conn-password=-p',
  '--conn-port=5432',
  '--conn-schema=s',
  '--conn-type=http',
];
const POOL = { slots: 5, description: 'x', include_deferred: true };
const USER = { username: 'u', email: 'e', first_name: 'f', last_name: 'l', password: 'p' };
const BACKFILL = { dag_id: 'd', from_date: DATE, to_date: DATE };
const BACKFILL_OPTIONS = ['--dag-id=d', `--from-date=${DATE}`, `--to-date=${DATE}`];

describe('a call that a command covers', () => {
  test.each<[airflow: string, line: string, body: Body | string | undefined, argv: readonly string[]]>([
    [A, 'GET /version', undefined, ['version']],
    [D, 'GET /version', undefined, ['version']],

    // Triggers.
    [A, `POST ${RUNS}`, {}, ['dags', 'trigger', 'd']],
    [B, `POST ${RUNS}`, {}, ['dags', 'trigger', 'd']],
    [C, `POST ${RUNS}`, { logical_date: null }, ['dags', 'trigger', 'd']],
    [D, `POST ${RUNS}`, { logical_date: null, note: null, partition_key: null }, ['dags', 'trigger', 'd']],
    [A, `POST ${RUNS}`, { dag_run_id: 'r1' }, ['dags', 'trigger', '--run-id=r1', 'd']],
    [B, `POST ${RUNS}`, { dag_run_id: 'r1', conf: {} }, ['dags', 'trigger', '--run-id=r1', 'd']],
    [B, `POST ${RUNS}`, { conf: { a: [1, 'x'] } }, ['dags', 'trigger', '--conf={"a":[1,"x"]}', 'd']],
    [
      B,
      `POST ${RUNS}`,
      '{"conf":{"n":1.0,"m":12345678901234567890}}',
      ['dags', 'trigger', '--conf={"n":1.0,"m":12345678901234567890}', 'd'],
    ],
    [B, `POST ${RUNS}`, { logical_date: DATE }, ['dags', 'trigger', `--exec-date=${DATE}`, 'd']],
    [A, `POST ${RUNS}`, { execution_date: DATE }, ['dags', 'trigger', `--exec-date=${DATE}`, 'd']],
    [B, `POST ${RUNS}`, { execution_date: DATE, logical_date: DATE }, ['dags', 'trigger', `--exec-date=${DATE}`, 'd']],
    [C, `POST ${RUNS}`, { logical_date: DATE }, ['dags', 'trigger', `--logical-date=${DATE}`, 'd']],
    [
      D,
      `POST ${RUNS}`,
      { logical_date: '2026-11-01T00:00:00+05:30', conf: null },
      ['dags', 'trigger', '--logical-date=2026-11-01T00:00:00+05:30', 'd'],
    ],
    [B, 'POST /dags/-x/dagRuns', {}, ['dags', 'trigger', '--', '-x']],
    [B, `POST ${RUNS}`, { dag_run_id: '--conf={}' }, ['dags', 'trigger', '--run-id=--conf={}', 'd']],
    [B, 'POST /dags/%40file/dagRuns', { dag_run_id: '@file' }, ['dags', 'trigger', '--run-id=@file', '@file']],

    // DAGs.
    [A, 'PATCH /dags/d', { is_paused: true }, ['dags', 'pause', 'd']],
    [B, 'PATCH /dags/d', { is_paused: false }, ['dags', 'unpause', 'd']],
    [B, 'PATCH /dags/d?update_mask=is_paused', { is_paused: true }, ['dags', 'pause', 'd']],
    [C, 'PATCH /dags/d', { is_paused: true }, ['dags', 'pause', 'd']],
    [D, 'PATCH /dags/d?update_mask=is_paused', { is_paused: false }, ['dags', 'unpause', 'd']],
    [A, 'DELETE /dags/d', undefined, ['dags', 'delete', '--yes', 'd']],
    [D, 'DELETE /dags/d', undefined, ['dags', 'delete', '--yes', 'd']],
    [B, 'GET /dags', undefined, ['dags', 'list']],
    [
      B,
      'GET /dags?limit=5&offset=10&order_by=-dag_id&tags=a,b&paused=true&dag_id_pattern=x&fields=dag_id',
      undefined,
      ['dags', 'list'],
    ],
    [C, 'GET /dags?exclude_stale=false&owners=a&tags=b&tags_match_mode=all', undefined, ['dags', 'list']],
    [
      D,
      'GET /dags?order_by=next_dagrun&order_by=-dag_display_name&has_import_errors=true&bundle_name=x',
      undefined,
      ['dags', 'list'],
    ],
    ['2.9.2', 'GET /dags', undefined, ['dags', 'list']],
    ['2.6.3', 'GET /dags/d', undefined, ['dags', 'details', 'd']],
    [B, 'GET /dags/d?fields=dag_id&fields=tags', undefined, ['dags', 'details', 'd']],
    [D, 'GET /dags/d', undefined, ['dags', 'details', 'd']],
    [C, 'GET /dagTags?tag_name_pattern=x', undefined, ['dags', 'list']],
    [C, 'GET /dagReports?subdir=%2Fdags', undefined, ['dags', 'report']],
    [B, 'PUT /parseDagFile/abc', undefined, ['dags', 'reserialize']],
    [D, 'PUT /parseDagFile/abc', undefined, ['dags', 'reserialize']],
    [A, 'GET /importErrors?limit=5&order_by=filename', undefined, ['dags', 'list-import-errors']],
    [D, 'GET /importErrors?filename_pattern=x&bundle_name=b', undefined, ['dags', 'list-import-errors']],
    [B, 'GET /importErrors/5', undefined, ['dags', 'list-import-errors']],

    // Runs.
    [B, `GET ${RUNS}?fields=dag_run_id&fields=state`, undefined, ['dags', 'list-runs', '--dag-id=d']],
    [B, `GET ${RUNS}?fields=state&state=failed`, undefined, ['dags', 'list-runs', '--dag-id=d', '--state=failed']],
    [B, `GET ${RUNS}?fields=state&state=failed&state=success`, undefined, ['dags', 'list-runs', '--dag-id=d']],
    [
      B,
      `GET ${RUNS}?fields=dag_id&fields=logical_date&execution_date_gte=${DATE}&execution_date_lte=${DATE}&start_date_gte=${DATE}&order_by=-start_date`,
      undefined,
      ['dags', 'list-runs', '--dag-id=d', `--end-date=${DATE}`, `--start-date=${DATE}`],
    ],
    [
      '2.9.2',
      `GET ${RUNS}/r1?fields=state&fields=start_date&fields=end_date`,
      undefined,
      ['dags', 'list-runs', '--dag-id=d'],
    ],
    [B, 'GET /dagStats?dag_ids=d', undefined, ['dags', 'list-runs', '--dag-id=d']],
    [C, 'GET /dagStats?dag_ids=daily', undefined, ['dags', 'list-runs', 'daily']],
    [B, `GET ${TI}/dependencies`, undefined, ['tasks', 'failed-deps', 'd', 't', 'r1']],
    [B, `GET ${TI}/3/dependencies`, undefined, ['tasks', 'failed-deps', '--map-index=3', 'd', 't', 'r1']],
    [B, `GET ${TI}/-1/dependencies`, undefined, ['tasks', 'failed-deps', 'd', 't', 'r1']],
    [D, `GET ${TI}/dependencies?map_index=2`, undefined, ['tasks', 'failed-deps', '--map-index=2', 'd', 't', 'r1']],
    [D, `GET ${TI}/dependencies?map_index=-1`, undefined, ['tasks', 'failed-deps', 'd', 't', 'r1']],

    // Clearing.
    [A, 'POST /dags/d/clearTaskInstances', {}, ['tasks', 'clear', '--only-failed', '--yes', 'd']],
    [B, 'POST /dags/d/clearTaskInstances', { dry_run: false, only_failed: false }, ['tasks', 'clear', '--yes', 'd']],
    [
      B,
      'POST /dags/d/clearTaskInstances',
      { only_failed: false, only_running: true, reset_dag_runs: true },
      ['tasks', 'clear', '--only-running', '--yes', 'd'],
    ],
    [
      B,
      'POST /dags/d/clearTaskInstances',
      { only_failed: false, task_ids: ['g.t'] },
      ['tasks', 'clear', '--task-regex=g.t', '--yes', 'd'],
    ],
    [
      B,
      'POST /dags/d/clearTaskInstances',
      {
        only_failed: false,
        task_ids: ['g.a', 'b'],
        include_upstream: true,
        include_downstream: true,
        dag_run_id: 'r1',
      },
      ['tasks', 'clear', '--downstream', '--task-regex=^(?:g\\.a|b)$', '--upstream', '--yes', 'd'],
    ],
    [
      B,
      'POST /dags/d/clearTaskInstances',
      { only_failed: false, start_date: DATE, end_date: DATE },
      ['tasks', 'clear', `--end-date=${DATE}`, `--start-date=${DATE}`, '--yes', 'd'],
    ],
    [
      B,
      'POST /dags/d/clearTaskInstances',
      { only_failed: false, include_upstream: true, include_past: false, include_future: false },
      ['tasks', 'clear', '--yes', 'd'],
    ],
    [
      D,
      'POST /dags/d/clearPartitions',
      { run_id: 'r1' },
      ['partitions', 'clear', '--dag-id=d', '--dry-run', '--run-id=r1'],
    ],
    [
      D,
      'POST /dags/d/clearPartitions',
      { partition_key: 'k', dry_run: false, clear_task_instances: true },
      ['partitions', 'clear', '--clear-task-instances', '--dag-id=d', '--partition-key=k'],
    ],
    [
      D,
      'POST /dags/d/clearPartitions',
      { partition_date_start: DATE, dry_run: false },
      ['partitions', 'clear', '--dag-id=d', `--start-date=${DATE}`],
    ],

    // Backfills.
    [C, 'POST /backfills', BACKFILL, ['backfill', 'create', ...BACKFILL_OPTIONS]],
    [
      D,
      'POST /backfills',
      { ...BACKFILL, run_backwards: true, dag_run_conf: { a: 1 }, reprocess_behavior: 'failed', max_active_runs: 3 },
      [
        'backfill',
        'create',
        '--dag-id=d',
        '--dag-run-conf={"a":1}',
        `--from-date=${DATE}`,
        '--max-active-runs=3',
        '--reprocess-behavior=failed',
        '--run-backwards',
        `--to-date=${DATE}`,
      ],
    ],
    [
      '3.2.1',
      'POST /backfills',
      BACKFILL,
      ['backfill', 'create', '--dag-id=d', `--from-date=${DATE}`, '--run-on-latest-version', `--to-date=${DATE}`],
    ],
    [
      '3.2.1',
      'POST /backfills',
      { ...BACKFILL, run_on_latest_version: false },
      ['backfill', 'create', ...BACKFILL_OPTIONS],
    ],
    [
      D,
      'POST /backfills',
      { ...BACKFILL, run_on_latest_version: null, dag_run_conf: {} },
      ['backfill', 'create', ...BACKFILL_OPTIONS],
    ],
    [
      D,
      'POST /backfills',
      { ...BACKFILL, run_on_latest_version: true },
      ['backfill', 'create', '--dag-id=d', `--from-date=${DATE}`, '--run-on-latest-version', `--to-date=${DATE}`],
    ],
    [
      D,
      'POST /backfills',
      { ...BACKFILL, run_on_latest_version: false },
      ['backfill', 'create', '--dag-id=d', `--from-date=${DATE}`, '--no-run-on-latest-version', `--to-date=${DATE}`],
    ],
    [
      C,
      'POST /backfills/dry_run',
      BACKFILL,
      ['backfill', 'create', '--dag-id=d', '--dry-run', `--from-date=${DATE}`, `--to-date=${DATE}`],
    ],

    // Assets.
    [C, 'GET /assets?name_pattern=x&dag_ids=d', undefined, ['assets', 'list']],
    [D, 'GET /assets/5', undefined, ['assets', 'list']],
    [D, 'GET /assets/aliases?name_pattern=x', undefined, ['assets', 'list', '--alias']],
    [C, 'GET /assets/aliases/5', undefined, ['assets', 'list', '--alias']],

    // Variables.
    [A, 'GET /variables/k', undefined, ['variables', 'get', 'k']],
    [D, 'GET /variables/k', undefined, ['variables', 'get', 'k']],
    [B, 'GET /variables/-k', undefined, ['variables', 'get', '--', '-k']],
    [D, 'GET /variables?variable_key_pattern=x&order_by=key', undefined, ['variables', 'list', '--show-values']],
    [A, 'POST /variables', { key: 'k', value: 'v' }, ['variables', 'set', 'k', 'v']],
    [
      B,
      'POST /variables',
      { key: 'k', value: 'v', description: 'x y' },
      ['variables', 'set', '--description=x y', 'k', 'v'],
    ],
    [B, 'POST /variables', { key: 'k', value: 'v', description: null }, ['variables', 'set', 'k', 'v']],
    [B, 'POST /variables', { key: 'k', value: '' }, ['variables', 'set', 'k', '']],
    [C, 'POST /variables', { key: 'k', value: '--json' }, ['variables', 'set', '--', 'k', '--json']],
    [C, 'POST /variables', { key: 'k', value: '{"a":1}\n' }, ['variables', 'set', 'k', '{"a":1}\n']],
    [D, 'POST /variables', { key: 'k', value: 'v', team_name: null }, ['variables', 'set', 'k', 'v']],
    [B, 'PATCH /variables/k', { key: 'k', value: 'v' }, ['variables', 'set', 'k', 'v']],
    [
      D,
      'PATCH /variables/k?update_mask=value&update_mask=description',
      { key: 'k', value: 'v', description: 'x' },
      ['variables', 'set', '--description=x', 'k', 'v'],
    ],
    [A, 'DELETE /variables/k', undefined, ['variables', 'delete', 'k']],
    [D, 'DELETE /variables/k', undefined, ['variables', 'delete', 'k']],

    // Connections.
    [A, 'GET /connections', undefined, ['connections', 'list']],
    [C, 'GET /connections?order_by=host', undefined, ['connections', 'list']],
    [D, 'GET /connections?connection_id_pattern=x', undefined, ['connections', 'list', '--show-values']],
    [B, 'GET /connections/c', undefined, ['connections', 'get', 'c']],
    [D, 'GET /connections/c', undefined, ['connections', 'get', 'c']],
    [A, 'POST /connections', CONNECTION, ['connections', 'add', ...CONNECTION_OPTIONS, 'c']],
    [D, 'POST /connections', { ...CONNECTION, team_name: null }, ['connections', 'add', ...CONNECTION_OPTIONS, 'c']],
    [
      C,
      'POST /connections',
      { connection_id: 'c', conn_type: 'http', host: '', extra: null },
      ['connections', 'add', '--conn-host=', '--conn-type=http', 'c'],
    ],
    [B, 'DELETE /connections/c', undefined, ['connections', 'delete', 'c']],
    [C, 'POST /connections/defaults', undefined, ['connections', 'create-default-connections']],

    // Configuration, providers, plugins.
    [B, 'GET /config/section/core/option/fernet_key', undefined, ['config', 'get-value', 'core', 'fernet_key']],
    [D, 'GET /config/section/core/option/fernet_key', undefined, ['config', 'get-value', 'core', 'fernet_key']],
    [A, 'GET /providers', undefined, ['providers', 'list']],
    [D, 'GET /providers?limit=5', undefined, ['providers', 'list']],
    [B, 'GET /plugins?limit=5&offset=1', undefined, ['plugins']],

    // Pools.
    [A, 'GET /pools', undefined, ['pools', 'list']],
    [D, 'GET /pools?pool_name_pattern=x', undefined, ['pools', 'list']],
    [C, 'GET /pools/p', undefined, ['pools', 'get', 'p']],
    [A, 'POST /pools', { name: 'p', slots: 5 }, ['pools', 'set', 'p', '5', '']],
    [
      B,
      'POST /pools',
      { name: 'p', slots: 5, description: 'x', include_deferred: true },
      ['pools', 'set', '--include-deferred', 'p', '5', 'x'],
    ],
    [
      C,
      'POST /pools',
      { name: 'p', slots: -1, description: null, include_deferred: false },
      ['pools', 'set', '--', 'p', '-1', ''],
    ],
    [D, 'POST /pools', { name: 'p', slots: 5, team_name: 't' }, ['pools', 'set', '--team-name=t', 'p', '5', '']],
    [A, 'PATCH /pools/p', { name: 'p', slots: 5, description: 'x' }, ['pools', 'set', 'p', '5', 'x']],
    [
      D,
      'PATCH /pools/p',
      { pool: 'p', slots: 5, description: null, include_deferred: false },
      ['pools', 'set', 'p', '5', ''],
    ],
    [B, 'DELETE /pools/p', undefined, ['pools', 'delete', 'p']],

    // Roles and users.
    ['2.5.1', 'GET /roles', undefined, ['roles', 'list', '--permission']],
    [B, 'GET /roles/r?', undefined, ['roles', 'list', '--permission']],
    [B, 'POST /roles', { name: 'r' }, ['roles', 'create', 'r']],
    [A, 'POST /roles', { name: 'r', actions: [] }, ['roles', 'create', 'r']],
    [B, 'DELETE /roles/r', undefined, ['roles', 'delete', 'r']],
    [A, 'GET /users?limit=1&order_by=email', undefined, ['users', 'list']],
    [B, 'GET /users/u', undefined, ['users', 'list']],
    [
      B,
      'POST /users',
      { username: 'u', email: 'e', first_name: 'f', last_name: 'l', password: 'p', roles: [{ name: 'Viewer' }] },
      [
        'users',
        'create',
        '--email=e',
        '--firstname=f',
        '--lastname=l',
        '--password=p',
        '--role=Viewer',
        '--username=u',
      ],
    ],
    [B, 'DELETE /users/u', undefined, ['users', 'delete', '--username=u']],
    ['2.5.1', 'GET /roles?order_by=name', undefined, ['roles', 'list', '--permission']],

    // Every parameter that only selects or orders what the command shows.
    [B, 'GET /dags?only_active=true&order_by=dag_id', undefined, ['dags', 'list']],
    [
      D,
      'GET /dagTags?order_by=name&tag_name_pattern=x&tag_name_prefix_pattern=x&limit=1&offset=1',
      undefined,
      ['dags', 'list'],
    ],
    [
      D,
      'GET /importErrors?order_by=timestamp&filename=x&filename_pattern=x&filename_prefix_pattern=x&bundle_name=x',
      undefined,
      ['dags', 'list-import-errors'],
    ],
    [
      D,
      'GET /assets?order_by=name&name_pattern=x&name_prefix_pattern=x&uri_pattern=x&uri_prefix_pattern=x&dag_ids=d&only_active=false',
      undefined,
      ['assets', 'list'],
    ],
    [
      D,
      'GET /assets/aliases?order_by=name&name_pattern=x&name_prefix_pattern=x',
      undefined,
      ['assets', 'list', '--alias'],
    ],
    [
      D,
      'GET /variables?order_by=key&variable_key_pattern=x&variable_key_prefix_pattern=x',
      undefined,
      ['variables', 'list', '--show-values'],
    ],
    [
      D,
      'GET /connections?order_by=host&connection_id_pattern=x&connection_id_prefix_pattern=x',
      undefined,
      ['connections', 'list', '--show-values'],
    ],
    [D, 'GET /pools?order_by=name&pool_name_pattern=x&pool_name_prefix_pattern=x', undefined, ['pools', 'list']],
    [
      B,
      `GET ${RUNS}?fields=state&start_date_gte=${DATE}&start_date_lte=${DATE}&end_date_gte=${DATE}&end_date_lte=${DATE}`,
      undefined,
      ['dags', 'list-runs', '--dag-id=d'],
    ],
    [
      B,
      'POST /dags/d/clearTaskInstances',
      { dry_run: true, only_failed: false, reset_dag_runs: true, include_subdags: true, include_parentdag: true },
      ['tasks', 'clear', '--yes', 'd'],
    ],
    [
      D,
      'POST /dags/d/clearPartitions',
      { partition_date_end: DATE, dry_run: false },
      ['partitions', 'clear', '--dag-id=d', `--end-date=${DATE}`],
    ],
    [D, 'PATCH /variables/k?update_mask=value', { key: 'k', value: 'v' }, ['variables', 'set', 'k', 'v']],
  ])('%s: %s %j', (airflow, line, body, argv) => {
    expect(findArgv(airflow, line, body)).toEqual(argv);
  });
});

describe('a call that no command covers', () => {
  test.each<[airflow: string, line: string, body?: Body | string]>([
    // Triggers that do more.
    [B, `POST ${RUNS}`, { note: 'x' }],
    [D, `POST ${RUNS}`, { logical_date: null, note: '' }],
    [B, `POST ${RUNS}`, { data_interval_start: DATE, data_interval_end: DATE }],
    [C, `POST ${RUNS}`, { logical_date: null, run_after: DATE }],
    [D, `POST ${RUNS}`, { logical_date: null, partition_key: 'k' }],
    [B, `POST ${RUNS}`, { execution_date: DATE, logical_date: '2026-11-02T00:00:00Z' }],
    [B, `POST ${RUNS}`, { dag_run_id: '' }],
    [B, 'POST /dags/~/dagRuns', {}],
    [B, `POST ${RUNS}`, { dag_run_id: 'a\nb' }],
    [B, `POST ${RUNS}`, { dag_run_id: '--' }],
    // DAGs.
    [B, 'PATCH /dags/d', { is_paused: null }],
    [B, 'PATCH /dags/d', {}],
    [B, 'PATCH /dags/d?update_mask=is_paused,tags', { is_paused: true }],
    [B, 'PATCH /dags/d?update_mask=tags', { is_paused: true }],
    [B, 'GET /dags?only_active=false'],
    [D, 'GET /dags?order_by=last_run_state'],
    [D, 'GET /dags?dag_run_state=failed'],
    [B, 'PATCH /dags/d?update_mask=tags', { is_paused: true }],
    [B, 'PATCH /dags/~', { is_paused: true }],
    [B, 'PATCH /dags?dag_id_pattern=d', { is_paused: true }],
    [D, 'PATCH /dags', { is_paused: true }],
    [A, 'GET /dags'],
    ['2.8.1', 'GET /dags'],
    [B, 'GET /dags?only_active=false'],
    [B, 'GET /dags?order_by=owners'],
    [C, 'GET /dags?order_by=last_run_state'],
    [C, 'GET /dags?order_by=-last_run_start_date'],
    [C, 'GET /dags?last_dag_run_state=failed'],
    [C, `GET /dags?dag_run_start_date_gte=${DATE}`],
    [D, 'GET /dags?is_favorite=true'],
    [D, 'GET /dags?asset_dependency=x'],
    [A, 'GET /dags/d'],
    ['2.5.1', 'GET /dags/d'],
    [B, 'GET /dags/d/details'],
    [B, 'GET /dags/~'],
    [B, 'GET /dags/d/tasks'],
    [D, 'GET /dagSources/d'],
    [D, 'GET /dagWarnings'],
    [C, 'GET /dags/d/dagVersions'],
    [D, 'POST /dags/d/favorite'],
    // Runs.
    [A, `GET ${RUNS}`],
    [B, `GET ${RUNS}`],
    [C, `GET ${RUNS}`],
    [D, `GET ${RUNS}?state=failed`],
    [B, `GET ${RUNS}/r1`],
    [B, `GET ${RUNS}?fields=state&fields=conf`],
    [B, `GET ${RUNS}/r1?fields=note`],
    [B, `GET ${RUNS}?fields=state&updated_at_gte=${DATE}`],
    [B, `GET ${RUNS}?fields=state&order_by=conf`],
    [B, 'GET /dags/~/dagRuns?fields=state'],
    [B, 'POST /dags/~/dagRuns/list', { dag_ids: ['d'] }],
    [B, 'GET /dagStats?dag_ids=d,e'],
    [C, 'GET /dagStats'],
    [C, 'GET /dagStats?dag_ids=d&dag_ids=e'],
    [C, 'GET /dagStats?dag_ids=d,e'],
    [B, `GET ${RUNS}?fields=state&order_by=-conf`],
    [B, `GET ${RUNS}?fields=state&order_by=st-ate`],
    [B, `PATCH ${RUNS}/r1`, { state: 'failed' }],
    [B, `DELETE ${RUNS}/r1`],
    [B, `POST ${RUNS}/r1/clear`, {}],
    [D, `POST ${RUNS}/r1/clear`, { dry_run: false }],
    [D, 'POST /dags/d/clearDagRuns', { dag_runs: [{ dag_run_id: 'r1' }] }],
    [D, `PATCH ${RUNS}`, { actions: [] }],
    // Task instances.
    [C, 'POST /dags/d/clearTaskInstances', { dry_run: false }],
    [D, 'POST /dags/d/clearTaskInstances', { task_ids: ['t'] }],
    [B, 'POST /dags/d/clearTaskInstances', { include_past: true, dag_run_id: 'r1' }],
    [B, 'POST /dags/d/clearTaskInstances', { include_future: true }],
    [B, 'POST /dags/d/clearTaskInstances', { task_ids: ['a|b'] }],
    [B, 'POST /dags/d/clearTaskInstances', { task_ids: ['.*'] }],
    [B, 'POST /dags/d/clearTaskInstances', { start_date: DATE, dag_run_id: 'r1' }],
    [B, 'POST /dags/~/clearTaskInstances', {}],
    [B, 'POST /dags/d/clearTaskInstances', { include_past: true }],
    [B, 'POST /dags/d/clearTaskInstances', { task_ids: ['a', 'b|c'] }],
    [B, `GET ${TI}`],
    [B, `GET ${RUNS}/r1/taskInstances`],
    [B, `GET ${TI}/logs/1`],
    [B, `GET ${TI}/xcomEntries/return_value`],
    [B, `PATCH ${TI}`, { new_state: 'success' }],
    [B, `GET ${RUNS}/~/taskInstances/t/dependencies`],
    [D, 'POST /dags/d/clearPartitions', { run_id: '' }],
    // Backfills.
    [C, 'POST /backfills', { ...BACKFILL, dag_id: '~' }],
    [C, 'POST /backfills', { ...BACKFILL, max_active_runs: 0 }],
    [C, 'PUT /backfills/5/cancel'],
    [C, 'GET /backfills?dag_id=d'],
    // Assets.
    [C, 'POST /assets/5/materialize'],
    [D, 'POST /assets/5/materialize', { conf: {} }],
    [B, `GET ${RUNS}?fields=state,conf`],
    [C, 'POST /assets/events', { asset_id: 5 }],
    [B, 'POST /datasets/events', { dataset_uri: 'x' }],
    [B, 'GET /datasets'],
    // Variables.
    [A, 'GET /variables'],
    [B, 'GET /variables'],
    [C, 'GET /variables?variable_key_pattern=x'],
    [A, 'POST /variables', { key: 'k', value: 'v', description: 'x' }],
    [B, 'POST /variables', { key: 'k' }],
    [B, 'POST /variables', { value: 'v' }],
    [B, 'POST /variables', {}],
    [B, 'PATCH /variables/k', { key: 'k' }],
    [B, 'PATCH /variables/k', { value: 'v' }],
    [B, 'PATCH /variables/k', { description: 'x' }],
    [C, 'POST /variables', { key: 'k', value: { a: 1 } }],
    [C, 'POST /variables', { key: 'k', value: 5 }],
    [C, 'POST /variables', { key: 'k', value: null }],
    [C, 'POST /variables', { key: 'k', value: '\u0000' }],
    [D, 'POST /variables', { key: 'k', value: 'v', team_name: 't' }],
    [B, 'PATCH /variables/k?update_mask=description', { key: 'k', value: 'v', description: 'x' }],
    [D, 'PATCH /variables/k?update_mask=description', { key: 'k', value: 'v', description: 'x' }],
    [D, 'PATCH /variables', { actions: [] }],
    // Connections.
    [D, 'POST /connections', { ...CONNECTION, team_name: 't' }],
    [C, 'POST /connections', { connection_id: 'c', conn_type: '' }],
    [B, 'POST /connections', { connection_id: 'c', host: 'h' }],
    [B, 'PATCH /connections/c', CONNECTION],
    [B, 'POST /connections/test', CONNECTION],
    [D, 'POST /connections/enqueue-test', CONNECTION],
    [C, 'PATCH /connections', { actions: [] }],
    // Pools.
    [B, 'POST /pools', { name: 'p' }],
    [B, 'PATCH /pools/p?update_mask=slots', { name: 'p', slots: 5, description: 'x', include_deferred: true }],
    [B, 'PATCH /pools/p', { name: 'p', slots: 5 }],
    [B, 'PATCH /pools/p', { name: 'p', slots: 5, description: 'x' }],
    [D, 'PATCH /pools/p', { slots: 5, description: 'x', include_deferred: null }],
    [D, 'PATCH /pools/p', { description: 'x', include_deferred: true }],
    [C, 'PATCH /pools', { actions: [] }],
    // Roles and users.
    [A, 'GET /roles'],
    [B, 'POST /roles', { name: 'r', actions: [{ action: { name: 'can_read' }, resource: { name: 'DAGs' } }] }],
    [B, 'PATCH /roles/r', { name: 'r', actions: [] }],
    [B, 'GET /permissions'],
    [B, 'POST /users', { username: 'u', email: 'e', first_name: 'f', last_name: 'l', password: 'p' }],
    [
      B,
      'POST /users',
      { username: 'u', email: 'e', first_name: 'f', last_name: 'l', roles: [{ name: 'A' }, { name: 'B' }] },
    ],
    [B, 'POST /users', { username: 'u', email: 'e', first_name: 'f', last_name: 'l', password: 'p', roles: [] }],
    [B, 'POST /users', { username: 'u', email: 'e', first_name: 'f', last_name: 'l', password: 'p', roles: [{}] }],
    [B, 'PATCH /users/u', { roles: [{ name: 'Admin' }] }],
    // Others.
    [B, 'GET /health'],
    [B, 'GET /config'],
    [D, 'GET /config?section=core'],
    [B, 'GET /eventLogs'],
    [C, 'GET /jobs'],
    [D, 'GET /plugins/importErrors'],
  ])('%s: %s %j', (airflow, line, body) => {
    expect(findArgv(airflow, line, body)).toBeUndefined();
  });
});

test('the facts name the commands of each mapping', () => {
  const named = CATALOGS.releases().flatMap((airflow) =>
    (CATALOGS.readOperations(airflow)?.operations ?? []).flatMap(({ method, path }) =>
      getCoveringCommands(OPERATION_FACTS[`${method} ${path}`]!, airflow).map(
        (command) => `${method} ${path}: ${command}`,
      ),
    ),
  );
  expect([...covering.keys()].sort()).toEqual([...new Set(named)].sort());
  const mapped = new Set(named.map((text) => text.split(': ')[0]));
  expect([...mapped].sort()).toEqual(Object.keys(OPERATION_MAPPINGS).sort());
});

test('the facts name a command for each release in which it covers an operation', () => {
  const wrong = [...covering].flatMap(([text, releases]) => {
    const [name = '', command = ''] = text.split(': ');
    return [...releases]
      .filter((airflow) => !getCoveringCommands(OPERATION_FACTS[name]!, airflow).includes(command))
      .map((airflow) => `${airflow} ${text}`);
  });
  expect(wrong).toEqual([]);
});

/** The parser refuses these. The mapping does not rely on that. */
test.each<[airflow: string, name: string, call: Partial<OperationCall>]>([
  [B, 'PATCH /pools/{pool_name}', { path: { pool_name: 'p' }, body: { ...POOL, name: 'q' } }],
  [C, 'PATCH /pools/{pool_name}', { path: { pool_name: 'p' }, body: { ...POOL, pool: 'q' } }],
  [C, 'PATCH /pools/{pool_name}', { path: { pool_name: 'p' }, body: { ...POOL, name: 'p', pool: 'q' } }],
  [B, 'PATCH /variables/{variable_key}', { path: { variable_key: 'k' }, body: { key: 'l', value: 'v' } }],
  [B, 'PATCH /variables/{variable_key}', { path: { variable_key: 'k' }, body: { key: 'k' } }],
  [B, 'PATCH /variables/{variable_key}', { path: { variable_key: 'k' }, body: { value: 'v' } }],
  [B, 'POST /variables', { body: { value: 'v' } }],
  [B, 'POST /variables', { body: {} }],
  [B, 'PATCH /dags/{dag_id}', { path: { dag_id: 'd' }, query: { update_mask: ['tags'] }, body: { is_paused: true } }],
  [B, 'GET /dags', { query: { fields: [] } }],
  [B, 'GET /dags/{dag_id}/dagRuns', { path: { dag_id: 'd' }, query: { fields: [] } }],
  [B, 'POST /dags/{dag_id}/clearTaskInstances', { path: { dag_id: 'd' }, body: { task_ids: [], only_failed: false } }],
  [B, 'POST /users', { body: { ...USER, roles: [{ name: 7 }] } }],
  [B, 'POST /users', { body: { ...USER, roles: [{ name: 'Viewer', id: 1 }] } }],
  [B, 'POST /users', { body: { ...USER, roles: ['Viewer'] } }],
  [D, 'GET /dagStats', { query: { dag_ids: ['d,e'] } }],
])('%s: no command covers %s %j', (airflow, name, call) => {
  const { operations } = CATALOGS.readOperations(airflow)!;
  const operation = operations.find(({ method, path }) => `${method} ${path}` === name)!;
  expect(findCoveringCommand({ operation, path: {}, query: {}, ...call }, CATALOGS.read(airflow))).toBeUndefined();
});

test.each<[airflow: string, name: string, commands: string]>([
  ['3.0.6', 'GET /variables', ''],
  ['3.2.1', 'GET /variables', 'variables list'],
  ['2.4.3', 'GET /roles', ''],
  ['2.5.1', 'GET /roles', 'roles list'],
  ['2.11.2', 'POST /dags/{dag_id}/clearTaskInstances', 'tasks clear'],
  ['3.0.6', 'POST /dags/{dag_id}/clearTaskInstances', ''],
  ['2.8.1', 'GET /dags', ''],
  ['2.9.2', 'GET /dags', 'dags list'],
  ['2.8.1', 'GET /dags/{dag_id}/dagRuns', ''],
  ['2.9.2', 'GET /dags/{dag_id}/dagRuns', 'dags list-runs'],
  ['3.0.6', 'GET /dags/{dag_id}/dagRuns', ''],
  ['2.10.3', 'PATCH /dags/{dag_id}', 'dags pause, dags unpause'],
  ['2.10.3', 'GET /config', ''],
])('on Airflow %s, %s is covered by: %s', (airflow, name, commands) => {
  expect(getCoveringCommands(OPERATION_FACTS[name]!, airflow).join(', ')).toBe(commands);
});

// Values are read by their name alone.
test('no query parameter has the name of a member of the body', () => {
  const findMembers = (
    { schemas }: Pick<OperationCatalog, 'schemas'>,
    { $ref, anyOf, properties }: Schema,
  ): string[] => {
    const members = anyOf?.flatMap((schema) => findMembers({ schemas }, schema));
    return $ref === undefined ? (members ?? Object.keys(properties ?? {})) : findMembers({ schemas }, schemas[$ref]!);
  };
  const both = CATALOGS.releases()
    .map((release) => CATALOGS.readOperations(release))
    .filter((catalog) => catalog !== undefined)
    .flatMap((catalog) =>
      catalog.operations.flatMap(({ query, body }) =>
        findMembers(catalog, body?.schema ?? {}).filter((name) => Object.hasOwn(query, name)),
      ),
    );
  expect(both).toEqual([]);
});

test('an operation that no command covers says why', () => {
  const silent = Object.entries(OPERATION_FACTS)
    .filter(([name]) => !Object.hasOwn(OPERATION_MAPPINGS, name))
    .filter(([, { beyond, notOffered }]) => beyond === undefined && notOffered === undefined);
  expect(silent.map(([name]) => name)).toEqual([]);
});

test('the parser of the release reads the argv as it was meant', () => {
  const argv = findArgv(B, 'POST /dags/-x/dagRuns', { dag_run_id: '-r', conf: { a: "'; $x" } })!;
  const { command, values } = parseInvocation(CATALOGS.read(B), argv);
  expect(command.path).toEqual(['dags', 'trigger']);
  expect(Object.fromEntries([...values].map(([{ dest }, given]) => [dest, given]))).toEqual({
    dag_id: ['-x'],
    run_id: ['-r'],
    conf: ['{"a":"\'; $x"}'],
  });
});
