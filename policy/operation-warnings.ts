import {
  CHANGES_CONNECTIONS,
  CLEARS,
  type CommandWarnings,
  CREATES_RUNS,
  type EffectWarning,
} from './command-warnings.ts';

const CHANGES_VARIABLES: EffectWarning = {
  risk: 'changes every variable, also those that decide what DAGs run.',
};
const CHANGES_POOLS: EffectWarning = {
  risk: 'changes every pool: the tasks of a pool with 0 slots do not start.',
};
const CONNECTS: EffectWarning = {
  risk: 'lets the web server or a worker connect to a host that the caller names.',
  remedy: 'Remove it, or grant it only to callers that may change connections.',
};
const PAUSES_MANY: EffectWarning = {
  risk: 'pauses or unpauses every DAG whose id contains a text that the caller chooses.',
  remedy: 'Grant "dags pause" and "dags unpause" instead, which name each DAG.',
};

/** A number or a token in the path names nothing that a rule could select. */
const UNLIMITED: CommandWarnings = { limitedBy: [] };
const BY_DAG = [['dag_id']] as const;
const OF_LISTED_DAGS: CommandWarnings = { limitedBy: [['dag_ids']] };

/**
 * What differs from `EFFECT_WARNINGS` for one operation. An operation without `limitedBy` is limited by the first parameter in its path:
 * a DAG, a variable, a pool.
 */
export const OPERATION_WARNINGS: Readonly<Record<string, CommandWarnings>> = {
  'GET /backfills': { limitedBy: BY_DAG },
  'POST /backfills': { limitedBy: [['from_date', 'to_date']], 'costs-web-server': CREATES_RUNS },
  'GET /backfills/{backfill_id}': UNLIMITED,
  'GET /config': { limitedBy: [['section']] },
  'GET /config/section/{section}/option/{option}': { limitedBy: [['section', 'option']] },
  'POST /connections': { limitedBy: [['connection_id']], 'changes-access': CHANGES_CONNECTIONS },
  'PATCH /connections': { 'changes-access': CHANGES_CONNECTIONS },
  'POST /connections/defaults': { 'changes-access': CHANGES_CONNECTIONS },
  'POST /connections/enqueue-test': { 'runs-code': CONNECTS, 'changes-access': CHANGES_CONNECTIONS },
  'POST /connections/test': { 'runs-code': CONNECTS },
  'PATCH /connections/{connection_id}': { 'changes-access': CHANGES_CONNECTIONS },
  'DELETE /connections/{connection_id}': { 'changes-access': CHANGES_CONNECTIONS },
  'GET /dagSources/{file_token}': UNLIMITED,
  'PATCH /dags': { limitedBy: [], 'controls-runs': PAUSES_MANY },
  'POST /dags/{dag_id}/clearTaskInstances': {
    'controls-runs': { ...CLEARS, limitedBy: [['dag_run_id'], ['start_date', 'end_date']] },
  },
  'POST /dags/{dag_id}/clearDagRuns': {
    'controls-runs': { ...CLEARS, limitedBy: [['partition_key'], ['partition_date_start', 'partition_date_end']] },
  },
  'POST /dags/{dag_id}/clearPartitions': {
    'controls-runs': {
      ...CLEARS,
      limitedBy: [['run_id'], ['partition_key'], ['partition_date_start', 'partition_date_end']],
    },
  },
  'POST /dags/{dag_id}/dagRuns/list': OF_LISTED_DAGS,
  'POST /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/list': OF_LISTED_DAGS,
  'POST /dags/~/dagRuns/list': OF_LISTED_DAGS,
  'POST /dags/~/dagRuns/~/taskInstances/list': OF_LISTED_DAGS,
  'GET /eventLogs': { limitedBy: BY_DAG },
  'GET /eventLogs/{event_log_id}': UNLIMITED,
  'GET /importErrors/{import_error_id}': UNLIMITED,
  'PATCH /pools/{pool_name}': { 'changes-state': CHANGES_POOLS },
  'PATCH /pools': { 'changes-state': CHANGES_POOLS },
  'POST /pools': { limitedBy: [['name']], 'changes-state': CHANGES_POOLS },
  'PATCH /variables': { 'changes-state': CHANGES_VARIABLES },
  'PATCH /variables/{variable_key}': { 'changes-state': CHANGES_VARIABLES },
  'POST /variables': { limitedBy: [['key']], 'changes-state': CHANGES_VARIABLES },
};
