import { type Argument, type Catalog, type Command, getArgumentName } from './catalog.ts';
import { isReleaseAtLeast } from './compare-releases.ts';
import { describeManagedCommand } from './managed-commands.ts';
import { findFormerArgument, findReleasesOfCommand, listFormerPositionals, type Releases } from './release-history.ts';
import { COMMAND_SUCCESSORS, type CommandSuccessor, DISPENSABLE_ARGUMENTS, RENAMED_ARGUMENTS } from './successors.ts';

/** Adds hints from the history of all releases to a catalog. */
export const addHints = (catalog: Catalog): Catalog => ({
  ...catalog,
  formatHint(unknown) {
    if ('words' in unknown) return formatCommandHint(catalog.airflow, unknown.words);
    return 'flag' in unknown
      ? formatFlagHint(unknown.command, catalog.airflow, unknown.flag)
      : formatPositionalHint(unknown.command, catalog.airflow, unknown.positional);
  },
});

/**
 * A sentence about a flag that this release's command lacks and that of another release has: what it is called here, what does the
 * job instead, or which releases have it. Begins with a space, to be appended to a message. `''` if no release has the flag.
 *
 * @param release of the command, as in `3.0.6`
 */
function formatFlagHint(command: Command, release: string, flag: string): string {
  const path = command.path.join(' ');
  // A short flag may have its value attached: `-e2026-11-01`.
  const former =
    findFormerArgument(path, flag.startsWith('--') ? flag : flag.slice(0, 2)) ?? findFormerArgument(path, flag);
  if (former === undefined) return '';
  const { dest } = former;
  const same = command.arguments.find((argument) => argument.dest === dest);
  if (same) return describeNewSpelling(path, same, describeTime(release, former));
  for (const { from, to, since } of RENAMED_ARGUMENTS) {
    const isSince = isReleaseAtLeast(release, since);
    const other = from === dest && isSince ? to : to === dest && !isSince ? from : undefined;
    const renamed = command.arguments.find((argument) => argument.dest === other);
    if (renamed) return describeNewSpelling(path, renamed, `${isSince ? 'since' : 'before'} Airflow ${since}`);
  }
  const successor = COMMAND_SUCCESSORS.find(
    (row) => row.command === path && row.option === dest && isReleaseAtLeast(release, row.since),
  );
  if (successor?.to) return ` Since Airflow ${successor.since}, use "${successor.to}" instead.`;
  const reason = Object.hasOwn(DISPENSABLE_ARGUMENTS, dest) ? DISPENSABLE_ARGUMENTS[dest] : undefined;
  if (reason !== undefined && isNewer(release, former)) return ` Leave it out. ${reason}`;
  return ` ${describeReleases(former)}`;
}

/** The same for a positional argument that is an option of this release's command, or the subcommand of newer releases. */
function formatPositionalHint(command: Command, release: string, word: string): string {
  const path = command.path.join(' ');
  const predecessor = COMMAND_SUCCESSORS.find(
    (row) => row.to === `${path} ${word}` && row.option !== undefined && !isReleaseAtLeast(release, row.since),
  );
  if (predecessor) return ` It is "${path} --${predecessor.option}" before Airflow ${predecessor.since}.`;
  for (const former of listFormerPositionals(path)) {
    const option = command.arguments.find(({ dest, flags }) => dest === former.dest && flags !== undefined);
    if (option) return describeNewSpelling(path, option, describeTime(release, former), former.dest);
  }
  return '';
}

/** The same for a command that this release lacks. @param words of the argv, at least one */
function formatCommandHint(release: string, [first = '', second = '', ...rest]: readonly string[]): string {
  for (const path of [`${first} ${second}`, first]) {
    const managed = describeManagedCommand(path);
    if (managed !== undefined) return ` ${managed}`;
    const successors = COMMAND_SUCCESSORS.filter((row) => row.command === path && isReleaseAtLeast(release, row.since));
    const successor = findSuccessor(successors, [second, ...rest]);
    if (successor?.to) {
      const { to, since } = findLastSuccessor(successor, release);
      return ` It is "${to}" since Airflow ${since}.`;
    }
    if (successor) return ` ${successor.note}`;
    if (successors.length > 0) return '';
    const predecessor = COMMAND_SUCCESSORS.find((row) => row.to === path && !isReleaseAtLeast(release, row.since));
    if (predecessor) return ` It is "${predecessor.command}" before Airflow ${predecessor.since}.`;
    const releases = findReleasesOfCommand(path);
    if (releases) return ` ${describeReleases(releases)}`;
  }
  return '';
}

/** The successor that one of the words chooses (`variables --get`), or the one of the command as a whole. */
function findSuccessor(
  successors: readonly CommandSuccessor[],
  words: readonly string[],
): CommandSuccessor | undefined {
  const options = words.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.replace(/^-+/, ''));
  const chosen = successors.find(({ option }) => options.some((word) => option?.startsWith(word)));
  if (chosen) return chosen;
  // Without a known option, `variables -x` may be anything.
  const isChosenByOption = successors.filter(({ option }) => option !== undefined).length > 1;
  if (isChosenByOption && options.some((word) => !'list'.startsWith(word))) return undefined;
  return successors.find(({ option }) => option === undefined);
}

/** The successor of a command, or its own successor if the release has changed that one too. */
function findLastSuccessor(successor: CommandSuccessor, release: string): CommandSuccessor {
  const next = COMMAND_SUCCESSORS.find(
    ({ command, option, since, to }) =>
      command === successor.to && option === undefined && to !== undefined && isReleaseAtLeast(release, since),
  );
  return next ?? successor;
}

const isNewer = (release: string, { last }: Releases): boolean => isReleaseAtLeast(release, last);

const describeTime = (release: string, former: Releases): string =>
  isNewer(release, former) ? `since Airflow ${toMinor(former.removedIn!)}` : `before Airflow ${toMinor(former.first)}`;

/** Arguments change in minor releases only: `3.0` for `3.0.6`. */
const toMinor = (release: string): string => release.split('.', 2).join('.');

function describeNewSpelling(path: string, argument: Argument, when: string, subject = 'It'): string {
  return argument.flags === undefined
    ? ` ${subject} is the positional argument ${argument.dest} ${when}: ${path} ${argument.dest.toUpperCase()}`
    : ` ${subject} is ${getArgumentName(argument)} ${when}.`;
}

const describeReleases = ({ first, last, removedIn }: Releases): string =>
  removedIn === undefined
    ? `Airflow ${first} and later have it.`
    : first === last
      ? `Only Airflow ${first} has it.`
      : `Airflow ${first} to ${last} have it.`;
