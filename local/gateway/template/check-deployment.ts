/**
 * What services check when CloudFormation creates a resource, or do not check although a deployed stack then fails. Each check rejects the
 * template with the service's message, or warns where the answer is not in the template.
 *
 * Documented: CloudWatch Logs, "Encrypt log data using AWS KMS" (the key's policy must allow the service; the message); EventBridge,
 * "Using resource-based policies" (a function's policy must allow the rule; otherwise events are dropped).
 * Reported by users of AWS, not documented: API Gateway's message about the role of the account.
 */
import { evaluatePolicies } from '../../iam/evaluate-policies.ts';
import { findMissingAction, listPoliciesAtCreation } from './check-service-role.ts';
import type { GatewayModel } from './gateway-model.ts';
import { getOptionalString } from './read-properties.ts';
import { readRoles } from './read-roles.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { createRejectResource } from './unsupported-template.ts';

/** Returns warnings. Throws an `UnsupportedTemplateError` for what would fail the deployment. */
export async function checkDeployment(
  resources: ResolvedResource[],
  model: Pick<GatewayModel, 'location' | 'functions' | 'schedules' | 'resourcePolicies'>,
): Promise<string[]> {
  await checkAccountRole(resources, model.location);
  return [...listKeyWarnings(resources, model.location), ...(await listScheduleWarnings(model))];
}

const LOG_ACTIONS = [
  'logs:CreateLogGroup',
  'logs:CreateLogStream',
  'logs:DescribeLogGroups',
  'logs:DescribeLogStreams',
  'logs:PutLogEvents',
];

/** A role that is not in the template cannot be checked. */
async function checkAccountRole(resources: ResolvedResource[], location: GatewayModel['location']): Promise<void> {
  const roles = readRoles(resources);
  for (const account of resources.filter(({ type }) => type === 'AWS::ApiGateway::Account')) {
    const role = roles.get(getOptionalString(account, 'CloudWatchRoleArn') ?? '');
    if (role === undefined) continue;
    const policies = listPoliciesAtCreation(role, account, resources);
    const isTrusted = role.services.includes('apigateway.amazonaws.com');
    if (!isTrusted || (await findMissingAction(policies, LOG_ACTIONS, location)) !== undefined) {
      createRejectResource(account)(
        'The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.',
      );
    }
  }
}

function* listKeyWarnings(resources: ResolvedResource[], { region }: GatewayModel['location']): Generator<string> {
  for (const group of resources.filter(({ type }) => type === 'AWS::Logs::LogGroup')) {
    const key = getOptionalString(group, 'KmsKeyId');
    if (key === undefined) continue;
    if (!/^arn:[^:]+:kms:[^:]+:\d+:key\//.test(key))
      createRejectResource(group)(`KmsKeyId ${key} is not the ARN of a key`);
    yield `${group.logicalId}: the deployment fails with "The specified KMS key does not exist or is not allowed to be used" unless the policy of ${key}, which is not in the template, allows logs.${region}.amazonaws.com`;
  }
}

async function listScheduleWarnings({
  schedules,
  functions,
  resourcePolicies,
  location,
}: Pick<GatewayModel, 'location' | 'functions' | 'schedules' | 'resourcePolicies'>): Promise<string[]> {
  const warnings: string[] = [];
  for (const { logicalId, arn, function: target, enabled } of schedules) {
    const { allowed } = await evaluatePolicies({
      principal: { service: 'events.amazonaws.com' },
      action: 'lambda:InvokeFunction',
      resource: functions.get(target)?.arn ?? '',
      resourcePolicy: resourcePolicies.get(target),
      conditionKeys: { 'aws:SourceArn': arn, 'aws:SourceAccount': location.account },
    });
    if (enabled && !allowed)
      warnings.push(`${logicalId}: its events are lost because the policy of ${target} does not allow it to invoke it`);
  }
  return warnings;
}
