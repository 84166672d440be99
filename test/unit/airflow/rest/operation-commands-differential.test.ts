import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Catalog, getArgumentName, isSwitch } from '../../../../airflow/catalog.ts';
import type { Invocation } from '../../../../airflow/invocation.ts';
import { parseInvocation } from '../../../../airflow/parse-invocation.ts';
import { Refusal } from '../../../../airflow/refusal.ts';
import { quoteWord } from '../../../../airflow/render-command-line.ts';
import { findCoveringCommand } from '../../../../airflow/rest/operation-commands.ts';
import { OPERATION_MAPPINGS } from '../../../../airflow/rest/operation-mappings.ts';
import { parseCall } from '../../../../airflow/rest/parse-call.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';
import { authorize } from '../../../../policy/authorize.ts';
import type { Caller } from '../../../../policy/caller.ts';
import { compilePolicy } from '../../../../policy/compile-policy.ts';

/**
 * For each operation that maps to commands: what a caller means is generated first, then written as a REST request and, independently of
 * the mapping, as the words that a person would type. Under grants that are near both, the decisions must be the same.
 */
interface Scenario<T> {
  readonly releases: readonly string[];
  readonly meaning: fc.Arbitrary<T>;
  /** The path with values, its query and body. */
  request(meaning: T, airflow: string): Request;
  /** What a person types. */
  words(meaning: T, airflow: string): readonly (string | undefined | readonly string[])[];
}

interface Request {
  readonly path: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: unknown;
}

const ALL = ['2.4.3', '2.10.3', '3.0.6', '3.3.1'];
const TWO = ['2.4.3', '2.10.3'];
const THREE = ['3.0.6', '3.3.1'];
const isThree = (airflow: string): boolean => airflow.startsWith('3.');

const scenario = <T>(
  releases: readonly string[],
  meaning: fc.Arbitrary<T>,
  request: Scenario<T>['request'],
  words: Scenario<T>['words'],
): Scenario<unknown> => ({ releases, meaning, request, words }) as Scenario<unknown>;

// Values: few, so that grants for one meaning are near others.
const id = fc.oneof(
  fc.constantFrom('reporting_daily', 'reporting_2', 'finance', 'a.b', 'a', 'manual__2026-11-01', '2026-11-01'),
  fc.stringMatching(/^[a-z_.]{1,5}$/).filter((text) => text !== '.' && text !== '..'),
);
const oddId = fc.oneof(
  { weight: 4, arbitrary: id },
  { weight: 1, arbitrary: fc.constantFrom('-x', 'über', 'x y', '@f', '*') },
);
const text = fc.oneof(
  fc.constantFrom('x', 'x y', '--json', '-p', '@file', "it's", '$HOME', '{"a":1}', '*', 'a/../b', '0'),
  fc.string({ unit: 'grapheme-ascii', maxLength: 6 }).filter((value) => value !== '***' && value !== '--'),
);
const date = fc.constantFrom(
  '2026-11-01T00:00:00Z',
  '2026-11-15T12:30:00Z',
  '2026-11-15T12:30:00.123456+05:30',
  '2026-12-01T00:00:00-02:00',
  '2025-01-01 00:00:00Z',
);
const conf = fc.oneof(
  fc.constantFrom<Record<string, unknown>>({ a: 1 }, { a: '*' }, { day: '2026-11-01', n: [null, true, 1.5] }),
  fc.dictionary(
    fc.string({ maxLength: 3 }).filter((key) => key !== '__proto__'),
    fc.jsonValue({ maxDepth: 1 }),
    { minKeys: 1, maxKeys: 2 },
  ),
);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const bool = fc.boolean();
/** A request may also leave a member out, or send `null`. */
const absent = fc.constantFrom(undefined, null);
const nothing = fc.constant(undefined);

const paging = fc.record({ limit: optional(fc.constantFrom('1', '50')), offset: optional(fc.constantFrom('0', '7')) });
const option = (flag: string, value: string | undefined): string[] => (value === undefined ? [] : [flag, value]);
/** Values that begin with a dash must be attached. */
const attached = (flag: string, value: string | undefined): string[] =>
  value === undefined ? [] : [`${flag}=${value}`];
const json = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));

