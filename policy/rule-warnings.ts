import { type Argument, type Command, getArgumentName, getPositionals, isRequired } from '../airflow/catalog.ts';
import { getEffects } from '../airflow/command-effects.ts';
import type { Effect } from '../airflow/effect.ts';
import { isOperation } from '../airflow/rest/operation-command.ts';
import { findArgumentWarning } from './argument-warnings.ts';
import { ALWAYS, COMMAND_WARNINGS, type CommandWarnings, EFFECT_WARNINGS, type Limits } from './command-warnings.ts';
import { isNarrowArgument } from './is-narrow.ts';
import { OPERATION_WARNINGS } from './operation-warnings.ts';
import { allowsArgument, type Rule } from './rule.ts';

/**
 * Finds warnings about a rule that allows more than it appears to, from the effects of its command and arguments. Each is one or two
 * sentences: what can happen, and what to write instead. Rules from a set have none.
 *
 * @param airflow release, as in `2.10.3`
 */
export function findRuleWarnings(rule: Rule, airflow: string): string[] {
  const { command, matchers, text } = rule;
  if (text.startsWith('@')) return [];
  const path = command.path.join(' ');
  return [
    ...findMissingArguments(rule),
    ...[...matchers].flatMap(([argument, values]) => findArgumentWarning(argument, values) ?? []),
    ...findEffectWarnings(rule, airflow),
    ...(command.listed ? [] : [`AWS does not list "${path}" for Airflow ${airflow}. MWAA may reject it.`]),
  ];
}

/** An option that the command requires and the rule does not allow: no command can match. */
function findMissingArguments(rule: Rule): string[] {
  return rule.command.arguments
    .filter((argument) => isRequired(argument) && !allowsArgument(rule, argument))
    .map((argument) => {
      const name = getArgumentName(argument);
      const what = isOperation(rule.command) ? 'request' : 'command';
      return `The rule matches no ${what}, because "${rule.command.path.join(' ')}" requires ${name}. Add ${name}=*.`;
    });
}

function findEffectWarnings({ command, matchers }: Rule, airflow: string): string[] {
  const path = command.path.join(' ');
  const rows = findRows(command);
  return [...getEffects(command, airflow)].flatMap((effect: Effect) => {
    const warning = rows?.[effect] ?? EFFECT_WARNINGS[effect];
    if (warning === undefined) return [];
    const limits = findLimits(command, warning.limitedBy ?? rows?.limitedBy);
    const isLimited = limits.some((limit) =>
      limit.every((argument) => isNarrowArgument(argument, matchers.get(argument) ?? [])),
    );
    if (isLimited && !ALWAYS.has(effect)) return [];
    const remedy = (ALWAYS.has(effect) ? undefined : describeLimit(limits[0])) ?? warning.remedy;
    return [`"${path}" ${warning.risk}${remedy === undefined ? '' : ` ${remedy}`}`];
  });
}

const findRows = (command: Command): CommandWarnings | undefined =>
  isOperation(command) ? OPERATION_WARNINGS[command.path.slice(1).join(' ')] : COMMAND_WARNINGS[command.path.join(' ')];

/** The arguments that limit what a command acts on: all of one list. */
function findLimits(command: Command, limitedBy: Limits | undefined): Argument[][] {
  if (limitedBy === undefined)
    return getPositionals(command)
      .slice(0, 1)
      .map((argument) => [argument]);
  return limitedBy
    .map((dests) => dests.map((dest) => command.arguments.find((argument) => argument.dest === dest)))
    .filter((limit): limit is Argument[] => limit.every((argument) => argument !== undefined));
}

const getExampleRange = ({ dest }: Argument): string => (/start|from/.test(dest) ? '2026-11-01..' : '..2026-11-30');

/** Values for arguments that do not name an object of a team. */
const EXAMPLES: Readonly<Record<string, string>> = {
  asset_id: '12',
  dag_run_id: 'manual__*',
  namespace: 'airflow',
  option: 'parallelism',
  run_id: 'manual__*',
  section: 'core',
  tables: 'log',
};

/** What to write to limit a command, or undefined if nothing limits it. */
function describeLimit(limit: readonly Argument[] | undefined): string | undefined {
  if (limit === undefined || limit.length === 0) return undefined;
  const examples = limit.map((argument) => {
    const name = getArgumentName(argument);
    const value = argument.type === 'date' ? getExampleRange(argument) : (EXAMPLES[argument.dest] ?? 'team_*');
    return argument.flags ? `${name}=${value}` : value;
  });
  return `Limit ${limit.map(getArgumentName).join(' and ')}, as in ${examples.join(' ')}.`;
}
