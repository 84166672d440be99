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

/** One line of a grant's `may`, for one command: the values of its arguments are globs. */
export interface Rule {
  /** The rule as written: a command, or the name of a set. */
  readonly text: string;
  readonly command: Command;
  /** The arguments that the rule names, and the globs for their values. If there are several globs, each value must match one of them. */
  readonly argumentGlobs: ReadonlyMap<Argument, readonly Glob[]>;
  /** `--*`: the rule also allows options that it does not name, unless they are wide. */
  readonly allowsOtherOptions: boolean;
}

/**
 * Parses a rule such as `dags trigger reporting_* --conf=* --run-id=*`, or the name of a set such as `@read`.
 *
 * - Every positional argument of an invocation must match the glob in its position; `*` never spans arguments.
 * - The rule denies options that it does not name, unless they are harmless. `--*` covers every option that is not wide.
 * - An option granted as `--name=*` may be omitted. With a narrower value, or as a switch without a value, it is required.
 *
 * @returns one rule, or one for each command of a set
 * @throws Refusal or Error for a command, option or set that the release does not have
 */
export function expandRule(catalog: Catalog, text: string): Rule[] {
  const words = splitCommandLine(text);
  const [set] = words;
  if (!set?.startsWith('@')) return [parseRule(catalog, text, words)];
  const commands = expandCommandSet(set, catalog);
  if (commands === undefined)
    throw new Error(`There is no set "${set}".${formatDidYouMean(set, Object.keys(COMMAND_SETS))}`);
  if (words.length > 1) throw new Error(`A set accepts no arguments. Write "${set}" alone.`);
  return commands.map((command) => {
    const anyValues = getPositionals(command).map((argument): [Argument, Glob[]] => [argument, [parseGlob('*')]]);
    return { text, command, argumentGlobs: new Map(anyValues), allowsOtherOptions: true };
  });
}

/**
 * Explains why a rule does not match an invocation, in one sentence. Arguments that the proxy added need not be granted, and do
 * not count as given.
 *
 * @returns undefined if the rule matches
 */
export function findMismatch(rule: Rule, { command, values, addedByProxy }: Invocation): string | undefined {
  if (command !== rule.command) return `The rule grants "${rule.command.path.join(' ')}".`;
  for (const [argument, given] of values) {
    if (addedByProxy.has(argument)) continue;
    const name = getArgumentName(argument);
    if (!allowsArgument(rule, argument)) return `The rule does not allow ${name}.`;
    const globs = rule.argumentGlobs.get(argument);
    const matches = (value: string) => globs === undefined || globs.some((glob) => matchesGlob(glob, value));
    if (!splitListValues(argument, given).every(matches)) {
      return `${name} must match ${globs?.map(({ text }) => text).join(' or ')}.`;
    }
  }
  for (const [argument, globs] of rule.argumentGlobs) {
    if (requiresArgument(globs) && !isGiven(argument, values, addedByProxy))
      return `${getArgumentName(argument)} is required.`;
  }
  return undefined;
}

/** Whether a rule allows an argument, with any value: the rule names it, it is a harmless option, or `--*` covers it. */
export function allowsArgument({ argumentGlobs, allowsOtherOptions }: Rule, argument: Argument): boolean {
  if (argumentGlobs.has(argument)) return true;
  const isOption = argument.flags !== undefined;
  return isOption && (isHarmlessOption(argument) || (allowsOtherOptions && !isWideOption(argument)));
}

/** Whether the caller gave the argument with a value: `--action` without a value means every action. */
function isGiven(argument: Argument, values: Invocation['values'], added: Invocation['addedByProxy']): boolean {
  const given = values.get(argument);
  return given !== undefined && !added.has(argument) && (given.length > 0 || isSwitch(argument));
}

/** A star does not match a parent folder: `/tmp/*` does not match `/tmp/../etc`. */
function matchesGlob(glob: Glob, value: string): boolean {
  const hasParentFolder = /(?:^|\/)\.\.(?:\/|$)/.test(value);
  return glob.matches(value) && (!hasParentFolder || glob.matchesAll || glob.text === value);
}

