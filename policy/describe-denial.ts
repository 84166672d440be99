import type { Invocation } from '../airflow/invocation.ts';
import { describeManagedCommand } from '../airflow/managed-commands.ts';
import type { Caller } from './caller.ts';
import { findNearestEntry, listGrantedRules } from './find-entries.ts';
import type { Policy } from './policy.ts';

/** Where a command was denied, and to whom. */
interface DenialContext {
  readonly policy: Policy;
  readonly caller: Caller;
  /** The name of the environment. */
  readonly environment: string;
}

/** Says why a command is denied: the nearest rule and what does not match it, and what is granted. The same when it is run and explained. */
export function describeDenial({ policy, caller, environment }: DenialContext, invocation: Invocation): string {
  const command = invocation.command.path.join(' ');
  const sentences = [`"${command}" with these arguments is not granted on ${environment}.`];
  const nearest = findNearestEntry(policy, caller, invocation);
  if (nearest) {
    const { rule, line } = nearest.entry;
    sentences.push(`The nearest rule is "${rule.text}" on line ${line}. ${nearest.mismatch}`);
  }
  if (!invocation.command.listed)
    sentences.push(describeManagedCommand(command) ?? `AWS does not list "${command}" for MWAA, which may reject it.`);
  const granted = listGrantedRules(policy, caller);
  sentences.push(
    granted.length === 0
      ? 'This caller has no grants in this environment.'
      : `Granted to this caller: ${granted.join('; ')}.`,
  );
  return sentences.join(' ');
}
