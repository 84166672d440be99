/** The names AWS would give a stack's resources, made from the logical ids so that they are the same every time. */
import { createHash } from 'node:crypto';
import { rejectTemplate } from './unsupported-template.ts';

/** Where the stack lives. */
export interface StackLocation {
  stackName: string;
  partition: string;
  region: string;
  account: string;
  urlSuffix: string;
}

/** What `Ref` and `Fn::GetAtt` give for a resource. */
export interface ResourceIdentity {
  ref: string;
  attributes: Readonly<Record<string, string>>;
}

/** Partition and suffix follow from the region (documented: AWS General Reference). */
export function createStackLocation(stackName: string, account: string, region: string): StackLocation {
  const china = region.startsWith('cn-');
  const partition = china ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return { stackName, partition, region, account, urlSuffix: china ? 'amazonaws.com.cn' : 'amazonaws.com' };
}

/** What a name is made from: the template's own choice, and steady inventions. */
interface NamingInput {
  /** A text property of the resource, resolved. */
  getProperty(property: string): string | undefined;
  /** The name CloudFormation makes when none is chosen. */
  generated: string;
  /** Lower-case hexadecimal digits. */
  createId(length: number): string;
}

/**
 * Identity of one resource. `chosen` gives a resolved text property, for the types whose name may be chosen.
 * Throws a `UnsupportedTemplateError` for a type that has none.
 */
export function createResourceIdentity(
  place: StackLocation,
  logicalId: string,
  type: string,
  chosen: NamingInput['getProperty'],
): ResourceIdentity {
  const namer = Object.hasOwn(NAMERS, type) ? NAMERS[type] : undefined;
  if (namer === undefined) rejectTemplate(`${logicalId}: nothing is known that ${type} could be referred to by`);
  const digest = createHash('sha256').update(`${place.stackName}/${logicalId}`).digest('hex');
  const readable = `${place.stackName}-${logicalId}`.slice(0, 51);
  const generated = `${readable}-${digest.slice(0, 12).toUpperCase()}`;
  return namer({ getProperty: chosen, generated, createId: (length) => digest.slice(-length) }, place);
}

type Namer = (material: NamingInput, place: StackLocation) => ResourceIdentity;

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
  'AWS::ApiGateway::Stage': ({ getProperty, generated }) => ({
    ref: getProperty('StageName') ?? generated,
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
  'AWS::Events::Rule': ({ getProperty, generated }, { partition, region, account }) => {
    const ref = getProperty('Name') ?? generated;
    return { ref, attributes: { Arn: `arn:${partition}:events:${region}:${account}:rule/${ref}` } };
  },
  'AWS::CloudWatch::Alarm': ({ getProperty, generated }, { partition, region, account }) => {
    const ref = getProperty('AlarmName') ?? generated;
    return { ref, attributes: { Arn: `arn:${partition}:cloudwatch:${region}:${account}:alarm:${ref}` } };
  },
  'AWS::CloudWatch::Dashboard': ({ getProperty, generated }) => ({
    ref: getProperty('DashboardName') ?? generated,
    attributes: {},
  }),
  'AWS::Logs::QueryDefinition': nameByIdAttribute('', 12, 'QueryDefinitionId'),
  'AWS::ApiGateway::GatewayResponse': nameById,
  'AWS::ApiGateway::Account': nameById,
  'AWS::Lambda::Function': ({ getProperty, generated }, { partition, region, account }) => {
    const ref = getProperty('FunctionName') ?? generated;
    return { ref, attributes: { Arn: `arn:${partition}:lambda:${region}:${account}:function:${ref}` } };
  },
  'AWS::Lambda::Permission': nameById,
  'AWS::IAM::Role': ({ getProperty, generated, createId }, { partition, account }) => {
    const ref = getProperty('RoleName') ?? generated;
    const arn = `arn:${partition}:iam::${account}:role${getProperty('Path') ?? '/'}${ref}`;
    return { ref, attributes: { Arn: arn, RoleId: `AROA${createId(16).toUpperCase()}` } };
  },
  'AWS::IAM::Policy': ({ getProperty, generated }) => ({ ref: getProperty('PolicyName') ?? generated, attributes: {} }),
  'AWS::IAM::ManagedPolicy': ({ getProperty, generated }, { partition, account }) => {
    const name = getProperty('ManagedPolicyName') ?? generated;
    const arn = `arn:${partition}:iam::${account}:policy${getProperty('Path') ?? '/'}${name}`;
    return { ref: arn, attributes: { PolicyArn: arn } };
  },
  'AWS::Logs::LogGroup': ({ getProperty, generated }, { partition, region, account }) => {
    const ref = getProperty('LogGroupName') ?? generated;
    return { ref, attributes: { Arn: `arn:${partition}:logs:${region}:${account}:log-group:${ref}:*` } };
  },
  'AWS::EC2::SecurityGroup': nameByIdAttribute('sg-', 17, 'GroupId'),
  'AWS::EC2::SecurityGroupEgress': nameById,
  'AWS::EC2::SecurityGroupIngress': nameById,
  'AWS::EC2::VPCEndpoint': nameByIdAttribute('vpce-', 17, 'Id'),
};
