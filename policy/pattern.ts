import {
  type Argument,
  type Catalogue,
  type Command,
  isSwitch,
  nameOf,
  optionNamed,
  positionalsOf,
} from '../airflow/catalogue.ts';
import { findCommand } from '../airflow/find-command.ts';
import type { Invocation } from '../airflow/invocation.ts';
import { didYouMean } from '../airflow/nearest.ts';
import { words } from '../airflow/words.ts';
import { type Glob, glob } from './glob.ts';
import { isHarmless, isWide } from './options.ts';

/** One sentence of a grant's `may`: a command whose arguments are given as globs. */
export interface Pattern {
  readonly text: string;
  readonly command: Command;
  matches(invocation: Invocation): boolean;
}

/**
 * Reads a sentence such as `dags trigger reporting_* --conf=* --run-id=*`.
 *
 * - Every positional argument of an invocation must be matched, in its place; `*` never reaches across an argument.
 * - An option that is not named is refused, unless it is harmless. `--*` stands for every option that is not wide.
 * - `--name=*` may be left out. `--name=narrower`, and a switch named bare, must be there.
 *
 * @throws Refusal or Error for a command or option the release does not have
 */
export function pattern(catalogue: Catalogue, text: string): Pattern {
  const { command, rest } = findCommand(catalogue, words(text));
  const options = new Map<Argument, Glob>();
  const positionals: Glob[] = [];
  let others = false;
  for (const word of rest) {
    if (word === '--*') others = true;
    else if (word.startsWith('-') && word !== '-') {
      const { argument, value } = option(command, word);
      if (options.has(argument)) throw new Error(`${nameOf(argument)} is named twice.`);
      options.set(argument, value);
    } else positionals.push(glob(word));
  }
  const slots = assign(command, positionals);

  const allows = (argument: Argument, values: readonly string[]): boolean => {
    const slot = slots.get(argument);
    if (slot) return values.every((value) => slot.some((one) => one.matches(value)));
    const named = options.get(argument);
    if (named) return elements(argument, values).every((value) => named.matches(value));
    if (argument.flags === undefined) return false;
    return isHarmless(argument) || (others && !isWide(argument));
  };
  const demanded = [
    ...[...options].filter(([, value]) => !value.matchesAll).map(([argument]) => argument),
    ...[...slots].filter(([, slot]) => !slot.every((one) => one.matchesAll)).map(([argument]) => argument),
  ];
  return {
    text,
    command,
    matches(invocation) {
      const { values, added } = invocation;
      if (invocation.command !== command) return false;
      if (!demanded.every((argument) => values.has(argument) && !added.has(argument))) return false;
      return [...values].every(([argument, given]) => added.has(argument) || allows(argument, given));
    },
  };
}

/** An option of the pattern. A bare switch stands for its own spelling and must be there. */
function option(command: Command, word: string): { argument: Argument; value: Glob } {
  const equals = word.indexOf('=');
  const flag = equals === -1 ? word : word.slice(0, equals);
  const argument = optionNamed(command, flag);
  const path = command.path.join(' ');
  if (argument === undefined) {
    const known = command.arguments.flatMap(({ flags }) => flags ?? []);
    throw new Error(`"${path}" has no option "${flag}".${didYouMean(flag, known)}`);
  }
  if (isSwitch(argument)) {
    if (equals !== -1 && word.slice(equals) !== '=*') throw new Error(`${flag} takes no value: ${flag} or ${flag}=*.`);
    return { argument, value: glob(equals === -1 ? flag : '*') };
  }
  if (equals === -1) throw new Error(`Write ${flag}=* or ${flag}=VALUE.`);
  return { argument, value: glob(word.slice(equals + 1)) };
}

/** Which positional argument each word of the pattern stands for. The last one takes the rest where it takes many. */
function assign(command: Command, words: readonly Glob[]): Map<Argument, readonly Glob[]> {
  const slots = new Map<Argument, readonly Glob[]>();
  const left = [...words];
  const path = command.path.join(' ');
  for (const argument of positionalsOf(command)) {
    const many = argument.arity === '*' || argument.arity === '+';
    const taken = left.splice(0, many ? left.length : 1);
    if (taken.length > 0) slots.set(argument, taken);
    else if (argument.arity === undefined)
      throw new Error(`"${path}" needs ${argument.dest}: a value, or "*" for any.`);
  }
  if (left.length > 0) throw new Error(`"${path}" does not take "${left[0]!.text}".`);
  return slots;
}

/** An option that Airflow splits at commas is matched element by element, so that `a*` does not reach over `a,b`. */
function elements(argument: Argument, values: readonly string[]): readonly string[] {
  if (argument.type !== 'list') return values;
  return values.flatMap((value) => value.split(',').map((element) => element.trim()));
}
