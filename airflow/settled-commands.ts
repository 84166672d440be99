import type { Argument } from './catalog.ts';
import { getArgumentValue, type Invocation } from './invocation.ts';
import { type CliStreams, stripAnsi } from './streams.ts';
import { findLastErrorLine } from './strip-exit-noise.ts';

/** The last line of errors of commands that fail because there is nothing to delete. `%` stands for the name. */
const ABSENT: Readonly<Record<string, readonly [argument: string, line: string]>> = {
  'connections delete': ['conn_id', 'Did not find a connection with `conn_id`=%'],
  'pools delete': ['pool', 'Pool % does not exist'],
  'users delete': ['username', 'User "%" does not exist'],
};

/** As above, for commands that fail because what they create exists. */
const PRESENT: Readonly<Record<string, readonly [argument: string, line: string]>> = {
  'connections add': ['conn_id', 'A connection with `conn_id`=% already exists.'],
};

/**
 * Whether a command that failed wanted to delete what does not exist, so that Airflow is as it should be. Sources: `connection_command.py`,
 * `pool_command.py` and `user_command.py` of 2.4.3, 2.10.3, 2.11.2, 3.0.6 and 3.3.1. `variables delete` never fails for this reason.
 */
export const isAlreadyAbsent = (invocation: Invocation, streams: CliStreams): boolean =>
  saysOf(ABSENT, invocation, streams);

/** Whether a command failed because what it creates exists, with whatever content. */
export const isAlreadyPresent = (invocation: Invocation, streams: CliStreams): boolean =>
  saysOf(PRESENT, invocation, streams);

/** Whether a command fails if what it creates exists, and no command before it deletes that. */
export const failsOnUpdate = (invocation: Invocation, before: readonly Invocation[]): boolean => {
  if (!Object.hasOwn(PRESENT, invocation.command.path.join(' '))) return false;
  return !before.some((other) => isDeletionOf(other, invocation));
};

/** Whether a command deletes what another one names. */
export const isDeletionOf = (deletion: Invocation, other: Invocation): boolean =>
  deletion.command.path.at(-1) === 'delete' &&
  JSON.stringify(findNamedThing(deletion)) === JSON.stringify(findNamedThing(other));

function saysOf(table: typeof ABSENT, invocation: Invocation, { stderr }: CliStreams): boolean {
  const path = invocation.command.path.join(' ');
  if (!Object.hasOwn(table, path)) return false;
  const [argument, line] = table[path]!;
  const name = getArgumentValue(invocation, argument);
  return name !== undefined && findLastErrorLine(stripAnsi(stderr)) === line.replace('%', () => name);
}

/** All things that a command names: `roles delete` takes several. Some commands name theirs in an option. Empty if it is unknown. */
export function listNamedThings({ command, values }: Invocation): readonly string[] {
  const [kind = ''] = command.path;
  const naming = command.arguments.find(({ flags }) => flags === undefined) ?? command.arguments.find(isNameOption);
  return ((naming && values.get(naming)) ?? []).map((name) => JSON.stringify([kind, name]));
}

const isNameOption = ({ dest }: Argument) => dest === 'username' || dest === 'conn_id';

/** What a command names: the kind of thing and its name, as in `["connections", "warehouse"]`. Undefined if it has no such argument. */
export function findNamedThing({ command, values }: Invocation): readonly [kind: string, name: string] | undefined {
  const [kind = ''] = command.path;
  const first = command.arguments.find(({ flags }) => flags === undefined);
  const name = first === undefined ? undefined : values.get(first)?.[0];
  return name === undefined ? undefined : [kind, name];
}
