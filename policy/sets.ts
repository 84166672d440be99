import type { Catalogue, Command } from '../airflow/catalogue.ts';
import { changesNothing, executesCode, savesDags, showsSecrets } from '../airflow/effects.ts';

/** A name in a grant for several commands: which of those that AWS lists for the release it holds, and why. */
interface CommandSet {
  readonly why: string;
  /** @param airflow release, as in `2.10.3` */
  holds(command: Command, airflow: string): boolean;
}

const TRIGGERS = new Set(['dags trigger', 'trigger_dag', 'assets materialize']);
const OPERATES = new Set([
  ...TRIGGERS,
  'dags pause',
  'dags unpause',
  'tasks clear',
  'backfill create',
  'pause',
  'unpause',
  'clear',
]);

const named =
  (paths: ReadonlySet<string>) =>
  ({ path }: Command): boolean =>
    paths.has(path.join(' '));

/** Stands for the question how the way to Airflow is (`GET …/health`), which is granted like a command and is none. */
export const HEALTH: Command = { path: ['@health'], listed: true, arguments: [] };

/** The sets. `docs/policy.md` says the same; a test compares. */
export const SETS: Readonly<Record<string, CommandSet>> = {
  '@read': {
    why: 'changes nothing and shows no secret',
    holds: ({ path }, airflow) => changesNothing(path) && !savesDags(path, airflow) && !showsSecrets(path),
  },
  '@secrets': {
    why: 'changes nothing and shows what is often secret: values of variables, rendered templates',
    holds: ({ path }, airflow) => changesNothing(path) && !savesDags(path, airflow) && showsSecrets(path),
  },
  '@trigger': { why: 'starts runs', holds: named(TRIGGERS) },
  '@operate': { why: 'starts, pauses, resumes and clears runs; deletes nothing', holds: named(OPERATES) },
  '@health': { why: 'asks how the way to Airflow is: `GET …/health`', holds: (command) => command === HEALTH },
};

/**
 * The commands of a set in one release. Only what AWS lists is in a set, and never what executes code: both are granted by
 * name.
 *
 * @returns undefined for a name that is no set
 */
export function commandsOf(set: string, catalogue: Catalogue): Command[] | undefined {
  const found = Object.hasOwn(SETS, set) ? SETS[set] : undefined;
  const commands = [...catalogue.commands, HEALTH];
  return (
    found && commands.filter((one) => one.listed && !executesCode(one.path) && found.holds(one, catalogue.airflow))
  );
}
