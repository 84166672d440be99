import { CfnCondition, CfnParameter, type CfnParameterProps, Fn, type Stack } from 'aws-cdk-lib';
import { ENVIRONMENT_NAME_MESSAGE, ENVIRONMENT_NAME_PATTERN } from '../../config/environment-name.ts';

/** The parameters of the template, in the groups in which the console shows them. */
export const PARAMETER_GROUPS = {
  'MWAA environment': [
    'EnvironmentName',
    'AirflowRelease',
    'VpcId',
    'SubnetIds',
    'WebServerSecurityGroup',
    'AirflowEndpointSecurityGroup',
    'S3PrefixList',
    'ManageInboundRules',
    'Concurrency',
  ],
  'Callers and policy': ['CallerAccounts', 'PolicyWriters', 'PolicyKmsKey'],
  Operations: ['AlarmTopic'],
  Release: ['AssetBucket'],
} as const;

type ParameterName = (typeof PARAMETER_GROUPS)[keyof typeof PARAMETER_GROUPS][number];

/** `publish.sh` replaces this default with the name of the bucket that it has published to. */
export const UNPUBLISHED_BUCKET = 'xn--run-publish-sh-first';

const YES_OR_NO = { allowedValues: ['yes', 'no'] };
/** A list that must not be empty. CloudFormation compares each of its values with the pattern. */
const LIST = { type: 'CommaDelimitedList' };

const createDefinitions = (releases: readonly string[]): Record<ParameterName, CfnParameterProps> => ({
  EnvironmentName: {
    description: 'The name of the MWAA environment. It is also its name in the paths of the API',
    allowedPattern: ENVIRONMENT_NAME_PATTERN.source,
    constraintDescription: ENVIRONMENT_NAME_MESSAGE,
  },
  AirflowRelease: {
    description: 'The Airflow release of the environment. Commands are parsed with the catalog of this release',
    allowedValues: [...releases],
  },
  VpcId: { type: 'AWS::EC2::VPC::Id', description: 'The VPC of the environment' },
  SubnetIds: {
    type: 'List<AWS::EC2::Subnet::Id>',
    description: 'Private subnets of the VPC. Their route tables need the gateway endpoint for S3',
  },
  WebServerSecurityGroup: {
    type: 'AWS::EC2::SecurityGroup::Id',
    description: "The security group of the environment's web server endpoint",
  },
  AirflowEndpointSecurityGroup: {
    default: '',
    description: 'The security group of the airflow.env endpoint, if it is not the one of the web server',
    allowedPattern: '(sg-[0-9a-z]+)?',
  },
  S3PrefixList: {
    description: 'The ID of the prefix list com.amazonaws.REGION.s3, as in: aws ec2 describe-managed-prefix-lists',
    allowedPattern: 'pl-[0-9a-z]+',
  },
  ManageInboundRules: {
    ...YES_OR_NO,
    default: 'yes',
    description: 'Whether this stack adds the rules to the two security groups that let the relay in on port 443',
  },
  Concurrency: {
    type: 'Number',
    default: 2,
    minValue: 0,
    maxValue: 100,
    description:
      'How many commands may run at the same time. 0: without a limit, for accounts that cannot reserve concurrency',
  },
  CallerAccounts: {
    ...LIST,
    description: 'The IDs of the accounts whose roles and users may call the API. What each may run is in the policy',
    allowedPattern: '\\d{12}',
  },
  PolicyWriters: {
    ...LIST,
    description: 'The ARNs of the roles that may write the policy. Everybody else is denied, also administrators',
    allowedPattern: 'arn:aws[a-z-]*:iam::\\d{12}:(role|user)/[\\w+=,.@/*-]+',
  },
  PolicyKmsKey: {
    default: '',
    description: 'The ARN of a KMS key that encrypts the policy. Empty: a key of S3',
    allowedPattern: '(arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:key/[0-9a-z-]+)?',
  },
  AlarmTopic: {
    default: '',
    description: 'The ARN of the SNS topic that alarms notify. Empty: they notify nobody',
    allowedPattern: '(arn:aws[a-z-]*:sns:[a-z0-9-]+:\\d{12}:[\\w.-]+)?',
  },
  AssetBucket: {
    default: UNPUBLISHED_BUCKET,
    description: 'The bucket in this region that publish.sh has published the code of the functions to',
  },
});

export type TemplateParameters = Readonly<Record<ParameterName, CfnParameter>>;

/** Adds the parameters to the template. */
export function addTemplateParameters(stack: Stack, releases: readonly string[]): TemplateParameters {
  const definitions = Object.entries(createDefinitions(releases));
  stack.templateOptions.metadata = {
    'AWS::CloudFormation::Interface': {
      ParameterGroups: Object.entries(PARAMETER_GROUPS).map(([label, Parameters]) => ({
        Label: { default: label },
        Parameters,
      })),
    },
  };
  return Object.fromEntries(
    definitions.map(([name, props]) => [name, new CfnParameter(stack, name, props)]),
  ) as TemplateParameters as Record<ParameterName, CfnParameter>;
}

/** Adds the conditions that follow from the parameters. */
export function addTemplateConditions(stack: Stack, parameters: TemplateParameters) {
  const add = (id: string, name: ParameterName, isSet: 'equals' | 'differs', value: string) => {
    const equals = Fn.conditionEquals(parameters[name], value);
    return new CfnCondition(stack, id, { expression: isSet === 'equals' ? equals : Fn.conditionNot(equals) });
  };
  const { AirflowEndpointSecurityGroup: endpointGroup, WebServerSecurityGroup: webServerGroup } = parameters;
  // EC2 rejects a rule that a group has already.
  const hasEndpointGroup = new CfnCondition(stack, 'HasEndpointGroup', {
    expression: Fn.conditionNot(
      Fn.conditionOr(Fn.conditionEquals(endpointGroup, ''), Fn.conditionEquals(endpointGroup, webServerGroup)),
    ),
  });
  const managesIngress = add('ManagesInboundRules', 'ManageInboundRules', 'equals', 'yes');
  return {
    hasEndpointGroup,
    managesIngress,
    managesEndpointIngress: new CfnCondition(stack, 'ManagesEndpointInboundRule', {
      expression: Fn.conditionAnd(hasEndpointGroup, managesIngress),
    }),
    reservesConcurrency: add('ReservesConcurrency', 'Concurrency', 'differs', '0'),
    hasPolicyKey: add('HasPolicyKey', 'PolicyKmsKey', 'differs', ''),
    hasAlarmTopic: add('HasAlarmTopic', 'AlarmTopic', 'differs', ''),
  };
}
