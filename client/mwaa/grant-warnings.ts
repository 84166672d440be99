import type { Catalog } from '../../airflow/catalog.ts';
import type { Config } from '../../config/config-types.ts';
import { parseCallerPattern } from '../../policy/caller-pattern.ts';
import { findCallerWarning } from '../../policy/caller-warnings.ts';
import { expandRule } from '../../policy/rule.ts';
import { findRuleWarnings } from '../../policy/rule-warnings.ts';

/**
 * The warnings about the grant that allows a command, as synthesis prints them.
 *
 * @param line of the grant in the configuration file
 * @param rule as written
 */
export function findGrantWarnings(config: Config, catalog: Catalog, line: number, rule: string): string[] {
  const who = config.grants.find((grant) => grant.line === line)?.who ?? [];
  return [
    ...who.flatMap((caller) => findCallerWarning(parseCallerPattern(caller), config.api.oidc?.requiredClaims) ?? []),
    ...expandRule(catalog, rule).flatMap((expanded) => findRuleWarnings(expanded, catalog.airflow)),
  ];
}
