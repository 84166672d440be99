import { Problem } from '../../contract/problem.ts';
import { authorizeForms, type RequestForms } from '../../policy/authorize.ts';
import type { Caller } from '../../policy/caller.ts';
import { describeDenial } from '../../policy/describe-denial.ts';
import { listGrantedRules } from '../../policy/find-entries.ts';
import type { Policy } from '../../policy/policy.ts';

/** The result of a check, for the log. */
export interface DecisionRecord {
  decision?: 'allowed' | 'refused';
  /** The rule that allows the command. */
  grant?: string;
  /** Line of its grant in the configuration file. */
  grantLine?: number;
  /** The stored policy that has decided, if the grants come from one: its version and digest. */
  policyVersion?: number;
  policyDigest?: string;
}

/**
 * Checks that a request is granted, and records the decision and its grant.
 *
 * @throws Problem `not-granted`, with the rules granted to this caller
 */
export function authorizeInvocation(
  { policy, name }: { readonly policy: Policy; readonly name: string },
  caller: Caller,
  forms: RequestForms,
  record: DecisionRecord,
): void {
  const decision = authorizeForms(policy, caller, forms);
  record.decision = decision ? 'allowed' : 'refused';
  if (decision) {
    record.grant = decision.rule.text;
    record.grantLine = decision.line;
    return;
  }
  const detail = describeDenial({ policy, caller, environment: name }, forms);
  const granted = listGrantedRules(policy, caller);
  throw new Problem('not-granted', detail, { environment: name, caller: caller.label, granted });
}
