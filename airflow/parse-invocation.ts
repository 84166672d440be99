import {
  type Argument,
  type Catalog,
  type Command,
  findOption,
  getArgumentName,
  getPositionals,
  isSwitch,
} from './catalog.ts';
import { checkCharacters } from './check-characters.ts';
import { checkArgumentValue, checkJsonValues } from './check-values.ts';
import { formatDidYouMean } from './did-you-mean.ts';
import { findCommand } from './find-command.ts';
import { isIdentifier } from './identifiers.ts';
import type { Invocation } from './invocation.ts';
import { Refusal, truncateForMessage } from './refusal.ts';

/**
 * Reads the words of a command (without the leading `airflow`) as that release's own parser reads them: argparse with
 * plain actions. What it accepts, argparse accepts with the same values in the same places. It is stricter where argparse
 * guesses or where Python's patches differ: no abbreviated options, no `--` before the command or after an option, and no
 * options in front of a positional argument that may be left out.
 *
 * @throws Refusal naming the argument and the mend
 */
export function parseInvocation(catalog: Catalog, argv: readonly string[]): Invocation {
  for (const word of argv) checkCharacters(word);
  const { command, rest } = findCommand(catalog, argv);
  const given: GivenValues = new Map();
  const chunks = consumeOptions(command, rest, given);
  consumePositionals(command, chunks, given);
  checkRequiredArguments(command, given);
  for (const [argument, values] of given) checkJsonValues(argument, values);
  return { command, values: given, addedByProxy: new Set() };
}

/** What was given so far. `append` adds to its values. */
type GivenValues = Map<Argument, string[]>;

/** Takes the options out of the words. Returns the positional words between them, in runs. */
function consumeOptions(command: Command, rest: readonly string[], given: GivenValues): string[][] {
  const chunks: string[][] = [];
  let chunk: string[] = [];
  const endChunk = () => {
    if (chunk.length > 0) chunks.push(chunk);
    chunk = [];
  };
  const positionalFrom = rest.indexOf('--');
  const end = positionalFrom === -1 ? rest.length : positionalFrom;

  let at = 0;
  while (at < end) {
    const word = rest[at++]!;
    if (isPositionalWord(command, word)) {
      chunk.push(word);
      continue;
    }
    endChunk();
    const following = () => {
      const from = at;
      while (at < end && isPositionalWord(command, rest[at]!)) at++;
      return rest.slice(from, at);
    };
    let { argument, flag, attached } = parseFlag(command, word);
    while (isSwitch(argument) && attached !== undefined) {
      // Joined short switches, `-vy`: the rest of the word goes on with the next flag.
      recordValues(given, argument, [flag]);
      ({ argument, flag, attached } = parseJoinedFlag(command, word, attached));
    }
    if (isSwitch(argument)) recordValues(given, argument, [flag]);
    else if (attached !== undefined) recordValues(given, argument, takeValues(argument, [attached]));
    else {
      const values = following();
      const taken = takeValues(argument, values);
      at -= values.length - taken.length;
      recordValues(given, argument, taken);
    }
  }
  if (positionalFrom !== -1) {
    const after = rest.slice(positionalFrom + 1);
    if (after.length === 0 && chunk.length === 0) {
      throw new Refusal('unexpected-argument', 'Nothing follows "--": leave it out.');
    }
    if (after.includes('--')) throw new Refusal('invalid-value', 'A value cannot be "--".');
    chunk = chunk.concat(after);
  }
  endChunk();
  return chunks;
}

/**
 * `-5`, `-.5`: what argparse takes for a negative number. Python's `\d` is any decimal digit of Unicode, its `$` stands before a
 * last newline too. Digits beyond U+FFFF are left out: newer Pythons know more of them than older ones.
 */
const NEGATIVE_NUMBER = /^-(?:[\p{Nd}&&[\0-\uffff]]+|[\p{Nd}&&[\0-\uffff]]*\.[\p{Nd}&&[\0-\uffff]]+)\n?$/v;

/** argparse's own rule for a word that is not known to be an option. Source: `ArgumentParser._parse_optional`. */
function isPositionalWord(command: Command, word: string): boolean {
  if (!word.startsWith('-') || word === '-') return true;
  if (findOption(command, word)) return false;
  const equals = word.indexOf('=');
  if (equals !== -1 && findOption(command, word.slice(0, equals))) return false;
  if (findPossibleFlags(command, word).length > 0) return false;
  return NEGATIVE_NUMBER.test(word) || word.includes(' ');
}

/** Spellings that argparse would take a word for, although it is none of them exactly. `-h` is one of every command. */
function findPossibleFlags(command: Command, word: string): string[] {
  const flags = ['-h', '--help', ...command.arguments.flatMap((argument) => argument.flags ?? [])];
  const stem = word.startsWith('--') ? word.split('=', 1)[0]! : word;
  const short = word.startsWith('--') ? undefined : word.slice(0, 2);
  return flags.filter((flag) => flag.startsWith(stem) || flag === short);
}

