import type { Config, ConfigGrant } from './config-types.ts';
import { matchesEnvironment } from './matches-environment.ts';

/** Returns the enabled grants that apply to one environment. */
export function selectActiveGrants({ grants }: Pick<Config, 'grants'>, environment: string): ConfigGrant[] {
  return grants.filter(({ enabled, where }) => enabled && coversEnvironment(where, environment));
}

/** Returns the enabled grants that apply to at least one of the environments. */
export const selectGrantsOfAny = (grants: readonly ConfigGrant[], environments: readonly string[]): ConfigGrant[] =>
  grants.filter(({ enabled, where }) => enabled && environments.some((name) => coversEnvironment(where, name)));

/** Whether the `where` list of a grant covers an environment. */
export const coversEnvironment = (where: readonly string[], environment: string): boolean =>
  where.some((pattern) => matchesEnvironment(pattern, environment));

/**
 * Lists who may run what, one caller and one rule per line, so that `cdk diff` shows which of them changed. The order and the
 * repetitions of grants make no difference. Characters that are not ASCII are escaped: CloudFormation returns `?` for them, and
 * `cdk diff` omits changes that such a character may explain.
 */
export function formatGrantRules(grants: readonly ConfigGrant[]): string[] {
  const rules = grants.flatMap(({ who, may }) => who.flatMap((caller) => may.map((rule) => `${caller} may: ${rule}`)));
  return [...new Set(rules)].sort().map(escapeNonAscii);
}

/** Escapes characters for which CloudFormation returns `?`. */
export const escapeNonAscii = (text: string): string =>
  text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
