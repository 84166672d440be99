import { coversEnvironment } from './active-grants.ts';
import { resolveApiCallers } from './api-callers.ts';
import { isCdkToken } from './cdk-token.ts';
import type { ConfigCheck, ConfigDraft, ConfigIssue } from './config-types.ts';
import { getPartition } from './partition.ts';
import { createResourcePolicy, MAX_RESOURCE_POLICY_LENGTH } from './resource-policy.ts';

/** Checks the callers in `api.callers` and in the grants: whether there are any, their partition, and the size of the policy. */
export const checkApiCallers: ConfigCheck = ({ api, region, account, environments, grants }) => {
  if (api === undefined) return [];
  const enabledEnvironments = Object.keys(environments).filter((name) => environments[name]?.enabled);
  const activeGrants = grants.filter(
    ({ enabled, where }) => enabled && enabledEnvironments.some((name) => coversEnvironment(where, name)),
  );
  const callers = resolveApiCallers(api.callers, activeGrants);
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
  if (region === undefined) return issues;
  const partition = getPartition(region);
  return [
    ...issues,
    ...checkPartitions(api.callers.principals ?? [], region, partition),
    ...checkPolicyLength(api, createLongestPolicy(api, callers, partition, account)),
  ];
};

const checkPartitions = (principals: readonly string[], region: string, partition: string): ConfigIssue[] =>
  principals.flatMap((principal, index): ConfigIssue[] => {
    if (isCdkToken(principal) || principal.split(':')[1] === partition) return [];
    const message = `cannot call an API in ${region}, which is in the partition ${partition}. Use an ARN that begins with arn:${partition}:`;
    return [{ path: ['api', 'callers', 'principals', index], message }];
  });

function checkPolicyLength(api: NonNullable<ConfigDraft['api']>, policy: object): ConfigIssue[] {
  const { length } = JSON.stringify(policy);
  if (length <= MAX_RESOURCE_POLICY_LENGTH) return [];
  const isSet = Object.values(api.callers).some((value) => value !== undefined);
  const message =
    `${isSet ? 'these callers need' : 'is not set, and the callers that grants name need'} a resource policy of ${length} characters. ` +
    `API Gateway allows ${MAX_RESOURCE_POLICY_LENGTH}. Name accounts or an organization instead, or combine roles with *`;
  return [{ path: ['api', 'callers'], message }];
}

/** A placeholder as long as the longest ID of a VPC endpoint, for IDs that are known only at deployment. */
const LONGEST_ENDPOINT_ID = 'vpce-00000000000000000';

/** Creates a resource policy that is at least as long as the deployed one. */
function createLongestPolicy(
  api: NonNullable<ConfigDraft['api']>,
  callers: ReturnType<typeof resolveApiCallers>,
  partition: string,
  account = '000000000000',
) {
  const endpointIds = api.callers.vpcEndpoints ?? api.vpcEndpoint?.ids ?? [LONGEST_ENDPOINT_ID];
  const vpcEndpoints = endpointIds.map((id) => (typeof id === 'string' ? id : LONGEST_ENDPOINT_ID));
  return createResourcePolicy({
    ...callers,
    vpcEndpoints: api.endpoint === 'private' ? vpcEndpoints : undefined,
    stage: api.stageName,
    partition,
    ownAccount: account,
  });
}
