import type { Catalog } from '../airflow/catalog.ts';
import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { type Catalogs, readRuleCatalog } from '../airflow/rest/rule-catalogs.ts';
import { type CallerPattern, findDeclaredKind, parseCallerPattern } from '../policy/caller-pattern.ts';
import { findCallerWarning } from '../policy/caller-warnings.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { expandRule, isOperationRule } from '../policy/rule.ts';
import { findRuleWarnings } from '../policy/rule-warnings.ts';
import { translateRule } from '../policy/translate-rule.ts';
import { coversEnvironment } from './active-grants.ts';
import { containsCdkToken } from './cdk-token.ts';
import type { ConfigCheck, ConfigDraft, ConfigGrant, ConfigIssue } from './config-types.ts';
import { listDeclaredNames } from './declared-callers.ts';
import { getPartition } from './partition.ts';

/**
 * Checks every rule against the Airflow releases of the environments that its grant covers. Spellings change between releases, so
 * a rule is an error only if no release knows it, and a warning if some do not: upgrading one environment must not invalidate the
 * file. Also warns about rules and callers that cover more than they seem to, and about callers that the API rejects.
 */
export const checkGrants: ConfigCheck = (draft, catalogs) => {
  const { api, region, environments, grants } = draft;
  return grants.flatMap((grant, index) => {
    const names = Object.keys(environments).filter((name) => coversEnvironment(grant.where, name));
    const groups = groupEnvironments(names, environments, catalogs);
    return [
      ...findInvalidRules(grant, groups),
      ...findUnreachableCallers(grant, api, region),
      ...findUndeclaredCallers(grant, draft),
      ...findBroadCallers(grant, api),
      ...findBroadRules(grant, groups),
    ].map((issue): ConfigIssue => ({ ...issue, path: ['grants', index, ...issue.path] }));
  });
};

/** Environments for which a rule means the same. */
interface RuleEnvironments {
  readonly catalog: Catalog;
  readonly names: readonly string[];
}

/** The environments by their release, those with and without REST operations apart. */
function groupEnvironments(
  names: readonly string[],
  environments: ConfigDraft['environments'],
  catalogs: Catalogs,
): readonly RuleEnvironments[] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const { airflow, rest } = environments[name]!;
    const key = `${airflow} ${rest}`;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()].map((group) => ({
    catalog: readRuleCatalog(catalogs, environments[group[0]!]!),
    names: group,
  }));
}

function findInvalidRules(grant: ConfigGrant, groups: readonly RuleEnvironments[]): ConfigIssue[] {
  const results = groups.map((group) => ({ ...group, faults: compilePolicy([grant], group.catalog).faults }));
  const isFaulty = ({ faults }: (typeof results)[number], list: string, entry: number): boolean =>
    faults.some((fault) => fault.list === list && fault.entry === entry);
  return results.flatMap(({ catalog, names, faults }, resultIndex) =>
    faults.flatMap(({ list, entry, message }): ConfigIssue[] => {
      const path = [list, entry];
      const isOperation = list === 'may' && isOperationRule(grant.may[entry]!);
      const valid = results.find((result) => !isFaulty(result, list, entry));
      if (valid === undefined) {
        const first = results.find((result) => result.catalog.operations !== undefined) ?? results[0];
        if (results[resultIndex] !== first) return [];
        // `rest: false` is a switch: the rules can stay until it is on again.
        const isOff = isOperation && first?.catalog.operations === undefined;
        return [isOff ? { path, message: `grants nothing. ${message}`, warning: true } : { path, message }];
      }
      // An environment that does not offer the REST API cannot have the rule, and need not.
      if (isOperation && catalog.operations === undefined) return [];
      const quoted = names.map((name) => `"${name}"`);
      const where = `${quoted.length > 1 ? 'environments' : 'environment'} ${quoted.join(', ')}`;
      const translated = list === 'may' && !isOperation && translateRule(grant.may[entry]!, valid.catalog, catalog);
      const remedy = translated ? ` Write "${translated}" for it.` : '';
      return [
        {
          path,
          message: `grants nothing in the ${where} (Airflow ${catalog.airflow}): ${message}${remedy}`,
          warning: true,
        },
      ];
    }),
  );
}

