import { acceptsEmptyValue, findGrammarSwitch, getGrammar } from '../airflow/argument-grammar.ts';
import {
  type Argument,
  type Catalog,
  type Command,
  findOption,
  getArgumentName,
  getPositionals,
  isRequired,
  isSwitch,
} from '../airflow/catalog.ts';
import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { findCommand } from '../airflow/find-command.ts';
import type { Invocation } from '../airflow/invocation.ts';
import { describeUnknownFlag } from '../airflow/parse-flag.ts';
import { OPERATION_WORD } from '../airflow/rest/operation-word.ts';
import { splitCommandLine } from '../airflow/split-command-line.ts';
import { COMMAND_SETS, expandCommandSet } from './command-sets.ts';
import { findMissingOperationWord, findOperation } from './find-operation.ts';
import { parseGlob } from './glob.ts';
import { isHarmlessOption, isWideOption } from './option-effects.ts';
import { describeExpectedValue, parseValueMatcher, type ValueMatcher } from './value-matcher.ts';

/** One line of a grant's `may`, for one command. */
export interface Rule {
  /** The rule as written: a command, or the name of a set. */
  readonly text: string;
  readonly command: Command;
  /** The arguments that the rule names, and what it requires of their values. Each value must match one of the matchers. */
  readonly matchers: ReadonlyMap<Argument, readonly ValueMatcher[]>;
  /** `--*`: the rule also allows options that it does not name, unless they are wide. */
  readonly allowsOtherOptions: boolean;
}

/**
 * Parses a rule such as `dags trigger reporting_* --conf=* --run-id=*`, or the name of a set such as `@read`.
 *
 * - Every positional argument of an invocation must match the value in its position; `*` never spans arguments.
 * - A value is matched by its grammar: names by their characters, dates and numbers by what Airflow reads.
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
    const anyValues = getPositionals(command).map((argument): [Argument, ValueMatcher[]] => [
      argument,
      [parseGlob('*')],
    ]);
    return { text, command, matchers: new Map(anyValues), allowsOtherOptions: true };
  });
}

/**
 * Explains why a rule does not match an invocation, in one sentence. Arguments that the proxy added need not be granted, and do
 * not count as given.
 *
 * @returns undefined if the rule matches
 */
export const findMismatch = (rule: Rule, invocation: Invocation): string | undefined => findFault(rule, invocation)?.();

/** Whether a rule matches an invocation. */
export const matchesRule = (rule: Rule, invocation: Invocation): boolean => findFault(rule, invocation) === undefined;

/** @returns what describes the fault: a decision may find thousands of faults, and describes none */
function findFault(rule: Rule, { command, values, addedByProxy }: Invocation): (() => string) | undefined {
  if (command !== rule.command) return () => `The rule grants "${rule.command.path.join(' ')}".`;
  for (const [argument, given] of values) {
    if (addedByProxy.has(argument)) continue;
    if (!allowsArgument(rule, argument)) return () => `The rule does not allow ${getArgumentName(argument)}.`;
    const matchers = rule.matchers.get(argument);
    if (matchers && !given.every((value) => matchers.some((matcher) => matcher.matches(value))))
      return () => `${getArgumentName(argument)} ${describeExpectedValue(matchers)}.`;
  }
  for (const [argument, matchers] of rule.matchers) {
    if (requiresArgument(matchers) && !isGiven(argument, values, addedByProxy))
      return () => `${getArgumentName(argument)} is required.`;
  }
  return undefined;
}

/** Whether a rule allows an argument, with any value: the rule names it, it is a harmless option, or `--*` covers it. */
export function allowsArgument({ matchers, allowsOtherOptions }: Rule, argument: Argument): boolean {
  if (matchers.has(argument)) return true;
  const isOption = argument.flags !== undefined;
  return isOption && (isHarmlessOption(argument) || (allowsOtherOptions && !isWideOption(argument)));
}

/** Whether the caller gave the argument with a value: `--action` without a value means every action. */
function isGiven(argument: Argument, values: Invocation['values'], added: Invocation['addedByProxy']): boolean {
  const given = values.get(argument);
  return given !== undefined && !added.has(argument) && (given.length > 0 || isSwitch(argument));
}

/** Whether an argument is required: anything narrower than `*` makes it so, because omitting it often widens a command. */
export const requiresArgument = (matchers: readonly ValueMatcher[]): boolean =>
  !matchers.every(({ matchesAll }) => matchesAll);

/** The arguments that a rule names, and the texts of their values. */
type NamedValues = ReadonlyMap<Argument, readonly string[]>;

