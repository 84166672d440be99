import type { Effect } from '../airflow/effect.ts';

/** What can happen if a rule allows a command, and what to write instead. */
export interface EffectWarning {
  /** Completes the sentence that begins with the name of the command. */
  readonly risk: string;
  /** A complete sentence, for commands without an argument that limits them. */
  readonly remedy?: string;
  /** In place of the arguments that limit the command otherwise. */
  readonly limitedBy?: Limits;
}

/** The arguments that limit what a command acts on, by `dest`: all of one list. None: nothing limits it. */
export type Limits = readonly (readonly string[])[];

/**
 * The effects that cause a warning. A rule that limits what its command acts on (`dags delete reporting_*`) causes none, except for the
 * effects in `ALWAYS`. A test compares the table with `docs/policy.md`.
 */
export const EFFECT_WARNINGS: Partial<Record<Effect, EffectWarning>> = {
  'runs-code': {
    risk: 'runs code on the web server, with its permissions.',
    remedy: 'Grant it only to callers that may do whatever the web server may do.',
  },
  'changes-access': {
    risk: 'changes credentials or permissions: callers can give themselves more rights.',
    remedy: 'Grant it only to administrators.',
  },
  'destroys-data': { risk: 'deletes data for good.', remedy: 'Grant it only to administrators.' },
  'prints-secrets': {
    risk: 'can print secrets.',
    remedy: 'Grant it only to callers that may know them all.',
  },
  'costs-web-server': {
    risk: 'keeps the web server busy until it is stopped, so that other callers wait.',
    remedy: 'Remove it: MWAA runs its services itself.',
  },
};

/** These effects cause a warning however narrow the arguments are. */
export const ALWAYS: ReadonlySet<Effect> = new Set(['runs-code']);

export interface CommandWarnings extends Partial<Record<Effect, EffectWarning>> {
  /** Default: the first positional argument of the command. */
  readonly limitedBy?: Limits;
}

export const CLEARS: EffectWarning = {
  risk: 'clears every run of the DAG: all tasks of these runs run again.',
};
const CLEARS_PARTITIONS: EffectWarning = { risk: 'clears every run of the DAG.' };
export const CREATES_RUNS: EffectWarning = {
  risk: 'creates a run for every date in its range: thousands, if the caller chooses the range.',
};
const RUNS_DAG_CODE: EffectWarning = {
  risk: 'runs DAG code on the web server, with its permissions.',
  remedy: 'Grant "dags trigger" instead, which runs it on the workers.',
};
export const CHANGES_CONNECTIONS: EffectWarning = {
  risk: 'changes the credentials with which DAGs reach other systems.',
  remedy: 'Grant it only to administrators.',
};
const UNLIMITED: CommandWarnings = { limitedBy: [] };

/** What differs from `EFFECT_WARNINGS` for one command. */
export const COMMAND_WARNINGS: Readonly<Record<string, CommandWarnings>> = {
  'backfill create': { limitedBy: [['from_date', 'to_date']], 'costs-web-server': CREATES_RUNS },
  'config get-value': { limitedBy: [['section', 'option']] },
  'connections add': { 'changes-access': CHANGES_CONNECTIONS },
  'connections create-default-connections': { ...UNLIMITED, 'changes-access': CHANGES_CONNECTIONS },
  'connections delete': { 'changes-access': CHANGES_CONNECTIONS },
  'connections export': UNLIMITED,
  'connections import': { ...UNLIMITED, 'changes-access': CHANGES_CONNECTIONS },
  'connections test': {
    'runs-code': {
      risk: 'lets the web server connect to a host that the connection names.',
      remedy: 'Remove it, or grant it only to callers that may change connections.',
    },
  },
  'dags backfill': {
    limitedBy: [['start_date', 'end_date']],
    'runs-code': RUNS_DAG_CODE,
    'costs-web-server': CREATES_RUNS,
  },
  'dags clear': {
    limitedBy: [['run_id'], ['partition_key'], ['partition_date_start', 'partition_date_end']],
    'controls-runs': CLEARS_PARTITIONS,
  },
  'dags test': { 'runs-code': RUNS_DAG_CODE },
  'db clean': { limitedBy: [['tables', 'clean_before_timestamp']] },
  'db drop-archived': { limitedBy: [['tables']] },
  'db-manager downgrade': UNLIMITED,
  'db-manager reset': UNLIMITED,
  'partitions clear': {
    limitedBy: [['run_id'], ['partition_key'], ['start_date', 'end_date'], ['date']],
    'controls-runs': CLEARS_PARTITIONS,
  },
  'kubernetes cleanup-pods': { limitedBy: [['namespace']] },
  kerberos: UNLIMITED,
  'pools set': {
    'changes-state': { risk: 'changes every pool: the tasks of a pool with 0 slots do not start.' },
  },
  'roles add-perms': UNLIMITED,
  'roles create': UNLIMITED,
  'roles del-perms': UNLIMITED,
  'roles delete': UNLIMITED,
  'roles import': UNLIMITED,
  'tasks clear': { limitedBy: [['start_date', 'end_date']], 'controls-runs': CLEARS },
  'tasks run': { 'runs-code': RUNS_DAG_CODE },
  'tasks test': {
    'runs-code': RUNS_DAG_CODE,
    'destroys-data': { risk: 'on Airflow 3 deletes the runs that it creates.' },
  },
  'teams create': UNLIMITED,
  'teams delete': UNLIMITED,
  'users import': UNLIMITED,
  'variables export': UNLIMITED,
  'variables set': {
    'changes-state': { risk: 'changes every variable, also those that decide what DAGs run.' },
  },

  // 1.10
  backfill: { limitedBy: [['start_date', 'end_date']], 'runs-code': RUNS_DAG_CODE, 'costs-web-server': CREATES_RUNS },
  clear: { limitedBy: [['start_date', 'end_date']], 'controls-runs': CLEARS },
  connections: { limitedBy: [['conn_id']], 'changes-access': CHANGES_CONNECTIONS },
  run: { 'runs-code': RUNS_DAG_CODE },
  test: { 'runs-code': RUNS_DAG_CODE },
  variables: { limitedBy: [['get'], ['set'], ['delete']] },
};
