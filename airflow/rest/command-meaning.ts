import { type Argument, type Catalog, type Command, getArgumentName, isSwitch } from '../catalog.ts';
import type { Invocation } from '../invocation.ts';
import { parseInvocation } from '../parse-invocation.ts';
import { Refusal } from '../refusal.ts';

/** A command with its arguments by argparse's `dest`, which is the same for options and positional arguments. */
export interface Meaning {
  /** `dags trigger`. */
  readonly command: string;
  /** `false` leaves out a switch, or writes the negative one. */
  readonly values?: Readonly<Record<string, Value>>;
  /** Arguments that only some releases have. Releases without them do the same by default. */
  readonly valuesWhereKnown?: Readonly<Record<string, Value>>;
}

type Value = string | boolean | undefined;

/** Other names of a `dest` in other releases. */
const OTHER_DESTS: Readonly<Record<string, string>> = {
  logical_date: 'exec_date',
  logical_date_or_run_id: 'execution_date_or_run_id',
};

/** The command that covers a call, as written and parsed. */
export interface CoveringCommand {
  readonly argv: readonly string[];
  readonly invocation: Invocation;
}

/**
 * Renders a command and parses it.
 *
 * @returns undefined if the release lacks the command or an argument, or if Airflow's command would not accept a value
 */
export function renderMeaning(
  catalog: Catalog,
  { command: name, values = {}, valuesWhereKnown = {} }: Meaning,
): CoveringCommand | undefined {
  const command = findCommandByName(catalog, name);
  if (command === undefined) return undefined;
  const found = new Map<Argument, string | boolean>();
  for (const [dest, value] of Object.entries({ ...valuesWhereKnown, ...values })) {
    const argument = findArgument(command, dest);
    if (argument !== undefined && value !== undefined) found.set(argument, value);
    else if (value !== undefined && value !== false && Object.hasOwn(values, dest)) return undefined;
  }
  const options: string[] = [];
  const positionals: string[] = [];
  for (const argument of command.arguments) {
    const value = found.get(argument);
    if (typeof value === 'boolean') {
      const flag = findSwitchFlag(argument, value);
      if (flag !== undefined) options.push(flag);
    } else if (value !== undefined) {
      if (argument.flags === undefined) positionals.push(value);
      else options.push(`${getArgumentName(argument)}=${value}`);
    }
  }
  const separator = positionals.some((word) => word.startsWith('-')) ? ['--'] : [];
  const argv = [...command.path, ...options, ...separator, ...positionals];
  const invocation = tryParse(catalog, argv);
  return invocation && { argv, invocation };
}

const findCommandByName = ({ commands }: Catalog, name: string): Command | undefined =>
  commands.find(({ path }) => path.join(' ') === name);

/** Whether the release has the command with the argument. */
export const hasArgument = (catalog: Catalog, command: string, dest: string, action?: Argument['action']): boolean =>
  findCommandByName(catalog, command)?.arguments.some(
    (argument) => argument.dest === dest && (action === undefined || argument.action === action),
  ) ?? false;

const findArgument = (command: Command, dest: string): Argument | undefined =>
  command.arguments.find((argument) => argument.dest === dest) ??
  command.arguments.find((argument) => argument.dest === OTHER_DESTS[dest]);

/** The spelling that turns a switch on or off, or undefined if it is off without one. */
function findSwitchFlag(argument: Argument, isOn: boolean): string | undefined {
  if (!isSwitch(argument)) throw new Error(`${argument.dest} is no switch.`);
  const isNegative = (flag: string): boolean => flag.startsWith('--no-');
  if (argument.action === 'boolean-optional') return argument.flags?.find((flag) => isNegative(flag) !== isOn);
  return isOn ? getArgumentName(argument) : undefined;
}

/** @returns undefined if the release would not accept the command */
function tryParse(catalog: Catalog, argv: readonly string[]): Invocation | undefined {
  try {
    return parseInvocation(catalog, argv);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
