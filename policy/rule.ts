import {
  type Argument,
  type Catalog,
  type Command,
  findOption,
  getArgumentName,
  getPositionals,
  isSwitch,
} from '../airflow/catalog.ts';
import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { findCommand } from '../airflow/find-command.ts';
import type { Invocation } from '../airflow/invocation.ts';
import { isJsonArgument } from '../airflow/json-arguments.ts';
import { splitCommandLine } from '../airflow/split-command-line.ts';
import { COMMAND_SETS, expandCommandSet } from './command-sets.ts';
import { type Glob, parseGlob } from './glob.ts';
import { isHarmlessOption, isWideOption } from './option-effects.ts';

/** One sentence of a grant's `may`, for one command: its arguments are given as globs. */
export interface Rule {
  /** The sentence as written: a command, or the name of a set. */
  readonly text: string;
  readonly command: Command;
  /** What is named, and what its values must match. For a positional argument of many values, any one of the globs. */
  readonly argumentGlobs: ReadonlyMap<Argument, readonly Glob[]>;
  /** `--*`: options that are not named are let through, unless they are wide. */
  readonly allowsOtherOptions: boolean;
}

/**
 * Reads a sentence such as `dags trigger reporting_* --conf=* --run-id=*`, or the name of a set such as `@read`.
 *
 * - Every positional argument of an invocation must be matched, in its place; `*` never reaches across an argument.
 * - An option that is not named is refused, unless it is harmless. `--*` stands for every option that is not wide.
 * - `--name=*` may be left out. `--name=narrower`, and a switch named bare, must be there.
 *
 * @returns one pattern, or one for each command of a set
 * @throws Refusal or Error for a command, option or set the release does not have
 */
export function expandRule(catalog: Catalog, text: string): Rule[] {
  const written = splitCommandLine(text);
  const [set] = written;
  if (!set?.startsWith('@')) return [parseRule(catalog, text, written)];
  const commands = expandCommandSet(set, catalog);
  if (commands === undefined)
    throw new Error(`There is no set "${set}".${formatDidYouMean(set, Object.keys(COMMAND_SETS))}`);
  if (written.length > 1) throw new Error(`A set stands alone: "${set}".`);
  return commands.map((command) => {
    const any = getPositionals(command).map((argument): [Argument, Glob[]] => [argument, [parseGlob('*')]]);
    return { text, command, argumentGlobs: new Map(any), allowsOtherOptions: true };
  });
}

/**
 * Why an invocation does not fit a pattern, as a sentence for people, or undefined when it fits. What the proxy added is
 * not asked for and does not count as given.
 */
export function findMismatch(
  { command, argumentGlobs, allowsOtherOptions }: Rule,
  { values, addedByProxy, ...invocation }: Invocation,
): string | undefined {
  if (invocation.command !== command) return `It grants "${command.path.join(' ')}".`;
  for (const [argument, given] of values) {
    if (addedByProxy.has(argument)) continue;
    const globs = argumentGlobs.get(argument);
    const name = getArgumentName(argument);
    if (globs === undefined) {
      if (argument.flags && (isHarmlessOption(argument) || (allowsOtherOptions && !isWideOption(argument)))) continue;
      return `It does not name ${name}.`;
    }
    const strange = splitListValues(argument, given).find((value) => !globs.some((one) => matchesGlob(one, value)));
    if (strange !== undefined) return `It wants ${name} to be ${globs.map(({ text }) => text).join(' or ')}.`;
  }
  for (const [argument, globs] of argumentGlobs) {
    if (requiresArgument(globs) && !isGiven(argument, values, addedByProxy))
      return `It demands ${getArgumentName(argument)}.`;
  }
  return undefined;
}

/** Whether the caller gave the argument, and a value with it: `--action` without one stands for every action. */
function isGiven(argument: Argument, values: Invocation['values'], added: Invocation['addedByProxy']): boolean {
  const given = values.get(argument);
  return given !== undefined && !added.has(argument) && (given.length > 0 || isSwitch(argument));
}

