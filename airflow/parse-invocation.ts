import { type Argument, type Catalog, type Command, getArgumentName, getPositionals, isSwitch } from './catalog.ts';
import { checkCharacters } from './check-characters.ts';
import { checkArgumentValue, checkJsonValues } from './check-values.ts';
import { findCommand } from './find-command.ts';
import { isIdentifier } from './identifiers.ts';
import type { Invocation } from './invocation.ts';
import { isPositionalWord, parseFlag, parseJoinedFlag } from './parse-flag.ts';
import { Refusal, truncateForMessage } from './refusal.ts';

/**
 * Parses the words of a command (without the leading `airflow`) as the parser of that release does: argparse with plain actions.
 * argparse accepts everything that this parser accepts, with the same values for the same arguments. This parser is stricter where
 * argparse guesses or where patch releases of Python differ: it accepts no abbreviated options, no `--` before the command or
 * directly after an option, and no options before an optional positional argument.
 *
 * @throws Refusal that names the argument and says what to change
 */
export function parseInvocation(catalog: Catalog, argv: readonly string[]): Invocation {
  checkCharacters(argv);
  const { command, rest } = findCommand(catalog, argv);
  const given: GivenValues = new Map();
  const chunks = consumeOptions(command, catalog, rest, given);
  consumePositionals(command, catalog, chunks, given);
  checkRequiredArguments(command, given);
  for (const [argument, values] of given) checkJsonValues(argument, values);
  return { command, values: given, addedByProxy: new Set() };
}

/** The values given so far. An `append` option adds to its values. */
type GivenValues = Map<Argument, string[]>;

/** Records the options. Returns the positional words in chunks: options separate one chunk from the next. */
function consumeOptions(command: Command, catalog: Catalog, words: readonly string[], given: GivenValues): string[][] {
  const chunks: string[][] = [];
  let chunk: string[] = [];
  const endChunk = () => {
    if (chunk.length > 0) chunks.push(chunk);
    chunk = [];
  };
  const separator = words.indexOf('--');
  const end = separator === -1 ? words.length : separator;

  let at = 0;
  while (at < end) {
    const word = words[at++]!;
    if (isPositionalWord(command, word)) {
      chunk.push(word);
      continue;
    }
    endChunk();
    const collectFollowingWords = () => {
      const from = at;
      while (at < end && isPositionalWord(command, words[at]!)) at++;
      return words.slice(from, at);
    };
    let { argument, flag, attached } = parseFlag(command, catalog, word);
    while (isSwitch(argument) && attached !== undefined) {
      // Joined short switches, as in `-vy`: the next flag is in the rest of the word.
      recordValues(given, argument, [flag]);
      ({ argument, flag, attached } = parseJoinedFlag(command, catalog, word, attached));
    }
    if (isSwitch(argument)) recordValues(given, argument, [flag]);
    else if (attached !== undefined) recordValues(given, argument, selectValues(argument, [attached]));
    else {
      const following = collectFollowingWords();
      const values = selectValues(argument, following);
      at -= following.length - values.length;
      recordValues(given, argument, values);
    }
  }
  if (separator !== -1) {
    const afterSeparator = words.slice(separator + 1);
    if (afterSeparator.length === 0 && chunk.length === 0) {
      throw new Refusal('unexpected-argument', 'Nothing follows "--". Remove it.');
    }
    if (afterSeparator.includes('--'))
      throw new Refusal('invalid-value', 'A value cannot be "--". Choose another value.');
    chunk = chunk.concat(afterSeparator);
  }
  endChunk();
  return chunks;
}

/** Selects as many words as the option's arity allows. */
function selectValues(argument: Argument, words: readonly string[]): readonly string[] {
  const name = getArgumentName(argument);
  const { arity = 1 } = argument;
  if (arity === '*') return words;
  if (arity === '?') return words.slice(0, 1);
  const minimum = arity === '+' ? 1 : arity;
  if (words.length < minimum) {
    const count = minimum === 1 ? 'a value' : `${minimum} values`;
    throw new Refusal('missing-value', `${name} requires ${count}. If a value begins with "-", write ${name}=VALUE.`);
  }
  return arity === '+' ? words : words.slice(0, minimum);
}

/** Checks and records values. If an option is repeated, its last values replace the earlier ones, as in argparse. `append` keeps all. */
function recordValues(given: GivenValues, argument: Argument, values: readonly string[]): void {
  if (!isSwitch(argument)) for (const value of values) checkArgumentValue(argument, value);
  const collected = argument.action === 'append' ? given.get(argument) : undefined;
  // Appends in place: copying for every repetition would take quadratic time.
  if (collected) for (const value of values) collected.push(value);
  else given.set(argument, isSwitch(argument) && argument.action !== 'boolean-optional' ? [] : [...values]);
}

function consumePositionals(command: Command, catalog: Catalog, chunks: string[][], given: GivenValues): void {
  const path = command.path.join(' ');
  const positionals = getPositionals(command);
  const required = positionals.filter(({ arity }) => arity === undefined).length;
  const beforeLastChunk = chunks.slice(0, -1).flat().length;
  // argparse treats an optional argument as absent once the arguments before it have their values.
  if (required < positionals.length && chunks.length > 1 && beforeLastChunk >= required) {
    const names = positionals.map(getArgumentName).join(' ');
    throw new Refusal('unexpected-argument', `Write ${names} together, without options between them.`);
  }
  const words = chunks.flat();
  for (const argument of positionals) {
    const { arity = 1 } = argument;
    const count = arity === '?' ? Math.min(1, words.length) : typeof arity === 'number' ? arity : words.length;
    if (words.length < count || (arity === '+' && count === 0)) {
      throw new Refusal('missing-argument', `"${path}" requires ${argument.dest}.`);
    }
    if (count > 0) recordValues(given, argument, words.splice(0, count));
  }
  if (words.length === 0) return;
  const accepted = positionals.map(getArgumentName).join(', ') || 'no positional arguments';
  const hint = catalog.formatHint?.({ command, positional: words[0]! }) ?? '';
  // The word may be part of a secret, such as a password that contains a space and is not quoted. Then the message does not repeat it.
  const detail = positionals.every(isIdentifier)
    ? `Unexpected argument "${truncateForMessage(words[0]!)}": "${path}" accepts ${accepted}.${hint}`
    : `Too many arguments: "${path}" accepts ${accepted}.${hint} Quote values that contain spaces.`;
  throw new Refusal('unexpected-argument', detail);
}

function checkRequiredArguments(command: Command, given: ReadonlyMap<Argument, unknown>): void {
  for (const argument of command.arguments) {
    if (argument.required && !given.has(argument)) {
      throw new Refusal('missing-argument', `"${command.path.join(' ')}" requires ${getArgumentName(argument)}.`);
    }
  }
}
