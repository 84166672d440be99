/**
 * Reads the Lambda functions of a template. Rejects what Lambda would reject at deployment (documented: Lambda developer guide,
 * "Defined runtime environment variables", "Execution role", quotas), see also `check-service-role.ts`.
 */
import { isAllowed } from '../../iam/evaluate-policies.ts';
import { createPrincipalStore } from '../../iam/principal-store.ts';
import { findMissingAction, listPoliciesAtCreation } from './check-service-role.ts';
import type { FunctionRole, LambdaFunction, PortRange } from './gateway-model.ts';
import type { Assembly } from './load-assembly.ts';
import {
  getOptionalNumber,
  getOptionalString,
  getProperty,
  getString,
  getStringList,
  getStringMap,
} from './read-properties.ts';
import { readRoles, type TrustedRole } from './read-roles.ts';
import type { ResolvedResource } from './resolve-template.ts';
import type { StackLocation } from './resource-identity.ts';
import { createRejectResource, type RejectResource } from './unsupported-template.ts';

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

/** Returns the functions by logical id. Throws an `UnsupportedTemplateError` for one that would not deploy or cannot run here. */
export async function readFunctions(
  resources: ResolvedResource[],
  location: StackLocation,
  assembly: Assembly,
): Promise<ReadonlyMap<string, LambdaFunction>> {
  const roles = readRoles(resources);
  const functions = new Map<string, LambdaFunction>();
  for (const resource of resources.filter(({ type }) => type === 'AWS::Lambda::Function')) {
    const { logicalId, identity } = resource;
    const reject: RejectResource = createRejectResource(resource);
    const runtime = getString(resource, 'Runtime');
    if (runtime !== LOCAL_RUNTIME) reject(`runtime ${runtime} is not supported: the gateway runs on ${LOCAL_RUNTIME}`);
    const key = getString(resource, 'Code.S3Key');
    const timeout = getOptionalNumber(resource, 'Timeout') ?? 3;
    if (timeout < 1 || timeout > 900) reject(`Timeout ${timeout} must be 1 to 900 seconds`);
    const role = roles.get(getString(resource, 'Role'));
    if (role === undefined) return reject('its role is not in the template, so its permissions are unknown');
    if (!role.services.includes('lambda.amazonaws.com'))
      reject('its role does not allow lambda.amazonaws.com to assume it');
    const logGroup = getOptionalString(resource, 'LoggingConfig.LogGroup') ?? `/aws/lambda/${identity.ref}`;
    const logFormat = getOptionalString(resource, 'LoggingConfig.LogFormat') ?? 'Text';
    if (logFormat !== 'Text' && logFormat !== 'JSON') return reject(`LogFormat ${logFormat} is not supported`);
    const logLevel = getOptionalString(resource, 'LoggingConfig.ApplicationLogLevel');
    const reservedConcurrency = getOptionalNumber(resource, 'ReservedConcurrentExecutions');
    const inVpc = getProperty(resource, 'VpcConfig') !== undefined;
    await checkRole(resource, role, resources, location);
    functions.set(logicalId, {
      logicalId,
      name: identity.ref,
      arn: identity.attributes.Arn ?? '',
      handler: getString(resource, 'Handler'),
      runtime,
      timeoutMs: timeout * 1000,
      memoryMb: getOptionalNumber(resource, 'MemorySize') ?? 128,
      variables: readVariables(resource, reject),
      assetFolder: assembly.assetFolder(key) ?? reject(`this assembly has no asset with the object key ${key}`),
      role: { name: role.name, arn: role.arn, policies: role.policies },
      logGroup,
      logFormat,
      canWriteLogs: await canWriteLogs(role, location, logGroup),
      ...(reservedConcurrency !== undefined && { reservedConcurrency }),
      ...(logLevel !== undefined && { logLevel }),
      ...(inVpc && { egress: readEgress(resources, getStringList(resource, 'VpcConfig.SecurityGroupIds'), reject) }),
    });
  }
  return functions;
}

function readVariables(resource: ResolvedResource, reject: RejectResource): Record<string, string> {
  const variables = getStringMap(resource, 'Environment.Variables');
  const names = Object.keys(variables);
  const reserved = names.find((name) => RESERVED_VARIABLES.has(name));
  if (reserved !== undefined) reject(`environment variable ${reserved} is reserved by Lambda`);
  const malformed = names.find((name) => !/^[a-zA-Z]\w+$/.test(name));
  if (malformed !== undefined) reject(`${malformed} is not a valid name of an environment variable`);
  if (JSON.stringify(variables).length > MAX_VARIABLES_BYTES) reject('its environment variables exceed 4 KB');
  return variables;
}

/** Documented: Lambda, "Giving Lambda functions access to resources in an Amazon VPC". */
const VPC_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
/** Reported by users of AWS, not documented. */
const TRACING_ACTIONS = ['xray:PutTraceSegments'];

/** Rejects a function whose role Lambda would reject. The message is Lambda's. */
async function checkRole(
  resource: ResolvedResource,
  role: TrustedRole,
  resources: readonly ResolvedResource[],
  location: StackLocation,
): Promise<void> {
  const policies = listPoliciesAtCreation(role, resource, resources);
  const checks = [
    { service: 'EC2', actions: VPC_ACTIONS, isNeeded: getProperty(resource, 'VpcConfig') !== undefined },
    { service: 'XRAY', actions: TRACING_ACTIONS, isNeeded: getProperty(resource, 'TracingConfig.Mode') === 'Active' },
  ];
  for (const { service, actions, isNeeded } of checks) {
    const missing = isNeeded ? await findMissingAction(policies, actions, location) : undefined;
    if (missing === undefined) continue;
    const [, operation] = missing.split(':');
    createRejectResource(resource)(
      `The provided execution role does not have permissions to call ${operation} on ${service}: ` +
        `allow ${missing} on * without a condition, in the role itself or in a policy that the function depends on`,
    );
  }
}

async function canWriteLogs(role: FunctionRole, location: StackLocation, logGroup: string): Promise<boolean> {
  const group = `arn:${location.partition}:logs:${location.region}:${location.account}:log-group:${logGroup}`;
  const principal = createRoleSession(role, location);
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

/** A security group allows all egress if the template sets no egress rules, and none if it sets `[]` (documented: EC2). */
function readEgress(resources: ResolvedResource[], groupIds: string[], reject: RejectResource): PortRange[] {
  return groupIds.flatMap((groupId) => {
    const group = resources.find(
      ({ type, identity }) => type === 'AWS::EC2::SecurityGroup' && identity.ref === groupId,
    );
    if (group === undefined)
      return reject(`security group ${groupId} is not in the template, so its rules are unknown`);
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
