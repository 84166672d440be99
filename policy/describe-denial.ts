import { describeManagedCommand } from '../airflow/managed-commands.ts';
import { formatRequestName } from '../airflow/rest/operation-command.ts';
import type { RequestForms } from './authorize.ts';
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
export function describeDenial({ policy, caller, environment }: DenialContext, forms: RequestForms): string {
  const [invocation] = forms;
  const command = formatRequestName(invocation);
  const sentences = [`"${command}" with these arguments is not granted on ${environment}.`];
  const nearest = forms.map((form) => findNearestEntry(policy, caller, form)).find((entry) => entry !== undefined);
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