const runsWithFields = fc.record({
  dag: id,
  run: id,
  state: optional(fc.constantFrom('failed', 'success')),
  from: optional(date),
  to: optional(date),
  fields: fc.uniqueArray(fc.constantFrom('dag_run_id', 'state', 'start_date', 'logical_date'), { minLength: 1 }),
  order: optional(fc.constantFrom('id', '-start_date')),
});
const backfill = fc.record({
  dag: id,
  from: date,
  to: date,
  backwards: bool,
  conf: optional(conf),
  behavior: optional(fc.constantFrom('failed', 'completed', 'none')),
  max: optional(fc.integer({ min: 1, max: 20 })),
  latest: optional(bool),
  absent,
});
type Backfill = typeof backfill extends fc.Arbitrary<infer T> ? T : never;
const backfillRequest = (m: Backfill, airflow: string): Request => ({
  path: {},
  body: {
    dag_id: m.dag,
    from_date: m.from,
    to_date: m.to,
    run_backwards: m.backwards,
    ...(airflow === '3.3.1' || m.conf !== undefined ? { dag_run_conf: m.conf ?? m.absent } : {}),
    ...(m.behavior === undefined ? {} : { reprocess_behavior: m.behavior }),
    ...(m.max === undefined ? {} : { max_active_runs: m.max }),
    ...(airflow === '3.3.1' ? { run_on_latest_version: m.latest ?? m.absent } : {}),
  },
});
const backfillWords = (m: Backfill, airflow: string) => [
  'backfill',
  'create',
  option('--to-date', m.to),
  option('--from-date', m.from),
  m.backwards ? '--run-backwards' : undefined,
  option('--dag-id', m.dag),
  attached('--dag-run-conf', json(m.conf)),
  option('--reprocess-behavior', m.behavior),
  option('--max-active-runs', m.max?.toString()),
  airflow === '3.3.1' && m.latest !== undefined
    ? m.latest
      ? '--run-on-latest-version'
      : '--no-run-on-latest-version'
    : undefined,
];

const variable = fc.record({ key: oddId, value: text, description: optional(text), absent });
type Variable = typeof variable extends fc.Arbitrary<infer T> ? T : never;
const variableBody = (m: Variable) => ({ key: m.key, value: m.value, description: m.description ?? m.absent });
const variableWords = (m: Variable) => [
  'variables',
  'set',
  attached('--description', m.description),
  '--',
  m.key,
  m.value,
];

const pool = fc.record({
  pool: oddId,
  slots: fc.integer({ min: -1, max: 50 }),
  description: optional(text),
  deferred: bool,
});
type Pool = typeof pool extends fc.Arbitrary<infer T> ? T : never;
const poolBody = (m: Pool, airflow: string, name = 'name') => ({
  [name]: m.pool,
  slots: m.slots,
  description: m.description ?? null,
  ...(airflow === '2.4.3' ? {} : { include_deferred: m.deferred }),
});
const poolWords = (m: Pool, airflow: string) => [
  'pools',
  'set',
  m.deferred && airflow !== '2.4.3' ? '--include-deferred' : undefined,
  '--',
  m.pool,
  String(m.slots),
  m.description ?? '',
];

const dependencies = fc.record({ dag: id, run: id, task: id, index: fc.integer({ min: -1, max: 3 }) });
type Dependencies = typeof dependencies extends fc.Arbitrary<infer T> ? T : never;
const dependenciesWords = (m: Dependencies) => [
  'tasks',
  'failed-deps',
  m.dag,
  m.task,
  m.run,
  m.index === -1 ? undefined : ['--map-index', String(m.index)],
];

