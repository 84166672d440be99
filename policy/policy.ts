import type { Argument, Command } from '../airflow/catalog.ts';
import type { CallerPattern } from './caller-pattern.ts';
import type { PrefixIndex } from './prefix-index.ts';
import type { Rule } from './rule.ts';

/** One grant for one environment: these callers may run these commands. */
export interface Grant {
  readonly who: readonly string[];
  readonly may: readonly string[];
  /** Line in the configuration file, starting at 1. */
  readonly line: number;
}

/** One caller pattern combined with one rule. */
export interface PolicyEntry {
  readonly who: CallerPattern;
  readonly rule: Rule;
  /** Line of the grant in the configuration file. */
  readonly line: number;
}

/** The compiled grants of one environment. */
export interface Policy {
  /** In the order of the configuration file. */
  readonly entries: readonly PolicyEntry[];
  /** The entries by caller realm. A decision reads only a few of them, even if there are thousands. */
  readonly index: ReadonlyMap<string, PrefixIndex<EntriesByCommand>>;
}

/** Entries by command, then by the argument whose value must begin with a prefix (undefined: none), then by that prefix. */
export type EntriesByCommand = Map<Command, Map<Argument | undefined, PrefixIndex<PolicyEntry[]>>>;
