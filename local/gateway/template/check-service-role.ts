/**
 * What services check of a role before they create a resource that uses it. The check has no resource and no condition context, and sees
 * only the policies that are attached to the role at that time.
 *
 * Documented: Lambda, "Giving Lambda functions access to resources in an Amazon VPC": the actions, on the resource `*`.
 * Reported by users of AWS, not documented: that Lambda checks them before it creates anything, the messages, and that a policy that
 * is attached too late is a cause; API Gateway's message.
 * Assumed: that a statement with any narrower resource does not count as an allow.
 */
import { evaluatePolicies } from '../../iam/evaluate-policies.ts';
import { createPrincipalStore } from '../../iam/principal-store.ts';
import { isCreatedBefore } from './dependencies.ts';
import { isRecord } from './parse-json.ts';
import type { TrustedRole } from './read-roles.ts';
import type { ResolvedResource } from './resolve-template.ts';
import type { StackLocation } from './resource-identity.ts';

/** The policies of a role that exist when CloudFormation creates `resource`. */
export const listPoliciesAtCreation = (
  role: TrustedRole,
  resource: ResolvedResource,
  resources: readonly ResolvedResource[],
): unknown[] => [
  ...role.ownPolicies,
  ...role.attachedPolicies
    .filter(({ logicalId }) => isCreatedBefore(logicalId, resource, resources))
    .map(({ document }) => document),
];

/** Returns the first action that the policies do not allow on every resource without any condition key. */
export async function findMissingAction(
  policies: readonly unknown[],
  actions: readonly string[],
  { partition, region, account }: StackLocation,
): Promise<string | undefined> {
  const principal = createPrincipalStore().issueCredentials(
    `arn:${partition}:sts::${account}:assumed-role/role/deployment-check`,
    policies.map(removeNarrowAllows).filter(({ Statement }) => Statement.length > 0),
  );
  for (const action of actions) {
    const [service] = action.split(':');
    const part = RESOURCES[action];
    const resource = part === undefined ? '*' : `arn:${partition}:${service}:${region}:${account}:${part}`;
    const { allowed } = await evaluatePolicies({ principal, action, resource, isPlaceholder: true });
    if (!allowed) return action;
  }
  return undefined;
}

/** Where IAM knows a type of resource for an action, one resource stands for all. */
const RESOURCES: Readonly<Record<string, string>> = {
  'ec2:CreateNetworkInterface': 'network-interface/eni-00000000',
  'ec2:DeleteNetworkInterface': 'network-interface/eni-00000000',
  'ec2:AssignPrivateIpAddresses': 'network-interface/eni-00000000',
  'ec2:UnassignPrivateIpAddresses': 'network-interface/eni-00000000',
  'logs:CreateLogGroup': 'log-group:any',
  'logs:CreateLogStream': 'log-group:any:log-stream:any',
  'logs:DescribeLogStreams': 'log-group:any',
  'logs:PutLogEvents': 'log-group:any:log-stream:any',
};

function removeNarrowAllows(policy: unknown): { Statement: unknown[] } {
  const document = isRecord(policy) ? policy : {};
  const statements = [document.Statement ?? []].flat().filter((statement) => {
    const { Effect, Resource } = isRecord(statement) ? statement : {};
    return Effect !== 'Allow' || [Resource].flat().includes('*');
  });
  return { ...document, Statement: statements };
}
