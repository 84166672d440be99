/**
 * The resource types this gateway plays, and every property of them that may stand in a template. `honored` ones change
 * what happens here; `ignored` ones are known to change nothing on the way of a request, each with the reason. A type or
 * a property that stands in neither list is refused: the alternative is to guess.
 */
import { rejectTemplate } from './unsupported-template.ts';

/** Paths are dotted; a path stands for everything below it. */
export interface KnownResourceType {
  supported: readonly string[];
  ignored: Readonly<Record<string, string>>;
}

const DESCRIPTION_ONLY = 'for people to read';
const IGNORED_TAGS = { Tags: 'no policy here asks for tags' };

export const KNOWN_RESOURCE_TYPES: Readonly<Record<string, KnownResourceType>> = {
  'AWS::ApiGateway::RestApi': {
    supported: [
      'Name',
      'Policy',
      'BinaryMediaTypes',
      'EndpointConfiguration.Types',
      'DisableExecuteApiEndpoint',
      'EndpointConfiguration.VpcEndpointIds',
    ],
    ignored: {
      Description: DESCRIPTION_ONLY,
      'EndpointConfiguration.IpAddressType': 'callers come from the loopback address',
      SecurityPolicy: 'the laptop’s gateway speaks plain HTTP',
      EndpointAccessMode: 'the laptop’s gateway speaks plain HTTP',
      MinimumCompressionSize: 'compression is the client’s choice; never with response streaming',
      ...IGNORED_TAGS,
    },
  },
  'AWS::ApiGateway::Resource': { supported: ['RestApiId', 'ParentId', 'PathPart'], ignored: {} },
  'AWS::ApiGateway::Method': {
    supported: [
      'RestApiId',
      'ResourceId',
      'HttpMethod',
      'AuthorizationType',
      'AuthorizerId',
      'Integration.Type',
      'Integration.Uri',
      'Integration.IntegrationHttpMethod',
      'Integration.ResponseTransferMode',
      'Integration.TimeoutInMillis',
    ],
    ignored: {
      OperationName: DESCRIPTION_ONLY,
      MethodResponses: 'a proxy integration’s responses pass unmapped',
      RequestParameters: 'without a request validator none is checked, and a proxy integration gets them all',
      'Integration.PassthroughBehavior': 'a proxy integration has no mapping templates',
    },
  },
  'AWS::ApiGateway::Authorizer': {
    supported: [
      'RestApiId',
      'Type',
      'AuthorizerUri',
      'AuthorizerResultTtlInSeconds',
      'IdentitySource',
      'IdentityValidationExpression',
    ],
    ignored: { Name: DESCRIPTION_ONLY },
  },
  'AWS::ApiGateway::DomainName': {
    supported: ['DomainName', 'EndpointConfiguration.Types'],
    ignored: {
      RegionalCertificateArn: 'the laptop’s gateway speaks plain HTTP',
      SecurityPolicy: 'the laptop’s gateway speaks plain HTTP',
      ...IGNORED_TAGS,
    },
  },
  'AWS::ApiGateway::BasePathMapping': { supported: ['DomainName', 'RestApiId', 'Stage', 'BasePath'], ignored: {} },
  'AWS::WAFv2::WebACLAssociation': {
    supported: ['ResourceArn'],
    ignored: { WebACLArn: 'its rules are not in the template: a test says when it blocks' },
  },
  'AWS::Events::Rule': {
    supported: ['ScheduleExpression', 'State', 'Targets.Arn', 'Targets.Input'],
    ignored: {
      Name: DESCRIPTION_ONLY,
      Description: DESCRIPTION_ONLY,
      'Targets.Id': DESCRIPTION_ONLY,
      'Targets.RetryPolicy': 'an event is handed to its function at once here, and once',
      ...IGNORED_TAGS,
    },
  },
  'AWS::Lambda::EventInvokeConfig': {
    supported: [],
    ignored: Object.fromEntries(
      ['FunctionName', 'Qualifier', 'MaximumEventAgeInSeconds', 'MaximumRetryAttempts'].map((name) => [
        name,
        'an event is handed to its function at once here, and once',
      ]),
    ),
  },
  'AWS::CloudWatch::Alarm': {
    supported: [],
    ignored: Object.fromEntries(
      [
        'AlarmName',
        'AlarmDescription',
        'ActionsEnabled',
        'AlarmActions',
        'OKActions',
        'ComparisonOperator',
        'DatapointsToAlarm',
        'Dimensions',
        'EvaluationPeriods',
        'ExtendedStatistic',
        'MetricName',
        'Metrics',
        'Namespace',
        'Period',
        'Statistic',
        'Threshold',
        'TreatMissingData',
        'Unit',
        'Tags',
        'InsufficientDataActions',
        'EvaluateLowSampleCountPercentile',
      ].map((name) => [name, 'no metrics on the laptop']),
    ),
  },
  'AWS::CloudWatch::Dashboard': {
    supported: [],
    ignored: { DashboardName: DESCRIPTION_ONLY, DashboardBody: 'no metrics on the laptop' },
  },
  'AWS::Logs::QueryDefinition': {
    supported: [],
    ignored: {
      Name: DESCRIPTION_ONLY,
      QueryString: 'for people to run',
      LogGroupNames: 'for people to run',
      Parameters: DESCRIPTION_ONLY,
    },
  },
  'AWS::ApiGateway::Deployment': { supported: ['RestApiId'], ignored: { Description: DESCRIPTION_ONLY } },
  'AWS::ApiGateway::Stage': {
    supported: [
      'RestApiId',
      'DeploymentId',
      'StageName',
      'Variables',
      'AccessLogSetting.DestinationArn',
      'AccessLogSetting.Format',
      'MethodSettings.HttpMethod',
      'MethodSettings.ResourcePath',
      'MethodSettings.ThrottlingBurstLimit',
      'MethodSettings.ThrottlingRateLimit',
    ],
    ignored: {
      Description: DESCRIPTION_ONLY,
      TracingEnabled: 'no X-Ray on the laptop',
      'MethodSettings.LoggingLevel': 'execution logs are not written here',
      'MethodSettings.DataTraceEnabled': 'execution logs are not written here',
      'MethodSettings.MetricsEnabled': 'no metrics on the laptop',
      ...IGNORED_TAGS,
    },
  },
  'AWS::ApiGateway::GatewayResponse': {
    supported: ['RestApiId', 'ResponseType', 'StatusCode', 'ResponseTemplates', 'ResponseParameters'],
    ignored: {},
  },
  'AWS::ApiGateway::Account': { supported: ['CloudWatchRoleArn'], ignored: {} },
  'AWS::Lambda::Function': {
    supported: [
      'FunctionName',
      'Handler',
      'Runtime',
      'Timeout',
      'MemorySize',
      'Environment.Variables',
      'Role',
      'Code.S3Key',
      'ReservedConcurrentExecutions',
      'LoggingConfig.LogGroup',
      'LoggingConfig.LogFormat',
      'LoggingConfig.ApplicationLogLevel',
      'VpcConfig.SecurityGroupIds',
      'VpcConfig.SubnetIds',
    ],
    ignored: {
      Description: DESCRIPTION_ONLY,
      'Code.S3Bucket': 'the asset is found by its key in the asset manifest',
      Architectures: 'the bundle is JavaScript',
      TracingConfig: 'no X-Ray on the laptop',
      KmsKeyArn: 'encryption at rest',
      'EphemeralStorage.Size': 'the temporary folder is the machine’s',
      'LoggingConfig.SystemLogLevel': 'START, END and REPORT are always written',
      'VpcConfig.Ipv6AllowedForDualStack': 'the network is a table of names',
      RuntimeManagementConfig: 'the runtime is the Node that runs this',
      RecursiveLoop: 'nothing invokes itself here',
      ...IGNORED_TAGS,
    },
  },
  'AWS::Lambda::Permission': {
    supported: ['Action', 'FunctionName', 'Principal', 'SourceArn', 'SourceAccount'],
    ignored: {},
  },
  'AWS::Logs::LogGroup': {
    supported: ['LogGroupName'],
    ignored: {
      RetentionInDays: 'lines live as long as the gateway',
      KmsKeyId: 'encryption at rest',
      LogGroupClass: 'a matter of price',
      DataProtectionPolicy: 'masks when read; here lines are shown as they were written',
      DeletionProtectionEnabled: 'nothing deletes groups here',
      ...IGNORED_TAGS,
    },
  },
  'AWS::IAM::Role': {
    supported: ['RoleName', 'Path', 'AssumeRolePolicyDocument', 'ManagedPolicyArns', 'Policies'],
    ignored: {
      Description: DESCRIPTION_ONLY,
      PermissionsBoundary: 'what it allows is not in the template',
      MaxSessionDuration: 'credentials live as long as the gateway',
      ...IGNORED_TAGS,
    },
  },
  'AWS::IAM::Policy': { supported: ['PolicyName', 'PolicyDocument', 'Roles'], ignored: {} },
  'AWS::IAM::ManagedPolicy': {
    supported: ['ManagedPolicyName', 'Path', 'PolicyDocument', 'Roles'],
    ignored: { Description: DESCRIPTION_ONLY },
  },
  'AWS::EC2::SecurityGroup': {
    supported: ['SecurityGroupEgress'],
    ignored: {
      GroupName: DESCRIPTION_ONLY,
      GroupDescription: DESCRIPTION_ONLY,
      VpcId: 'one network',
      SecurityGroupIngress: 'nothing connects to a function',
      ...IGNORED_TAGS,
    },
  },
  'AWS::EC2::SecurityGroupEgress': {
    supported: ['GroupId', 'IpProtocol', 'FromPort', 'ToPort'],
    ignored: {
      Description: DESCRIPTION_ONLY,
      CidrIp: 'ports are checked, destinations are the network table’s',
      CidrIpv6: 'ports are checked, destinations are the network table’s',
      DestinationSecurityGroupId: 'ports are checked, destinations are the network table’s',
      DestinationPrefixListId: 'ports are checked, destinations are the network table’s',
    },
  },
  'AWS::EC2::SecurityGroupIngress': {
    supported: [],
    ignored: Object.fromEntries(
      [
        'Description',
        'GroupId',
        'GroupName',
        'IpProtocol',
        'FromPort',
        'ToPort',
        'CidrIp',
        'CidrIpv6',
        'SourceSecurityGroupId',
        'SourceSecurityGroupOwnerId',
        'SourcePrefixListId',
      ].map((name) => [name, 'who may reach what the function calls: that side is the network table’s']),
    ),
  },
  'AWS::EC2::VPCEndpoint': {
    supported: [],
    ignored: Object.fromEntries(
      [
        'ServiceName',
        'VpcId',
        'VpcEndpointType',
        'SubnetIds',
        'SecurityGroupIds',
        'PrivateDnsEnabled',
        'PolicyDocument',
        'DnsOptions',
        'IpAddressType',
        'Tags',
      ].map((name) => [name, 'which names lead where is the network table’s']),
    ),
  },
  'AWS::CDK::Metadata': { supported: [], ignored: { Analytics: 'says which constructs were used' } },
};

