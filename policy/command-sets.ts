import type { Catalog, Command } from '../airflow/catalog.ts';
import { isReadOnlyCommand, printsSecrets, runsDagCode, savesDagsToDatabase } from '../airflow/command-effects.ts';

/** A named group of commands. */
interface CommandSet {
  /** What each command in the set does. */
  readonly description: string;
  /** Whether a command is in the set. @param airflow release, as in `2.10.3` */
  contains(command: Command, airflow: string): boolean;
}

const TRIGGER_COMMANDS = new Set(['dags trigger', 'trigger_dag', 'assets materialize']);
const OPERATE_COMMANDS = new Set([
  ...TRIGGER_COMMANDS,
  'dags pause',
  'dags unpause',
  'tasks clear',
  'backfill create',
  'pause',
  'unpause',
  'clear',
]);

const createPathMatcher =
  (paths: ReadonlySet<string>) =>
  ({ path }: Command): boolean =>
    paths.has(path.join(' '));

/** Represents the connectivity check (`GET …/health`). It is granted like a command, but Airflow has no such command. */
export const HEALTH_COMMAND: Command = { path: ['@health'], listed: true, arguments: [] };

/** Every set. A test compares the descriptions with `docs/policy.md`. */
export const COMMAND_SETS: Readonly<Record<string, CommandSet>> = {
  '@read': {
    description: 'changes nothing and prints no secrets',
    contains: ({ path }, airflow) =>
      isReadOnlyCommand(path) && !savesDagsToDatabase(path, airflow) && !printsSecrets(path),
  },
  '@secrets': {
    description: 'changes nothing and can print secrets: values of variables, rendered templates',
    contains: ({ path }, airflow) =>
      isReadOnlyCommand(path) && !savesDagsToDatabase(path, airflow) && printsSecrets(path),
  },
  '@trigger': { description: 'starts DAG runs', contains: createPathMatcher(TRIGGER_COMMANDS) },
  '@operate': {
    description: 'starts and clears DAG runs, pauses and unpauses DAGs; deletes nothing',
    contains: createPathMatcher(OPERATE_COMMANDS),
  },
  '@health': {
    description: 'checks the connection to Airflow: `GET …/health`',
    contains: (command) => command === HEALTH_COMMAND,
  },
};

/**
 * The commands of a set in one release. A set contains only commands that AWS lists for the release, and none that runs DAG code.
 * Other commands must be granted by name.
 *
 * @returns undefined if there is no such set
 */
export function expandCommandSet(set: string, catalog: Catalog): Command[] | undefined {
  const commandSet = Object.hasOwn(COMMAND_SETS, set) ? COMMAND_SETS[set] : undefined;
  return (
    commandSet &&
    [...catalog.commands, HEALTH_COMMAND].filter(
      (command) => command.listed && !runsDagCode(command.path) && commandSet.contains(command, catalog.airflow),
    )
  );
}
