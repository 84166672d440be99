import { isReadOnlyCommand } from './command-effects.ts';

/**
 * The commands that change something, and whose repeat changes nothing more: Airflow is as it was after the first one. Airflow may
 * refuse the repeat, because the first one has created or deleted what it names. Read in the sources of 1.10.12, 2.10.3, 3.0.6 and 3.3.1.
 * A test fails for a row that no release has.
 */
const HARMLESS_REPEATS: ReadonlySet<string> = new Set([
  'connections add',
  'connections create-default-connections',
  'connections delete',
  'connections import',
  'dags pause',
  'dags reserialize',
  'dags unpause',
  'pools delete',
  'pools import',
  'pools set',
  'roles add-perms',
  'roles create',
  'roles del-perms',
  'roles delete',
  'roles import',
  'sync-perm',
  'teams create',
  'teams delete',
  'users add-role',
  'users create',
  'users delete',
  'users import',
  'users remove-role',
  'variables delete',
  'variables import',
  'variables set',

  // 1.10
  'connections',
  'create_user',
  'delete_user',
  'pause',
  'pool',
  'sync_perm',
  'unpause',
  'variables',
]);

/**
 * Whether a repeat of a command has no second effect. Not of a trigger: that needs an idempotency key, with which the proxy recognizes
 * its repeats.
 */
export const isHarmlessToRepeat = (path: readonly string[]): boolean =>
  isReadOnlyCommand(path) || HARMLESS_REPEATS.has(path.join(' '));

/** For tests. */
export const listHarmlessRepeats = (): readonly string[] => [...HARMLESS_REPEATS];
