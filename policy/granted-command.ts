import type { Command } from '../airflow/catalog.ts';
import { allowsArgument, type Rule } from './rule.ts';

/** The command of a rule, reduced to the arguments that the rule allows. */
export function toGrantedCommand(rule: Rule): Command {
  return { ...rule.command, arguments: rule.command.arguments.filter((argument) => allowsArgument(rule, argument)) };
}
