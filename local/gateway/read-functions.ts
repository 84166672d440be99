/**
 * The Lambda functions of a template. Refuses what Lambda refuses at deployment (documented: Lambda developer guide,
 * "Defined runtime environment variables", "Execution role", "VPC access", quotas), so that it is not found out there.
 */
import { isAllowed } from '../iam/evaluate.ts';
import { createPrincipals } from '../iam/principals.ts';
import type { Assembly } from './assembly.ts';
import type { ResolvedResource } from './intrinsics.ts';
import type { LambdaFunction, Permission, PortRange, Role } from './model.ts';
import type { Place } from './physical-ids.ts';
import { optionalNumber, optionalText, propertyAt, tableOf, textOf, textsOf } from './properties.ts';
import { readRoles } from './read-roles.ts';
import { refuseTemplate } from './refusal.ts';

const RESERVED_VARIABLES = new Set([
  ...['_HANDLER', '_X_AMZN_TRACE_ID', 'AWS_DEFAULT_REGION', 'AWS_REGION', 'AWS_EXECUTION_ENV', 'AWS_ACCESS_KEY'],
  ...['AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'AWS_LAMBDA_FUNCTION_VERSION'],
  ...['AWS_LAMBDA_INITIALIZATION_TYPE', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME'],
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_LAMBDA_RUNTIME_API'],
  ...['LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR'],
]);
const VARIABLES_BYTES = 4096;
const RUNTIME_HERE = `nodejs${process.versions.node.split('.')[0]}.x`;

/** Functions by logical id. Throws a `TemplateRefusal` for one that would not deploy or cannot be run here. */
export async function readFunctions(
  resources: ResolvedResource[],
  place: Place,
  assembly: Assembly,
): Promise<ReadonlyMap<string, LambdaFunction>> {
  const roles = readRoles(resources);
  const found = new Map<string, LambdaFunction>();
  for (const resource of resources.filter(({ type }) => type === 'AWS::Lambda::Function')) {
    const { logicalId, identity } = resource;
    const fail = (why: string): never => refuseTemplate(`${logicalId} (AWS::Lambda::Function): ${why}`);
    const runtime = textOf(resource, 'Runtime');
    if (runtime !== RUNTIME_HERE) fail(`runtime is ${runtime}, and this gateway runs on ${RUNTIME_HERE}`);
    const key = textOf(resource, 'Code.S3Key');
    const timeout = optionalNumber(resource, 'Timeout') ?? 3;
    if (timeout < 1 || timeout > 900) fail('Timeout must be 1 to 900 seconds');
    const role = roles.get(textOf(resource, 'Role'));
    if (role === undefined) return fail('its role is not in the template, so what it may do is not known');
    if (!role.services.includes('lambda.amazonaws.com')) fail('its role does not let lambda.amazonaws.com assume it');
    const logGroup = optionalText(resource, 'LoggingConfig.LogGroup') ?? `/aws/lambda/${identity.ref}`;
    const logFormat = optionalText(resource, 'LoggingConfig.LogFormat') ?? 'Text';
    if (logFormat !== 'Text' && logFormat !== 'JSON') return fail(`LogFormat ${logFormat} is not known`);
    const logLevel = optionalText(resource, 'LoggingConfig.ApplicationLogLevel');
    const reservedConcurrency = optionalNumber(resource, 'ReservedConcurrentExecutions');
    const inVpc = propertyAt(resource, 'VpcConfig') !== undefined;
    if (inVpc) await checkVpcRights(resource, role, place, fail);
    found.set(logicalId, {
      logicalId,
      name: identity.ref,
      arn: identity.attributes.Arn ?? '',
      handler: textOf(resource, 'Handler'),
      runtime,
      timeoutMs: timeout * 1000,
      memoryMb: optionalNumber(resource, 'MemorySize') ?? 128,
      variables: variablesOf(resource, fail),
      assetFolder: assembly.assetFolder(key) ?? fail(`no asset of this assembly is uploaded as ${key}`),
      role: { name: role.name, arn: role.arn, policies: role.policies },
      logGroup,
      logFormat,
      mayLog: await mayLog(role, place, logGroup),
      ...(reservedConcurrency !== undefined && { reservedConcurrency }),
      ...(logLevel !== undefined && { logLevel }),
      ...(inVpc && { egress: egressOf(resources, textsOf(resource, 'VpcConfig.SecurityGroupIds'), fail) }),
    });
  }
  return found;
}

/** The functions' own policies. Throws a `TemplateRefusal` where one names a function that is not in the template. */
export function readPermissions(
  resources: ResolvedResource[],
  functions: ReadonlyMap<string, LambdaFunction>,
): Permission[] {
  return resources
    .filter(({ type }) => type === 'AWS::Lambda::Permission')
    .map((resource) => {
      const named = textOf(resource, 'FunctionName');
      const target = [...functions.values()].find(({ name, arn }) => name === named || arn === named);
      if (target === undefined) refuseTemplate(`${resource.logicalId}: ${named} is no function of the template`);
      const sourceArn = optionalText(resource, 'SourceArn');
      const sourceAccount = optionalText(resource, 'SourceAccount');
      return {
        function: target.logicalId,
        action: textOf(resource, 'Action'),
        principal: textOf(resource, 'Principal'),
        ...(sourceArn !== undefined && { sourceArn }),
        ...(sourceAccount !== undefined && { sourceAccount }),
      };
    });
}

type Fail = (why: string) => never;

function variablesOf(resource: ResolvedResource, fail: Fail): Record<string, string> {
  const variables = tableOf(resource, 'Environment.Variables');
  const names = Object.keys(variables);
  const reserved = names.find((name) => RESERVED_VARIABLES.has(name));
  if (reserved !== undefined) fail(`environment variable ${reserved} is reserved by Lambda`);
  const malformed = names.find((name) => !/^[a-zA-Z]\w+$/.test(name));
  if (malformed !== undefined) fail(`${malformed} is not a name Lambda takes for an environment variable`);
  if (JSON.stringify(variables).length > VARIABLES_BYTES) fail('its environment variables exceed 4 KB');
  return variables;
}

async function checkVpcRights(resource: ResolvedResource, role: Role, place: Place, fail: Fail): Promise<void> {
  const ec2 = (rest: string) => `arn:${place.partition}:ec2:${place.region}:${place.account}:${rest}`;
  const principal = sessionOf(role, place);
  const needed = [
    ['ec2:DescribeNetworkInterfaces', '*'],
    ['ec2:DeleteNetworkInterface', ec2('network-interface/eni-00000000')],
    ['ec2:CreateNetworkInterface', ec2('network-interface/eni-00000000')],
    ...textsOf(resource, 'VpcConfig.SubnetIds').map((id) => ['ec2:CreateNetworkInterface', ec2(`subnet/${id}`)]),
    ...textsOf(resource, 'VpcConfig.SecurityGroupIds').map((id) => [
      'ec2:CreateNetworkInterface',
      ec2(`security-group/${id}`),
    ]),
  ] as const;
  for (const [action = '', target = ''] of needed) {
    if (!(await isAllowed(principal, action, target)))
      fail(`its role may not ${action} on ${target}, which a VPC needs`);
  }
}

async function mayLog(role: Role, place: Place, logGroup: string): Promise<boolean> {
  const group = `arn:${place.partition}:logs:${place.region}:${place.account}:log-group:${logGroup}`;
  const principal = sessionOf(role, place);
  return (
    (await isAllowed(principal, 'logs:PutLogEvents', `${group}:log-stream:local`)) &&
    (await isAllowed(principal, 'logs:CreateLogStream', `${group}:log-stream:local`))
  );
}

function sessionOf(role: Role, { partition, account }: Place) {
  return createPrincipals().issue(
    `arn:${partition}:sts::${account}:assumed-role/${role.name}/deployment-check`,
    role.policies,
  );
}

/** A security group without egress rules in the template lets everything out; one with `[]` nothing (documented: EC2). */
function egressOf(resources: ResolvedResource[], groupIds: string[], fail: Fail): PortRange[] {
  return groupIds.flatMap((groupId) => {
    const group = resources.find(
      ({ type, identity }) => type === 'AWS::EC2::SecurityGroup' && identity.ref === groupId,
    );
    if (group === undefined) return fail(`security group ${groupId} is not in the template: its rules are not known`);
    const inline = propertyAt(group, 'SecurityGroupEgress');
    const separate = resources.filter(
      (resource) => resource.type === 'AWS::EC2::SecurityGroupEgress' && textOf(resource, 'GroupId') === groupId,
    );
    const rules = [...((inline ?? []) as Rule[]), ...separate.map(({ properties }) => properties as Rule)];
    if (inline === undefined && rules.length === 0) return [{ from: 0, to: 65535 }];
    return rules.flatMap(({ IpProtocol, FromPort, ToPort }) => {
      if (String(IpProtocol) === '-1') return [{ from: 0, to: 65535 }];
      return IpProtocol === 'tcp' || String(IpProtocol) === '6' ? [{ from: Number(FromPort), to: Number(ToPort) }] : [];
    });
  });
}

interface Rule {
  IpProtocol?: unknown;
  FromPort?: unknown;
  ToPort?: unknown;
}
