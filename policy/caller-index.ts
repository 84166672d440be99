import type { Caller } from './caller.ts';
import { type CallerPattern, parseCallerPattern } from './caller-pattern.ts';
import type { Grant } from './grant.ts';
import { PrefixIndex } from './prefix-index.ts';

/** One caller pattern of one grant. */
export interface GrantedCaller {
  readonly who: CallerPattern;
  readonly grant: Grant;
  /** In the order of the configuration file. */
  readonly position: number;
}

/** The caller patterns of all grants by realm, then by what names must begin with. */
export type CallerIndex = ReadonlyMap<string, PrefixIndex<GrantedCaller[]>>;

/** Indexes grants by caller. Never throws: a pattern that cannot be parsed is left out. */
export function indexCallers(grants: readonly Grant[]): CallerIndex {
  const index = new Map<string, PrefixIndex<GrantedCaller[]>>();
  let position = 0;
  for (const grant of grants) {
    for (const text of grant.who) {
      const who = parseOrSkip(text);
      if (who === undefined) continue;
      const byPrefix = index.get(who.realm) ?? new PrefixIndex<GrantedCaller[]>();
      index.set(who.realm, byPrefix);
      byPrefix.getOrCreate(who.name.prefix, () => []).push({ who, grant, position });
      position += 1;
    }
  }
  return index;
}

function parseOrSkip(text: string): CallerPattern | undefined {
  try {
    return parseCallerPattern(text);
  } catch {
    return undefined;
  }
}

/** Every pattern that matches a caller, once. In the order of the configuration file. */
export function findGrantedCallers(index: CallerIndex, { identities }: Caller): GrantedCaller[] {
  const found = new Set<GrantedCaller>();
  for (const { realm, name } of identities) {
    for (const group of index.get(realm)?.findByPrefixesOf(name) ?? []) {
      for (const granted of group) if (granted.who.name.matches(name)) found.add(granted);
    }
  }
  return [...found].sort((a, b) => a.position - b.position);
}

/** Every pattern. In the order of the configuration file. */
export const listGrantedCallers = (index: CallerIndex): GrantedCaller[] =>
  [...index.values()].flatMap((byPrefix) => byPrefix.values().flat()).sort((a, b) => a.position - b.position);
