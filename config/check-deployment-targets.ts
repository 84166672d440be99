import { isCdkToken } from './cdk-token.ts';
import type { ConfigCheck, ConfigIssue } from './config-types.ts';
import { groupByTarget } from './deployment-targets.ts';
import { getPartition } from './partition.ts';

interface ArnSetting {
  readonly path: ConfigIssue['path'];
  readonly arn: string | undefined;
}

/** Checks that resources named by ARN or ID exist in every account and region that environments are deployed to. */
export const checkDeploymentTargets: ConfigCheck = ({
  region,
  account,
  api,
  kmsKey,
  alarmTopics = [],
  environments,
}) => {
  if (region === undefined) return [];
  const targets = groupByTarget({ stackName: '', region, account }, environments);
  const regions = [...new Set(targets.map((target) => target.region))];
  const settings: ArnSetting[] = [
    { path: ['api', 'domain', 'certificate'], arn: api?.domain?.certificate },
    { path: ['api', 'webAcl'], arn: api?.webAcl },
    { path: ['kmsKey'], arn: kmsKey },
    ...alarmTopics.map((arn, index): ArnSetting => ({ path: ['operations', 'alarmTopics', index], arn })),
  ];
  const issues = settings.flatMap((setting) => checkRegion(setting, regions));
  if (targets.length > 1) {
    const message =
      'exists in one account and region only, but the environments are in several. ' +
      'Put the environments of each account and region in a separate file';
    if (api?.vpcEndpoint) issues.push({ path: ['api', 'vpcEndpoint'], message });
    if (api?.domain) issues.push({ path: ['api', 'domain'], message });
  }
  const partitions = new Set(regions.map(getPartition));
  if (partitions.size > 1) {
    const message =
      `are in several partitions (${[...partitions].join(', ')}), which have no callers in common. ` +
      'Put the environments of each partition in a separate file';
    issues.push({ path: ['environments'], message });
  }
  return issues;
};

function checkRegion({ path, arn }: ArnSetting, regions: readonly string[]): ConfigIssue[] {
  if (arn === undefined || isCdkToken(arn)) return [];
  const arnRegion = arn.split(':')[3];
  const otherRegion = regions.find((region) => region !== arnRegion);
  if (otherRegion === undefined) return [];
  const message =
    `is in ${arnRegion}, but environments are deployed to ${otherRegion}. ` +
    (regions.length === 1
      ? `Use a resource in ${otherRegion}`
      : 'Put the environments of each region in a separate file');
  return [{ path, message }];
}
