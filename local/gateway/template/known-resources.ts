/**
 * The resource types that this gateway accepts, with their properties. `supported` properties take effect here. `ignored`
 * properties do not affect a request; each has the reason. The gateway rejects every other type and property instead of
 * guessing what it does.
 */
import { rejectTemplate } from './unsupported-template.ts';

/** Property paths are dotted. A path includes everything below it. */
export interface KnownResourceType {
  supported: readonly string[];
  ignored: Readonly<Record<string, string>>;
}

const DESCRIPTION_ONLY = 'a description';
const DELIVERED_ONCE = 'the gateway delivers each event to its function once, immediately';
const NO_TLS = 'the local gateway serves plain HTTP';
const NO_METRICS = 'the local gateway records no metrics';
const NETWORK_TABLE = 'the network table decides which hosts a function reaches';
const IGNORED_TAGS = { Tags: 'the supported policies have no conditions on tags' };

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
      'EndpointConfiguration.IpAddressType': 'callers connect from the loopback address',
      SecurityPolicy: NO_TLS,
      EndpointAccessMode: NO_TLS,
      MinimumCompressionSize: 'the local gateway does not compress responses',
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
      MethodResponses: 'the gateway does not map responses of a proxy integration',
      RequestParameters: 'without a request validator API Gateway checks none, and a proxy integration receives all',
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
      RegionalCertificateArn: NO_TLS,
      SecurityPolicy: NO_TLS,
      ...IGNORED_TAGS,
    },
  },
  'AWS::ApiGateway::BasePathMapping': { supported: ['DomainName', 'RestApiId', 'Stage', 'BasePath'], ignored: {} },
  'AWS::WAFv2::WebACLAssociation': {
    supported: ['ResourceArn'],
    ignored: { WebACLArn: 'the rules of the web ACL are not in the template: a test decides when it blocks' },
  },
  'AWS::Events::Rule': {
    supported: [
      'Name',
      'EventBusName',
      'EventPattern',
      'ScheduleExpression',
      'State',
      'Targets.Arn',
      'Targets.Input',
      'Targets.DeadLetterConfig.Arn',
    ],
    ignored: {
      Description: DESCRIPTION_ONLY,
      'Targets.Id': DESCRIPTION_ONLY,
      'Targets.RetryPolicy': DELIVERED_ONCE,
      ...IGNORED_TAGS,
    },
  },
  'AWS::SQS::Queue': {
    supported: [
      'QueueName',
      'VisibilityTimeout',
      'MessageRetentionPeriod',
      'MaximumMessageSize',
      'RedrivePolicy.deadLetterTargetArn',
      'RedrivePolicy.maxReceiveCount',
      'RedriveAllowPolicy.redrivePermission',
      'RedriveAllowPolicy.sourceQueueArns',
    ],
    ignored: {
      SqsManagedSseEnabled: 'encryption at rest is not simulated',
      ...IGNORED_TAGS,
    },
  },
  'AWS::SQS::QueuePolicy': { supported: ['Queues', 'PolicyDocument'], ignored: {} },
  'AWS::Lambda::EventSourceMapping': {
    supported: [
      'EventSourceArn',
      'FunctionName',
      'BatchSize',
      'Enabled',
      'FunctionResponseTypes',
      'ScalingConfig.MaximumConcurrency',
    ],
    ignored: { ...IGNORED_TAGS },
  },
  'AWS::Lambda::EventInvokeConfig': {
    supported: [],
    ignored: Object.fromEntries(
      ['FunctionName', 'Qualifier', 'MaximumEventAgeInSeconds', 'MaximumRetryAttempts'].map((name) => [
        name,
        DELIVERED_ONCE,
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
      ].map((name) => [name, NO_METRICS]),
    ),
  },
  'AWS::CloudWatch::Dashboard': {
    supported: [],
    ignored: { DashboardName: DESCRIPTION_ONLY, DashboardBody: NO_METRICS },
  },
  'AWS::Logs::QueryDefinition': {
    supported: [],
    ignored: {
      Name: DESCRIPTION_ONLY,
      QueryString: 'a saved query runs only when someone runs it',
      LogGroupNames: 'a saved query runs only when someone runs it',
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
      'MethodSettings.LoggingLevel',
    ],
    ignored: {
      Description: DESCRIPTION_ONLY,
      TracingEnabled: 'the local gateway records no traces',
      'MethodSettings.DataTraceEnabled': 'the local gateway writes no execution logs',
      'MethodSettings.MetricsEnabled': NO_METRICS,
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
      'TracingConfig.Mode',
      'KmsKeyArn',
      'VpcConfig.SecurityGroupIds',
      'VpcConfig.SubnetIds',
    ],
    ignored: {
      Description: DESCRIPTION_ONLY,
      'Code.S3Bucket': 'the asset is found by its key in the asset manifest',
      Architectures: 'the bundle is JavaScript and runs on any architecture',
      'EphemeralStorage.Size': 'functions use the temporary folder of this machine',
      'LoggingConfig.SystemLogLevel': 'START, END and REPORT lines are always written',
      'VpcConfig.Ipv6AllowedForDualStack': 'the network is a table of host names',
      RuntimeManagementConfig: 'functions run on the Node.js that runs the gateway',
      RecursiveLoop: 'no function here invokes itself',
      ...IGNORED_TAGS,
    },
  },
  'AWS::Lambda::Permission': {
    supported: ['Action', 'FunctionName', 'Principal', 'SourceArn', 'SourceAccount'],
    ignored: {},
  },
  'AWS::Lambda::ResourcePolicy': { supported: ['ResourceArn', 'PolicyDocument'], ignored: {} },
  'AWS::Logs::LogGroup': {
    supported: ['LogGroupName', 'KmsKeyId'],
    ignored: {
      RetentionInDays: 'log lines are kept until the gateway closes',
      LogGroupClass: 'affects only the price',
      DataProtectionPolicy: 'masks log lines when they are read on AWS; here they are shown unmasked',
      DeletionProtectionEnabled: 'no log group is deleted here',
      ...IGNORED_TAGS,
    },
  },
  'AWS::IAM::Role': {
    supported: ['RoleName', 'Path', 'AssumeRolePolicyDocument', 'ManagedPolicyArns', 'Policies'],
    ignored: {
      Description: DESCRIPTION_ONLY,
      PermissionsBoundary: 'the content of the boundary is not in the template',
      MaxSessionDuration: 'credentials are valid until the gateway closes',
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
      VpcId: 'there is only one network',
      SecurityGroupIngress: 'no connection is opened to a function',
      ...IGNORED_TAGS,
    },
  },
  'AWS::EC2::SecurityGroupEgress': {
    supported: ['GroupId', 'IpProtocol', 'FromPort', 'ToPort'],
    ignored: {
      Description: DESCRIPTION_ONLY,
      CidrIp: 'the gateway checks ports only; the network table decides which hosts a function reaches',
      CidrIpv6: 'the gateway checks ports only; the network table decides which hosts a function reaches',
      DestinationSecurityGroupId:
        'the gateway checks ports only; the network table decides which hosts a function reaches',
      DestinationPrefixListId:
        'the gateway checks ports only; the network table decides which hosts a function reaches',
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
      ].map((name) => [name, NETWORK_TABLE]),
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
      ].map((name) => [name, NETWORK_TABLE]),
    ),
  },
  'Custom::AirflowCommands': {
    supported: [],
    ignored: Object.fromEntries(
      ['ServiceToken', 'ServiceTimeout', 'Environment', 'OnCreate', 'OnUpdate', 'OnDelete', 'Values', 'Revision'].map(
        (name) => [name, 'local/cloudformation/ plays custom resources'],
      ),
    ),
  },
  'AWS::CDK::Metadata': { supported: [], ignored: { Analytics: 'usage data about CDK constructs' } },
};

const HOW_TO_ADD = 'implement it, or list why it has no effect, in local/gateway/template/known-resources.ts';

const RESOURCE_ATTRIBUTES = new Set([
  'Type',
  'Properties',
  'Condition',
  'DependsOn',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
]);

/** Throws an `UnsupportedTemplateError` for an unknown type, attribute or property. Properties may be unresolved. */
export function checkKnownResource(logicalId: string, resource: { Type: string; Properties?: unknown }): void {
  const known = Object.hasOwn(KNOWN_RESOURCE_TYPES, resource.Type) ? KNOWN_RESOURCE_TYPES[resource.Type] : undefined;
  if (known === undefined)
    rejectTemplate(`${logicalId}: resource type ${resource.Type} is not supported: ${HOW_TO_ADD}`);
  const attribute = Object.keys(resource).find((name) => !RESOURCE_ATTRIBUTES.has(name));
  if (attribute !== undefined) rejectTemplate(`${logicalId}: resource attribute ${attribute} is not supported`);
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
      rejectTemplate(`${logicalId} (${resource.Type}): property ${path} is not supported: ${HOW_TO_ADD}`);
    }
    for (const [name, child] of Object.entries(value)) walk(child, path === '' ? name : `${path}.${name}`);
  }
}
