import {
  type Argument,
  type Catalog,
  type Command,
  getArgumentName,
  getPositionals,
  isSwitch,
} from '../airflow/catalog.ts';
import { findSameArgument } from '../airflow/translate-invocation.ts';
import { expandRule, type Rule } from './rule.ts';

/**
 * Spells a rule for another release: between releases, an option becomes a positional argument, or gets another name.
 *
 * @param from a release that has the rule's command and arguments
 * @returns undefined if the other release has no such command, or no arguments with the same meaning
 */
export function translateRule(text: string, from: Catalog, to: Catalog): string | undefined {
  try {
    const [rule] = expandRule(from, text);
    if (rule === undefined || text.startsWith('@')) return undefined;
    const path = rule.command.path.join(' ');
    const command = to.commands.find((candidate) => candidate.path.join(' ') === path);
    const translated = command && spellRule(rule, command, from, to);
    if (translated === undefined) return undefined;
    expandRule(to, translated);
    return translated;
  } catch {
    return undefined;
  }
}

function spellRule(
  { matchers, allowsOtherOptions }: Rule,
  command: Command,
  from: Catalog,
  to: Catalog,
): string | undefined {
  const options: string[] = [];
  const positionals = new Map<Argument, string[]>();
  for (const [argument, required] of matchers) {
    const counterpart = findSameArgument(command.arguments, argument.dest, from.airflow, to.airflow);
    const values = required.map(({ text }) => text);
    // Only plain words are spelled, which need no quotes.
    if (counterpart === undefined || counterpart.action !== argument.action) return undefined;
    if (!values.every((value) => /^[\w.:/*@+-]*$/.test(value))) return undefined;
    if (counterpart.flags === undefined) positionals.set(counterpart, values);
    else options.push(...values.map((value) => spellOption(counterpart, value)));
  }
  const words = getPositionals(command).flatMap((argument) => positionals.get(argument) ?? []);
  return [...command.path, ...words, ...options, ...(allowsOtherOptions ? ['--*'] : [])].join(' ');
}

/** A switch without a value is required. */
const spellOption = (argument: Argument, value: string): string =>
  isSwitch(argument) && value !== '*' ? getArgumentName(argument) : `${getArgumentName(argument)}=${value}`;
