import type { Catalogue } from '../airflow/catalogue.ts';
import type { Invocation } from '../airflow/invocation.ts';
import type { Caller } from './caller.ts';
import { type Pattern, pattern } from './pattern.ts';
import { type Who, who } from './who.ts';

/** One sentence of the policy for one environment: these callers may run these commands. */
export interface Grant {
  readonly who: readonly string[];
  readonly may: readonly string[];
  /** Line of the configuration file, 1 for the first. */
  readonly line: number;
}

/** What is wrong with a grant: which one, which of its lists, which entry of it. */
export interface GrantFault {
  readonly grant: number;
  readonly list: 'who' | 'may';
  readonly entry: number;
  readonly message: string;
}

export interface Policy {
  readonly sentences: readonly { readonly callers: readonly Who[]; readonly pattern: Pattern; readonly line: number }[];
}

export type Decision =
  | { readonly allowed: true; readonly grant: { readonly text: string; readonly line: number } }
  | {
      readonly allowed: false;
      /** What this caller may run instead, as written in the policy. */
      readonly granted: readonly string[];
    };

/** Reads the grants of one environment. Never throws: what cannot be read is a fault and grants nothing. */
export function compile(grants: readonly Grant[], catalogue: Catalogue): { policy: Policy; faults: GrantFault[] } {
  const faults: GrantFault[] = [];
  const read = <T>(grant: number, list: GrantFault['list'], texts: readonly string[], one: (text: string) => T): T[] =>
    texts.flatMap((text, entry) => {
      try {
        return [one(text)];
      } catch (error) {
        faults.push({ grant, list, entry, message: (error as Error).message });
        return [];
      }
    });
  const sentences = grants.flatMap((grant, index) => {
    const callers = read(index, 'who', grant.who, who);
    const patterns = read(index, 'may', grant.may, (text) => pattern(catalogue, text));
    return patterns.map((one) => ({ callers, pattern: one, line: grant.line }));
  });
  return { policy: { sentences }, faults };
}

/** Whether a caller may run an invocation. The first grant that says so decides; none is a no. */
export function decide(policy: Policy, caller: Caller, invocation: Invocation): Decision {
  const own = policy.sentences.filter(({ callers }) => callers.some((one) => one.matches(caller)));
  const found = own.find((sentence) => sentence.pattern.matches(invocation));
  if (found) return { allowed: true, grant: { text: found.pattern.text, line: found.line } };
  return { allowed: false, granted: [...new Set(own.map((sentence) => sentence.pattern.text))] };
}
