import type { Catalog } from '../catalog.ts';
import { isReleaseAtLeast } from '../compare-releases.ts';
import { isJsonObject } from '../parse-json.ts';
import { hasArgument, type Meaning } from './command-meaning.ts';
import type { CallReader } from './read-call.ts';

/** @param reader gives each value once. What it does not give is not accounted for */
type Mapping = (reader: CallReader, catalog: Catalog) => Meaning | undefined;

/**
 * By the name of an operation. Sources: `airflow/cli/commands/` for what commands show and change, `airflow/api_connexion/` (2.x) and
 * `airflow/api_fastapi/core_api/` (3.x) for operations.
 *
 * A list shows at least as much as one of its items. Ids, times, counts, and links count as shown where the command shows the object that
 * they belong to. What people or code have written, and hosts, do not. A write may show the object that it has changed, but no secret in
 * it. On 2.4.3, 2.10.3, 3.0.6 and 3.3.1, the answers of the operations that read were compared with what the commands printed.
 */
export const OPERATION_MAPPINGS: Readonly<Record<string, Mapping>> = {
  'GET /version': () => ({ command: 'version' }),

  // `--columns` can show every field.
  'GET /dags': (reader, catalog) => {
    const { boolean, texts, fail, accept } = reader;
    // Before 3.0, the command lists only DAGs that have a file.
    if (boolean('only_active') === false) fail();
    if (!orderOf(reader).every((name) => DAG_ORDERS.has(name))) fail();
    if (texts('fields')?.length === 0) fail();
    accept(...DAG_FILTERS);
    return hasArgument(catalog, 'dags list', 'columns') ? { command: 'dags list' } : undefined;
  },
  'GET /dags/{dag_id}': ({ path, accept }) => {
    accept('fields');
    return { command: 'dags details', values: { dag_id: path.dag_id } };
  },
  'GET /dagTags': ({ accept }, catalog) => {
    accept('order_by', 'tag_name_pattern', 'tag_name_prefix_pattern');
    return hasArgument(catalog, 'dags list', 'columns') ? { command: 'dags list' } : undefined;
  },
  'GET /dagReports': ({ accept }) => {
    accept('subdir');
    return { command: 'dags report' };
  },
  'PATCH /dags/{dag_id}': ({ path, boolean, texts }) => {
    const isPaused = boolean('is_paused');
    const mask = texts('update_mask') ?? ['is_paused'];
    if (isPaused === undefined || !mask.every((name) => name === 'is_paused')) return undefined;
    return { command: isPaused ? 'dags pause' : 'dags unpause', values: { dag_id: path.dag_id } };
  },
  'DELETE /dags/{dag_id}': ({ path }) => ({ command: 'dags delete', values: { dag_id: path.dag_id, yes: true } }),
  'PUT /parseDagFile/{file_token}': () => ({ command: 'dags reserialize' }),
  'GET /importErrors': ({ accept }) => {
    accept('order_by', 'filename', 'filename_pattern', 'filename_prefix_pattern', 'bundle_name');
    return { command: 'dags list-import-errors' };
  },
  'GET /importErrors/{import_error_id}': () => ({ command: 'dags list-import-errors' }),

  'GET /dags/{dag_id}/dagRuns': listRuns,
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}': listRuns,
  'GET /dagStats': ({ value }) => {
    const given = value('dag_ids');
    const [dagId, ...others] = [given ?? ''].flat().flatMap((item) => String(item).split(','));
    return others.length > 0 ? undefined : { command: 'dags list-runs', values: { dag_id: dagId } };
  },
  'POST /dags/{dag_id}/dagRuns': ({ path, text, object, fail }) => {
    const conf = object('conf');
    const logicalDate = text('logical_date');
    const executionDate = text('execution_date');
    if (logicalDate !== undefined && executionDate !== undefined && logicalDate !== executionDate) fail();
    return {
      command: 'dags trigger',
      values: {
        dag_id: path.dag_id,
        conf: withoutEmpty(conf),
        run_id: text('dag_run_id'),
        logical_date: logicalDate ?? executionDate,
      },
    };
  },
  'POST /dags/{dag_id}/clearTaskInstances': clearTasks,
  'POST /dags/{dag_id}/clearPartitions': ({ path, text, boolean }) => ({
    command: 'partitions clear',
    values: {
      dag_id: path.dag_id,
      run_id: text('run_id'),
      partition_key: text('partition_key'),
      start_date: text('partition_date_start'),
      end_date: text('partition_date_end'),
      clear_task_instances: boolean('clear_task_instances'),
      dry_run: boolean('dry_run') ?? true,
    },
  }),
  'POST /backfills': (reader, catalog) => createBackfill(reader, catalog, false),
  'POST /backfills/dry_run': (reader, catalog) => createBackfill(reader, catalog, true),
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/dependencies': showDependencies,
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/dependencies': showDependencies,

  // `--columns` can show every field.
  'GET /assets': ({ accept }) => {
    accept('order_by', 'name_pattern', 'name_prefix_pattern', 'uri_pattern', 'uri_prefix_pattern', 'dag_ids');
    accept('only_active');
    return { command: 'assets list' };
  },
  'GET /assets/{asset_id}': () => ({ command: 'assets list' }),
  'GET /assets/aliases': ({ accept }) => {
    accept('order_by', 'name_pattern', 'name_prefix_pattern');
    return { command: 'assets list', values: { alias: true } };
  },
  'GET /assets/aliases/{asset_alias_id}': () => ({ command: 'assets list', values: { alias: true } }),

  // The command shows no descriptions. They are less secret than the values, which it shows.
  'GET /variables': ({ accept }) => {
    accept('order_by', 'variable_key_pattern', 'variable_key_prefix_pattern');
    return { command: 'variables list', values: { show_values: true } };
  },
  'GET /variables/{variable_key}': ({ path }) => ({ command: 'variables get', values: { key: path.variable_key } }),
  'POST /variables': setVariable,
  'PATCH /variables/{variable_key}': setVariable,
  'DELETE /variables/{variable_key}': ({ path }) => ({
    command: 'variables delete',
    values: { key: path.variable_key },
  }),

  'GET /connections': ({ accept }) => {
    accept('order_by', 'connection_id_pattern', 'connection_id_prefix_pattern');
    return { command: 'connections list', valuesWhereKnown: { show_values: true } };
  },
  'POST /connections': ({ text, integer }) => {
    const connType = text('conn_type');
    // An empty type would be no type, which the command rejects.
    if (!connType) return undefined;
    return {
      command: 'connections add',
      values: {
        conn_id: text('connection_id'),
        conn_type: connType,
        conn_description: text('description'),
        conn_host: text('host'),
        conn_login: text('login'),
        conn_password: text('password'),
        conn_schema: text('schema'),
        conn_port: integer('port'),
        conn_extra: text('extra'),
      },
    };
  },
  'POST /connections/defaults': () => ({ command: 'connections create-default-connections' }),
  'GET /connections/{connection_id}': ({ path }) => ({
    command: 'connections get',
    values: { conn_id: path.connection_id },
  }),
  'DELETE /connections/{connection_id}': ({ path }) => ({
    command: 'connections delete',
    values: { conn_id: path.connection_id },
  }),

  'GET /config/section/{section}/option/{option}': ({ path }) => ({
    command: 'config get-value',
    values: { section: path.section, option: path.option },
  }),
  'GET /plugins': () => ({ command: 'plugins' }),
  'GET /providers': () => ({ command: 'providers list' }),

  'GET /pools': ({ accept }) => {
    accept('order_by', 'pool_name_pattern', 'pool_name_prefix_pattern');
    return { command: 'pools list' };
  },
  'GET /pools/{pool_name}': ({ path }) => ({ command: 'pools get', values: { pool: path.pool_name } }),
  'POST /pools': (reader) => setPool(reader, reader.text('name')),
  // Without one of these, the pool keeps what it has, and the answer shows it.
  'PATCH /pools/{pool_name}': (reader, catalog) => {
    const { path, text, boolean, has } = reader;
    const names = [text('name'), text('pool')].filter((name) => name !== undefined);
    const isWhole =
      has('description') &&
      (boolean('include_deferred') !== undefined || !hasArgument(catalog, 'pools set', 'include_deferred'));
    return isWhole && names.every((name) => name === path.pool_name) ? setPool(reader, path.pool_name) : undefined;
  },
  'DELETE /pools/{pool_name}': ({ path }) => ({ command: 'pools delete', values: { pool: path.pool_name } }),

  'GET /roles': listRoles,
  'GET /roles/{role_name}': listRoles,
  'POST /roles': ({ text, value }) => {
    const actions = value('actions');
    if (Array.isArray(actions) && actions.length > 0) return undefined;
    return { command: 'roles create', values: { role: text('name') } };
  },
  'DELETE /roles/{role_name}': ({ path }) => ({ command: 'roles delete', values: { role: path.role_name } }),
  'GET /users': ({ accept }) => {
    accept('order_by');
    return { command: 'users list' };
  },
  'GET /users/{username}': () => ({ command: 'users list' }),
  'POST /users': ({ text, value }) => {
    const roles = value('roles');
    const role: unknown = Array.isArray(roles) && roles.length === 1 ? roles[0] : undefined;
    const name = isJsonObject(role) && Object.keys(role).length === 1 ? role.name : undefined;
    if (typeof name !== 'string') return undefined;
    return {
      command: 'users create',
      values: {
        username: text('username'),
        email: text('email'),
        firstname: text('first_name'),
        lastname: text('last_name'),
        password: text('password'),
        role: name,
      },
    };
  },
  'DELETE /users/{username}': ({ path }) => ({ command: 'users delete', values: { username: path.username } }),
};

