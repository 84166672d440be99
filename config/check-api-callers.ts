import { selectGrantsOfAny } from './active-grants.ts';
import { resolveApiCallers } from './api-callers.ts';
import { isCdkToken } from './cdk-token.ts';
import type { ConfigCheck, ConfigIssue } from './config-types.ts';
import { getPartition } from './partition.ts';

/** Checks the callers in `api.callers` and in the grants: whether there are any, and their partition. */
export const checkApiCallers: ConfigCheck = ({ api, region, environments, grants }) => {
  if (api === undefined) return [];
  const enabled = Object.keys(environments).filter((name) => environments[name]?.enabled);
  const active = selectGrantsOfAny(grants, enabled);
  const callers = resolveApiCallers(api.callers, active);
  const issues: ConfigIssue[] = [];
  if (Object.keys(callers).length === 0 && api.oidc === undefined) {
    issues.push({
      path: ['api', 'callers'],
      message:
        'the API will deny every request, because neither api.callers nor a grant names an IAM principal, and api.oidc is not set. ' +
        'Add a grant, or set api.callers or api.oidc',
      warning: true,
    });
  }
  const namesClaim = active.some(({ who }) => who.some((caller) => caller.startsWith('oidc:')));
  if (api.oidc !== undefined && active.length > 0 && !namesClaim) {
    issues.push({
      path: ['api', 'oidc'],
      message:
        'no grant names a claim, so every request with a token is rejected. Add a caller such as oidc:sub=… to a grant, or remove oidc',
      warning: true,
    });
  }
  if (region === undefined) return issues;
  return [...issues, ...checkPartitions(api.callers.principals ?? [], region, getPartition(region))];
};

const checkPartitions = (principals: readonly string[], region: string, partition: string): ConfigIssue[] =>
  principals.flatMap((principal, index): ConfigIssue[] => {
    if (isCdkToken(principal) || principal.split(':')[1] === partition) return [];
    const message = `cannot call an API in ${region}, which is in the partition ${partition}. Use an ARN that begins with arn:${partition}:`;
    return [{ path: ['api', 'callers', 'principals', index], message }];
  });
