import type { Invocation } from '../airflow/invocation.ts';
import type { Caller } from './caller.ts';
import { findGrantedCallers } from './caller-index.ts';
import type { Policy, PolicyEntry } from './policy.ts';
import { findMismatch } from './rule.ts';

/** An entry for the denied command, and why it does not match. */
export interface NearestEntry {
  readonly entry: PolicyEntry;
  /** A complete sentence. */
  readonly mismatch: string;
}

/** The rules granted to a caller, as written in the configuration file, each once. */
export function listGrantedRules(policy: Policy, caller: Caller): string[] {
  return [...new Set(findEntriesForCaller(policy, caller).map(({ rule }) => rule.text))];
}

/** Every entry that would allow an invocation, for any caller. In the order of the configuration file. */
export function findAllowingEntries(policy: Policy, invocation: Invocation): PolicyEntry[] {
  return policy.entries.filter(({ rule }) => !findMismatch(rule, invocation));
}

/** The caller's first entry for the command of a denied invocation, or undefined if the caller has none. */
export function findNearestEntry(policy: Policy, caller: Caller, invocation: Invocation): NearestEntry | undefined {
  for (const entry of findEntriesForCaller(policy, caller)) {
    const mismatch = entry.rule.command === invocation.command ? findMismatch(entry.rule, invocation) : undefined;
    if (mismatch !== undefined) return { entry, mismatch };
  }
  return undefined;
}

/** Every entry that applies to a caller. In the order of the configuration file. */
export const findEntriesForCaller = (policy: Policy, caller: Caller): PolicyEntry[] =>
  findGrantedCallers(policy.callers, caller).flatMap((granted) => policy.getEntries(granted));

/** Whether any entry applies to a caller. */
export const hasEntriesForCaller = (policy: Policy, caller: Caller): boolean =>
  findGrantedCallers(policy.callers, caller).some((granted) => policy.getEntries(granted).length > 0);