/** Parameters that select DAGs by what `dags list` shows. */
const DAG_FILTERS: readonly string[] = [
  'tags',
  'tags_match_mode',
  'owners',
  'dag_id_pattern',
  'dag_id_prefix_pattern',
  'dag_display_name_pattern',
  'dag_display_name_prefix_pattern',
  'exclude_stale',
  'paused',
  'has_import_errors',
  'bundle_name',
  'bundle_version',
];
/** Without the orders by the last run, which tell about runs. */
const DAG_ORDERS: ReadonlySet<string> = new Set(['dag_id', 'dag_display_name', 'next_dagrun']);

/** What `dags list-runs` shows, in the words of operations. */
const RUN_FIELDS: ReadonlySet<string> = new Set([
  'dag_id',
  'dag_run_id',
  'state',
  'execution_date',
  'logical_date',
  'start_date',
  'end_date',
]);
/** The order by conf would tell about conf. */
const RUN_ORDERS: ReadonlySet<string> = new Set([...RUN_FIELDS, 'id', 'run_id']);

/** The names by which a list is ordered. */
const orderOf = ({ value }: CallReader): string[] =>
  [value('order_by') ?? []].flat().map((name) => String(name).replace(/^-/, ''));

const withoutEmpty = (conf: string | undefined): string | undefined => (conf === '{}' ? undefined : conf);

