import { type Argument, type Catalog, findOption, getPositionals, isSwitch } from '../../airflow/catalog.ts';
import { matchCommand } from '../../airflow/find-command.ts';

/** The commands that completion offers: the catalog of a release, restricted to granted commands and options if they are known. */
export interface CompletionSource {
  readonly catalog: Catalog;
  readonly grantedCommands?: readonly { readonly command: string; readonly options: readonly string[] }[] | undefined;
}

/**
 * Returns the possible completions of the last word: commands, options, and values if the release lists the choices.
 *
 * @param words the words after `airflow`. The last one is being typed and may be empty. `=` may be a word of its own, as in bash
 */
export function getCompletions({ catalog, grantedCommands }: CompletionSource, words: readonly string[]): string[] {
  const typed = words.at(-1) === '=' ? '' : (words.at(-1) ?? '');
  const previous = (words.at(-1) === '=' ? words : words.slice(0, -1)).filter((word) => word !== '=');
  const commands = catalog.commands.filter(
    ({ path }) => grantedCommands?.some(({ command }) => command === path.join(' ')) ?? true,
  );
  const command = matchCommand(commands, previous);
  const startsWithTyped = (word: string) => word.startsWith(typed);
  if (command === undefined) {
    const nextWords = commands
      .filter(({ path }) => previous.every((word, index) => path[index] === word))
      .flatMap(({ path }) => path[previous.length] ?? []);
    return [...new Set(nextWords)].filter(startsWithTyped);
  }

  const previousArguments = previous.slice(command.path.length);
  const [, flag, prefix] = /^(--[\w-]+)=(.*)$/s.exec(typed) ?? [];
  if (flag !== undefined && prefix !== undefined) {
    return getChoices(findOption(command, flag)).flatMap((value) =>
      value.startsWith(prefix) ? `${flag}=${value}` : [],
    );
  }
  const previousOption = findOption(command, previousArguments.at(-1) ?? '');
  if (previousOption !== undefined && !isSwitch(previousOption))
    return getChoices(previousOption).filter(startsWithTyped);

  const grantedOptions = grantedCommands?.flatMap((granted) =>
    granted.command === command.path.join(' ') ? granted.options : [],
  );
  const options = command.arguments
    .filter(({ flags }) => !flags?.some((candidate) => previousArguments.includes(candidate)))
    .flatMap(({ flags = [] }) =>
      flags.filter((candidate) => candidate.startsWith('--') && (grantedOptions?.includes(candidate) ?? true)),
    );
  const positionals = getPositionals(command).flatMap(getChoices);
  return [...positionals, ...(typed === '' && positionals.length > 0 ? [] : options)].filter(startsWithTyped);
}

const getChoices = (argument: Argument | undefined): string[] => (argument?.choices ?? []).map(String);
