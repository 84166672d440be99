import { RELEASE_HISTORY } from './release-history-data.ts';

/** Generated from the catalogs by `tools/catalogs/make-release-history.ts`. Numbers are indexes of `releases`. */
export interface ReleaseHistory {
  /** The releases that have a catalog, oldest first. */
  readonly releases: readonly string[];
  /** By path, as in `dags trigger`. */
  readonly commands: Readonly<Record<string, CommandHistory>>;
}

/** The first and the last release of a command, and the spellings of its arguments that not all of these releases have. */
type CommandHistory = readonly [
  first: number,
  last: number,
  ...spellings: readonly (readonly [spelling: string, dest: string, first: number, last: number])[],
];

const HISTORY: ReleaseHistory = RELEASE_HISTORY;

/** The releases that have a command or a spelling of an argument, and the first release after them. */
export interface Releases {
  readonly first: string;
  readonly last: string;
  /** Undefined if the newest release has it. */
  readonly removedIn: string | undefined;
}

/** The releases that have a command, or undefined if none has. @param path as in `dags trigger` */
export function findReleasesOfCommand(path: string): Releases | undefined {
  const command = findCommandHistory(path);
  return command && describeReleases(command[0], command[1]);
}

/** The argument of a command that has this flag or name in some releases only. Undefined if there is none, or if all have it. */
export function findFormerArgument(path: string, spelling: string): (Releases & { readonly dest: string }) | undefined {
  const [, , ...spellings] = findCommandHistory(path) ?? [0, 0];
  const found = spellings.findLast(([candidate]) => candidate === spelling);
  return found && { dest: found[1], ...describeReleases(found[2], found[3]) };
}

/** The positional arguments that a command has in some releases only. */
export function listFormerPositionals(path: string): (Releases & { readonly dest: string })[] {
  const [, , ...spellings] = findCommandHistory(path) ?? [0, 0];
  return spellings.flatMap(([spelling, dest, first, last]) =>
    spelling.startsWith('-') ? [] : [{ dest, ...describeReleases(first, last) }],
  );
}

const findCommandHistory = (path: string): CommandHistory | undefined =>
  Object.hasOwn(HISTORY.commands, path) ? HISTORY.commands[path] : undefined;

function describeReleases(first: number, last: number): Releases {
  const { releases } = HISTORY;
  return { first: releases[first]!, last: releases[last]!, removedIn: releases[last + 1] };
}