/** Whether an argument is required: anything narrower than `*` makes it so, because omitting it often widens a command. */
export const requiresArgument = (globs: readonly Glob[]): boolean => !globs.every((glob) => glob.matchesAll);

function parseRule(catalog: Catalog, text: string, words: readonly string[]): Rule {
  const { command, rest } = findCommand(catalog, words);
  const argumentGlobs = new Map<Argument, readonly Glob[]>();
  const positionals: Glob[] = [];
  let allowsOtherOptions = false;
  for (const word of rest) {
    if (word === '--*') allowsOtherOptions = true;
    else if (word.startsWith('-') && word !== '-') {
      const { argument, glob } = parseRuleOption(command, word);
      if (argumentGlobs.has(argument)) throw new Error(`${getArgumentName(argument)} appears twice. Remove one.`);
      argumentGlobs.set(argument, [glob]);
    } else positionals.push(parseGlob(word));
  }
  for (const [argument, globs] of assignPositionals(command, positionals)) argumentGlobs.set(argument, globs);
  for (const [argument, globs] of argumentGlobs) for (const glob of globs) checkWildcard(argument, glob);
  return { text, command, argumentGlobs, allowsOtherOptions };
}

/** In a regular expression or in JSON, a star would allow more than it appears to: `load_*` would also match `load_|.*`. */
function checkWildcard(argument: Argument, { text, matchesAll }: Glob): void {
  const hasGrammar = isJsonArgument(argument) || /regex|pattern/.test(argument.dest);
  if (hasGrammar && text.includes('*') && !matchesAll) {
    throw new Error(`${getArgumentName(argument)} must be "*" or one exact value, not "${text}".`);
  }
}

/** Parses an option of a rule. A switch without a value is required, with that spelling. */
function parseRuleOption(command: Command, word: string): { argument: Argument; glob: Glob } {
  const equals = word.indexOf('=');
  const flag = equals === -1 ? word : word.slice(0, equals);
  const argument = findOption(command, flag);
  if (argument === undefined) {
    const knownFlags = command.arguments.flatMap(({ flags }) => flags ?? []);
    throw new Error(`"${command.path.join(' ')}" has no option "${flag}".${formatDidYouMean(flag, knownFlags)}`);
  }
  if (isSwitch(argument)) {
    if (equals !== -1 && word.slice(equals) !== '=*')
      throw new Error(`${flag} does not accept a value. Write ${flag} or ${flag}=*.`);
    return { argument, glob: parseGlob(equals === -1 ? flag : '*') };
  }
  if (equals === -1) throw new Error(`${flag} requires a value. Write ${flag}=* or ${flag}=VALUE.`);
  return { argument, glob: parseGlob(word.slice(equals + 1)) };
}

/** Assigns each positional glob of a rule to an argument. The last argument gets all remaining globs if it accepts many values. */
function assignPositionals(command: Command, globs: readonly Glob[]): Map<Argument, readonly Glob[]> {
  const assigned = new Map<Argument, readonly Glob[]>();
  const remaining = [...globs];
  const path = command.path.join(' ');
  for (const argument of getPositionals(command)) {
    const acceptsMany = argument.arity === '*' || argument.arity === '+';
    const assignedGlobs = remaining.splice(0, acceptsMany ? remaining.length : 1);
    if (assignedGlobs.length > 0) assigned.set(argument, assignedGlobs);
    else if (argument.arity !== '?' && argument.arity !== '*') {
      throw new Error(`"${path}" requires ${argument.dest}. Write a value, or "*" for any value.`);
    }
  }
  if (remaining.length > 0) throw new Error(`"${path}" does not accept the argument "${remaining[0]!.text}".`);
  return assigned;
}

/** Splits the value of an option that Airflow splits at commas, so that `a*` does not match `a,b`. */
function splitListValues(argument: Argument, values: readonly string[]): readonly string[] {
  if (argument.type !== 'list') return values;
  return values.flatMap((value) => value.split(',').map(trimBlanks));
}

/** Removes blanks at both ends. `trim` would also remove U+FEFF, which Python keeps. */
function trimBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && ' \t\n'.includes(text[start]!)) start++;
  while (end > start && ' \t\n'.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}
