/**
 * The Lambda functions of a template. Refuses what Lambda refuses at deployment (documented: Lambda developer guide,
 * "Defined runtime environment variables", "Execution role", "VPC access", quotas), so that it is not found out there.
 */
import { isAllowed } from '../../iam/evaluate-policies.ts';
import { createPrincipalStore } from '../../iam/principal-store.ts';
import type { FunctionRole, InvokePermission, LambdaFunction, PortRange } from './gateway-model.ts';
import type { Assembly } from './load-assembly.ts';
import {
  getOptionalNumber,
  getOptionalString,
  getProperty,
  getString,
  getStringList,
  getStringMap,
} from './read-properties.ts';
import { readRoles } from './read-roles.ts';
import type { ResolvedResource } from './resolve-template.ts';
import type { StackLocation } from './resource-identity.ts';
import { rejectTemplate } from './unsupported-template.ts';

const RESERVED_VARIABLES = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_ACCESS_KEY',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
]);
const MAX_VARIABLES_BYTES = 4096;
const LOCAL_RUNTIME = `nodejs${process.versions.node.split('.')[0]}.x`;

/** Functions by logical id. Throws a `UnsupportedTemplateError` for one that would not deploy or cannot be run here. */
export async function readFunctions(
  resources: ResolvedResource[],
  place: StackLocation,
  assembly: Assembly,
): Promise<ReadonlyMap<string, LambdaFunction>> {
  const roles = readRoles(resources);
  const found = new Map<string, LambdaFunction>();
  for (const resource of resources.filter(({ type }) => type === 'AWS::Lambda::Function')) {
    const { logicalId, identity } = resource;
    const fail = (why: string): never => rejectTemplate(`${logicalId} (AWS::Lambda::Function): ${why}`);
    const runtime = getString(resource, 'Runtime');
    if (runtime !== LOCAL_RUNTIME) fail(`runtime is ${runtime}, and this gateway runs on ${LOCAL_RUNTIME}`);
    const key = getString(resource, 'Code.S3Key');
    const timeout = getOptionalNumber(resource, 'Timeout') ?? 3;
    if (timeout < 1 || timeout > 900) fail('Timeout must be 1 to 900 seconds');
    const role = roles.get(getString(resource, 'Role'));
    if (role === undefined) return fail('its role is not in the template, so what it may do is not known');
    if (!role.services.includes('lambda.amazonaws.com')) fail('its role does not let lambda.amazonaws.com assume it');
    const logGroup = getOptionalString(resource, 'LoggingConfig.LogGroup') ?? `/aws/lambda/${identity.ref}`;
    const logFormat = getOptionalString(resource, 'LoggingConfig.LogFormat') ?? 'Text';
    if (logFormat !== 'Text' && logFormat !== 'JSON') return fail(`LogFormat ${logFormat} is not known`);
    const logLevel = getOptionalString(resource, 'LoggingConfig.ApplicationLogLevel');
    const reservedConcurrency = getOptionalNumber(resource, 'ReservedConcurrentExecutions');
    const inVpc = getProperty(resource, 'VpcConfig') !== undefined;
    if (inVpc) await checkVpcPermissions(resource, role, place, fail);
    found.set(logicalId, {
      logicalId,
      name: identity.ref,
      arn: identity.attributes.Arn ?? '',
      handler: getString(resource, 'Handler'),
      runtime,
      timeoutMs: timeout * 1000,
      memoryMb: getOptionalNumber(resource, 'MemorySize') ?? 128,
      variables: readVariables(resource, fail),
      assetFolder: assembly.assetFolder(key) ?? fail(`no asset of this assembly is uploaded as ${key}`),
      role: { name: role.name, arn: role.arn, policies: role.policies },
      logGroup,
      logFormat,
      canWriteLogs: await canWriteLogs(role, place, logGroup),
      ...(reservedConcurrency !== undefined && { reservedConcurrency }),
      ...(logLevel !== undefined && { logLevel }),
      ...(inVpc && { egress: readEgress(resources, getStringList(resource, 'VpcConfig.SecurityGroupIds'), fail) }),
    });
  }
  return found;
}

