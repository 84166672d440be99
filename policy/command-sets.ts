import type { Catalog, Command } from '../airflow/catalog.ts';
import { getEffects } from '../airflow/command-effects.ts';
import type { Effect } from '../airflow/effect.ts';

/** A named group of commands. */
interface CommandSet {
  /** What each command in the set does. */
  readonly description: string;
  /** Whether a command with these effects is in the set. */
  contains(effects: ReadonlySet<Effect>): boolean;
}

/** Represents the connectivity check (`GET …/health`). It is granted like a command, but Airflow has no such command. */
export const HEALTH_COMMAND: Command = { path: ['@health'], listed: true, arguments: [] };

/** Effects that no command of a set has. Commands with such an effect must be granted by name. */
const EXCLUDED: readonly Effect[] = ['runs-code', 'destroys-data', 'changes-access', 'uses-files'];

/** Every set. A test compares the descriptions with `docs/policy.md`. */
export const COMMAND_SETS: Readonly<Record<string, CommandSet>> = {
  '@read': {
    description: 'changes nothing and prints no secrets',
    contains: (effects) => effects.has('reads') && !effects.has('changes-state') && !effects.has('prints-secrets'),
  },
  '@secrets': {
    description: 'changes nothing and can print secrets: values of variables, rendered templates',
    contains: (effects) => effects.has('reads') && !effects.has('changes-state') && effects.has('prints-secrets'),
  },
  '@trigger': {
    description: 'starts DAG runs',
    contains: (effects) => effects.has('starts-runs') && !effects.has('prints-secrets'),
  },
  '@operate': {
    description: 'starts, backfills and clears DAG runs, also many at once; pauses and unpauses DAGs; deletes nothing',
    contains: (effects) =>
      (effects.has('starts-runs') || effects.has('controls-runs')) && !effects.has('prints-secrets'),
  },
  // No command of Airflow.
  '@health': { description: 'checks the connection to Airflow: `GET …/health`', contains: () => false },
};

/**
 * The commands and REST operations of a set in one release. A set contains only commands that AWS lists for the release, none that runs
 * code or destroys data, and no operation for which Airflow asks for its role `Admin`. Others must be granted by name.
 *
 * @returns undefined if there is no such set
 */
export function expandCommandSet(set: string, catalog: Catalog): Command[] | undefined {
  const commandSet = Object.hasOwn(COMMAND_SETS, set) ? COMMAND_SETS[set] : undefined;
  if (commandSet === undefined) return undefined;
  if (set === '@health') return [HEALTH_COMMAND];
  return [...catalog.commands, ...(catalog.operations ?? [])].filter((command) => {
    const effects = getEffects(command, catalog.airflow);
    return (
      command.listed &&
      !command.operation?.needsAdmin &&
      !EXCLUDED.some((effect) => effects.has(effect)) &&
      commandSet.contains(effects)
    );
  });
}