function parseRule(catalog: Catalog, text: string, words: readonly string[]): Rule {
  const { command, rest, parameters = [] } = findTarget(catalog, words);
  const named = new Map<Argument, readonly string[]>();
  const positionals: string[] = [...parameters];
  let allowsOtherOptions = false;
  for (const word of rest) {
    if (word === '--*') allowsOtherOptions = true;
    else if (word.startsWith('-') && word !== '-') {
      const { argument, value } = parseRuleOption(command, catalog, word);
      if (named.has(argument)) throw new Error(`${getArgumentName(argument)} appears twice. Remove one.`);
      named.set(argument, [value]);
    } else positionals.push(word);
  }
  for (const [argument, values] of assignPositionals(command, catalog, positionals)) named.set(argument, values);
  const matchers = new Map(
    [...named].map(([argument, values]) => [
      argument,
      values.map((value) => parseRuleValue(command, argument, named, value)),
    ]),
  );
  return { text, command, matchers, allowsOtherOptions };
}

/** What a rule is about: a command, or an operation and the parameters in its path. */
interface RuleTarget {
  readonly command: Command;
  readonly parameters?: readonly string[];
  readonly rest: readonly string[];
}

/** Whether the text of a rule is about a REST operation. */
export const isOperationRule = (text: string): boolean => text.trim().split(/\s/)[0] === OPERATION_WORD;

function findTarget(catalog: Catalog, words: readonly string[]): RuleTarget {
  if (words[0] === OPERATION_WORD) return findOperation(catalog, words);
  const correction = findMissingOperationWord(words);
  if (correction !== undefined) throw new Error(correction);
  return findCommand(catalog, words);
}

/** Another argument of the rule may change the grammar: `--dag-regex` makes the DAG id a regular expression. */
function parseRuleValue(command: Command, argument: Argument, named: NamedValues, value: string): ValueMatcher {
  const name = getArgumentName(argument);
  if (value === '' && !acceptsEmptyValue(argument))
    throw new Error(`${name} cannot be empty. Write ${argument.flags ? `${name}=*` : '"*"'} for any value.`);
  const change = findGrammarSwitch(argument, named.keys());
  try {
    const matcher = parseValueMatcher(change?.grammar ?? getGrammar(command, argument), value);
    checkChoices(argument, matcher);
    return matcher;
  } catch (error) {
    const cause = change ? `With ${getArgumentName(change.argument)}, ` : '';
    throw new Error(`${cause}${name} ${(error as Error).message}`, { cause: error });
  }
}

/** @throws Error if no choice matches, so that the rule would match nothing */
function checkChoices({ choices, type }: Argument, matcher: ValueMatcher): void {
  if (choices === undefined || type === 'lowercase') return;
  if (choices.some((choice) => matcher.matches(String(choice)))) return;
  throw new Error(`must be ${choices.join(', ')}, or "*", not "${matcher.text}".`);
}

/** Parses an option of a rule. A switch without a value is required, with that spelling. */
function parseRuleOption(command: Command, catalog: Catalog, word: string): { argument: Argument; value: string } {
  const equals = word.indexOf('=');
  const flag = equals === -1 ? word : word.slice(0, equals);
  const argument = findOption(command, flag);
  if (argument === undefined) throw new Error(describeUnknownFlag(command, catalog, flag));
  if (isSwitch(argument)) {
    if (equals !== -1 && word.slice(equals) !== '=*')
      throw new Error(`${flag} does not accept a value. Write ${flag} or ${flag}=*.`);
    return { argument, value: equals === -1 ? flag : '*' };
  }
  if (equals === -1) throw new Error(`${flag} requires a value. Write ${flag}=* or ${flag}=VALUE.`);
  return { argument, value: word.slice(equals + 1) };
}

/** Assigns each positional value of a rule to an argument. The last argument gets all remaining values if it accepts many. */
function assignPositionals(command: Command, catalog: Catalog, values: readonly string[]): NamedValues {
  const assigned = new Map<Argument, readonly string[]>();
  const remaining = [...values];
  const path = command.path.join(' ');
  for (const argument of getPositionals(command)) {
    const acceptsMany = argument.arity === '*' || argument.arity === '+';
    const assignedValues = remaining.splice(0, acceptsMany ? remaining.length : 1);
    if (assignedValues.length > 0) assigned.set(argument, assignedValues);
    else if (isRequired(argument)) {
      throw new Error(`"${path}" requires ${argument.dest}. Write a value, or "*" for any value.`);
    }
  }
  if (remaining.length > 0) {
    const hint = catalog.formatHint?.({ command, positional: remaining[0]! }) ?? '';
    throw new Error(`"${path}" does not accept the argument "${remaining[0]}".${hint}`);
  }
  return assigned;
}
