import type { ConfigCheck, ConfigIssue } from './config-types.ts';
import { groupByTarget } from './deployment-targets.ts';

/** API Gateway's quota "Resources per API". A resource is one segment of a path. */
export const MAX_API_RESOURCES = 300;

/** The resources of one environment: its name, `cli`, `health`, `commands`, and `explain`. */
const RESOURCES_PER_ENVIRONMENT = 5;

/** The resources of an API without environments: the root (or `/oidc`), and `environments` below it. */
const BASE_RESOURCES = 2;

/** Checks that the paths of all environments fit in one API. */
export const checkApiResourceQuota: ConfigCheck = ({ api, region, account, environments }) => {
  if (region === undefined) return [];
  // With OIDC, all paths exist a second time below /oidc.
  const branches = api?.oidc === undefined ? 1 : 2;
  return groupByTarget({ stackName: '', region, account }, environments).flatMap((target): ConfigIssue[] => {
    const count = Object.values(target.environments).filter(({ enabled }) => enabled).length;
    const resources = branches * (BASE_RESOURCES + RESOURCES_PER_ENVIRONMENT * count);
    if (resources <= MAX_API_RESOURCES) return [];
    const maxEnvironments = Math.floor((MAX_API_RESOURCES / branches - BASE_RESOURCES) / RESOURCES_PER_ENVIRONMENT);
    const message =
      `${count} environments in ${target.region} need ${resources} API Gateway resources, but the quota is ${MAX_API_RESOURCES} per API. ` +
      `At most ${maxEnvironments} environments fit${branches > 1 ? ' with api.oidc' : ''}. ` +
      'Put the others in a separate file, with another stackName';
    return [{ path: ['environments'], message }];
  });
};
