import { isReleaseAtLeast } from '../compare-releases.ts';
import type { Effect } from '../effect.ts';
import type { AirflowRole } from './airflow-role.ts';

/** What an operation does and needs. The OpenAPI documents do not contain it. */
export interface OperationFacts {
  /** As of commands. `prints-secrets`: the answer can show stored values, also the answer to a write. */
  readonly effects: readonly Effect[];
  /** The commands that cover requests for it: those that `findCoveringCommand` returns. */
  readonly commands?: readonly string[] | ByRelease<readonly string[]>;
  /** The least default role that Airflow asks for. */
  readonly role: RoleNeeded | ByRelease<RoleNeeded>;
  /**
   * A sentence: what a request can show or change that no grant of a command covers. Absent: every request does at most what one command
   * does, so `findCoveringCommand` finds it.
   */
  readonly beyond?: string;
  /** A sentence: why the operation is never sent, and what to use. */
  readonly notOffered?: string;
}

/** `none`: no default role has the permission, not even Admin. */
export type RoleNeeded = AirflowRole | 'none';

/** Each value is valid from its release on, up to the next. The releases are in ascending order. */
type ByRelease<T> = Readonly<Record<string, T>>;

/** The facts of an operation, or undefined for an unknown one. @param path as in the OpenAPI document: `/dags/{dag_id}` */
export function findOperationFacts(method: string, path: string): OperationFacts | undefined {
  const name = `${method} ${path}`;
  return Object.hasOwn(OPERATION_FACTS, name) ? OPERATION_FACTS[name] : undefined;
}

/** Whether an operation can be repeated without a second effect in Airflow. */
export const isReadOnlyOperation = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
  findOperationFacts(method, path)?.effects.includes('reads') ?? false;

/** The least default role that a release asks for. */
export const getRoleNeeded = ({ role }: OperationFacts, airflow: string): RoleNeeded =>
  typeof role === 'string' ? role : (findByRelease(role, airflow) ?? 'Admin');

/** The commands of a release that cover requests for the operation. */
export function getCoveringCommands({ commands = [] }: OperationFacts, airflow: string): readonly string[] {
  return isList(commands) ? commands : (findByRelease(commands, airflow) ?? []);
}

const isList = (value: object): value is readonly string[] => Array.isArray(value);

const findByRelease = <T>(values: ByRelease<T>, airflow: string): T | undefined =>
  Object.entries(values).findLast(([release]) => isReleaseAtLeast(airflow, release))?.[1];

// The permissions of the default roles differ between releases: `VIEWER_PERMISSIONS` and the lists after it in the FAB auth manager
// (2.7 and before: `airflow/www/security.py`). What each operation asks for is in the decorators of `airflow/api_connexion/endpoints/`
// (2.x) and the dependencies of `airflow/api_fastapi/core_api/routes/public/` (3.x). On 2.10.3, 3.0.6 and 3.3.1, every operation was
// tried with a user of each role.
const READS_EVENT_LOGS: ByRelease<RoleNeeded> = { '2.4.3': 'Viewer', '2.9.2': 'Admin' };
const READS_PLUGINS: ByRelease<RoleNeeded> = { '2.4.3': 'Viewer', '2.9.2': 'Op' };
const READS_POOLS: ByRelease<RoleNeeded> = { '2.4.3': 'Op', '2.8.1': 'Viewer' };
/** On 3.0 no role has `can_create` and `can_edit` on XComs. */
const WRITES_XCOM: ByRelease<RoleNeeded> = { '3.0.6': 'none', '3.2.1': 'Op' };
/** 3.0 asks for `can_create` and `can_edit` on backfills, later releases for the same on DAG runs. */
const WRITES_BACKFILLS: ByRelease<RoleNeeded> = { '3.0.6': 'Op', '3.2.1': 'User' };

const READS: readonly Effect[] = ['reads'];
const READS_SECRETS: readonly Effect[] = ['reads', 'prints-secrets'];
const CONTROLS: readonly Effect[] = ['controls-runs'];
const CONTROLS_AND_SHOWS: readonly Effect[] = ['controls-runs', 'changes-state', 'prints-secrets'];
const CHANGES: readonly Effect[] = ['changes-state'];
const CHANGES_AND_SHOWS: readonly Effect[] = ['changes-state', 'prints-secrets'];
const DESTROYS: readonly Effect[] = ['destroys-data'];
const CHANGES_ACCESS: readonly Effect[] = ['changes-access'];
const DESTROYS_ACCESS: readonly Effect[] = ['changes-access', 'destroys-data'];

