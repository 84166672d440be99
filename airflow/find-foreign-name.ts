import type { TableColumns } from './ends-with-table.ts';
import type { Invocation } from './invocation.ts';
import { replaceLineSeparators } from './log-lines.ts';

/** Members of the rows of JSON output that name something, each with the `dest` of the argument that asks for it. */
const ARGUMENT_BY_MEMBER: Readonly<Record<string, string>> = {
  conn_id: 'conn_id',
  dag_id: 'dag_id',
  dag_run_id: 'run_id',
  key: 'key',
  pool: 'pool',
  run_id: 'run_id',
  task_id: 'task_id',
};

/** The names that a command asks for, by the members of rows that have them. */
export function listNamesByMember(invocation: Invocation): ReadonlyMap<string, readonly string[]> {
  const requested = new Map(listRequestedNames(invocation));
  return new Map(
    Object.entries(ARGUMENT_BY_MEMBER).flatMap(([member, dest]) => {
      const names = requested.get(dest);
      return names === undefined ? [] : [[member, names]];
    }),
  );
}

/**
 * Finds a name in a row of JSON that differs from the name that the command asked for. Such output belongs to another command.
 *
 * @returns a clause that describes the first difference, in the order of the row; undefined if there is none
 */
export function findForeignMember(invocation: Invocation, row: object): string | undefined {
  const requested = new Map(listRequestedNames(invocation));
  for (const [member, value] of Object.entries(row)) {
    const difference = describeDifference(requested, getArgumentOfMember(member), value);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

const getArgumentOfMember = (member: string): string =>
  Object.hasOwn(ARGUMENT_BY_MEMBER, member) ? ARGUMENT_BY_MEMBER[member]! : '';

/** Whether a command has an argument that asks for what a member or a column names. */
export function namesArgument(invocation: Invocation): (member: string) => boolean {
  const requested = new Map(listRequestedNames(invocation));
  return (member) => requested.has(getArgumentOfMember(member));
}

/** The same for the columns of a table. Their cells are wrapped, so a column has the name without white space, once for each row. */
export function findForeignColumn(invocation: Invocation, columns: TableColumns): string | undefined {
  const requested = new Map(listRequestedNames(invocation));
  for (const [heading, text] of columns) {
    const names = requested.get(getArgumentOfMember(heading));
    const rest = names?.reduce((others, name) => others.replaceAll(name.replace(/\s/g, ''), ''), text);
    if (rest) return `the table has ${heading} ${JSON.stringify(rest)}, but the command names ${names?.join(', ')}`;
  }
  return undefined;
}

/** The same for the line that a command prints when it succeeds. The groups of the match are named after the `dest` of arguments. */
export function findForeignLine(invocation: Invocation, match: RegExpExecArray | null): string | undefined {
  const requested = new Map(listRequestedNames(invocation));
  for (const [dest, value] of Object.entries(match?.groups ?? {})) {
    const difference = value === undefined ? undefined : describeDifference(requested, dest, value);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Whether a line names something for which the command has no argument. */
export const namesMissingArgument = ({ values }: Invocation, match: RegExpExecArray): boolean =>
  Object.entries(match.groups ?? {}).some(
    ([dest, value]) => value !== undefined && ![...values.keys()].some((argument) => argument.dest === dest),
  );

function describeDifference(
  requested: ReadonlyMap<string, readonly string[]>,
  dest: string,
  value: unknown,
): string | undefined {
  const names = requested.get(dest);
  if (names === undefined || isOneOf(names, value)) return undefined;
  return `the output names ${dest} ${JSON.stringify(value)}, but the command names ${names.join(', ')}`;
}

/** Whether a value in an output is one of the names of a command. */
export const isOneOf = (names: readonly string[], value: unknown): boolean =>
  names.some((name) => name === value) ||
  (typeof value !== 'object' && names.map(replaceLineSeparators).includes(replaceLineSeparators(String(value))));

/** The names in the arguments of a command. A DAG id that a switch makes a regular expression is no name. */
function* listRequestedNames(invocation: Invocation): Generator<[dest: string, names: readonly string[]]> {
  const hasPattern = [...invocation.values.keys()].some(({ dest }) => dest.includes('regex'));
  for (const [{ dest }, values] of invocation.values) {
    if (Object.values(ARGUMENT_BY_MEMBER).includes(dest) && !(hasPattern && dest === 'dag_id')) yield [dest, values];
  }
}
