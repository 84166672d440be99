import { type Argument, type Catalog, getArgumentName, isSwitch } from './catalog.ts';
import { isReleaseAtLeast } from './compare-releases.ts';
import type { Invocation } from './invocation.ts';
import { parseInvocation } from './parse-invocation.ts';
import { Refusal } from './refusal.ts';
import { findReleasesOfCommand } from './release-history.ts';
import { renderArgv } from './render-command-line.ts';
import {
  BEHAVIOR_CHANGES,
  COMMAND_SUCCESSORS,
  type CommandSuccessor,
  DISPENSABLE_ARGUMENTS,
  RENAMED_ARGUMENTS,
} from './successors.ts';

/** A command of one release, as another release spells it. */
export type Translation =
  | {
      /** `argv` are the canonical words in the other release. */
      readonly argv: readonly string[];
      /** What differs, in sentences. */
      readonly notes: readonly string[];
    }
  /** The other release has no command that does the same. Sentences that say why and what to do. */
  | { readonly gone: readonly string[] };

/** A command while it is translated. Its arguments have names of the older or the newer release. */
interface Draft {
  path: string;
  /** `name` is the spelling in the older release, or `''` for an argument that it does not need. */
  given: { readonly dest: string; readonly name: string; readonly values: readonly string[] }[];
  notes: string[];
}

/**
 * Translates a command to another release: the successor of the command, arguments by their name and meaning. Translates forward
 * through `successors.ts`; to an older release, only what both releases have.
 *
 * @param from the release of the catalog that parsed the invocation
 */
export function translateInvocation(invocation: Invocation, from: string, to: Catalog): Translation {
  const draft: Draft = {
    path: invocation.command.path.join(' '),
    given: [...invocation.values].map(([argument, values]) => ({
      dest: argument.dest,
      name: getArgumentName(argument),
      values: isSwitch(argument) ? [] : values,
    })),
    notes: [],
  };
  for (const successor of COMMAND_SUCCESSORS) {
    if (!isBetween(successor.since, from, to.airflow) || !applies(successor, draft)) continue;
    if (successor.to === undefined) return { gone: [describeMissingCommand(draft.path, to.airflow), successor.note!] };
    applySuccessor(successor, draft);
  }
  return bindToCatalog(draft, invocation.command.listed === true, from, to);
}

const isBetween = (since: string, from: string, to: string): boolean =>
  !isReleaseAtLeast(from, since) && isReleaseAtLeast(to, since);

const applies = ({ command, option }: CommandSuccessor, { path, given }: Draft): boolean =>
  command === path && (option === undefined || given.some(({ dest }) => dest === option));

function applySuccessor(successor: CommandSuccessor, draft: Draft): void {
  const { option, since, to = '', arguments: renamed = {}, defaults = {}, note } = successor;
  draft.notes.push(
    `"${draft.path}${option === undefined ? '' : ` --${option.replaceAll('_', '-')}`}" is "${to}" since Airflow ${since}.`,
  );
  if (note !== undefined) draft.notes.push(note);
  draft.path = to;
  draft.given = draft.given.flatMap(({ dest, name, values }) => {
    const target = Object.hasOwn(renamed, dest) ? renamed[dest]! : undefined;
    if (target === undefined) return dest === option && values.length === 0 ? [] : [{ dest, name, values }];
    if (typeof target !== 'string') return [{ dest: target[0], name, values: [target[1]] }];
    const names = target.split(' ');
    return names.length === 1
      ? [{ dest: target, name, values }]
      : names.map((part, at) => ({ dest: part, name: part, values: [values[at]!] }));
  });
  for (const [dest, source] of Object.entries(defaults)) {
    const found = draft.given.find((argument) => argument.dest === source);
    if (found === undefined || draft.given.some((argument) => argument.dest === dest)) continue;
    draft.given.push({ ...found, dest, name: '' });
    draft.notes.push(
      `--${dest.replaceAll('_', '-')} is required: it has the value of --${source.replaceAll('_', '-')}.`,
    );
  }
}

/** Finds the arguments of the draft in the catalog, and parses the result as that release would. */
function bindToCatalog({ path, given, notes }: Draft, wasListed: boolean, from: string, to: Catalog): Translation {
  const command = to.commands.find((candidate) => candidate.path.join(' ') === path);
  if (command === undefined) return { gone: [describeMissingCommand(path, to.airflow)] };
  if (wasListed && !command.listed)
    notes.push(`AWS does not list "${path}" for Airflow ${to.airflow}. MWAA may reject it.`);
  const values = new Map<Argument, readonly string[]>();
  for (const { dest, name, values: givenValues } of given) {
    const argument = findSameArgument(command.arguments, dest, from, to.airflow);
    if (argument !== undefined) {
      values.set(argument, givenValues);
      const difference = describeSpelling(name, argument);
      if (difference !== undefined) notes.push(difference);
    } else if (Object.hasOwn(DISPENSABLE_ARGUMENTS, dest)) {
      notes.push(`Airflow ${to.airflow} has no ${name} here. Leave it out. ${DISPENSABLE_ARGUMENTS[dest]}`);
    } else return { gone: [`"${path}" of Airflow ${to.airflow} has no counterpart of ${name}.`] };
  }
  for (const { command: changed, since, argument = '', note } of BEHAVIOR_CHANGES) {
    const dest = argument.replace('!', '');
    const isGiven = [...values.keys()].some((candidate) => candidate.dest === dest);
    if (changed === path && isBetween(since, from, to.airflow) && (dest === '' || isGiven !== argument.startsWith('!')))
      notes.push(note);
  }
  try {
    const argv = renderArgv({ command, values, addedByProxy: new Set() });
    parseInvocation(to, argv);
    return { argv, notes: [...new Set(notes)] };
  } catch (error) {
    if (error instanceof Refusal) return { gone: [...notes, error.message] };
    throw error;
  }
}

/** The argument with this `dest`, or the one that the releases between renamed it to (or from, for an older release). */
export function findSameArgument(
  candidates: readonly Argument[],
  dest: string,
  from: string,
  to: string,
): Argument | undefined {
  const sameNames = RENAMED_ARGUMENTS.flatMap((renamed) => {
    if (renamed.from === dest && isBetween(renamed.since, from, to)) return renamed.to;
    return renamed.to === dest && isBetween(renamed.since, to, from) ? renamed.from : [];
  });
  return [dest, ...sameNames].reduce<Argument | undefined>(
    (found, name) => found ?? candidates.find((candidate) => candidate.dest === name),
    undefined,
  );
}

function describeSpelling(name: string, argument: Argument): string | undefined {
  const newName = getArgumentName(argument);
  if (newName === name || name === '') return undefined;
  if (argument.flags !== undefined) return `${name} is ${newName}.`;
  return name.startsWith('-') ? `${name} is a positional argument, ${newName}.` : undefined;
}

function describeMissingCommand(path: string, release: string): string {
  const releases = findReleasesOfCommand(path);
  const suffix =
    releases === undefined || isReleaseAtLeast(release, releases.last)
      ? ''
      : ` Airflow ${releases.first} and later have it.`;
  return `Airflow ${release} has no command "${path}".${suffix}`;
}
