import type { Invocation } from '../../airflow/invocation.ts';
import { Problem } from '../../contract/problem.ts';
import { authorize } from '../../policy/authorize.ts';
import type { Caller } from '../../policy/caller.ts';
import { findNearestEntry, listGrantedRules } from '../../policy/find-entries.ts';
import type { AuditRecord } from './audit-record.ts';
import type { RelayEnvironment } from './relay-environment.ts';

/**
 * Checks that the invocation is granted, and records the decision and its grant.
 *
 * @throws Problem `not-granted`, with the rules granted to this caller
 */
export function authorizeInvocation(
  { policy, name }: RelayEnvironment,
  caller: Caller,
  invocation: Invocation,
  audit: AuditRecord,
): void {
  const decision = authorize(policy, caller, invocation);
  audit.decision = decision ? 'allowed' : 'refused';
  if (decision) {
    audit.grant = decision.rule.text;
    audit.grantLine = decision.line;
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
