import type { ConfigCheck, ConfigDraft, ConfigIssue } from './config-types.ts';
import { groupByTarget } from './deployment-targets.ts';
import { QUOTAS, type Quota, type QuotaInput, type QuotaUse } from './quotas.ts';

/** Checks that everything fits in the quotas of AWS, for each account and region. */
export const checkQuotas: ConfigCheck = (draft) =>
  listQuotaInputs(draft).flatMap((input) =>
    QUOTAS.flatMap((quota) => {
      const defaultLimit = quota.regionLimits?.[input.region] ?? quota.limit;
      return quota
        .measure(input)
        .filter(({ count, limit = defaultLimit }) => count > limit)
        .map((use) => createIssue(quota, use, defaultLimit));
    }),
  );

/** Returns one value for each account and region of the environments. The region of a construct may be known only at deployment. */
export function listQuotaInputs(draft: ConfigDraft): QuotaInput[] {
  const { api, region = 'this region', account, environments, grants, events, deployments } = draft;
  const { alarmTopics = [], accountConcurrency } = draft;
  const withEvents = new Set(Object.values(events).map(({ environment }) => environment));
  const listEnabled = (members: ConfigDraft['environments']) =>
    Object.keys(members).filter((name) => members[name]?.enabled);
  const targets = groupByTarget({ stackName: '', region, account }, environments);
  const listEnabledInAccount = (wanted: string | undefined) =>
    targets
      .filter((target) => target.account === wanted)
      .flatMap((target) => listEnabled(target.environments).map((name) => ({ name, ...target.environments[name]! })));
  return targets.map((target) => ({
    region: target.region,
    account: target.account,
    api,
    environments: target.environments,
    enabled: listEnabled(target.environments),
    enabledInAccount: listEnabledInAccount(target.account).length,
    restInAccount: listEnabledInAccount(target.account).filter(({ rest }) => rest).length,
    eventEnvironmentsInAccount: listEnabledInAccount(target.account).filter(({ name }) => withEvents.has(name)).length,
    grants,
    deployments,
    events: Object.fromEntries(
      Object.entries(events).filter(([, { environment }]) => Object.hasOwn(target.environments, environment)),
    ),
    alarmTopics,
    // It is the concurrency of the account and region of the file.
    accountConcurrency: target.region === region && target.account === account ? accountConcurrency : undefined,
  }));
}

function createIssue(quota: Quota, { subject, count, path, limit }: QuotaUse, defaultLimit: number): ConfigIssue {
  // A limit that the configuration contains is that of the account, whatever AWS raised it to.
  const isDefault = quota.adjustable && limit === undefined;
  const unlessRaised = isDefault ? ' The deployment fails unless the quota has been raised.' : '';
  return {
    path: [...path],
    message:
      `${subject} ${count} ${quota.name}, but ${isDefault ? 'the default quota' : 'the quota'} is ` +
      `${limit ?? defaultLimit}.${unlessRaised} ${quota.remedy}`,
    warning: isDefault,
  };
}
