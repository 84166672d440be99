import type { ConfigCheck, ConfigDraft, ConfigIssue } from './config-types.ts';
import { groupByTarget } from './deployment-targets.ts';
import { QUOTAS, type Quota, type QuotaInput, type QuotaUse } from './quotas.ts';

/** Checks that everything fits in the quotas of AWS, for each account and region. */
export const checkQuotas: ConfigCheck = (draft) =>
  listQuotaInputs(draft).flatMap((input) =>
    QUOTAS.flatMap((quota) =>
      quota
        .measure(input)
        .filter(({ count }) => count > quota.limit)
        .map((use) => createIssue(quota, use)),
    ),
  );

/** Returns one value for each account and region of the environments. The region of a construct may be known only at deployment. */
export const listQuotaInputs = ({ api, region = 'this region', account, environments }: ConfigDraft): QuotaInput[] =>
  groupByTarget({ stackName: '', region, account }, environments).map((target) => ({
    region: target.region,
    api,
    environments: target.environments,
    enabled: Object.entries(target.environments)
      .filter(([, { enabled }]) => enabled)
      .map(([name]) => name),
  }));

function createIssue({ name, limit, adjustable, remedy }: Quota, { subject, count, path }: QuotaUse): ConfigIssue {
  const quota = adjustable ? 'the default quota' : 'the quota';
  const unlessRaised = adjustable ? ' The deployment fails unless the quota has been raised.' : '';
  return {
    path: [...path],
    message: `${subject} ${count} ${name}, but ${quota} is ${limit}.${unlessRaised} ${remedy}`,
    warning: adjustable,
  };
}
