import { type Argument, type Catalog, findOption, getPositionals, isSwitch } from '../../airflow/catalog.ts';
import { matchCommand } from '../../airflow/find-command.ts';

/** What of a release's command tree a caller may use: all of it, or the commands and options that grants name. */
export interface CompletionSource {
  readonly catalog: Catalog;
  readonly grantedCommands?: readonly { readonly command: string; readonly options: readonly string[] }[] | undefined;
}

/**
 * What may stand in the place of the last word: commands, options, values where the release has a list of them.
 *
 * @param words after `airflow`; the last is the one that is being written, perhaps empty. `=` may be a word of its own, as in bash
 */
export function getCompletions({ catalog, grantedCommands }: CompletionSource, words: readonly string[]): string[] {
  const typed = words.at(-1) === '=' ? '' : (words.at(-1) ?? '');
  const before = (words.at(-1) === '=' ? words : words.slice(0, -1)).filter((word) => word !== '=');
  const commands = catalog.commands.filter(
    ({ path }) => grantedCommands?.some((one) => one.command === path.join(' ')) ?? true,
  );
  const command = matchCommand(commands, before);
  const starts = (word: string) => word.startsWith(typed);
  if (command === undefined) {
    const next = commands
      .filter(({ path }) => before.every((word, index) => path[index] === word))
      .flatMap(({ path }) => path[before.length] ?? []);
    return [...new Set(next)].filter(starts);
  }

  const rest = before.slice(command.path.length);
  const [, flag, prefix] = /^(--[\w-]+)=(.*)$/s.exec(typed) ?? [];
  if (flag !== undefined && prefix !== undefined) {
    return getChoices(findOption(command, flag)).flatMap((value) =>
      value.startsWith(prefix) ? `${flag}=${value}` : [],
    );
  }
  const last = findOption(command, rest.at(-1) ?? '');
  if (last !== undefined && !isSwitch(last)) return getChoices(last).filter(starts);

  const usable = grantedCommands?.flatMap((one) => (one.command === command.path.join(' ') ? one.options : []));
  const options = command.arguments
    .filter((argument) => !argument.flags?.some((one) => rest.includes(one)))
    .flatMap(({ flags = [] }) => flags.filter((one) => one.startsWith('--') && (usable?.includes(one) ?? true)));
  const positionals = getPositionals(command).flatMap(getChoices);
  return [...positionals, ...(typed === '' && positionals.length > 0 ? [] : options)].filter(starts);
}

const getChoices = (argument: Argument | undefined): string[] => (argument?.choices ?? []).map(String);
