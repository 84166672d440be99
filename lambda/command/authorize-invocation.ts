import type { Invocation } from '../../airflow/invocation.ts';
import { Problem } from '../../contract/problem.ts';
import { authorize } from '../../policy/authorize.ts';
import type { Caller } from '../../policy/caller.ts';
import { findNearestEntry, listGrantedRules } from '../../policy/find-entries.ts';
import type { Policy } from '../../policy/policy.ts';

/** The result of a check, for the log. */
export interface DecisionRecord {
  decision?: 'allowed' | 'refused';
  /** The rule that allows the command. */
  grant?: string;
  /** Line of its grant in the configuration file. */
  grantLine?: number;
}

/**
 * Checks that the invocation is granted, and records the decision and its grant.
 *
 * @throws Problem `not-granted`, with the rules granted to this caller
 */
export function authorizeInvocation(
  { policy, name }: { readonly policy: Policy; readonly name: string },
  caller: Caller,
  invocation: Invocation,
  record: DecisionRecord,
): void {
  const decision = authorize(policy, caller, invocation);
  record.decision = decision ? 'allowed' : 'refused';
  if (decision) {
    record.grant = decision.rule.text;
    record.grantLine = decision.line;
    return;
  }
  const granted = listGrantedRules(policy, caller);
  const nearest = findNearestEntry(policy, caller, invocation);
  const command = invocation.command.path.join(' ');
  const nearestRule = nearest ? `Nearest rule: "${nearest.entry.rule.text}". ${nearest.mismatch} ` : '';
  const explanation =
    granted.length === 0
      ? 'This caller has no grants in this environment.'
      : `${nearestRule}Granted to this caller: ${granted.join('; ')}.`;
  throw new Problem('not-granted', `"${command}" with these arguments is not granted on ${name}. ${explanation}`, {
    environment: name,
    caller: caller.label,
    granted,
  });
}
