/** Generates the names and ids of a stack's resources from their logical ids, so that they are the same every time. */
import { createHash } from 'node:crypto';
import { rejectTemplate } from './unsupported-template.ts';

/** The stack's name, account and region. */
export interface StackLocation {
  stackName: string;
  partition: string;
  region: string;
  account: string;
  urlSuffix: string;
}

/** The values that `Ref` and `Fn::GetAtt` return for a resource. */
export interface ResourceIdentity {
  ref: string;
  attributes: Readonly<Record<string, string>>;
}

/** Partition and URL suffix follow from the region (documented: AWS General Reference). */
export function createStackLocation(stackName: string, account: string, region: string): StackLocation {
  const china = region.startsWith('cn-');
  const partition = china ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return { stackName, partition, region, account, urlSuffix: china ? 'amazonaws.com.cn' : 'amazonaws.com' };
}

interface NamingInput {
  /** Returns a resolved text property of the resource: a name that the template sets. */
  getProperty(property: string): string | undefined;
  /** The name that CloudFormation generates if the template sets none. */
  generatedName: string;
  /** Returns lower-case hexadecimal digits, the same every time for one resource. */
  createId(length: number): string;
}

/**
 * Returns the identity of one resource.
 *
 * @param getProperty returns a resolved text property of the resource
 * @throws UnsupportedTemplateError for a type that cannot be referenced here
 */
export function createResourceIdentity(
  location: StackLocation,
  logicalId: string,
  type: string,
  getProperty: NamingInput['getProperty'],
): ResourceIdentity {
  const namer = Object.hasOwn(NAMERS, type) ? NAMERS[type] : undefined;
  if (namer === undefined) rejectTemplate(`${logicalId}: references to ${type} are not supported`);
  const digest = createHash('sha256').update(`${location.stackName}/${logicalId}`).digest('hex');
  const readable = `${location.stackName}-${logicalId}`.slice(0, 51);
  const generatedName = `${readable}-${digest.slice(0, 12).toUpperCase()}`;
  return namer({ getProperty, generatedName, createId: (length) => digest.slice(-length) }, location);
}

type Namer = (input: NamingInput, location: StackLocation) => ResourceIdentity;

const nameById: Namer = ({ createId }) => ({ ref: createId(10), attributes: {} });
const nameByIdAttribute =
  (prefix: string, length: number, attribute: string): Namer =>
  ({ createId }) => ({ ref: prefix + createId(length), attributes: { [attribute]: prefix + createId(length) } });