const SCENARIOS: Readonly<Record<string, Scenario<unknown>>> = {
  'GET /version': scenario(
    ALL,
    nothing,
    () => ({ path: {} }),
    () => ['version'],
  ),
  'GET /dags': scenario(
    ['2.10.3', ...THREE],
    fc.record({ paging, pattern: optional(text.filter((value) => value.trim() !== '')), paused: optional(bool) }),
    (m) => ({ path: {}, query: { ...m.paging, dag_id_pattern: m.pattern, paused: m.paused?.toString() } }),
    () => ['dags', 'list'],
  ),
  'GET /dags/{dag_id}': scenario(
    ['2.10.3', ...THREE],
    oddId,
    (dag_id) => ({ path: { dag_id } }),
    (dag) => ['dags', 'details', '-o', 'json', '--', dag],
  ),
  'GET /dagTags': scenario(
    THREE,
    paging,
    (query) => ({ path: {}, query }),
    () => ['dags', 'list', '--columns', 'tags'],
  ),
  'GET /dagReports': scenario(
    ['3.0.6'],
    nothing,
    () => ({ path: {}, query: { subdir: '/dags' } }),
    () => ['dags', 'report'],
  ),
  'PATCH /dags/{dag_id}': scenario(
    ALL,
    fc.record({ dag: oddId, paused: bool, masked: bool }),
    (m) => ({
      path: { dag_id: m.dag },
      query: { update_mask: m.masked ? ['is_paused'] : undefined },
      body: { is_paused: m.paused },
    }),
    (m) => ['dags', m.paused ? 'pause' : 'unpause', '--', m.dag],
  ),
  'DELETE /dags/{dag_id}': scenario(
    ALL,
    oddId,
    (dag_id) => ({ path: { dag_id } }),
    (dag) => ['dags', 'delete', '-y', '--', dag],
  ),
  'PUT /parseDagFile/{file_token}': scenario(
    ['2.10.3', ...THREE],
    id,
    (file_token) => ({ path: { file_token } }),
    () => ['dags', 'reserialize'],
  ),
  'GET /importErrors': scenario(
    ALL,
    paging,
    (query) => ({ path: {}, query }),
    () => ['dags', 'list-import-errors', '-o', 'json'],
  ),
  'GET /importErrors/{import_error_id}': scenario(
    ALL,
    fc.nat({ max: 99 }),
    (number) => ({ path: { import_error_id: String(number) } }),
    () => ['dags', 'list-import-errors'],
  ),
  'GET /dags/{dag_id}/dagRuns': scenario(
    ['2.9.2', '2.10.3'],
    runsWithFields,
    (m) => ({
      path: { dag_id: m.dag },
      query: {
        state: m.state === undefined ? undefined : [m.state],
        execution_date_gte: m.from,
        execution_date_lte: m.to,
        fields: m.fields,
        order_by: m.order,
      },
    }),
    (m) => ['dags', 'list-runs', option('-s', m.from), option('-e', m.to), option('--state', m.state), '-d', m.dag],
  ),
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}': scenario(
    ['2.9.2', '2.10.3'],
    runsWithFields,
    (m) => ({ path: { dag_id: m.dag, dag_run_id: m.run }, query: { fields: m.fields } }),
    (m) => ['dags', 'list-runs', '-d', m.dag],
  ),
  'GET /dagStats': scenario(
    ['2.10.3', ...THREE],
    id,
    (dag, airflow) => ({ path: {}, query: { dag_ids: isThree(airflow) ? [dag] : dag } }),
    (dag, airflow) => ['dags', 'list-runs', isThree(airflow) ? dag : ['-d', dag]],
  ),
  'POST /dags/{dag_id}/dagRuns': scenario(
    ALL,
    fc.record({ dag: oddId, conf: optional(conf), run: optional(oddId), date: optional(date), absent }),
    (m, airflow) => ({
      path: { dag_id: m.dag },
      body: {
        ...(m.conf === undefined ? {} : { conf: m.conf }),
        ...(m.run === undefined ? {} : { dag_run_id: m.run }),
        ...(m.date === undefined && !isThree(airflow) ? {} : { logical_date: m.date ?? null }),
        ...(airflow === '2.4.3' ? {} : { note: m.absent }),
      },
    }),
    (m, airflow) => [
      'dags',
      'trigger',
      attached('--run-id', m.run),
      option(isThree(airflow) ? '-l' : '-e', m.date),
      option('-c', json(m.conf)),
      '--',
      m.dag,
    ],
  ),
  'POST /dags/{dag_id}/clearTaskInstances': scenario(
    TWO,
    fc.record({
      dag: id,
      tasks: optional(fc.uniqueArray(id, { minLength: 1, maxLength: 3 })),
      from: optional(date),
      to: optional(date),
      run: optional(id),
      onlyFailed: bool,
      onlyRunning: bool,
      upstream: bool,
      downstream: bool,
      dry: optional(bool),
      reset: optional(bool),
    }),
    (m) => ({
      path: { dag_id: m.dag },
      body: {
        ...(m.tasks === undefined ? {} : { task_ids: m.tasks }),
        ...(m.run === undefined && m.from !== undefined ? { start_date: m.from } : {}),
        ...(m.run === undefined && m.to !== undefined ? { end_date: m.to } : {}),
        ...(m.run === undefined ? {} : { dag_run_id: m.run }),
        // The default is to clear only failed ones.
        ...(m.onlyFailed ? {} : { only_failed: false }),
        only_running: m.onlyRunning,
        include_upstream: m.upstream,
        include_downstream: m.downstream,
        ...(m.dry === undefined ? {} : { dry_run: m.dry }),
        ...(m.reset === undefined ? {} : { reset_dag_runs: m.reset }),
      },
    }),
    (m) => [
      'tasks',
      'clear',
      m.dag,
      '-y',
      m.onlyFailed ? '-f' : undefined,
      m.onlyRunning ? '-r' : undefined,
      m.tasks && m.upstream ? '-u' : undefined,
      m.tasks && m.downstream ? '-d' : undefined,
      option('-t', m.tasks?.length === 1 ? m.tasks[0] : m.tasks && `^(?:${m.tasks.join('|').replace(/\./g, '\\.')})$`),
      option('-s', m.run === undefined ? m.from : undefined),
      option('-e', m.run === undefined ? m.to : undefined),
    ],
  ),
  'POST /dags/{dag_id}/clearPartitions': scenario(
    ['3.3.1'],
    fc.record({
      dag: id,
      run: optional(id),
      key: optional(id),
      from: optional(date),
      to: optional(date),
      tasks: bool,
      dry: optional(bool),
      absent,
    }),
    (m) => ({
      path: { dag_id: m.dag },
      body: {
        run_id: m.run ?? m.absent,
        partition_key: m.key ?? m.absent,
        partition_date_start: m.from ?? m.absent,
        partition_date_end: m.to ?? m.absent,
        clear_task_instances: m.tasks,
        ...(m.dry === undefined ? {} : { dry_run: m.dry }),
      },
    }),
    (m) => [
      'partitions',
      'clear',
      '-d',
      m.dag,
      option('-r', m.run),
      option('-k', m.key),
      option('-s', m.from),
      option('-e', m.to),
      m.tasks ? '--clear-task-instances' : undefined,
      m.dry === false ? undefined : '--dry-run',
    ],
  ),
  'POST /backfills': scenario(THREE, backfill, backfillRequest, backfillWords),
  'POST /backfills/dry_run': scenario(THREE, backfill, backfillRequest, (m, airflow) => [
    ...backfillWords(m, airflow),
    '--dry-run',
  ]),
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/dependencies': scenario(
    ['2.10.3', ...THREE],
    dependencies,
    (m, airflow) => ({
      path: { dag_id: m.dag, dag_run_id: m.run, task_id: m.task },
      query: { map_index: airflow === '3.3.1' ? String(m.index) : undefined },
    }),
    (m, airflow) => dependenciesWords(airflow === '3.3.1' ? m : { ...m, index: -1 }),
  ),
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/dependencies': scenario(
    ['2.10.3', ...THREE],
    dependencies,
    (m) => ({ path: { dag_id: m.dag, dag_run_id: m.run, task_id: m.task, map_index: String(m.index) } }),
    dependenciesWords,
  ),
  'GET /assets': scenario(
    THREE,
    paging,
    (query) => ({ path: {}, query }),
    () => ['assets', 'list'],
  ),
  'GET /assets/{asset_id}': scenario(
    THREE,
    fc.nat(99),
    (number) => ({ path: { asset_id: String(number) } }),
    () => ['assets', 'list', '-o', 'json'],
  ),
  'GET /assets/aliases': scenario(
    THREE,
    paging,
    (query) => ({ path: {}, query }),
    () => ['assets', 'list', '--alias'],
  ),
  'GET /assets/aliases/{asset_alias_id}': scenario(
    THREE,
    fc.nat(99),
    (number) => ({ path: { asset_alias_id: String(number) } }),
    () => ['assets', 'list', '--alias'],
  ),
  'GET /variables': scenario(
    ['3.2.1', '3.3.1'],
    paging,
    (query) => ({ path: {}, query }),
    () => ['variables', 'list', '--show-values'],
  ),
  'GET /variables/{variable_key}': scenario(
    ALL,
    oddId,
    (variable_key) => ({ path: { variable_key } }),
    (key) => ['variables', 'get', '--', key],
  ),
  'POST /variables': scenario(
    ['2.10.3', ...THREE],
    variable,
    (m) => ({ path: {}, body: variableBody(m) }),
    variableWords,
  ),
  'PATCH /variables/{variable_key}': scenario(
    ['2.10.3', ...THREE],
    variable,
    (m) => ({ path: { variable_key: m.key }, body: variableBody(m) }),
    variableWords,
  ),
  'DELETE /variables/{variable_key}': scenario(
    ALL,
    oddId,
    (variable_key) => ({ path: { variable_key } }),
    (key) => ['variables', 'delete', '--', key],
  ),
  'GET /connections': scenario(
    ALL,
    paging,
    (query) => ({ path: {}, query }),
    (_, airflow) => ['connections', 'list', airflow === '3.3.1' ? '--show-values' : undefined],
  ),
  'POST /connections': scenario(
    ALL,
    fc.record({
      id,
      type: id,
      description: optional(text),
      host: optional(text),
      login: optional(text),
      password: optional(text),
      schema: optional(text),
      port: optional(fc.integer({ min: 1, max: 65535 })),
      extra: optional(conf),
      absent,
    }),
    (m) => ({
      path: {},
      body: {
        connection_id: m.id,
        conn_type: m.type,
        description: m.description ?? m.absent,
        host: m.host ?? m.absent,
        login: m.login ?? m.absent,
        ...(m.password === undefined ? {} : { password: m.password }),
        schema: m.schema ?? m.absent,
        port: m.port ?? m.absent,
        extra: json(m.extra) ?? m.absent,
      },
    }),
    (m) => [
      'connections',
      'add',
      m.id,
      attached('--conn-description', m.description),
      attached('--conn-password', m.password),
      attached('--conn-login', m.login),
      attached('--conn-host', m.host),
      option('--conn-type', m.type),
      attached('--conn-schema', m.schema),
      option('--conn-port', m.port?.toString()),
      attached('--conn-extra', json(m.extra)),
    ],
  ),
  'POST /connections/defaults': scenario(
    THREE,
    nothing,
    () => ({ path: {} }),
    () => ['connections', 'create-default-connections'],
  ),
  'GET /connections/{connection_id}': scenario(
    ALL,
    oddId,
    (connection_id) => ({ path: { connection_id } }),
    (connection) => ['connections', 'get', '-o', 'json', '--', connection],
  ),
  'DELETE /connections/{connection_id}': scenario(
    ALL,
    oddId,
    (connection_id) => ({ path: { connection_id } }),
    (connection) => ['connections', 'delete', '--', connection],
  ),
  'GET /config/section/{section}/option/{option}': scenario(
    ['2.10.3', ...THREE],
    fc.record({ section: id, option: id }),
    (path) => ({ path }),
    (m) => ['config', 'get-value', m.section, m.option],
  ),
  'GET /plugins': scenario(
    ALL,
    paging,
    (query) => ({ path: {}, query }),
    () => ['plugins'],
  ),
  'GET /providers': scenario(
    ALL,
    nothing,
    () => ({ path: {} }),
    () => ['providers', 'list', '-o', 'yaml'],
  ),
  'GET /pools': scenario(
    ALL,
    paging,
    (query) => ({ path: {}, query }),
    () => ['pools', 'list'],
  ),
  'GET /pools/{pool_name}': scenario(
    ALL,
    oddId,
    (pool_name) => ({ path: { pool_name } }),
    (name) => ['pools', 'get', '--', name],
  ),
  'POST /pools': scenario(ALL, pool, (m, airflow) => ({ path: {}, body: poolBody(m, airflow) }), poolWords),
  'PATCH /pools/{pool_name}': scenario(
    ALL,
    pool,
    (m, airflow) => ({ path: { pool_name: m.pool }, body: poolBody(m, airflow, isThree(airflow) ? 'pool' : 'name') }),
    poolWords,
  ),
  'DELETE /pools/{pool_name}': scenario(
    ALL,
    oddId,
    (pool_name) => ({ path: { pool_name } }),
    (name) => ['pools', 'delete', '--', name],
  ),
  'GET /roles': scenario(
    ['2.10.3'],
    paging,
    (query) => ({ path: {}, query }),
    () => ['roles', 'list', '-p'],
  ),
  'GET /roles/{role_name}': scenario(
    ['2.10.3'],
    id,
    (role_name) => ({ path: { role_name } }),
    () => ['roles', 'list', '-p'],
  ),
  'POST /roles': scenario(
    TWO,
    oddId,
    (name) => ({ path: {}, body: { name } }),
    (name) => ['roles', 'create', '--', name],
  ),
  'DELETE /roles/{role_name}': scenario(
    TWO,
    oddId,
    (role_name) => ({ path: { role_name } }),
    (name) => ['roles', 'delete', '--', name],
  ),
  'GET /users': scenario(
    TWO,
    paging,
    (query) => ({ path: {}, query }),
    () => ['users', 'list'],
  ),
  'GET /users/{username}': scenario(
    TWO,
    id,
    (username) => ({ path: { username } }),
    () => ['users', 'list'],
  ),
  'POST /users': scenario(
    TWO,
    fc.record({
      username: id,
      email: id,
      first: text,
      last: text,
      password: text,
      role: fc.constantFrom('Viewer', 'Admin'),
    }),
    (m) => ({
      path: {},
      body: {
        username: m.username,
        email: m.email,
        first_name: m.first,
        last_name: m.last,
        password: m.password,
        roles: [{ name: m.role }],
      },
    }),
    (m) => [
      'users',
      'create',
      option('-u', m.username),
      option('-e', m.email),
      attached('--firstname', m.first),
      attached('--lastname', m.last),
      attached('--password', m.password),
      option('-r', m.role),
    ],
  ),
  'DELETE /users/{username}': scenario(
    TWO,
    id,
    (username) => ({ path: { username } }),
    (username) => ['users', 'delete', '-u', username],
  ),
};