/** Warns about callers of a grant that the API rejects before it looks at grants. */
function findUnreachableCallers({ who }: ConfigGrant, api: ConfigDraft['api'], region = ''): ConfigIssue[] {
  if (api === undefined) return [];
  return who.flatMap((caller, entry): ConfigIssue[] => {
    if (findDeclaredKind(caller) !== undefined) return [];
    const reason = caller.startsWith('oidc:')
      ? explainRejectedToken(api)
      : explainRejectedPrincipal(caller, api.callers, region);
    return reason === undefined
      ? []
      : [{ path: ['who', entry], message: `grants nothing, because ${reason}`, warning: true }];
  });
}

/** Warns about patterns of declared callers that match none. */
function findUndeclaredCallers({ who }: ConfigGrant, draft: ConfigDraft): ConfigIssue[] {
  return who.flatMap((caller, entry): ConfigIssue[] => {
    const kind = findDeclaredKind(caller);
    const pattern = kind && tryParse(caller);
    if (kind === undefined || pattern === undefined) return [];
    const { section, names } = listDeclaredNames(draft, kind);
    if (names.some((name) => pattern.name.matches(name))) return [];
    const suggestion = formatDidYouMean(pattern.name.text, names);
    const message = `grants nothing, because ${section} has no such name.${suggestion || ` Add it to ${section}, or remove this caller`}`;
    return [{ path: ['who', entry], message, warning: true }];
  });
}

const explainRejectedToken = ({ oidc }: NonNullable<ConfigDraft['api']>): string | undefined =>
  oidc === undefined ? 'the API accepts no OIDC tokens. Set api.oidc, or remove this caller' : undefined;

function explainRejectedPrincipal(
  caller: string,
  { accounts, principals }: NonNullable<ConfigDraft['api']>['callers'],
  region: string,
): string | undefined {
  const [, partition, , , account = ''] = caller.split(':');
  if (region !== '' && partition !== getPartition(region)) {
    return `${region} is in the partition ${getPartition(region)}. Use an ARN that begins with arn:${getPartition(region)}:`;
  }
  // Without accounts and principals, the grants define the callers. An organization may contain any account.
  if (accounts === undefined && principals === undefined) return undefined;
  const allowedAccounts = [...(accounts ?? []), ...(principals ?? []).map((arn) => arn.split(':')[4])];
  if (allowedAccounts.some(containsCdkToken) || allowedAccounts.includes(account)) return undefined;
  return `api.callers names no one in account ${account}. Add "${account}" to api.callers.accounts, or remove this caller`;
}

/** Warns about patterns that match more callers than they seem to. `compilePolicy` reports invalid ones. */
function findBroadCallers({ who }: ConfigGrant, api: ConfigDraft['api']): ConfigIssue[] {
  return who.flatMap((caller, entry): ConfigIssue[] => {
    const pattern = tryParse(caller);
    const message = pattern && findCallerWarning(pattern, api?.oidc?.requiredClaims);
    return message === undefined ? [] : [{ path: ['who', entry], message, warning: true }];
  });
}

function tryParse(caller: string): CallerPattern | undefined {
  try {
    return parseCallerPattern(caller);
  } catch {
    return undefined;
  }
}

function findBroadRules(grant: ConfigGrant, groups: readonly RuleEnvironments[]): ConfigIssue[] {
  return grant.may.flatMap((rule, entry) => {
    const messages = groups.flatMap(({ catalog }) => {
      try {
        return expandRule(catalog, rule).flatMap((expandedRule) => findRuleWarnings(expandedRule, catalog.airflow));
      } catch {
        return []; // findInvalidRules reports the error.
      }
    });
    return [...new Set(messages)].map((message): ConfigIssue => ({ path: ['may', entry], message, warning: true }));
  });
}
