import type { Argument, Catalog } from '../airflow/catalog.ts';
import { type GrantedCaller, indexCallers, listGrantedCallers } from './caller-index.ts';
import { parseCallerPattern } from './caller-pattern.ts';
import type { Grant } from './grant.ts';
import type { EntriesByCommand, Policy, PolicyEntry } from './policy.ts';
import { PrefixIndex } from './prefix-index.ts';
import { expandRule, type Rule, requiresArgument } from './rule.ts';

/** What is wrong with a grant. `grant` and `entry` are indexes: of the grant, and of the entry in its list. */
export interface GrantFault {
  readonly grant: number;
  readonly list: 'who' | 'may';
  readonly entry: number;
  readonly message: string;
}

/** How many entries are kept for the next decisions. They take about 0.6 KB each. */
const MAX_INDEXED_ENTRIES = 50_000;

/** Compiles the grants of one environment. Never throws: an entry that cannot be parsed is a fault and grants nothing. */
export function compilePolicy(
  grants: readonly Grant[],
  catalog: Catalog,
): { readonly policy: Policy; readonly faults: GrantFault[] } {
  const callers = indexCallers(grants);
  const expandedRules = new Map<string, readonly Rule[]>();
  const expandOrSkip = (text: string): readonly Rule[] => {
    const rules = expandedRules.get(text) ?? tryExpandRule(catalog, text);
    expandedRules.set(text, rules);
    return rules;
  };
  const getEntries = ({ who, grant: { may, line } }: GrantedCaller): PolicyEntry[] =>
    may.flatMap((text) => expandOrSkip(text).map((rule) => ({ who, rule, line })));
  const indexes = new Map<readonly GrantedCaller[], EntriesByCommand>();
  let indexed = 0;
  const policy: Policy = {
    callers,
    getEntries,
    getEntriesByCommand(group) {
      const existing = indexes.get(group);
      if (existing !== undefined) return existing;
      const entries = group.flatMap(getEntries);
      if (indexed >= MAX_INDEXED_ENTRIES) {
        indexes.clear();
        indexed = 0;
      }
      indexed += entries.length;
      const created = indexByCommand(entries);
      indexes.set(group, created);
      return created;
    },
    get entries() {
      return listGrantedCallers(callers).flatMap(getEntries);
    },
  };
  return {
    policy,
    get faults() {
      return findGrantFaults(grants, catalog);
    },
  };
}

/** Whether a release has any of the rules of a grant. */
export const hasRules = ({ may }: Grant, catalog: Catalog): boolean =>
  may.some((text) => tryExpandRule(catalog, text).length > 0);

const tryExpandRule = (catalog: Catalog, text: string): readonly Rule[] => {
  try {
    return expandRule(catalog, text);
  } catch {
    return [];
  }
};

const findGrantFaults = (grants: readonly Grant[], catalog: Catalog): GrantFault[] =>
  grants.flatMap(({ who, may }, grant) => [
    ...findFaults(who, parseCallerPattern).map((fault) => ({ grant, list: 'who' as const, ...fault })),
    ...findFaults(may, (text) => expandRule(catalog, text)).map((fault) => ({ grant, list: 'may' as const, ...fault })),
  ]);

const findFaults = (texts: readonly string[], parse: (text: string) => unknown) =>
  texts.flatMap((text, entry) => {
    try {
      parse(text);
      return [];
    } catch (error) {
      return [{ entry, message: (error as Error).message }];
    }
  });

function indexByCommand(entries: readonly PolicyEntry[]): EntriesByCommand {
  const byCommand: EntriesByCommand = new Map();
  for (const entry of entries) {
    const byArgument = byCommand.get(entry.rule.command) ?? new Map();
    byCommand.set(entry.rule.command, byArgument);
    const { argument, prefix } = findDiscriminator(entry.rule);
    const byPrefix = byArgument.get(argument) ?? new PrefixIndex<PolicyEntry[]>();
    byArgument.set(argument, byPrefix);
    byPrefix.getOrCreate(prefix, () => []).push(entry);
  }
  return byCommand;
}

/** The first argument that has exactly one value and whose value must begin with a prefix. */
function findDiscriminator({ matchers: matchersByArgument }: Rule): { argument: Argument | undefined; prefix: string } {
  for (const [argument, matchers] of matchersByArgument) {
    const prefix = matchers[0]?.prefix;
    const hasOneValue = argument.arity === undefined && argument.action === undefined;
    if (hasOneValue && requiresArgument(matchers) && prefix) return { argument, prefix };
  }
  return { argument: undefined, prefix: '' };
}