const SHOWS_DAG_SOURCE = 'No command shows the source of a DAG.';
const SHOWS_DATASETS = 'No command shows datasets.';
const SHOWS_EVENTS = 'No command shows the events of assets, their extra, and the runs that they started.';
const SHOWS_QUEUED_EVENTS = 'No command shows queued events.';
const DELETES_QUEUED_EVENTS =
  'No command deletes queued events. Without them, the runs that wait for them do not start.';
const SHOWS_RUNS =
  'It also shows the conf and the note of each run. On Airflow 2.9 to 2.11, a request with "fields" can leave them out.';
const SHOWS_RUNS_OF_DAGS =
  'It also shows the conf and the note of each run, and reaches every DAG that the body names or leaves open.';
const CHANGES_RUN = 'No command sets the state or the note of a run. The answer also shows its conf.';
const SHOWS_TASK_INSTANCES =
  'It also shows rendered fields, notes, hosts, and the executor configuration of task instances.';
const CHANGES_TASK_INSTANCES =
  'No command sets the state or the note of a task instance. The answer also shows rendered fields, notes, and hosts.';
const PREVIEWS_TASK_INSTANCES =
  'It shows rendered fields, notes, and hosts of the task instances that a change would reach.';
const SHOWS_TASKS = 'It also shows parameters with their default values, documentation, and the settings of each task.';
const SHOWS_XCOM = 'No command shows the values of XComs.';
const CHANGES_XCOM = 'No command changes XComs.';
const SHOWS_LOG = 'No command shows the logs of tasks.';
const SHOWS_EVENT_LOGS = 'No command shows event logs. They contain the conf of triggered runs and who did what.';
const SHOWS_STATE_STORE = 'No command shows the state that tasks and assets have stored.';
const CHANGES_STATE_STORE = 'No command changes the state that tasks and assets have stored.';
const SHOWS_HITL = 'No command shows what tasks ask people, and the answers.';
const SHOWS_VERSIONS = 'No command shows the versions of a DAG.';
const CHANGES_BACKFILL = 'No command pauses, resumes, or cancels a backfill, and the request names only its number.';
const SHOWS_BACKFILLS = 'No command shows backfills and their conf.';
const CHANGES_MANY = 'It can also create, overwrite, and delete many entries in one request. Change them one by one.';
const FOR_BROWSERS =
  'Airflow answers it with a redirect for browsers. Callers need no login: the proxy makes the web session.';

/**
 * The facts of every operation of every supported release. A test fails for an operation that is missing here, and for a row that no
 * release has.
 */
