import type { Invocation } from '../airflow/invocation.ts';
import type { Caller, Identity } from './caller.ts';
import type { Policy, PolicyEntry } from './policy.ts';
import { matchesRule } from './rule.ts';

/** The entry that allows the invocation, or undefined: the invocation is denied. */
export type PolicyDecision = PolicyEntry | undefined;

/** Decides whether a caller may run an invocation. One matching entry is enough. Costs the same with ten grants and ten thousand. */
export function authorize(policy: Policy, caller: Caller, invocation: Invocation): PolicyDecision {
  for (const identity of caller.identities) {
    for (const entry of findCandidates(policy, identity, invocation)) {
      if (entry.who.name.matches(identity.name) && matchesRule(entry.rule, invocation)) return entry;
    }
  }
  return undefined;
}

/** Forms of the same request: an operation of the REST API, and the command that does the same. One of them must be granted. */
export type RequestForms = readonly [Invocation, ...Invocation[]];

/** Decides whether a caller may send a request. */
export function authorizeForms(policy: Policy, caller: Caller, forms: RequestForms): PolicyDecision {
  for (const invocation of forms) {
    const entry = authorize(policy, caller, invocation);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

/** The entries that the index does not rule out. */
function* findCandidates(policy: Policy, { realm, name }: Identity, invocation: Invocation): Generator<PolicyEntry> {
  for (const group of policy.callers.get(realm)?.findByPrefixesOf(name) ?? []) {
    for (const [argument, byPrefix] of policy.getEntriesByCommand(group).get(invocation.command) ?? []) {
      const value = (argument && invocation.values.get(argument)?.[0]) ?? '';
      for (const candidates of byPrefix.findByPrefixesOf(value)) yield* candidates;
    }
  }
}
