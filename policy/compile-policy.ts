import type { Argument, Catalog } from '../airflow/catalog.ts';
import { parseCallerPattern } from './caller-pattern.ts';
import type { EntriesByCommand, Grant, Policy, PolicyEntry } from './policy.ts';
import { PrefixIndex } from './prefix-index.ts';
import { expandRule, type Rule, requiresArgument } from './rule.ts';

/** What is wrong with a grant. `grant` and `entry` are indexes: of the grant, and of the entry in its list. */
export interface GrantFault {
  readonly grant: number;
  readonly list: 'who' | 'may';
  readonly entry: number;
  readonly message: string;
}

/** Compiles the grants of one environment. Never throws: an entry that cannot be parsed becomes a fault and grants nothing. */
export function compilePolicy(grants: readonly Grant[], catalog: Catalog): { policy: Policy; faults: GrantFault[] } {
  const faults: GrantFault[] = [];
  const parseEach = <T>(
    grant: number,
    list: GrantFault['list'],
    texts: readonly string[],
    parse: (text: string) => T,
  ): T[] =>
    texts.flatMap((text, entry) => {
      try {
        return [parse(text)];
      } catch (error) {
        faults.push({ grant, list, entry, message: (error as Error).message });
        return [];
      }
    });
  const expandedRules = new Map<string, Rule[]>();
  const expandRuleOnce = (text: string): Rule[] => {
    const rules = expandedRules.get(text) ?? expandRule(catalog, text);
    expandedRules.set(text, rules);
    return rules;
  };
  const entries = grants.flatMap((grant, index): PolicyEntry[] => {
    const callers = parseEach(index, 'who', grant.who, parseCallerPattern);
    const rules = parseEach(index, 'may', grant.may, expandRuleOnce).flat();
    return callers.flatMap((who) => rules.map((rule) => ({ who, rule, line: grant.line })));
  });
  return { policy: { entries, index: buildPolicyIndex(entries) }, faults };
}

function buildPolicyIndex(entries: readonly PolicyEntry[]): Policy['index'] {
  const index = new Map<string, PrefixIndex<EntriesByCommand>>();
  for (const entry of entries) {
    const { realm, name } = entry.who;
    const byName = index.get(realm) ?? new PrefixIndex<EntriesByCommand>();
    index.set(realm, byName);
    const byCommand = byName.getOrCreate(name.prefix, () => new Map());
    const byArgument = byCommand.get(entry.rule.command) ?? new Map();
    byCommand.set(entry.rule.command, byArgument);
    const { argument, prefix } = findDiscriminator(entry.rule);
    const byPrefix = byArgument.get(argument) ?? new PrefixIndex<PolicyEntry[]>();
    byArgument.set(argument, byPrefix);
    byPrefix.getOrCreate(prefix, () => []).push(entry);
  }
  return index;
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
