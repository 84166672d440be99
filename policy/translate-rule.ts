import {
  type Argument,
  type Catalog,
  type Command,
  getArgumentName,
  getPositionals,
  isSwitch,
} from '../airflow/catalog.ts';
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
    const translated = command && spellRule(rule, command);
    if (translated === undefined) return undefined;
    expandRule(to, translated);
    return translated;
  } catch {
    return undefined;
  }
}

function spellRule({ matchers, allowsOtherOptions }: Rule, command: Command): string | undefined {
  const options: string[] = [];
  const positionals = new Map<Argument, string[]>();
  for (const [argument, required] of matchers) {
    const counterpart = findCounterpart(argument, command);
    const values = required.map(({ text }) => text);
    // Only plain words are spelled, which need no quotes.
    if (counterpart === undefined || !values.every((value) => /^[\w.:/*@+-]*$/.test(value))) return undefined;
    if (counterpart.flags === undefined) positionals.set(counterpart, values);
    else options.push(...values.map((value) => spellOption(counterpart, value)));
  }
  const words = getPositionals(command).flatMap((argument) => positionals.get(argument) ?? []);
  return [...command.path, ...words, ...options, ...(allowsOtherOptions ? ['--*'] : [])].join(' ');
}

/** A switch without a value is required. */
const spellOption = (argument: Argument, value: string): string =>
  isSwitch(argument) && value !== '*' ? getArgumentName(argument) : `${getArgumentName(argument)}=${value}`;

/** Other names of the same argument. */
const RENAMED_DESTS: Readonly<Record<string, string>> = {
  exec_date: 'logical_date',
  execution_date: 'logical_date',
  execution_date_or_run_id: 'logical_date_or_run_id',
};

function findCounterpart({ dest, action }: Argument, command: Command): Argument | undefined {
  const dests = [
    dest,
    ...Object.entries(RENAMED_DESTS).flatMap(([a, b]) => (a === dest ? [b] : b === dest ? [a] : [])),
  ];
  return command.arguments.find((argument) => dests.includes(argument.dest) && argument.action === action);
}
