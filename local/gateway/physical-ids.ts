/** The names AWS would give a stack's resources, made from the logical ids so that they are the same every time. */
import { createHash } from 'node:crypto';
import { refuseTemplate } from './refusal.ts';

/** Where the stack lives. */
export interface Place {
  stackName: string;
  partition: string;
  region: string;
  account: string;
  urlSuffix: string;
}

/** What `Ref` and `Fn::GetAtt` give for a resource. */
export interface Identity {
  ref: string;
  attributes: Readonly<Record<string, string>>;
}

/** Partition and suffix follow from the region (documented: AWS General Reference). */
export function placeOf(stackName: string, account: string, region: string): Place {
  const china = region.startsWith('cn-');
  const partition = china ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return { stackName, partition, region, account, urlSuffix: china ? 'amazonaws.com.cn' : 'amazonaws.com' };
}

/** What a name is made from: the template's own choice, and steady inventions. */
interface Material {
  /** A text property of the resource, resolved. */
  chosen(property: string): string | undefined;
  /** The name CloudFormation makes when none is chosen. */
  generated: string;
  /** Lower-case hexadecimal digits. */
  id(length: number): string;
}

/**
 * Identity of one resource. `chosen` gives a resolved text property, for the types whose name may be chosen.
 * Throws a `TemplateRefusal` for a type that has none.
 */
export function identify(place: Place, logicalId: string, type: string, chosen: Material['chosen']): Identity {
  const namer = Object.hasOwn(NAMERS, type) ? NAMERS[type] : undefined;
  if (namer === undefined) refuseTemplate(`${logicalId}: nothing is known that ${type} could be referred to by`);
  const digest = createHash('sha256').update(`${place.stackName}/${logicalId}`).digest('hex');
  const readable = `${place.stackName}-${logicalId}`.slice(0, 51);
  const generated = `${readable}-${digest.slice(0, 12).toUpperCase()}`;
  return namer({ chosen, generated, id: (length) => digest.slice(-length) }, place);
}

type Namer = (material: Material, place: Place) => Identity;

const plain: Namer = ({ id }) => ({ ref: id(10), attributes: {} });
const withId =
  (prefix: string, length: number, attribute: string): Namer =>
  ({ id }) => ({ ref: prefix + id(length), attributes: { [attribute]: prefix + id(length) } });

const NAMERS: Readonly<Record<string, Namer>> = {
  'AWS::ApiGateway::RestApi': ({ id }) => ({
    ref: id(10),
    attributes: { RestApiId: id(10), RootResourceId: `root${id(6)}` },
  }),
  'AWS::ApiGateway::Resource': withId('', 6, 'ResourceId'),
  'AWS::ApiGateway::Deployment': withId('', 6, 'DeploymentId'),
  'AWS::ApiGateway::Stage': ({ chosen, generated }) => ({ ref: chosen('StageName') ?? generated, attributes: {} }),
  'AWS::ApiGateway::Method': plain,
  'AWS::ApiGateway::Authorizer': withId('', 6, 'AuthorizerId'),
  'AWS::ApiGateway::DomainName': ({ chosen, id }, { region }) => ({
    ref: chosen('DomainName') ?? id(10),
    attributes: {
      RegionalDomainName: `d-${id(10)}.execute-api.${region}.amazonaws.com`,
      RegionalHostedZoneId: `Z${id(12).toUpperCase()}`,
    },
  }),
  'AWS::ApiGateway::BasePathMapping': plain,
  'AWS::WAFv2::WebACLAssociation': plain,
  'AWS::Lambda::EventInvokeConfig': plain,
  'AWS::Events::Rule': ({ chosen, generated }, { partition, region, account }) => {
    const ref = chosen('Name') ?? generated;
    return { ref, attributes: { Arn: `arn:${partition}:events:${region}:${account}:rule/${ref}` } };
  },
  'AWS::CloudWatch::Alarm': ({ chosen, generated }, { partition, region, account }) => {
    const ref = chosen('AlarmName') ?? generated;
    return { ref, attributes: { Arn: `arn:${partition}:cloudwatch:${region}:${account}:alarm:${ref}` } };
  },
  'AWS::CloudWatch::Dashboard': ({ chosen, generated }) => ({
    ref: chosen('DashboardName') ?? generated,
    attributes: {},
  }),
  'AWS::Logs::QueryDefinition': withId('', 12, 'QueryDefinitionId'),
  'AWS::ApiGateway::GatewayResponse': plain,
  'AWS::ApiGateway::Account': plain,
  'AWS::Lambda::Function': ({ chosen, generated }, { partition, region, account }) => {
    const ref = chosen('FunctionName') ?? generated;
    return { ref, attributes: { Arn: `arn:${partition}:lambda:${region}:${account}:function:${ref}` } };
  },
  'AWS::Lambda::Permission': plain,
  'AWS::IAM::Role': ({ chosen, generated, id }, { partition, account }) => {
    const ref = chosen('RoleName') ?? generated;
    const arn = `arn:${partition}:iam::${account}:role${chosen('Path') ?? '/'}${ref}`;
    return { ref, attributes: { Arn: arn, RoleId: `AROA${id(16).toUpperCase()}` } };
  },
  'AWS::IAM::Policy': ({ chosen, generated }) => ({ ref: chosen('PolicyName') ?? generated, attributes: {} }),
  'AWS::IAM::ManagedPolicy': ({ chosen, generated }, { partition, account }) => {
    const name = chosen('ManagedPolicyName') ?? generated;
    const arn = `arn:${partition}:iam::${account}:policy${chosen('Path') ?? '/'}${name}`;
    return { ref: arn, attributes: { PolicyArn: arn } };
  },
  'AWS::Logs::LogGroup': ({ chosen, generated }, { partition, region, account }) => {
    const ref = chosen('LogGroupName') ?? generated;
    return { ref, attributes: { Arn: `arn:${partition}:logs:${region}:${account}:log-group:${ref}:*` } };
  },
  'AWS::EC2::SecurityGroup': withId('sg-', 17, 'GroupId'),
  'AWS::EC2::SecurityGroupEgress': plain,
  'AWS::EC2::SecurityGroupIngress': plain,
  'AWS::EC2::VPCEndpoint': withId('vpce-', 17, 'Id'),
};