/** The functions' own policies. Throws a `UnsupportedTemplateError` where one names a function that is not in the template. */
export function readInvokePermissions(
  resources: ResolvedResource[],
  functions: ReadonlyMap<string, LambdaFunction>,
): InvokePermission[] {
  return resources
    .filter(({ type }) => type === 'AWS::Lambda::Permission')
    .map((resource) => {
      const named = getString(resource, 'FunctionName');
      const target = [...functions.values()].find(({ name, arn }) => name === named || arn === named);
      if (target === undefined) rejectTemplate(`${resource.logicalId}: ${named} is no function of the template`);
      const sourceArn = getOptionalString(resource, 'SourceArn');
      const sourceAccount = getOptionalString(resource, 'SourceAccount');
      return {
        function: target.logicalId,
        action: getString(resource, 'Action'),
        principal: getString(resource, 'Principal'),
        ...(sourceArn !== undefined && { sourceArn }),
        ...(sourceAccount !== undefined && { sourceAccount }),
      };
    });
}

type RejectFunction = (why: string) => never;

function readVariables(resource: ResolvedResource, fail: RejectFunction): Record<string, string> {
  const variables = getStringMap(resource, 'Environment.Variables');
  const names = Object.keys(variables);
  const reserved = names.find((name) => RESERVED_VARIABLES.has(name));
  if (reserved !== undefined) fail(`environment variable ${reserved} is reserved by Lambda`);
  const malformed = names.find((name) => !/^[a-zA-Z]\w+$/.test(name));
  if (malformed !== undefined) fail(`${malformed} is not a name Lambda takes for an environment variable`);
  if (JSON.stringify(variables).length > MAX_VARIABLES_BYTES) fail('its environment variables exceed 4 KB');
  return variables;
}

async function checkVpcPermissions(
  resource: ResolvedResource,
  role: FunctionRole,
  place: StackLocation,
  fail: RejectFunction,
): Promise<void> {
  const ec2 = (rest: string) => `arn:${place.partition}:ec2:${place.region}:${place.account}:${rest}`;
  const principal = createRoleSession(role, place);
  const needed = [
    ['ec2:DescribeNetworkInterfaces', '*'],
    ['ec2:DeleteNetworkInterface', ec2('network-interface/eni-00000000')],
    ['ec2:CreateNetworkInterface', ec2('network-interface/eni-00000000')],
    ...getStringList(resource, 'VpcConfig.SubnetIds').map((id) => ['ec2:CreateNetworkInterface', ec2(`subnet/${id}`)]),
    ...getStringList(resource, 'VpcConfig.SecurityGroupIds').map((id) => [
      'ec2:CreateNetworkInterface',
      ec2(`security-group/${id}`),
    ]),
  ] as const;
  for (const [action = '', target = ''] of needed) {
    if (!(await isAllowed(principal, action, target)))
      fail(`its role may not ${action} on ${target}, which a VPC needs`);
  }
}

async function canWriteLogs(role: FunctionRole, place: StackLocation, logGroup: string): Promise<boolean> {
  const group = `arn:${place.partition}:logs:${place.region}:${place.account}:log-group:${logGroup}`;
  const principal = createRoleSession(role, place);
  return (
    (await isAllowed(principal, 'logs:PutLogEvents', `${group}:log-stream:local`)) &&
    (await isAllowed(principal, 'logs:CreateLogStream', `${group}:log-stream:local`))
  );
}

function createRoleSession(role: FunctionRole, { partition, account }: StackLocation) {
  return createPrincipalStore().issueCredentials(
    `arn:${partition}:sts::${account}:assumed-role/${role.name}/deployment-check`,
    role.policies,
  );
}

/** A security group without egress rules in the template lets everything out; one with `[]` nothing (documented: EC2). */
function readEgress(resources: ResolvedResource[], groupIds: string[], fail: RejectFunction): PortRange[] {
  return groupIds.flatMap((groupId) => {
    const group = resources.find(
      ({ type, identity }) => type === 'AWS::EC2::SecurityGroup' && identity.ref === groupId,
    );
    if (group === undefined) return fail(`security group ${groupId} is not in the template: its rules are not known`);
    const inline = getProperty(group, 'SecurityGroupEgress');
    const separate = resources.filter(
      (resource) => resource.type === 'AWS::EC2::SecurityGroupEgress' && getString(resource, 'GroupId') === groupId,
    );
    const rules = [...((inline ?? []) as EgressRule[]), ...separate.map(({ properties }) => properties as EgressRule)];
    if (inline === undefined && rules.length === 0) return [{ from: 0, to: 65535 }];
    return rules.flatMap(({ IpProtocol, FromPort, ToPort }) => {
      if (String(IpProtocol) === '-1') return [{ from: 0, to: 65535 }];
      return IpProtocol === 'tcp' || String(IpProtocol) === '6' ? [{ from: Number(FromPort), to: Number(ToPort) }] : [];
    });
  });
}

interface EgressRule {
  IpProtocol?: unknown;
  FromPort?: unknown;
  ToPort?: unknown;
}
