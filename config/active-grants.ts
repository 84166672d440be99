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

/** Formats grants for the metadata of the template, one rule per line, so that `cdk diff` shows which rule changed. */
export function formatGrantRules(grants: readonly ConfigGrant[]): string[] {
  return grants.flatMap(({ who, may }) => may.map((rule) => `${who.join(', ')} may: ${rule}`));
}
