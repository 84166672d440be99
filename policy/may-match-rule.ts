import type { CommandTemplate } from '../airflow/command-template.ts';
import type { Invocation } from '../airflow/invocation.ts';
import { allowsArgument, type Rule } from './rule.ts';

/**
 * Whether a rule allows a command for some values of its placeholders: what is written without them must match, and every argument must be
 * allowed.
 *
 * @param sample the command with sample values
 */
export function mayMatchRule(rule: Rule, { command, values }: Invocation, { words }: CommandTemplate): boolean {
  if (rule.command !== command) return false;
  const literals = new Set(
    words.flatMap((word) => (word.kind === 'text' ? [word.text, word.text.replace(/^-[^=]*=/, '')] : [])),
  );
  return [...values].every(([argument, given]) => {
    const matchers = rule.matchers.get(argument);
    return (
      allowsArgument(rule, argument) &&
      given.every((value) => !literals.has(value) || (matchers?.some((matcher) => matcher.matches(value)) ?? true))
    );
  });
}