export const OPERATION_FACTS: Readonly<Record<string, OperationFacts>> = {
  'GET /assets': { effects: READS, commands: ['assets list'], role: 'Viewer' },
  'GET /assets/aliases': { effects: READS, commands: ['assets list'], role: 'Viewer' },
  'GET /assets/aliases/{asset_alias_id}': { effects: READS, commands: ['assets list'], role: 'Viewer' },
  'GET /assets/events': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_EVENTS },
  'POST /assets/events': {
    effects: ['starts-runs'],
    role: 'User',
    beyond: 'No command creates an event of an asset. It starts every DAG that waits for the asset.',
  },
  'GET /assets/{asset_id}': { effects: READS, commands: ['assets list'], role: 'Viewer' },
  'POST /assets/{asset_id}/materialize': {
    effects: ['starts-runs'],
    role: 'User',
    beyond: 'It names the asset by a number, not by name or URI, and can also set a conf, a note, and a run id.',
  },
  'GET /assets/{asset_id}/queuedEvents': { effects: READS, role: 'Viewer', beyond: SHOWS_QUEUED_EVENTS },
  'DELETE /assets/{asset_id}/queuedEvents': {
    effects: ['changes-state', 'destroys-data'],
    role: 'Op',
    beyond: DELETES_QUEUED_EVENTS,
  },
  'GET /assets/{asset_id}/state-store': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_STATE_STORE },
  'DELETE /assets/{asset_id}/state-store': { effects: DESTROYS, role: 'Op', beyond: CHANGES_STATE_STORE },
  'GET /assets/{asset_id}/state-store/{key}': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_STATE_STORE },
  'PUT /assets/{asset_id}/state-store/{key}': { effects: CHANGES, role: 'Op', beyond: CHANGES_STATE_STORE },
  'DELETE /assets/{asset_id}/state-store/{key}': { effects: DESTROYS, role: 'Op', beyond: CHANGES_STATE_STORE },

  'GET /auth/login': { effects: READS, role: 'Public', notOffered: FOR_BROWSERS },
  'GET /auth/logout': { effects: READS, role: 'Public', notOffered: FOR_BROWSERS },

  'GET /backfills': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_BACKFILLS },
  'POST /backfills': {
    effects: ['controls-runs', 'costs-web-server'],
    commands: ['backfill create'],
    role: WRITES_BACKFILLS,
  },
  'POST /backfills/dry_run': { effects: READS, commands: ['backfill create'], role: WRITES_BACKFILLS },
  'GET /backfills/{backfill_id}': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_BACKFILLS },
  'PUT /backfills/{backfill_id}/cancel': { effects: CONTROLS, role: WRITES_BACKFILLS, beyond: CHANGES_BACKFILL },
  'PUT /backfills/{backfill_id}/pause': { effects: CONTROLS, role: WRITES_BACKFILLS, beyond: CHANGES_BACKFILL },
  'PUT /backfills/{backfill_id}/unpause': { effects: CONTROLS, role: WRITES_BACKFILLS, beyond: CHANGES_BACKFILL },

  // Airflow also asks for `expose_config`, which is off by default.
  'GET /config': {
    effects: READS_SECRETS,
    role: 'Op',
    beyond: 'It also shows options that Airflow does not know and that only environment variables set.',
  },
  'GET /config/section/{section}/option/{option}': {
    effects: READS_SECRETS,
    commands: ['config get-value'],
    role: 'Op',
  },

  'GET /connections': { effects: READS_SECRETS, commands: ['connections list'], role: 'Op' },
  'POST /connections': {
    effects: CHANGES_ACCESS,
    commands: ['connections add'],
    role: 'Op',
    beyond: 'It can also set the team of a connection.',
  },
  'PATCH /connections': { effects: DESTROYS_ACCESS, role: 'Op', beyond: CHANGES_MANY },
  'POST /connections/defaults': {
    effects: CHANGES_ACCESS,
    commands: ['connections create-default-connections'],
    role: 'Op',
  },
  'GET /connections/enqueue-test': {
    effects: READS_SECRETS,
    role: 'Op',
    notOffered:
      'Airflow reads its token from a header that the proxy does not send. Use POST /connections/test, which answers at once.',
  },
  'POST /connections/enqueue-test': {
    effects: ['runs-code', 'changes-access'],
    role: 'Op',
    beyond: 'It tests a connection that the request describes, on a worker, and can also save it.',
  },
  // Airflow also asks for `test_connection`, which is off by default from 2.7 on.
  'POST /connections/test': {
    effects: ['runs-code'],
    role: 'Op',
    beyond: 'It tests a connection that the request describes: the web server connects to any host.',
  },
  'GET /connections/{connection_id}': { effects: READS_SECRETS, commands: ['connections get'], role: 'Op' },
  'PATCH /connections/{connection_id}': {
    effects: ['changes-access', 'prints-secrets'],
    role: 'Op',
    beyond: 'No command changes a connection and keeps the rest of it.',
  },
  'DELETE /connections/{connection_id}': { effects: DESTROYS_ACCESS, commands: ['connections delete'], role: 'Op' },

  'GET /dagReports': { effects: READS, commands: ['dags report'], role: 'Viewer' },
  'GET /dagSources/{dag_id}': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_DAG_SOURCE },
  'GET /dagSources/{file_token}': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_DAG_SOURCE },
  'GET /dagStats': {
    effects: READS,
    commands: ['dags list-runs'],
    role: 'Viewer',
    beyond: 'A request that does not name exactly one DAG counts the runs of many.',
  },
  'GET /dagTags': { effects: READS, commands: ['dags list'], role: 'Viewer' },
  'GET /dagWarnings': { effects: READS, role: 'Viewer', beyond: 'No command shows the warnings about DAGs.' },
  'GET /dags': {
    effects: READS,
    commands: { '2.9.2': ['dags list'] },
    role: 'Viewer',
    beyond:
      'It can also select and order DAGs by their runs and favorites. Before Airflow 2.9, it shows descriptions, schedules, and tags, too.',
  },
  'PATCH /dags': {
    effects: CONTROLS,
    role: 'User',
    beyond:
      'It pauses or unpauses every DAG whose id contains the pattern, more than the answer lists. Use PATCH /dags/{dag_id}.',
  },
  'GET /dags/{dag_id}': {
    effects: READS,
    commands: ['dags details'],
    role: 'Viewer',
    beyond: 'Before Airflow 2.6, no command shows the description, the schedule, and the tags of a DAG.',
  },
  'PATCH /dags/{dag_id}': { effects: CONTROLS, commands: ['dags pause', 'dags unpause'], role: 'User' },
  'DELETE /dags/{dag_id}': { effects: DESTROYS, commands: ['dags delete'], role: 'User' },
  'GET /dags/{dag_id}/assets/queuedEvents': { effects: READS, role: 'Viewer', beyond: SHOWS_QUEUED_EVENTS },
  'DELETE /dags/{dag_id}/assets/queuedEvents': {
    effects: ['changes-state', 'destroys-data'],
    role: 'Op',
    beyond: DELETES_QUEUED_EVENTS,
  },
  'GET /dags/{dag_id}/assets/{asset_id}/queuedEvents': { effects: READS, role: 'Viewer', beyond: SHOWS_QUEUED_EVENTS },
  'DELETE /dags/{dag_id}/assets/{asset_id}/queuedEvents': {
    effects: ['changes-state', 'destroys-data'],
    role: 'Op',
    beyond: DELETES_QUEUED_EVENTS,
  },
  'POST /dags/{dag_id}/clearDagRuns': {
    effects: CONTROLS_AND_SHOWS,
    role: 'User',
    beyond: 'The answer also shows the conf and the note of the runs, or the rendered fields of their task instances.',
  },
  'POST /dags/{dag_id}/clearPartitions': { effects: CONTROLS, commands: ['partitions clear'], role: 'User' },
  'POST /dags/{dag_id}/clearTaskInstances': {
    effects: CONTROLS_AND_SHOWS,
    commands: { '2.4.3': ['tasks clear'], '3.0.6': [] },
    role: 'User',
    beyond:
      'On Airflow 3, the answer also shows rendered fields, notes, and hosts of the task instances. On Airflow 2, "include_past" and "include_future" reach more than the dates say.',
  },
  'GET /dags/{dag_id}/dagRuns': {
    effects: READS_SECRETS,
    commands: { '2.9.2': ['dags list-runs'], '3.0.6': [] },
    role: 'Viewer',
    beyond: SHOWS_RUNS,
  },
  'POST /dags/{dag_id}/dagRuns': {
    effects: ['starts-runs'],
    commands: ['dags trigger'],
    role: 'User',
    beyond: 'It can also set a note, a data interval, a partition key, and the time after which the run starts.',
  },
  'PATCH /dags/{dag_id}/dagRuns': {
    effects: ['controls-runs', 'changes-state', 'destroys-data', 'prints-secrets'],
    role: 'User',
    beyond:
      'It can change and delete many runs, also those of another DAG than the path names. Change them one by one.',
  },
  'POST /dags/{dag_id}/dagRuns/list': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_RUNS_OF_DAGS },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}': {
    effects: READS_SECRETS,
    commands: { '2.9.2': ['dags list-runs'], '3.0.6': [] },
    role: 'Viewer',
    beyond: SHOWS_RUNS,
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}': { effects: CONTROLS_AND_SHOWS, role: 'User', beyond: CHANGES_RUN },
  'DELETE /dags/{dag_id}/dagRuns/{dag_run_id}': {
    effects: DESTROYS,
    role: 'User',
    beyond: 'No command deletes one run.',
  },
  'POST /dags/{dag_id}/dagRuns/{dag_run_id}/clear': {
    effects: CONTROLS_AND_SHOWS,
    role: 'User',
    beyond: 'The answer also shows the conf and the note of the run, or the rendered fields of its task instances.',
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/hitlDetails': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_HITL },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/setNote': {
    effects: CHANGES_AND_SHOWS,
    role: 'User',
    beyond: CHANGES_RUN,
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskGroupInstances/{group_id}': {
    effects: CONTROLS_AND_SHOWS,
    role: 'User',
    beyond: CHANGES_TASK_INSTANCES,
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskGroupInstances/{group_id}/dry_run': {
    effects: READS_SECRETS,
    role: 'User',
    beyond: PREVIEWS_TASK_INSTANCES,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_TASK_INSTANCES,
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances': {
    effects: ['controls-runs', 'changes-state', 'destroys-data', 'prints-secrets'],
    role: 'User',
    beyond:
      'It can change and delete many task instances, also those of another DAG than the path names. Change them one by one.',
  },
  'POST /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/list': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_TASK_INSTANCES,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_TASK_INSTANCES,
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}': {
    effects: CONTROLS_AND_SHOWS,
    role: 'User',
    beyond: CHANGES_TASK_INSTANCES,
  },
  'DELETE /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}': {
    effects: DESTROYS,
    role: 'User',
    beyond: 'No command deletes a task instance.',
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/dependencies': {
    effects: READS,
    commands: ['tasks failed-deps'],
    role: 'Viewer',
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/dry_run': {
    effects: READS_SECRETS,
    role: 'User',
    beyond: PREVIEWS_TASK_INSTANCES,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/externalLogUrl/{try_number}': {
    effects: READS,
    role: 'Viewer',
    beyond: 'No command shows the address of a log.',
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/links': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond:
      'No command shows the links of a task instance. Operators keep them in XComs, also links that log in whoever has them.',
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/listMapped': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_TASK_INSTANCES,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/logs/{task_try_number}': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_LOG,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/logs/{try_number}': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_LOG,
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/setNote': {
    effects: CHANGES_AND_SHOWS,
    role: 'User',
    beyond: CHANGES_TASK_INSTANCES,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/state-store': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_STATE_STORE,
  },
  'DELETE /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/state-store': {
    effects: DESTROYS,
    role: 'User',
    beyond: CHANGES_STATE_STORE,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/state-store/{key}': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_STATE_STORE,
  },
  'PUT /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/state-store/{key}': {
    effects: CHANGES,
    role: 'User',
    beyond: CHANGES_STATE_STORE,
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/state-store/{key}': {
    effects: CHANGES,
    role: 'User',
    beyond: CHANGES_STATE_STORE,
  },
  'DELETE /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/state-store/{key}': {
    effects: DESTROYS,
    role: 'User',
    beyond: CHANGES_STATE_STORE,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/tries': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_TASK_INSTANCES,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/tries/{task_try_number}': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_TASK_INSTANCES,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_XCOM,
  },
  'POST /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries': {
    effects: CHANGES,
    role: WRITES_XCOM,
    beyond: CHANGES_XCOM,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries/{xcom_key}': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_XCOM,
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries/{xcom_key}': {
    effects: CHANGES,
    role: WRITES_XCOM,
    beyond: CHANGES_XCOM,
  },
  'DELETE /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries/{xcom_key}': {
    effects: DESTROYS,
    role: 'Op',
    beyond: CHANGES_XCOM,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_TASK_INSTANCES,
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}': {
    effects: CONTROLS_AND_SHOWS,
    role: 'User',
    beyond: CHANGES_TASK_INSTANCES,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/dependencies': {
    effects: READS,
    commands: ['tasks failed-deps'],
    role: 'Viewer',
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/dry_run': {
    effects: READS_SECRETS,
    role: 'User',
    beyond: PREVIEWS_TASK_INSTANCES,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/hitlDetails': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_HITL,
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/hitlDetails': {
    effects: CHANGES,
    role: 'User',
    beyond: 'No command answers what a task asks people. The answer lets the task go on.',
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/hitlDetails/tries/{try_number}': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_HITL,
  },
  'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/setNote': {
    effects: CHANGES_AND_SHOWS,
    role: 'User',
    beyond: CHANGES_TASK_INSTANCES,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/tries': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_TASK_INSTANCES,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/tries/{task_try_number}': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_TASK_INSTANCES,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/upstreamAssetEvents': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_EVENTS,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/upstreamDatasetEvents': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_EVENTS,
  },
  'GET /dags/{dag_id}/dagRuns/{dag_run_id}/wait': {
    effects: READS_SECRETS,
    role: 'Viewer',
    notOffered:
      'Airflow keeps the request open until the run ends. Ask GET /dags/{dag_id}/dagRuns/{dag_run_id} again and again instead.',
  },
  'GET /dags/{dag_id}/dagVersions': { effects: READS, role: 'Viewer', beyond: SHOWS_VERSIONS },
  'GET /dags/{dag_id}/dagVersions/{version_number}': { effects: READS, role: 'Viewer', beyond: SHOWS_VERSIONS },
  'GET /dags/{dag_id}/datasets/queuedEvent': { effects: READS, role: 'Viewer', beyond: SHOWS_QUEUED_EVENTS },
  'DELETE /dags/{dag_id}/datasets/queuedEvent': {
    effects: ['changes-state', 'destroys-data'],
    role: 'Op',
    beyond: DELETES_QUEUED_EVENTS,
  },
  'GET /dags/{dag_id}/datasets/queuedEvent/{uri}': { effects: READS, role: 'Viewer', beyond: SHOWS_QUEUED_EVENTS },
  'DELETE /dags/{dag_id}/datasets/queuedEvent/{uri}': {
    effects: ['changes-state', 'destroys-data'],
    role: 'Op',
    beyond: DELETES_QUEUED_EVENTS,
  },
  'GET /dags/{dag_id}/details': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: 'It also shows parameters with their default values, default arguments, and documentation of the DAG.',
  },
  'POST /dags/{dag_id}/favorite': {
    effects: CHANGES,
    role: 'Viewer',
    beyond: 'No command marks favorites. All callers share those of the Airflow user of the proxy.',
  },
  'GET /dags/{dag_id}/tasks': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_TASKS },
  'GET /dags/{dag_id}/tasks/{task_id}': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_TASKS },
  'POST /dags/{dag_id}/unfavorite': {
    effects: CHANGES,
    role: 'Viewer',
    beyond: 'No command marks favorites. All callers share those of the Airflow user of the proxy.',
  },
  'POST /dags/{dag_id}/updateTaskInstancesState': {
    effects: CONTROLS,
    role: 'User',
    beyond: 'No command sets the state of a task instance.',
  },
  'POST /dags/~/dagRuns/list': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_RUNS_OF_DAGS },
  'POST /dags/~/dagRuns/~/taskInstances/list': {
    effects: READS_SECRETS,
    role: 'Viewer',
    beyond: SHOWS_TASK_INSTANCES,
  },

  'GET /datasets': { effects: READS, role: 'Viewer', beyond: SHOWS_DATASETS },
  'GET /datasets/events': { effects: READS_SECRETS, role: 'Viewer', beyond: SHOWS_EVENTS },
  'POST /datasets/events': {
    effects: ['starts-runs'],
    role: 'User',
    beyond: 'No command creates an event of a dataset. It starts every DAG that waits for the dataset.',
  },
  'GET /datasets/queuedEvent/{uri}': { effects: READS, role: 'Viewer', beyond: SHOWS_QUEUED_EVENTS },
  'DELETE /datasets/queuedEvent/{uri}': {
    effects: ['changes-state', 'destroys-data'],
    role: 'Op',
    beyond: DELETES_QUEUED_EVENTS,
  },
  'GET /datasets/{uri}': { effects: READS, role: 'Viewer', beyond: SHOWS_DATASETS },

  'GET /eventLogs': { effects: READS_SECRETS, role: READS_EVENT_LOGS, beyond: SHOWS_EVENT_LOGS },
  'GET /eventLogs/{event_log_id}': { effects: READS_SECRETS, role: READS_EVENT_LOGS, beyond: SHOWS_EVENT_LOGS },
  'GET /health': { effects: READS, role: 'Public', beyond: 'No command shows whether the scheduler works.' },
  'GET /importErrors': { effects: READS_SECRETS, commands: ['dags list-import-errors'], role: 'Viewer' },
  'GET /importErrors/{import_error_id}': {
    effects: READS_SECRETS,
    commands: ['dags list-import-errors'],
    role: 'Viewer',
  },
  'GET /jobs': {
    effects: READS,
    role: 'Viewer',
    beyond: 'It also shows the host and the operating system user of each job.',
  },
  'GET /monitor/health': { effects: READS, role: 'Public', beyond: 'No command shows whether the scheduler works.' },
  'PUT /parseDagFile/{file_token}': { effects: CHANGES, commands: ['dags reserialize'], role: 'User' },
  'GET /permissions': { effects: READS, role: 'Admin', beyond: 'No command lists the permissions.' },
  'GET /plugins': { effects: READS, commands: ['plugins'], role: READS_PLUGINS },
  'GET /plugins/importErrors': {
    effects: READS_SECRETS,
    role: 'Op',
    beyond: 'No command shows why plugins cannot be imported.',
  },

  'GET /pools': { effects: READS, commands: ['pools list'], role: READS_POOLS },
  'POST /pools': { effects: CHANGES, commands: ['pools set'], role: 'Op' },
  'PATCH /pools': { effects: ['changes-state', 'destroys-data'], role: 'Op', beyond: CHANGES_MANY },
  'GET /pools/{pool_name}': { effects: READS, commands: ['pools get'], role: READS_POOLS },
  'PATCH /pools/{pool_name}': {
    effects: CHANGES,
    commands: ['pools set'],
    role: 'Op',
    beyond: 'A request without slots, description, or include_deferred keeps and shows what the pool has.',
  },
  'DELETE /pools/{pool_name}': { effects: DESTROYS, commands: ['pools delete'], role: 'Op' },
  'GET /providers': { effects: READS, commands: ['providers list'], role: 'Op' },

  'GET /roles': {
    effects: READS,
    commands: { '2.5.1': ['roles list'] },
    role: 'Admin',
    beyond: 'Before Airflow 2.5, no command shows the permissions of roles.',
  },
  'POST /roles': {
    effects: CHANGES_ACCESS,
    commands: ['roles create'],
    role: 'Admin',
    beyond: 'It can also give permissions to the new role.',
  },
  'GET /roles/{role_name}': {
    effects: READS,
    commands: { '2.5.1': ['roles list'] },
    role: 'Admin',
    beyond: 'Before Airflow 2.5, no command shows the permissions of roles.',
  },
  'PATCH /roles/{role_name}': {
    effects: CHANGES_ACCESS,
    role: 'Admin',
    beyond: 'It replaces all permissions of a role, and can rename it.',
  },
  'DELETE /roles/{role_name}': { effects: DESTROYS_ACCESS, commands: ['roles delete'], role: 'Admin' },
  'GET /users': { effects: READS_SECRETS, commands: ['users list'], role: 'Admin' },
  'POST /users': {
    effects: CHANGES_ACCESS,
    commands: ['users create'],
    role: 'Admin',
    beyond: 'It can also give several roles to the new user, or the default one.',
  },
  'GET /users/{username}': { effects: READS_SECRETS, commands: ['users list'], role: 'Admin' },
  'PATCH /users/{username}': {
    effects: CHANGES_ACCESS,
    role: 'Admin',
    beyond: 'It can change the name, the e-mail address, the roles, and the password of a user in one request.',
  },
  'DELETE /users/{username}': { effects: DESTROYS_ACCESS, commands: ['users delete'], role: 'Admin' },

  'GET /variables': {
    effects: READS_SECRETS,
    commands: { '3.2.1': ['variables list'] },
    role: 'Op',
    beyond: 'It also shows the values of all variables. Before Airflow 3.2, no command does.',
  },
  'POST /variables': {
    effects: CHANGES,
    commands: ['variables set'],
    role: 'Op',
    beyond:
      'It can also set a value that is not text, the team, and, before Airflow 2.8, the description of a variable.',
  },
  'PATCH /variables': { effects: ['changes-state', 'destroys-data'], role: 'Op', beyond: CHANGES_MANY },
  'GET /variables/{variable_key}': { effects: READS_SECRETS, commands: ['variables get'], role: 'Op' },
  'PATCH /variables/{variable_key}': {
    effects: CHANGES_AND_SHOWS,
    commands: ['variables set'],
    role: 'Op',
    beyond:
      'It can also set a value that is not text, and a team. If "update_mask" leaves out the value, the answer shows the stored one.',
  },
  'DELETE /variables/{variable_key}': { effects: DESTROYS, commands: ['variables delete'], role: 'Op' },
  'GET /version': { effects: READS, commands: ['version'], role: 'Public' },
};