/** What a rule requires of an argument that a person gave. */
const FORMS = ['exact', 'star', 'prefix', 'other', 'range', 'absent'] as const;
type Form = (typeof FORMS)[number];
const mostly = <T, U>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: other });
const ruleShape = fc.record({
  /** Of which meaning the rule is made. */
  from: fc.nat(4),
  forms: fc.array(mostly(fc.constantFrom<Form>('exact', 'star', 'star'), fc.constantFrom(...FORMS)), {
    minLength: 12,
    maxLength: 12,
  }),
  allOthers: mostly(fc.constant(false), fc.constant(true)),
  /** An option that is not given, or undefined. */
  extra: mostly(fc.constant(undefined), fc.nat(30)),
  whole: mostly(
    fc.constant(undefined),
    fc.constantFrom('@read', '@secrets', '@trigger', '@operate', 'dags pause *', 'variables set * *'),
  ),
});
type RuleShape = typeof ruleShape extends fc.Arbitrary<infer T> ? T : never;

function formatForm(form: Form, value: string): string {
  switch (form) {
    case 'star':
      return '*';
    case 'prefix':
      return `${value.slice(0, Math.ceil(value.length / 2))}*`;
    case 'other':
      return `${value}x`;
    case 'range':
      return /^\d{4}-/.test(value)
        ? '2026-11-01T00:00:00Z..2026-11-30T00:00:00Z'
        : /^\d+$/.test(value)
          ? '1..10'
          : value;
    default:
      return value;
  }
}