const NAMERS: Readonly<Record<string, Namer>> = {
  'AWS::ApiGateway::RestApi': ({ createId }) => ({
    ref: createId(10),
    attributes: { RestApiId: createId(10), RootResourceId: `root${createId(6)}` },
  }),
  'AWS::ApiGateway::Resource': nameByIdAttribute('', 6, 'ResourceId'),
  'AWS::ApiGateway::Deployment': nameByIdAttribute('', 6, 'DeploymentId'),
  'AWS::ApiGateway::Stage': ({ getProperty, generatedName }) => ({
    ref: getProperty('StageName') ?? generatedName,
    attributes: {},
  }),
  'AWS::ApiGateway::Method': nameById,
  'AWS::ApiGateway::Authorizer': nameByIdAttribute('', 6, 'AuthorizerId'),
  'AWS::ApiGateway::DomainName': ({ getProperty, createId }, { region }) => ({
    ref: getProperty('DomainName') ?? createId(10),
    attributes: {
      RegionalDomainName: `d-${createId(10)}.execute-api.${region}.amazonaws.com`,
      RegionalHostedZoneId: `Z${createId(12).toUpperCase()}`,
    },
  }),
  'AWS::ApiGateway::BasePathMapping': nameById,
  'AWS::WAFv2::WebACLAssociation': nameById,
  'AWS::Lambda::EventInvokeConfig': nameById,
  'AWS::Events::Rule': ({ getProperty, generatedName }, { partition, region, account }) => {
    // Documented: on another bus than the default one, both contain the name of the bus.
    const name = getProperty('Name') ?? generatedName;
    const bus = getProperty('EventBusName')?.replace(/^.*:event-bus\//, '') ?? 'default';
    const path = bus === 'default' ? name : `${bus}/${name}`;
    const ref = bus === 'default' ? name : `${bus}|${name}`;
    return { ref, attributes: { Arn: `arn:${partition}:events:${region}:${account}:rule/${path}` } };
  },
  'AWS::SQS::Queue': ({ getProperty, generatedName }, { partition, region, account, urlSuffix }) => {
    const name = getProperty('QueueName') ?? generatedName;
    const url = `https://sqs.${region}.${urlSuffix}/${account}/${name}`;
    const arn = `arn:${partition}:sqs:${region}:${account}:${name}`;
    return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
  },
  'AWS::SQS::QueuePolicy': nameById,
  'AWS::Lambda::EventSourceMapping': nameByIdAttribute('', 12, 'Id'),
  'AWS::CloudWatch::Alarm': ({ getProperty, generatedName }, { partition, region, account }) => {
    const ref = getProperty('AlarmName') ?? generatedName;
    return { ref, attributes: { Arn: `arn:${partition}:cloudwatch:${region}:${account}:alarm:${ref}` } };
  },
  'AWS::CloudWatch::Dashboard': ({ getProperty, generatedName }) => ({
    ref: getProperty('DashboardName') ?? generatedName,
    attributes: {},
  }),
  'AWS::Logs::QueryDefinition': nameByIdAttribute('', 12, 'QueryDefinitionId'),
  'AWS::ApiGateway::GatewayResponse': nameById,
  'AWS::ApiGateway::Account': nameById,
  'AWS::Lambda::Function': ({ getProperty, generatedName }, { partition, region, account }) => {
    const ref = getProperty('FunctionName') ?? generatedName;
    return { ref, attributes: { Arn: `arn:${partition}:lambda:${region}:${account}:function:${ref}` } };
  },
  'AWS::Lambda::Permission': nameById,
  'AWS::Lambda::ResourcePolicy': nameById,
  'AWS::IAM::Role': ({ getProperty, generatedName, createId }, { partition, account }) => {
    const ref = getProperty('RoleName') ?? generatedName;
    const arn = `arn:${partition}:iam::${account}:role${getProperty('Path') ?? '/'}${ref}`;
    return { ref, attributes: { Arn: arn, RoleId: `AROA${createId(16).toUpperCase()}` } };
  },
  'AWS::IAM::Policy': ({ getProperty, generatedName }) => ({
    ref: getProperty('PolicyName') ?? generatedName,
    attributes: {},
  }),
  'AWS::IAM::ManagedPolicy': ({ getProperty, generatedName }, { partition, account }) => {
    const name = getProperty('ManagedPolicyName') ?? generatedName;
    const arn = `arn:${partition}:iam::${account}:policy${getProperty('Path') ?? '/'}${name}`;
    return { ref: arn, attributes: { PolicyArn: arn } };
  },
  'AWS::S3::Bucket': ({ createId }, { stackName, partition }) => {
    const ref = `${stackName.toLowerCase()}-${createId(12)}`;
    return { ref, attributes: { Arn: `arn:${partition}:s3:::${ref}` } };
  },
  'AWS::S3::BucketPolicy': nameById,
  'AWS::Logs::LogGroup': ({ getProperty, generatedName }, { partition, region, account }) => {
    const ref = getProperty('LogGroupName') ?? generatedName;
    return { ref, attributes: { Arn: `arn:${partition}:logs:${region}:${account}:log-group:${ref}:*` } };
  },
  'Custom::AirflowCommands': nameById,
  'AWS::EC2::SecurityGroup': nameByIdAttribute('sg-', 17, 'GroupId'),
  'AWS::EC2::SecurityGroupEgress': nameById,
  'AWS::EC2::SecurityGroupIngress': nameById,
  'AWS::EC2::VPCEndpoint': nameByIdAttribute('vpce-', 17, 'Id'),
};
