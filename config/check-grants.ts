import { readCatalog } from '../files/catalogs.ts';
import { compilePolicy } from '../policy/policy.ts';
import { expandRule } from '../policy/rule.ts';
import { findRuleWarnings } from '../policy/rule-warnings.ts';
import type { ConfigCheck, ConfigDraft, ConfigGrant, ConfigIssue } from './config-types.ts';
import { getPartition } from './deployment-targets.ts';
import { matchesEnvironment } from './matches-environment.ts';

/**
 * Reads every sentence of the grants against the releases it reaches. Spellings move between releases, so a sentence is
 * wrong only where none of them knows it, and a warning where some do not: the day of an upgrade must not be the day the
 * file breaks. Sentences that reach further than they look are warned about.
 */
export const checkGrants: ConfigCheck = ({ api, region, environments, grants }) =>
  grants.flatMap((grant, index) => {
    const names = Object.keys(environments).filter((name) =>
      grant.where.some((where) => matchesEnvironment(where, name)),
    );
    const releases = [...new Set(names.map((name) => environments[name]!.airflow))];
    return [
      ...findInvalidRules(grant, releases),
      ...findUnreachableCallers(grant, api, region),
      ...findBroadRules(grant, releases),
    ].map(({ path, ...issue }): ConfigIssue => ({ ...issue, path: ['grants', index, ...path] }));
  });

function findInvalidRules(grant: ConfigGrant, releases: readonly string[]): ConfigIssue[] {
  const found = releases.map((release) => ({ release, faults: compilePolicy([grant], readCatalog(release)).faults }));
  return found.flatMap(({ release, faults }, nth) =>
    faults.flatMap(({ list, entry, message }): ConfigIssue[] => {
      const path = [list, entry];
      const everywhere = found.every((other) => other.faults.some((one) => one.list === list && one.entry === entry));
      if (!everywhere) return [{ path, message: `grants nothing on Airflow ${release}: ${message}`, warning: true }];
      return nth === 0 ? [{ path, message }] : [];
    }),
  );
}

/** A caller whom the API lets in by no door. */
function findUnreachableCallers({ who }: ConfigGrant, api: ConfigDraft['api'], region = ''): ConfigIssue[] {
  if (api === undefined) return [];
  const { accounts, principals } = api.callers;
  const named = new Set([...(accounts ?? []), ...(principals ?? []).map((arn) => arn.split(':')[4])]);
  // Where nobody is named, grants name them. Of which accounts an organization consists is not known here.
  const anyAccount = (accounts === undefined && principals === undefined) || [...named].some(containsCdkToken);
  return who.flatMap((text, entry): ConfigIssue[] => {
    const [, partition, , , account = ''] = text.split(':');
    const elsewhere = region !== '' && partition !== getPartition(region);
    const refused = text.startsWith('oidc:')
      ? api.oidc === undefined && 'the API takes no tokens without api.oidc'
      : elsewhere
        ? `the partition of ${region} is ${getPartition(region)}`
        : !anyAccount && !named.has(account) && `api.callers names nobody of account ${account}`;
    const message = `grants nothing: ${refused}`;
    return refused ? [{ path: ['who', entry], message, warning: true }] : [];
  });
}

const containsCdkToken = (text: string | undefined): boolean => text?.includes('{Token[') ?? false;

function findBroadRules(grant: ConfigGrant, releases: readonly string[]): ConfigIssue[] {
  return grant.may.flatMap((text, entry) => {
    const messages = releases.flatMap((release) => {
      try {
        return expandRule(readCatalog(release), text).flatMap((pattern) => findRuleWarnings(pattern, release));
      } catch {
        return []; // A fault, told above.
      }
    });
    return [...new Set(messages)].map((message): ConfigIssue => ({ path: ['may', entry], message, warning: true }));
  });
}