/** A rule near what a person typed. */
function formatRule({ command, values }: Invocation, shape: RuleShape): string {
  if (shape.whole !== undefined) return shape.whole;
  const words: string[] = [...command.path];
  for (const [index, argument] of command.arguments.entries()) {
    // An operation has no format to choose.
    if (argument.dest === 'output' || argument.dest === 'columns') continue;
    const form = shape.forms[index % shape.forms.length]!;
    const given = values.get(argument);
    if (argument.flags === undefined) {
      for (const value of given ?? []) words.push(formatForm(form === 'absent' ? 'star' : form, value));
    } else if (given !== undefined && form !== 'absent') {
      const name = given.length > 0 && isSwitch(argument) ? given[0]! : getArgumentName(argument);
      words.push(
        isSwitch(argument) ? (form === 'star' ? `${name}=*` : name) : `${name}=${formatForm(form, given[0]!)}`,
      );
    }
  }
  const others = command.arguments.filter((argument) => argument.flags !== undefined && !values.has(argument));
  const extra = shape.extra === undefined ? undefined : others[shape.extra];
  if (extra !== undefined) words.push(`${getArgumentName(extra)}=*`);
  if (shape.allOthers) words.push('--*');
  return words.map(quoteWord).join(' ');
}

const IDENTITY = { realm: 'arn:aws:iam::111122223333:role/', name: 'reporting' };
const CALLER: Caller = { label: 'x', principal: 'x', identities: [IDENTITY] };

