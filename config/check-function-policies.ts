import type { ConfigCheck } from './config-types.ts';
import { groupByTarget } from './deployment-targets.ts';

/** Regions in which CloudFormation lacks the resource type. Source: the resource specification in aws-cdk-lib 2.276.0. */
const REGIONS_WITHOUT_RESOURCE_POLICY: readonly string[] = [
  'cn-north-1',
  'cn-northwest-1',
  'me-central-1',
  'us-gov-east-1',
  'us-gov-west-1',
];

/** Whether CloudFormation can create the policies of the functions in a region. */
export const hasResourcePolicies = (region: string): boolean => !REGIONS_WITHOUT_RESOURCE_POLICY.includes(region);

/** Checks that CloudFormation can create the policies of the functions. */
export const checkFunctionPolicies: ConfigCheck = ({ functionPolicies, region, account, environments }) => {
  if (region === undefined || functionPolicies !== 'exclusive') return [];
  return groupByTarget({ stackName: '', region, account }, environments)
    .filter((target) => !hasResourcePolicies(target.region))
    .map((target) => ({
      path: ['functionPolicies'],
      message:
        `CloudFormation has no AWS::Lambda::ResourcePolicy in ${target.region}. Set functionPolicies: permissions, and read in ` +
        'docs/security.md who else can then invoke the functions',
    }));
};