/** Which option a word names, and the value attached to it by `=` or, after a short flag, directly. */
function parseFlag(command: Command, word: string): { argument: Argument; flag: string; attached: string | undefined } {
  const exact = findOption(command, word);
  if (exact) return { argument: exact, flag: word, attached: undefined };

  const equals = word.indexOf('=');
  if (equals !== -1) {
    const flag = word.slice(0, equals);
    const argument = findOption(command, flag);
    if (argument && isSwitch(argument)) throw new Refusal('unexpected-value', `${flag} takes no value.`);
    if (argument) return { argument, flag, attached: word.slice(equals + 1) };
  }

  const found = findPossibleFlags(command, word);
  const [flag] = found;
  if (found.length === 1 && flag?.length === 2 && !word.startsWith('--') && flag !== '-h') {
    const argument = findOption(command, flag)!;
    const attached = word.slice(2);
    if (!isSwitch(argument) || /^[A-Za-z]/.test(attached)) return { argument, flag, attached };
  }
  throw createUnknownOptionRefusal(command, word, found);
}

/** The next flag in a word of joined short ones. Python's patches differ in how they read `-vo=json`: refused. */
function parseJoinedFlag(command: Command, word: string, joined: string) {
  const flag = `-${joined[0]}`;
  const argument = findOption(command, flag);
  const attached = joined.length > 1 ? joined.slice(1) : undefined;
  if (argument === undefined) throw createUnknownOptionRefusal(command, flag, findPossibleFlags(command, flag));
  if (attached?.startsWith('='))
    throw new Refusal('unknown-option', `Write ${flag} on its own instead of "${truncateForMessage(word)}".`);
  return { argument, flag, attached };
}

function createUnknownOptionRefusal(command: Command, word: string, found: readonly string[]): Refusal {
  const stem = word.split('=', 1)[0]!;
  const path = command.path.join(' ');
  const [flag] = found;
  if (found.includes('-h') || (found.length === 1 && flag === '--help')) {
    return new Refusal('help', `Help is not run on Airflow: leave out ${stem}.`);
  }
  if (found.length === 1 && flag?.length === 2) {
    return new Refusal('unknown-option', `Write ${flag} on its own instead of "${truncateForMessage(stem)}".`);
  }
  if (found.length > 0) {
    return new Refusal(
      'abbreviated-option',
      `Write ${found.join(' or ')} in full instead of "${truncateForMessage(stem)}".`,
    );
  }
  const known = command.arguments.flatMap((argument) => argument.flags ?? []);
  const hint = formatDidYouMean(stem, known) || ' Put "--" before values that begin with "-".';
  return new Refusal('unknown-option', `"${path}" has no option "${truncateForMessage(stem)}".${hint}`);
}

/** As many of the following words as the option's arity takes. */
function takeValues(argument: Argument, values: readonly string[]): readonly string[] {
  const name = getArgumentName(argument);
  const { arity = 1 } = argument;
  if (arity === '*') return values;
  if (arity === '?') return values.slice(0, 1);
  const least = arity === '+' ? 1 : arity;
  if (values.length < least) {
    const count = least === 1 ? 'a value' : `${least} values`;
    throw new Refusal(
      'missing-value',
      `${name} needs ${count}. A value that begins with "-" is written ${name}=VALUE.`,
    );
  }
  return arity === '+' ? values : values.slice(0, least);
}

/** Checks the values and keeps them. The last spelling of a repeated option counts, as in argparse; `append` collects. */
function recordValues(given: GivenValues, argument: Argument, values: readonly string[]): void {
  if (!isSwitch(argument)) for (const value of values) checkArgumentValue(argument, value);
  const collected = argument.action === 'append' ? given.get(argument) : undefined;
  // In place: a copy for every repetition would take quadratic time.
  if (collected) for (const value of values) collected.push(value);
  else given.set(argument, isSwitch(argument) && argument.action !== 'boolean-optional' ? [] : [...values]);
}

function consumePositionals(command: Command, chunks: string[][], given: GivenValues): void {
  const positionals = getPositionals(command);
  const required = positionals.filter(({ arity }) => arity === undefined).length;
  const beforeTheLastRun = chunks.slice(0, -1).flat().length;
  // argparse settles an argument that may be left out as soon as those before it are there.
  if (required < positionals.length && chunks.length > 1 && beforeTheLastRun >= required) {
    const names = positionals.map(getArgumentName).join(' ');
    throw new Refusal('unexpected-argument', `Write ${names} together, not with options between them.`);
  }
  const left = chunks.flat();
  for (const argument of positionals) {
    const { arity = 1 } = argument;
    const count = arity === '?' ? Math.min(1, left.length) : typeof arity === 'number' ? arity : left.length;
    if (left.length < count || (arity === '+' && count === 0)) {
      throw new Refusal('missing-argument', `"${command.path.join(' ')}" needs ${argument.dest}.`);
    }
    if (count > 0) recordValues(given, argument, left.splice(0, count));
  }
  if (left.length > 0) {
    const hint = positionals.length === 0 ? '' : ` It takes ${positionals.map(getArgumentName).join(', ')}.`;
    // What stands behind a value may be a part of it, which nobody else should see: a password with a space, unquoted.
    const what = positionals.every(isIdentifier)
      ? `"${truncateForMessage(left[0]!)}".${hint}`
      : `so many words.${hint} Quote a value that has spaces.`;
    throw new Refusal('unexpected-argument', `"${command.path.join(' ')}" does not take ${what}`);
  }
}

function checkRequiredArguments(command: Command, given: ReadonlyMap<Argument, unknown>): void {
  for (const argument of command.arguments) {
    if (argument.required && !given.has(argument)) {
      throw new Refusal('missing-argument', `"${command.path.join(' ')}" needs ${getArgumentName(argument)}.`);
    }
  }
}