/** @returns undefined for an argv that the release's parser does not accept */
function parse(catalog: Catalog, argv: readonly string[] | undefined): Invocation | undefined {
  try {
    return argv && parseInvocation(catalog, argv);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function mapRequest(airflow: string, operation: string, { path, query = {}, body }: Request) {
  const [method = '', template = ''] = operation.split(' ');
  const operations = CATALOGS.readOperations(airflow)!;
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name]!));
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((item): [string, string] => [name, item as string]),
  );
  const call = parseCall(operations, {
    method,
    path: `${operations.basePath}${filled}`,
    query: pairs,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return findCoveringCommand(call, CATALOGS.read(airflow))?.argv;
}

const RUNS = 40;
const PER_RUN = 5;

describe('the decision about a call is that about the command which does the same', () => {
  test('for every mapped operation', () => {
    expect(Object.keys(SCENARIOS)).toEqual(Object.keys(OPERATION_MAPPINGS));
    expect(RUNS * PER_RUN * PER_RUN).toBe(1000);
  });

  test.each(Object.entries(SCENARIOS))('%s', (operation, { releases, meaning, request, words }) => {
    const counts = { allowed: 0, denied: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...releases),
        fc.array(meaning, { minLength: PER_RUN, maxLength: PER_RUN }),
        fc.array(ruleShape, { minLength: PER_RUN, maxLength: PER_RUN }),
        (airflow, meanings, shapes) => {
          const catalog = CATALOGS.read(airflow);
          const pairs = meanings.map((one) => {
            const typed = words(one, airflow)
              .flat()
              .filter((word): word is string => word !== undefined);
            const argv = mapRequest(airflow, operation, request(one, airflow));
            const [mapped, asTyped] = [parse(catalog, argv), parse(catalog, typed)];
            if ((argv === undefined) !== (asTyped === undefined))
              throw new Error(`Only one is accepted: ${argv}; ${typed}`);
            return { typed, argv, mapped, asTyped };
          });
          for (const shape of shapes) {
            const { asTyped: near } = pairs[shape.from % pairs.length]!;
            if (near === undefined) {
              counts.refused += pairs.length;
              continue;
            }
            const rule = formatRule(near, shape);
            const grant = { who: [`${IDENTITY.realm}${IDENTITY.name}`], may: [rule], line: 1 };
            const { policy } = compilePolicy([grant], catalog);
            for (const { typed, argv, mapped, asTyped } of pairs) {
              if (mapped === undefined || asTyped === undefined) continue;
              const [byCall, byCommand] = [mapped, asTyped].map((one) => authorize(policy, CALLER, one) !== undefined);
              if (byCall !== byCommand) throw new Error(`"${rule}" allows only one: ${argv}; ${typed}`);
              counts[byCommand ? 'allowed' : 'denied'] += 1;
            }
          }
        },
      ),
      { numRuns: RUNS },
    );
    // The grants are near: neither decision is rare.
    expect(counts.allowed).toBeGreaterThan(20);
    expect(counts.denied).toBeGreaterThan(20);
    expect(counts.refused).toBeLessThan(500);
  });
});
