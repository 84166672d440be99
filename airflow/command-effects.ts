import type { Command } from './catalog.ts';
import { isReleaseAtLeast } from './compare-releases.ts';
import type { Effect } from './effect.ts';

/**
 * The effects of every command of every supported release, read in Airflow's `airflow/cli/commands/` and its providers (1.10:
 * `airflow/bin/cli.py`). A test fails for a command that is missing here. Until then it is in no set and is not retried.
 */
export const COMMAND_EFFECTS: Readonly<Record<string, readonly Effect[]>> = {
  'api-server': ['costs-web-server'],
  'assets details': ['reads'],
  'assets list': ['reads'],
  'assets materialize': ['starts-runs'],
  'aws-auth-manager init-avp': ['changes-access'],
  'aws-auth-manager update-avp-schema': ['changes-access'],
  'backfill create': ['controls-runs', 'costs-web-server'],
  'celery add-queue': ['changes-state'],
  'celery flower': ['costs-web-server'],
  'celery list-workers': ['reads'],
  'celery remove-all-queues': ['changes-state'],
  'celery remove-queue': ['changes-state'],
  'celery shutdown-all-workers': ['changes-state'],
  'celery shutdown-worker': ['changes-state'],
  'celery stop': ['changes-state'],
  'celery worker': ['runs-code', 'costs-web-server'],
  'cheat-sheet': ['reads'],
  'config get-value': ['reads', 'prints-secrets'],
  'config lint': ['reads'],
  'config list': ['reads'],
  'config update': ['changes-state', 'prints-secrets'],
  'connections add': ['changes-access'],
  'connections create-default-connections': ['changes-access'],
  'connections delete': ['changes-access', 'destroys-data'],
  'connections export': ['prints-secrets', 'uses-files'],
  'connections get': ['reads', 'prints-secrets'],
  'connections import': ['changes-access', 'uses-files'],
  'connections list': ['reads'],
  'connections test': ['runs-code'],
  'dag-processor': ['runs-code', 'costs-web-server'],
  'dags backfill': ['runs-code', 'controls-runs', 'costs-web-server'],
  'dags clear': ['controls-runs'],
  'dags delete': ['destroys-data'],
  'dags details': ['reads'],
  'dags list': ['reads'],
  'dags list-import-errors': ['reads'],
  'dags list-jobs': ['reads'],
  'dags list-runs': ['reads'],
  'dags next-execution': ['reads'],
  'dags pause': ['controls-runs'],
  'dags report': ['reads'],
  'dags reserialize': ['changes-state'],
  'dags show': ['reads'],
  'dags show-dependencies': ['reads'],
  'dags state': ['reads'],
  'dags test': ['runs-code', 'changes-state'],
  'dags trigger': ['starts-runs'],
  'dags unpause': ['controls-runs'],
  'db check': ['reads'],
  'db check-migrations': ['reads'],
  'db clean': ['destroys-data'],
  'db downgrade': ['destroys-data'],
  'db drop-archived': ['destroys-data'],
  'db export-archived': ['changes-state', 'uses-files'],
  'db init': ['changes-state'],
  'db migrate': ['changes-state'],
  'db reset': ['destroys-data'],
  'db shell': ['runs-code', 'destroys-data', 'prints-secrets'],
  'db upgrade': ['changes-state'],
  'db-manager downgrade': ['runs-code', 'destroys-data'],
  'db-manager migrate': ['runs-code', 'changes-state'],
  'db-manager reset': ['runs-code', 'destroys-data'],
  'fab-db downgrade': ['destroys-data'],
  'fab-db migrate': ['changes-state'],
  'fab-db reset': ['destroys-data'],
  info: ['reads', 'prints-secrets'],
  'jobs check': ['reads'],
  kerberos: ['costs-web-server'],
  'kubernetes cleanup-pods': ['destroys-data'],
  'kubernetes generate-dag-yaml': ['prints-secrets'],
  'partitions clear': ['controls-runs'],
  'permissions-cleanup': ['changes-access'],
  plugins: ['reads'],
  'pools delete': ['destroys-data'],
  'pools export': ['uses-files'],
  'pools get': ['reads'],
  'pools import': ['changes-state', 'uses-files'],
  'pools list': ['reads'],
  'pools set': ['changes-state'],
  'providers auth': ['reads'],
  'providers auth-managers': ['reads'],
  'providers behaviours': ['reads'],
  'providers configs': ['reads'],
  'providers executors': ['reads'],
  'providers get': ['reads'],
  'providers hooks': ['reads'],
  'providers lazy-loaded': ['reads'],
  'providers links': ['reads'],
  'providers list': ['reads'],
  'providers logging': ['reads'],
  'providers notifications': ['reads'],
  'providers queues': ['reads'],
  'providers secrets': ['reads'],
  'providers triggers': ['reads'],
  'providers widgets': ['reads'],
  'roles add-perms': ['changes-access'],
  'roles create': ['changes-access'],
  'roles del-perms': ['changes-access'],
  'roles delete': ['changes-access', 'destroys-data'],
  'roles export': ['uses-files'],
  'roles import': ['changes-access', 'uses-files'],
  'roles list': ['reads'],
  'rotate-fernet-key': ['changes-access'],
  scheduler: ['runs-code', 'costs-web-server'],
  standalone: ['runs-code', 'changes-access', 'prints-secrets', 'costs-web-server'],
  'state-store clean': ['destroys-data'],
  'sync-perm': ['changes-access'],
  'tasks clear': ['controls-runs'],
  'tasks failed-deps': ['reads'],
  'tasks list': ['reads'],
  'tasks render': ['reads', 'prints-secrets'],
  'tasks run': ['runs-code', 'changes-state'],
  'tasks state': ['reads'],
  'tasks states-for-dag-run': ['reads'],
  'tasks test': ['runs-code'],
  'teams create': ['changes-access'],
  'teams delete': ['changes-access', 'destroys-data'],
  'teams list': ['reads'],
  'teams sync': ['changes-access'],
  triggerer: ['runs-code', 'costs-web-server'],
  'users add-role': ['changes-access'],
  'users create': ['changes-access'],
  'users delete': ['changes-access', 'destroys-data'],
  'users export': ['uses-files'],
  'users import': ['changes-access', 'uses-files'],
  'users list': ['reads'],
  'users remove-role': ['changes-access'],
  'users reset-password': ['changes-access'],
  'variables delete': ['destroys-data'],
  'variables export': ['prints-secrets', 'uses-files'],
  'variables get': ['reads', 'prints-secrets'],
  'variables import': ['changes-state', 'uses-files'],
  'variables list': ['reads'],
  'variables set': ['changes-state'],
  version: ['reads'],
  webserver: ['costs-web-server'],

  // 1.10
  backfill: ['runs-code', 'controls-runs', 'costs-web-server'],
  checkdb: ['reads'],
  clear: ['controls-runs'],
  config: ['reads', 'prints-secrets'],
  connections: ['changes-access', 'prints-secrets'],
  create_user: ['changes-access'],
  dag_state: ['reads'],
  delete_dag: ['destroys-data'],
  delete_user: ['changes-access', 'destroys-data'],
  flower: ['costs-web-server'],
  initdb: ['changes-state'],
  list_dag_runs: ['reads'],
  list_dags: ['reads'],
  list_tasks: ['reads'],
  list_users: ['reads'],
  next_execution: ['reads'],
  pause: ['controls-runs'],
  pool: ['changes-state'],
  render: ['reads', 'prints-secrets'],
  resetdb: ['destroys-data'],
  rotate_fernet_key: ['changes-access'],
  run: ['runs-code', 'changes-state'],
  serve_logs: ['costs-web-server'],
  shell: ['runs-code', 'destroys-data', 'prints-secrets'],
  show_dag: ['reads'],
  sync_perm: ['changes-access'],
  task_failed_deps: ['reads'],
  task_state: ['reads'],
  test: ['runs-code'],
  trigger_dag: ['starts-runs'],
  unpause: ['controls-runs'],
  upgradedb: ['changes-state'],
  variables: ['changes-state', 'prints-secrets'],
  worker: ['runs-code', 'costs-web-server'],
};