/** `dags list-runs` shows neither conf nor note. */
function listRuns(reader: CallReader): Meaning | undefined {
  const { path, text, texts, accept } = reader;
  const fields = texts('fields') ?? [];
  if (fields.length === 0 || !fields.every((field) => RUN_FIELDS.has(field))) return undefined;
  if (!orderOf(reader).every((name) => RUN_ORDERS.has(name))) return undefined;
  const states = texts('state') ?? [];
  accept('start_date_gte', 'start_date_lte', 'end_date_gte', 'end_date_lte');
  return {
    command: 'dags list-runs',
    values: {
      dag_id: path.dag_id,
      // The command selects one state or none.
      state: states.length === 1 ? states[0] : undefined,
      start_date: text('execution_date_gte'),
      end_date: text('execution_date_lte'),
    },
  };
}

/**
 * The command clears every run between the dates, resets the runs, and includes subdags and the parent DAG. A request can do less.
 * On Airflow 3, the answer shows rendered fields.
 */
function clearTasks({ path, text, texts, boolean, accept }: CallReader, catalog: Catalog): Meaning | undefined {
  if (isReleaseAtLeast(catalog.airflow, '3.0')) return undefined;
  const taskIds = texts('task_ids');
  const runId = text('dag_run_id');
  const startDate = text('start_date');
  const endDate = text('end_date');
  if (boolean('include_past') || boolean('include_future')) return undefined;
  if (taskIds !== undefined && !(taskIds.length > 0 && taskIds.every((id) => TASK_ID.test(id)))) return undefined;
  if (runId !== undefined && (startDate ?? endDate) !== undefined) return undefined;
  accept('dry_run', 'reset_dag_runs', 'include_subdags', 'include_parentdag');
  const [upstream, downstream] = [boolean('include_upstream'), boolean('include_downstream')];
  return {
    command: 'tasks clear',
    values: {
      dag_id: path.dag_id,
      task_regex: taskIds && formatTaskRegex(taskIds),
      // Without task ids, all tasks are cleared.
      upstream: taskIds && upstream,
      downstream: taskIds && downstream,
      start_date: startDate,
      end_date: endDate,
      only_failed: boolean('only_failed') ?? true,
      only_running: boolean('only_running'),
      yes: true,
    },
  };
}

