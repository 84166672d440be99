import type { Argument, Catalogue, Command } from '../airflow/catalogue.ts';
import type { Invocation } from '../airflow/invocation.ts';
import type { Caller, Identity } from './caller.ts';
import { isDemanded, mismatch, type Pattern, patterns } from './pattern.ts';
import { PrefixIndex } from './prefix-index.ts';
import { type Who, who } from './who.ts';

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
export interface Sentence {
  readonly who: Who;
  readonly pattern: Pattern;
  readonly line: number;
}

/** The grants of one environment, ready to decide by. */
export interface Policy {
  readonly sentences: readonly Sentence[];
  /** Sentences by what callers and arguments must begin with: a decision looks at few, however many there are. */
  readonly index: ReadonlyMap<string, PrefixIndex<CallerIndex>>;
}

type CallerIndex = Map<Command, Map<Argument | undefined, PrefixIndex<Sentence[]>>>;

/** The sentence that allows, or undefined: nothing does, and so it is refused. */
export type Decision = Sentence | undefined;

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
  const known = new Map<string, Pattern[]>();
  const patternsOf = (text: string): Pattern[] => {
    const found = known.get(text) ?? patterns(catalogue, text);
    known.set(text, found);
    return found;
  };
  const sentences = grants.flatMap((grant, index) => {
    const callers = read(index, 'who', grant.who, who);
    const granted = read(index, 'may', grant.may, patternsOf).flat();
    return callers.flatMap((one) => granted.map((pattern) => ({ who: one, pattern, line: grant.line })));
  });
  return { policy: { sentences, index: indexOf(sentences) }, faults };
}

/** Whether a caller may run an invocation. Any grant that fits is a yes; none is a no. Costs the same with ten grants and ten thousand. */
export function decide(policy: Policy, caller: Caller, invocation: Invocation): Decision {
  for (const identity of caller.identities) {
    for (const sentence of candidatesFor(policy, identity, invocation)) {
      if (sentence.who.name.matches(identity.name) && !mismatch(sentence.pattern, invocation)) return sentence;
    }
  }
  return undefined;
}

/** The sentences that the index does not rule out. */
function* candidatesFor(policy: Policy, { realm, name }: Identity, invocation: Invocation): Generator<Sentence> {
  for (const own of policy.index.get(realm)?.prefixesOf(name) ?? []) {
    for (const [argument, byHead] of own.get(invocation.command) ?? []) {
      const value = (argument && invocation.values.get(argument)?.[0]) ?? '';
      for (const candidates of byHead.prefixesOf(value)) yield* candidates;
    }
  }
}

/** For a refusal: what a caller may run, as written in the policy. */
export function grantedTo(policy: Policy, caller: Caller): string[] {
  return [...new Set(sentencesOf(policy, caller).map(({ pattern }) => pattern.text))];
}

/** Every sentence, whoever it is for, that would let an invocation through. In the order of the file. */
export function sentencesThatAllow(policy: Policy, invocation: Invocation): Sentence[] {
  return policy.sentences.filter(({ pattern }) => !mismatch(pattern, invocation));
}

/** For a refusal: the sentence that came nearest, of this caller and this command, and why it does not fit. */
export function nearestTo(
  policy: Policy,
  caller: Caller,
  invocation: Invocation,
): { sentence: Sentence; why: string } | undefined {
  for (const sentence of sentencesOf(policy, caller)) {
    const why = sentence.pattern.command === invocation.command ? mismatch(sentence.pattern, invocation) : undefined;
    if (why !== undefined) return { sentence, why };
  }
  return undefined;
}

/** Every sentence for a caller. In the order of the file. */
export function sentencesOf(policy: Policy, caller: Caller): Sentence[] {
  return policy.sentences.filter(({ who: { realm, name } }) =>
    caller.identities.some((identity) => identity.realm === realm && name.matches(identity.name)),
  );
}

function indexOf(sentences: readonly Sentence[]): Policy['index'] {
  const index = new Map<string, PrefixIndex<CallerIndex>>();
  for (const sentence of sentences) {
    const { realm } = sentence.who;
    const byName = index.get(realm) ?? new PrefixIndex<CallerIndex>();
    index.set(realm, byName);
    const byCommand = byName.at(sentence.who.name.head, () => new Map());
    const byArgument = byCommand.get(sentence.pattern.command) ?? new Map();
    byCommand.set(sentence.pattern.command, byArgument);
    const { argument, head } = discriminator(sentence.pattern);
    const byHead = byArgument.get(argument) ?? new PrefixIndex<Sentence[]>();
    byArgument.set(argument, byHead);
    byHead.at(head, () => []).push(sentence);
  }
  return index;
}

/** The first argument whose one value must begin with something. */
function discriminator({ named }: Pattern): { argument: Argument | undefined; head: string } {
  for (const [argument, globs] of named) {
    const [only] = globs;
    const single = argument.arity === undefined && argument.action === undefined && argument.type !== 'list';
    if (single && isDemanded(globs) && only && only.head !== '') return { argument, head: only.head };
  }
  return { argument: undefined, head: '' };
}
