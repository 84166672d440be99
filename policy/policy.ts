import type { Argument, Command } from '../airflow/catalog.ts';
import type { CallerIndex, GrantedCaller } from './caller-index.ts';
import type { CallerPattern } from './caller-pattern.ts';
import type { PrefixIndex } from './prefix-index.ts';
import type { Rule } from './rule.ts';

/** One caller pattern combined with one rule. */
export interface PolicyEntry {
  readonly who: CallerPattern;
  readonly rule: Rule;
  /** Line of the grant in the configuration file. */
  readonly line: number;
}

/**
 * The compiled grants of one environment. Only the patterns of callers are parsed at once. Rules are parsed when a caller needs them: a
 * set such as `@read` in each of ten thousand grants would take seconds and hundreds of megabytes.
 */
export interface Policy {
  readonly callers: CallerIndex;
  /** The entries of one caller pattern of one grant. */
  getEntries(granted: GrantedCaller): PolicyEntry[];
  /** The entries of the patterns that begin alike, for decisions: a decision reads only a few of them, even if there are thousands. */
  getEntriesByCommand(group: readonly GrantedCaller[]): EntriesByCommand;
  /** All entries, in the order of the configuration file. No request reads them. */
  readonly entries: readonly PolicyEntry[];
}

/** Entries by command, then by the argument whose value must begin with a prefix (undefined: none), then by that prefix. */
export type EntriesByCommand = Map<Command, Map<Argument | undefined, PrefixIndex<PolicyEntry[]>>>;