const RESOURCE_ATTRIBUTES = new Set([
  'Type',
  'Properties',
  'Condition',
  'DependsOn',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
]);

/** Throws a `UnsupportedTemplateError` for a type, attribute or property that is in no list. `properties` may be unresolved. */
export function checkKnownResource(logicalId: string, resource: { Type: string; Properties?: unknown }): void {
  const known = Object.hasOwn(KNOWN_RESOURCE_TYPES, resource.Type) ? KNOWN_RESOURCE_TYPES[resource.Type] : undefined;
  if (known === undefined) rejectTemplate(`${logicalId}: resource type ${resource.Type} is not known`);
  const attribute = Object.keys(resource).find((name) => !RESOURCE_ATTRIBUTES.has(name));
  if (attribute !== undefined) rejectTemplate(`${logicalId}: resource attribute ${attribute} is not known`);
  const listed = [...known.supported, ...Object.keys(known.ignored)];
  walk(resource.Properties ?? {}, '');

  function walk(value: unknown, path: string): void {
    if (listed.includes(path)) return;
    if (Array.isArray(value)) {
      for (const item of value) walk(item, path);
      return;
    }
    const isPrefix = path === '' || listed.some((name) => name.startsWith(`${path}.`));
    if (!isPrefix || typeof value !== 'object' || value === null) {
      rejectTemplate(`${logicalId} (${resource.Type}): property ${path} is not honored`);
    }
    for (const [name, child] of Object.entries(value)) walk(child, path === '' ? name : `${path}.${name}`);
  }
}