/** A star does not climb: `/tmp/*` is not `/tmp/../etc`. */
function matchesGlob(one: Glob, value: string): boolean {
  const climbs = /(?:^|\/)\.\.(?:\/|$)/.test(value);
  return one.matches(value) && (!climbs || one.matchesAll || one.text === value);
}

/** Whether an argument must be there: anything narrower than `*` says so, for leaving it out often widens a command. */
export const requiresArgument = (globs: readonly Glob[]): boolean => !globs.every((one) => one.matchesAll);

function parseRule(catalog: Catalog, text: string, written: readonly string[]): Rule {
  const { command, rest } = findCommand(catalog, written);
  const named = new Map<Argument, readonly Glob[]>();
  const positionals: Glob[] = [];
  let others = false;
  for (const word of rest) {
    if (word === '--*') others = true;
    else if (word.startsWith('-') && word !== '-') {
      const { argument, value } = parseRuleOption(command, word);
      if (named.has(argument)) throw new Error(`${getArgumentName(argument)} is named twice.`);
      named.set(argument, [value]);
    } else positionals.push(parseGlob(word));
  }
  for (const [argument, globs] of assignPositionals(command, positionals)) named.set(argument, globs);
  for (const [argument, globs] of named) for (const one of globs) checkWildcard(argument, one);
  return { text, command, argumentGlobs: named, allowsOtherOptions: others };
}

/** In a regular expression or in JSON a star would let through more than it shows: `load_*` also means `load_|.*`. */
function checkWildcard(argument: Argument, { text, matchesAll }: Glob): void {
  const hasGrammar = isJsonArgument(argument) || /regex|pattern/.test(argument.dest);
  if (hasGrammar && text.includes('*') && !matchesAll) {
    throw new Error(`${getArgumentName(argument)} is granted as "*" or as one exact text, not as "${text}".`);
  }
}

/** An option of the pattern. A bare switch stands for its own spelling and must be there. */
function parseRuleOption(command: Command, word: string): { argument: Argument; value: Glob } {
  const equals = word.indexOf('=');
  const flag = equals === -1 ? word : word.slice(0, equals);
  const argument = findOption(command, flag);
  if (argument === undefined) {
    const known = command.arguments.flatMap(({ flags }) => flags ?? []);
    throw new Error(`"${command.path.join(' ')}" has no option "${flag}".${formatDidYouMean(flag, known)}`);
  }
  if (isSwitch(argument)) {
    if (equals !== -1 && word.slice(equals) !== '=*') throw new Error(`${flag} takes no value: ${flag} or ${flag}=*.`);
    return { argument, value: parseGlob(equals === -1 ? flag : '*') };
  }
  if (equals === -1) throw new Error(`Write ${flag}=* or ${flag}=VALUE.`);
  return { argument, value: parseGlob(word.slice(equals + 1)) };
}

/** Which positional argument each word of the pattern stands for. The last one takes the rest where it takes many. */
function assignPositionals(command: Command, words: readonly Glob[]): Map<Argument, readonly Glob[]> {
  const slots = new Map<Argument, readonly Glob[]>();
  const left = [...words];
  const path = command.path.join(' ');
  for (const argument of getPositionals(command)) {
    const many = argument.arity === '*' || argument.arity === '+';
    const taken = left.splice(0, many ? left.length : 1);
    if (taken.length > 0) slots.set(argument, taken);
    else if (argument.arity !== '?' && argument.arity !== '*') {
      throw new Error(`"${path}" needs ${argument.dest}: a value, or "*" for any.`);
    }
  }
  if (left.length > 0) throw new Error(`"${path}" does not take "${left[0]!.text}".`);
  return slots;
}

/** An option that Airflow splits at commas is matched element by element, so that `a*` does not reach over `a,b`. */
function splitListValues(argument: Argument, values: readonly string[]): readonly string[] {
  if (argument.type !== 'list') return values;
  return values.flatMap((value) => value.split(',').map(trimBlanks));
}

/** Without blanks around it. `trim` would also take U+FEFF, which Python keeps. */
function trimBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && ' \t\n'.includes(text[start]!)) start++;
  while (end > start && ' \t\n'.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}
