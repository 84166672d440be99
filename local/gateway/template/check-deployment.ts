/**
 * What services check when CloudFormation creates a resource, or do not check although a deployed stack then fails. Each check rejects the
 * template with the service's message, or warns where the answer is not in the template.
 *
 * Documented: CloudWatch Logs, "Encrypt log data using AWS KMS" (the key's policy must allow the service; the message); Lambda, "Securing
 * Lambda environment variables" (what the role that deploys needs); EventBridge,
 * "Using resource-based policies" (a function's policy must allow the rule; otherwise events are dropped).
 * Reported by users of AWS, not documented: API Gateway's message about the role of the account.
 */
import { evaluatePolicies } from '../../iam/evaluate-policies.ts';
import { findMissingAction, listPoliciesAtCreation } from './check-service-role.ts';
import type { GatewayModel } from './gateway-model.ts';
import { getList, getOptionalString } from './read-properties.ts';
import { readRoles } from './read-roles.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { createRejectResource } from './unsupported-template.ts';

/** Returns warnings. Throws an `UnsupportedTemplateError` for what would fail the deployment. */
export async function checkDeployment(
  resources: ResolvedResource[],
  model: Pick<GatewayModel, 'location' | 'functions' | 'schedules' | 'resourcePolicies'>,
): Promise<string[]> {
  checkSizes(resources);
  await checkAccountRole(resources, model.location);
  return [
    ...listConcurrencyWarnings(model),
    ...listKeyWarnings(resources, model.location),
    ...(await listScheduleWarnings(model)),
  ];
}

/** Documented: IAM and Lambda quotas. */
const MAX_INLINE_POLICY_BYTES = 10_240;
const MAX_NAMES: readonly (readonly [type: string, property: string, length: number])[] = [
  ['AWS::Lambda::Function', 'FunctionName', 64],
  ['AWS::IAM::Role', 'RoleName', 64],
];

function checkSizes(resources: ResolvedResource[]): void {
  for (const [type, property, length] of MAX_NAMES) {
    for (const resource of resources.filter((candidate) => candidate.type === type)) {
      const name = getOptionalString(resource, property) ?? '';
      if (name.length > length)
        createRejectResource(resource)(`${property} ${name} must have length less than or equal to ${length}`);
    }
  }
  for (const role of resources.filter(({ type }) => type === 'AWS::IAM::Role')) {
    const inline = getList(role, 'Policies').map((policy) => (policy as { PolicyDocument?: unknown }).PolicyDocument);
    const attached = resources
      .filter((policy) => policy.type === 'AWS::IAM::Policy' && getList(policy, 'Roles').includes(role.identity.ref))
      .map((policy) => policy.properties.PolicyDocument);
    if (JSON.stringify([...inline, ...attached]).length > MAX_INLINE_POLICY_BYTES)
      createRejectResource(role)(
        `Maximum policy size of ${MAX_INLINE_POLICY_BYTES} bytes exceeded for role ${role.identity.ref}`,
      );
  }
}

/** Documented: the default concurrency of an account, and how much of it must stay unreserved. */
const ACCOUNT_CONCURRENCY = 1000;
const MIN_UNRESERVED_CONCURRENCY = 100;

function listConcurrencyWarnings({ functions }: Pick<GatewayModel, 'functions'>): string[] {
  const reserved = [...functions.values()].reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, 0);
  return reserved + MIN_UNRESERVED_CONCURRENCY <= ACCOUNT_CONCURRENCY
    ? []
    : [
        `the deployment fails in an account with a concurrency of ${ACCOUNT_CONCURRENCY}: the functions reserve ${reserved}, which decreases its UnreservedConcurrentExecution below its minimum value of [${MIN_UNRESERVED_CONCURRENCY}]`,
      ];
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

/** What a key's policy must allow for each resource that is encrypted with it. */
const ENCRYPTED_RESOURCES: Readonly<Record<string, { property: string; createNeed: (region: string) => string }>> = {
  'AWS::Logs::LogGroup': {
    property: 'KmsKeyId',
    createNeed: (region) =>
      `logs.${region}.amazonaws.com to use it ("The specified KMS key does not exist or is not allowed to be used")`,
  },
  'AWS::Lambda::Function': {
    property: 'KmsKeyArn',
    createNeed: () => 'the role that deploys the stack kms:CreateGrant and kms:Encrypt',
  },
};

/** The policy of a key is not in the template. */
function* listKeyWarnings(resources: ResolvedResource[], { region }: GatewayModel['location']): Generator<string> {
  for (const resource of resources) {
    const encrypted = ENCRYPTED_RESOURCES[resource.type];
    const key = encrypted && getOptionalString(resource, encrypted.property);
    if (key === undefined) continue;
    if (!/^arn:[^:]+:kms:[^:]+:\d+:key\//.test(key))
      createRejectResource(resource)(`${encrypted?.property} ${key} is not the ARN of a key`);
    yield `${resource.logicalId}: the deployment fails unless the policy of ${key} allows ${encrypted?.createNeed(region)}`;
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
