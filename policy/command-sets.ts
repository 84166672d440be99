import type { Catalog, Command } from '../airflow/catalog.ts';
import { isReadOnlyCommand, printsSecrets, runsDagCode, savesDagsToDatabase } from '../airflow/command-effects.ts';

/** A name in a grant for several commands: which of those that AWS lists for the release it holds, and why. */
interface CommandSet {
  readonly description: string;
  /** @param airflow release, as in `2.10.3` */
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

/** Stands for the question how the way to Airflow is (`GET …/health`), which is granted like a command and is none. */
export const HEALTH_COMMAND: Command = { path: ['@health'], listed: true, arguments: [] };

/** The sets. `docs/policy.md` says the same; a test compares. */
export const COMMAND_SETS: Readonly<Record<string, CommandSet>> = {
  '@read': {
    description: 'changes nothing and shows no secret',
    contains: ({ path }, airflow) =>
      isReadOnlyCommand(path) && !savesDagsToDatabase(path, airflow) && !printsSecrets(path),
  },
  '@secrets': {
    description: 'changes nothing and shows what is often secret: values of variables, rendered templates',
    contains: ({ path }, airflow) =>
      isReadOnlyCommand(path) && !savesDagsToDatabase(path, airflow) && printsSecrets(path),
  },
  '@trigger': { description: 'starts runs', contains: createPathMatcher(TRIGGER_COMMANDS) },
  '@operate': {
    description: 'starts, pauses, resumes and clears runs; deletes nothing',
    contains: createPathMatcher(OPERATE_COMMANDS),
  },
  '@health': {
    description: 'asks how the way to Airflow is: `GET …/health`',
    contains: (command) => command === HEALTH_COMMAND,
  },
};

/**
 * The commands of a set in one release. Only what AWS lists is in a set, and never what executes code: both are granted by
 * name.
 *
 * @returns undefined for a name that is no set
 */
export function expandCommandSet(set: string, catalog: Catalog): Command[] | undefined {
  const found = Object.hasOwn(COMMAND_SETS, set) ? COMMAND_SETS[set] : undefined;
  const commands = [...catalog.commands, HEALTH_COMMAND];
  return (
    found && commands.filter((one) => one.listed && !runsDagCode(one.path) && found.contains(one, catalog.airflow))
  );
}