/** Effects that commands have only since a release. */
const EFFECTS_SINCE_RELEASE: Readonly<
  Record<string, { readonly release: string; readonly effects: readonly Effect[] }>
> = {
  // They save the DAG files that they read to the database, as `dags reserialize` does (`get_bagged_dag`). Repeating that is harmless.
  'tasks list': { release: '3.2', effects: ['changes-state'] },
  'tasks render': { release: '3.2', effects: ['changes-state'] },
  // It deletes the runs that it creates.
  'tasks test': { release: '3.0', effects: ['destroys-data'] },
};

/** Effects that commands have only before a release. Later, `--show-values` prints the values. */
const EFFECTS_BEFORE_RELEASE: typeof EFFECTS_SINCE_RELEASE = {
  'config list': { release: '3.2', effects: ['prints-secrets'] },
  'connections list': { release: '3.2', effects: ['prints-secrets'] },
};

const findBaseEffects = (path: readonly string[]): readonly Effect[] | undefined => {
  const name = path.join(' ');
  return Object.hasOwn(COMMAND_EFFECTS, name) ? COMMAND_EFFECTS[name] : undefined;
};

/**
 * The effects of a command, or none for an unknown command.
 *
 * @param airflow release, as in `3.2.1`
 */
export function findEffects(path: readonly string[], airflow: string): ReadonlySet<Effect> {
  const name = path.join(' ');
  const later = Object.hasOwn(EFFECTS_SINCE_RELEASE, name) ? EFFECTS_SINCE_RELEASE[name] : undefined;
  const earlier = Object.hasOwn(EFFECTS_BEFORE_RELEASE, name) ? EFFECTS_BEFORE_RELEASE[name] : undefined;
  return new Set([
    ...(findBaseEffects(path) ?? []),
    ...(later && isReleaseAtLeast(airflow, later.release) ? later.effects : []),
    ...(earlier && !isReleaseAtLeast(airflow, earlier.release) ? earlier.effects : []),
  ]);
}

/** The effects of a command or of a REST operation. */
export const getEffects = ({ path, operation }: Command, airflow: string): ReadonlySet<Effect> =>
  operation === undefined ? findEffects(path, airflow) : new Set(operation.effects);

/** Whether a command can be repeated without a second effect in Airflow. */
export const isReadOnlyCommand = (path: readonly string[]): boolean =>
  findBaseEffects(path)?.includes('reads') ?? false;

/**
 * Whether an argv begins with the path of a read-only command. The longest path decides: `config` reads on 1.10, and `config update`
 * is another command. This holds for every release.
 */
export function startsWithReadOnlyCommand(argv: readonly unknown[]): boolean {
  const paths = argv.slice(0, 2).map((_, index) => argv.slice(0, index + 1).map(String));
  const command = paths.findLast((path) => findBaseEffects(path) !== undefined);
  return command !== undefined && isReadOnlyCommand(command);
}
