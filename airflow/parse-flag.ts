import { type Argument, type Catalog, type Command, findOption, isSwitch } from './catalog.ts';
import { formatDidYouMean } from './did-you-mean.ts';
import { createHelpRefusal, Refusal, truncateForMessage } from './refusal.ts';

/** An option that was parsed from a word of the command. */
interface ParsedFlag {
  readonly argument: Argument;
  /** The spelling used. */
  readonly flag: string;
  /** The value attached by `=` or, after a short flag, directly. */
  readonly attached: string | undefined;
}

/**
 * What argparse treats as a negative number, such as `-5` or `-.5`. Python's `\d` matches every decimal digit of Unicode, and its `$`
 * also matches before a trailing newline. Digits above U+FFFF are excluded, because newer releases of Python know more of them.
 */
const NEGATIVE_NUMBER = /^-(?:[\p{Nd}&&[\0-\uffff]]+|[\p{Nd}&&[\0-\uffff]]*\.[\p{Nd}&&[\0-\uffff]]+)\n?$/v;

/** Whether argparse treats a word as positional rather than as an option. Source: `ArgumentParser._parse_optional`. */
export function isPositionalWord(command: Command, word: string): boolean {
  if (!word.startsWith('-') || word === '-') return true;
  if (findOption(command, word)) return false;
  const equals = word.indexOf('=');
  if (equals !== -1 && findOption(command, word.slice(0, equals))) return false;
  if (findPossibleFlags(command, word).length > 0) return false;
  return NEGATIVE_NUMBER.test(word) || word.includes(' ');
}

/** Flags that argparse would accept this word for: as an abbreviation, or as a flag with an attached value. Every command has `-h`. */
function findPossibleFlags(command: Command, word: string): string[] {
  const flags = ['-h', '--help', ...listFlags(command)];
  const stem = word.startsWith('--') ? word.split('=', 1)[0]! : word;
  const shortFlag = word.startsWith('--') ? undefined : word.slice(0, 2);
  return flags.filter((flag) => flag.startsWith(stem) || flag === shortFlag);
}

const listFlags = (command: Command): string[] => command.arguments.flatMap(({ flags }) => flags ?? []);

/** The flags that a word may misspell. Every flag of one letter is similar to every other. */
export const listLongFlags = (command: Command): string[] => listFlags(command).filter((flag) => flag.startsWith('--'));

/**
 * Parses a word that is not positional.
 *
 * @param catalog of the command, for hints
 * @throws Refusal `unknown-option`, `abbreviated-option`, `unexpected-value`, `help`
 */
export function parseFlag(command: Command, catalog: Catalog, word: string): ParsedFlag {
  const exact = findOption(command, word);
  if (exact) return { argument: exact, flag: word, attached: undefined };

  const equals = word.indexOf('=');
  if (equals !== -1) {
    const flag = word.slice(0, equals);
    const argument = findOption(command, flag);
    if (argument && isSwitch(argument)) throw new Refusal('unexpected-value', `${flag} does not accept a value.`);
    if (argument) return { argument, flag, attached: word.slice(equals + 1) };
  }

  const possibleFlags = findPossibleFlags(command, word);
  const [flag] = possibleFlags;
  if (possibleFlags.length === 1 && flag?.length === 2 && !word.startsWith('--') && flag !== '-h') {
    const argument = findOption(command, flag)!;
    const attached = word.slice(2);
    if (!isSwitch(argument) || /^[A-Za-z]/.test(attached)) return { argument, flag, attached };
  }
  throw createUnknownOptionRefusal(command, catalog, word, possibleFlags);
}

/**
 * Parses the next flag in a word of joined short flags. `-vo=json` is rejected: patch releases of Python read it differently.
 *
 * @throws Refusal `unknown-option`, `abbreviated-option`, `help`
 */
export function parseJoinedFlag(command: Command, catalog: Catalog, word: string, joined: string): ParsedFlag {
  const flag = `-${joined[0]}`;
  const argument = findOption(command, flag);
  const attached = joined.length > 1 ? joined.slice(1) : undefined;
  if (argument === undefined) {
    throw createUnknownOptionRefusal(command, catalog, flag, findPossibleFlags(command, flag));
  }
  if (attached?.startsWith('=')) throw createJoinedFlagRefusal(flag, word);
  return { argument, flag, attached };
}

function createUnknownOptionRefusal(
  command: Command,
  catalog: Catalog,
  word: string,
  possibleFlags: readonly string[],
): Refusal {
  const stem = word.split('=', 1)[0]!;
  const [flag] = possibleFlags;
  if (possibleFlags.includes('-h') || (possibleFlags.length === 1 && flag === '--help')) return createHelpRefusal(stem);
  if (possibleFlags.length === 1 && flag?.length === 2) return createJoinedFlagRefusal(flag, stem);
  const shown = truncateForMessage(stem);
  if (possibleFlags.length > 0) {
    const detail = `The option "${shown}" is abbreviated. Write ${possibleFlags.join(' or ')} in full.`;
    return new Refusal('abbreviated-option', detail);
  }
  return new Refusal(
    'unknown-option',
    describeUnknownFlag(command, catalog, stem, ' Put "--" before values that begin with "-".'),
  );
}

/** @param otherwise what to say if nothing is known about the flag */
export function describeUnknownFlag(command: Command, catalog: Catalog, flag: string, otherwise = ''): string {
  const hint = catalog.formatHint?.({ command, flag }) || formatDidYouMean(flag, listLongFlags(command)) || otherwise;
  return `"${command.path.join(' ')}" has no option "${truncateForMessage(flag)}".${hint}`;
}

const createJoinedFlagRefusal = (flag: string, word: string): Refusal =>
  new Refusal('unknown-option', `Write ${flag} as a separate argument instead of "${truncateForMessage(word)}".`);