const TASK_ID = /^[\p{L}\p{N}_.-]+$/u;

/** One id stays as it is: it selects the task, and those whose ids contain it. */
const formatTaskRegex = (ids: readonly string[]): string =>
  ids.length === 1 ? ids[0]! : `^(?:${ids.map((id) => id.replaceAll('.', String.raw`\.`)).join('|')})$`;

/** Both read the dates with one function, which drops their offsets for partitioned DAGs. */
function createBackfill({ text, boolean, integer, object }: CallReader, catalog: Catalog, dryRun: boolean): Meaning {
  const onLatest = boolean('run_on_latest_version');
  // On 3.2, an operation uses the latest version by default, and the command does not.
  const isDefault = hasArgument(catalog, 'backfill create', 'run_on_latest_version', 'store-true');
  return {
    command: 'backfill create',
    values: {
      dag_id: text('dag_id'),
      from_date: text('from_date'),
      to_date: text('to_date'),
      dag_run_conf: withoutEmpty(object('dag_run_conf')),
      max_active_runs: integer('max_active_runs'),
      reprocess_behavior: text('reprocess_behavior'),
      run_backwards: boolean('run_backwards'),
      run_on_latest_version: onLatest ?? (isDefault || undefined),
      dry_run: dryRun,
    },
  };
}

function showDependencies({ path, integer }: CallReader): Meaning {
  const mapIndex = path.map_index ?? integer('map_index');
  return {
    command: 'tasks failed-deps',
    values: {
      dag_id: path.dag_id,
      task_id: path.task_id,
      logical_date_or_run_id: path.dag_run_id,
      map_index: mapIndex === '-1' ? undefined : mapIndex,
    },
  };
}

/** The command sets a variable as a whole. A request that keeps the value would show it. */
function setVariable({ path, text, texts }: CallReader): Meaning | undefined {
  const key = text('key');
  const value = text('value');
  const mask = texts('update_mask') ?? ['value'];
  if (key === undefined || value === undefined || !mask.includes('value')) return undefined;
  if (path.variable_key !== undefined && path.variable_key !== key) return undefined;
  return { command: 'variables set', values: { key, value, description: text('description') } };
}

function setPool({ text, integer, boolean }: CallReader, pool: string | undefined): Meaning {
  return {
    command: 'pools set',
    values: {
      pool,
      slots: integer('slots'),
      description: text('description') ?? '',
      include_deferred: boolean('include_deferred'),
      team_name: text('team_name'),
    },
  };
}

function listRoles({ accept }: CallReader): Meaning {
  accept('order_by');
  return { command: 'roles list', values: { permission: true } };
}
