import type { Argument, Catalog, Command } from '../airflow/catalog.ts';
import type { Invocation } from '../airflow/invocation.ts';
import type { Caller, Identity } from './caller.ts';
import { type CallerPattern, parseCallerPattern } from './caller-pattern.ts';
import { PrefixIndex } from './prefix-index.ts';
import { expandRule, findMismatch, type Rule, requiresArgument } from './rule.ts';

/** One grant for one environment: these callers may run these commands. */
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

/** One caller pattern with one command pattern. */
export interface PolicyEntry {
  readonly who: CallerPattern;
  readonly rule: Rule;
  readonly line: number;
}

/** The grants of one environment, ready to decide by. */
export interface Policy {
  readonly entries: readonly PolicyEntry[];
  /** Sentences by what callers and arguments must begin with: a decision looks at few, however many there are. */
  readonly index: ReadonlyMap<string, PrefixIndex<EntriesByCommand>>;
}

type EntriesByCommand = Map<Command, Map<Argument | undefined, PrefixIndex<PolicyEntry[]>>>;

/** The sentence that allows, or undefined: nothing does, and so it is refused. */
export type PolicyDecision = PolicyEntry | undefined;

/** Reads the grants of one environment. Never throws: what cannot be read is a fault and grants nothing. */
export function compilePolicy(grants: readonly Grant[], catalog: Catalog): { policy: Policy; faults: GrantFault[] } {
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
  const known = new Map<string, Rule[]>();
  const patternsOf = (text: string): Rule[] => {
    const found = known.get(text) ?? expandRule(catalog, text);
    known.set(text, found);
    return found;
  };
  const sentences = grants.flatMap((grant, index) => {
    const callers = read(index, 'who', grant.who, parseCallerPattern);
    const granted = read(index, 'may', grant.may, patternsOf).flat();
    return callers.flatMap((one) => granted.map((rule) => ({ who: one, rule, line: grant.line })));
  });
  return { policy: { entries: sentences, index: buildPolicyIndex(sentences) }, faults };
}

/** Whether a caller may run an invocation. Any grant that fits is a yes; none is a no. Costs the same with ten grants and ten thousand. */
export function authorize(policy: Policy, caller: Caller, invocation: Invocation): PolicyDecision {
  for (const identity of caller.identities) {
    for (const sentence of findCandidates(policy, identity, invocation)) {
      if (sentence.who.name.matches(identity.name) && !findMismatch(sentence.rule, invocation)) return sentence;
    }
  }
  return undefined;
}

/** The sentences that the index does not rule out. */
function* findCandidates(policy: Policy, { realm, name }: Identity, invocation: Invocation): Generator<PolicyEntry> {
  for (const own of policy.index.get(realm)?.findByPrefixesOf(name) ?? []) {
    for (const [argument, byHead] of own.get(invocation.command) ?? []) {
      const value = (argument && invocation.values.get(argument)?.[0]) ?? '';
      for (const candidates of byHead.findByPrefixesOf(value)) yield* candidates;
    }
  }
}

/** For a refusal: what a caller may run, as written in the policy. */
export function listGrantedRules(policy: Policy, caller: Caller): string[] {
  return [...new Set(findEntriesForCaller(policy, caller).map(({ rule }) => rule.text))];
}

/** Every sentence, whoever it is for, that would let an invocation through. In the order of the file. */
export function findAllowingEntries(policy: Policy, invocation: Invocation): PolicyEntry[] {
  return policy.entries.filter(({ rule }) => !findMismatch(rule, invocation));
}

/** For a refusal: the sentence that came nearest, of this caller and this command, and why it does not fit. */
export function findNearestEntry(
  policy: Policy,
  caller: Caller,
  invocation: Invocation,
): { sentence: PolicyEntry; why: string } | undefined {
  for (const sentence of findEntriesForCaller(policy, caller)) {
    const why = sentence.rule.command === invocation.command ? findMismatch(sentence.rule, invocation) : undefined;
    if (why !== undefined) return { sentence, why };
  }
  return undefined;
}

/** Every sentence for a caller. In the order of the file. */
export function findEntriesForCaller(policy: Policy, caller: Caller): PolicyEntry[] {
  return policy.entries.filter(({ who: { realm, name } }) =>
    caller.identities.some((identity) => identity.realm === realm && name.matches(identity.name)),
  );
}

function buildPolicyIndex(sentences: readonly PolicyEntry[]): Policy['index'] {
  const index = new Map<string, PrefixIndex<EntriesByCommand>>();
  for (const sentence of sentences) {
    const { realm } = sentence.who;
    const byName = index.get(realm) ?? new PrefixIndex<EntriesByCommand>();
    index.set(realm, byName);
    const byCommand = byName.getOrCreate(sentence.who.name.prefix, () => new Map());
    const byArgument = byCommand.get(sentence.rule.command) ?? new Map();
    byCommand.set(sentence.rule.command, byArgument);
    const { argument, head } = findDiscriminator(sentence.rule);
    const byHead = byArgument.get(argument) ?? new PrefixIndex<PolicyEntry[]>();
    byArgument.set(argument, byHead);
    byHead.getOrCreate(head, () => []).push(sentence);
  }
  return index;
}

/** The first argument whose one value must begin with something. */
function findDiscriminator({ argumentGlobs }: Rule): { argument: Argument | undefined; head: string } {
  for (const [argument, globs] of argumentGlobs) {
    const [only] = globs;
    const single = argument.arity === undefined && argument.action === undefined && argument.type !== 'list';
    if (single && requiresArgument(globs) && only && only.prefix !== '') return { argument, head: only.prefix };
  }
  return { argument: undefined, head: '' };
}
