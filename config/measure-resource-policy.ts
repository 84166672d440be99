import { resolveApiCallers } from './api-callers.ts';
import type { ConfigDraft, ConfigGrant } from './config-types.ts';
import { getPartition } from './partition.ts';
import { createResourcePolicy } from './resource-policy.ts';

/** A placeholder as long as the longest ID of a VPC endpoint, for IDs that are known only at deployment. */
const LONGEST_ENDPOINT_ID = 'vpce-00000000000000000';

/** Returns the number of characters that the deployed resource policy has at most. */
export function measureResourcePolicy(
  api: NonNullable<ConfigDraft['api']>,
  grants: readonly Pick<ConfigGrant, 'who'>[],
  region: string,
  account = '000000000000',
): number {
  const endpointIds = api.callers.vpcEndpoints ?? api.vpcEndpoint?.ids ?? [LONGEST_ENDPOINT_ID];
  const vpcEndpoints = endpointIds.map((id) => (typeof id === 'string' ? id : LONGEST_ENDPOINT_ID));
  const policy = createResourcePolicy({
    ...resolveApiCallers(api.callers, grants),
    vpcEndpoints: api.endpoint === 'private' ? vpcEndpoints : undefined,
    stage: api.stageName,
    partition: getPartition(region),
    ownAccount: account,
  });
  return JSON.stringify(policy).length;
}
