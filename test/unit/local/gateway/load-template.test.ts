import { expect, it } from 'vitest';
import type { GatewayModel } from '../../../../local/gateway/template/gateway-model.ts';
import { loadTemplate } from '../../../../local/gateway/template/load-template.ts';
import {
  addToFixture,
  changeFixture,
  createFixtureTemplate,
  createInvocationUri,
  type FixtureTemplate,
  writeAssembly,
} from './assembly-fixture.ts';

async function loadFixture(template: FixtureTemplate): Promise<GatewayModel> {
  const assembly = writeAssembly(template);
  try {
    return await loadTemplate(assembly.directory);
  } finally {
    assembly.remove();
  }
}

const addResource = (logicalId: string, resource: FixtureTemplate['Resources'][string]): FixtureTemplate => {
  const template = createFixtureTemplate();
  return { ...template, Resources: { ...template.Resources, [logicalId]: resource } };
};
const withVariables = (values: Record<string, unknown>) =>
  changeFixture('StreamedFunction', { Environment: { Variables: values } });
const withIntegration = (change: Record<string, unknown>) => {
  const { Integration } = createFixtureTemplate().Resources.PostStreamed?.Properties ?? {};
  return changeFixture('PostStreamed', { Integration: { ...(Integration as object), ...change } });
};
const withIntegrationUri = (value: unknown) => withIntegration({ Uri: value });
const withAccessLogFormat = (value: string) =>
  changeFixture('Stage', { AccessLogSetting: { DestinationArn: 'arn:aws:logs:x:1:log-group:g', Format: value } });
const withGatewayBody = (value: string) =>
  changeFixture('Default4xx', { ResponseTemplates: { 'application/json': value } });

const withThrottle = (ResourcePath: string, HttpMethod = 'POST') =>
  changeFixture('Stage', {
    MethodSettings: [{ HttpMethod, ResourcePath, ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 }],
  });
const withAuthorizer = (change: Record<string, unknown> = {}) =>
  addResource('Authorizer', {
    Type: 'AWS::ApiGateway::Authorizer',
    Properties: {
      RestApiId: { Ref: 'Api' },
      Type: 'TOKEN',
      Name: 'tokens',
      IdentitySource: 'method.request.header.Authorization',
      AuthorizerUri: createInvocationUri('BufferedFunction', 'invocations', '2015-03-31'),
      ...change,
    },
  });
const withRule = (change: Record<string, unknown> = {}, target: Record<string, unknown> = {}) =>
  addResource('Rule', {
    Type: 'AWS::Events::Rule',
    Properties: {
      ScheduleExpression: 'rate(1 hour)',
      State: 'ENABLED',
      Targets: [{ Id: 'T', Arn: { 'Fn::GetAtt': ['BufferedFunction', 'Arn'] }, Input: '{"a":1}', ...target }],
      ...change,
    },
  });
const POLICY = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] };
const withApi = (change: Record<string, unknown>) => changeFixture('Api', change);
const withDomain = (
  mapping: Record<string, unknown> = {},
  name: Record<string, unknown> = {},
  own: Record<string, unknown> = {},
) =>
  addToFixture({
    Name: {
      Type: 'AWS::ApiGateway::DomainName',
      Properties: {
        DomainName: 'airflow.example.com',
        RegionalCertificateArn: 'arn:aws:acm:x:1:certificate/c',
        EndpointConfiguration: { Types: ['REGIONAL'] },
        SecurityPolicy: 'TLS_1_2',
        ...name,
      },
    },
    Mapping: {
      Type: 'AWS::ApiGateway::BasePathMapping',
      Properties: { DomainName: { Ref: 'Name' }, RestApiId: { Ref: 'Api' }, Stage: { Ref: 'Stage' }, ...mapping },
    },
    Api: {
      ...createFixtureTemplate().Resources.Api!,
      Properties: { ...createFixtureTemplate().Resources.Api!.Properties, ...own },
    },
  });
const withWebAcl = (ResourceArn: unknown) =>
  addResource('Acl', {
    Type: 'AWS::WAFv2::WebACLAssociation',
    Properties: { ResourceArn, WebACLArn: 'arn:aws:wafv2:x' },
  });
const STAGE_ARN = {
  'Fn::Join': ['', ['arn:aws:apigateway:ap-southeast-2::/restapis/', { Ref: 'Api' }, '/stages/', { Ref: 'Stage' }]],
};
/** The role's permissions for a VPC, with a statement that denies them under a condition. */
const withDeniedVpcPermissions = (Condition: object | undefined) =>
  changeFixture('Role', {
    Policies: [
      {
        PolicyName: 'p',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Deny', Action: 'ec2:*NetworkInterface*', Resource: '*', ...(Condition && { Condition }) },
          ],
        },
      },
    ],
  });
const ANY_FUNCTION = 'arn:aws:lambda:ap-southeast-2:111122223333:function:*';

it('loadTemplate reads methods, functions and warnings of the fixture', async () => {
  const model = await loadFixture(createFixtureTemplate());

  expect(model.methods.map(({ httpMethod, resourcePath }) => `${httpMethod} ${resourcePath}`)).toEqual([
    'POST /streamed/{name}',
    'POST /buffered',
  ]);
  expect(model.functions.get('StreamedFunction')).toMatchObject({
    timeoutMs: 3000,
    reservedConcurrency: 5,
    variables: { COLOR: 'green' },
    logGroup: 'functions',
    canWriteLogs: true,
    egress: [{ from: 443, to: 443 }],
  });
  expect(model.warnings).toEqual([
    'the stage has an access log, but the template does not set the account-wide role that writes it',
  ]);
});

it('loadTemplate generates the same names every time', async () => {
  const [first, second] = [await loadFixture(createFixtureTemplate()), await loadFixture(createFixtureTemplate())];

  expect(second.api.id).toBe(first.api.id);
  expect(second.functions.get('StreamedFunction')?.arn).toBe(first.functions.get('StreamedFunction')?.arn);
});

it('loadTemplate expands execute-api:/ resources of a resource policy to full ARNs', async () => {
  const Policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action: '*', Resource: 'execute-api:/v1/*' }],
  };

  const { api } = await loadFixture(changeFixture('Api', { Policy }));

  expect(api.policy).toMatchObject({
    Statement: [{ Resource: [`arn:aws:execute-api:ap-southeast-2:111122223333:${api.id}/v1/*`] }],
  });
});

it.each<[string, FixtureTemplate, object]>([
  ['an authorizer', withAuthorizer(), { authorizers: expect.objectContaining({ size: 1 }) }],
  [
    'a schedule',
    withRule(),
    { schedules: [expect.objectContaining({ expression: 'rate(1 hour)', enabled: true, input: '{"a":1}' })] },
  ],
  [
    'a disabled schedule',
    withRule({ State: 'DISABLED' }),
    { schedules: [expect.objectContaining({ enabled: false })] },
  ],
  ['a cron schedule', withRule({ ScheduleExpression: 'cron(0 10 * * ? *)' }), {}],
  ['a schedule of several hours', withRule({ ScheduleExpression: 'rate(12 hours)' }), {}],
  [
    'throttling of one method',
    withThrottle('/~1streamed~1{name}'),
    {
      stage: expect.objectContaining({
        methodSettings: [expect.objectContaining({ resourcePath: '/streamed/{name}' })],
      }),
    },
  ],
  ['a domain', withDomain(), { domain: { name: 'airflow.example.com' } }],
  [
    'a domain with a base path',
    withDomain({ BasePath: 'cli' }),
    { domain: { name: 'airflow.example.com', basePath: 'cli' } },
  ],
  [
    'a private API',
    withApi({ EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: ['vpce-0'] }, Policy: POLICY }),
    { api: expect.objectContaining({ endpointType: 'PRIVATE', vpcEndpointIds: ['vpce-0'] }) },
  ],
  ['a web ACL', withWebAcl(STAGE_ARN), { hasWebAcl: true }],
  ['no web ACL', createFixtureTemplate(), { hasWebAcl: false }],
  [
    'request parameters of a method',
    changeFixture('PostBuffered', { RequestParameters: { 'method.request.header.X': true } }),
    {},
  ],
  [
    'resources that do not affect a request',
    addToFixture({
      Alarm: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: { MetricName: 'Errors', Threshold: 1, TreatMissingData: 'breaching' },
      },
      Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardBody: '{}' } },
      Query: {
        Type: 'AWS::Logs::QueryDefinition',
        Properties: { Name: 'q', QueryString: 'fields a', LogGroupNames: [] },
      },
      Async: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: { FunctionName: { Ref: 'BufferedFunction' }, Qualifier: '$LATEST', MaximumRetryAttempts: 0 },
      },
      Endpoint: {
        Type: 'AWS::EC2::VPCEndpoint',
        Properties: { ServiceName: 's', VpcId: 'vpc-0', PrivateDnsEnabled: true },
      },
      Keyed: { Type: 'AWS::Logs::LogGroup', Properties: { KmsKeyId: 'arn:aws:kms:x:1:key/k' } },
    }),
    { warnings: [expect.stringContaining('access log'), expect.stringContaining('is not allowed to be used')] },
  ],
  ['a permissions boundary', changeFixture('Role', { PermissionsBoundary: 'arn:aws:iam::111122223333:policy/b' }), {}],
  [
    // Calls by the Lambda service do not have this key (documented: Lambda, "Controlling function access with lambda:SourceFunctionArn").
    'permissions for a VPC that are denied to code of the function only',
    withDeniedVpcPermissions({ ArnLike: { 'lambda:SourceFunctionArn': ANY_FUNCTION } }),
    {},
  ],
])('loadTemplate reads %s', async (_what, template, expected) => {
  await expect(loadFixture(template)).resolves.toMatchObject(expected);
});

it('loadTemplate omits resources whose condition is false', async () => {
  const template = createFixtureTemplate();
  template.Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
  template.Resources.Extra = {
    Type: 'AWS::Logs::LogGroup',
    Properties: { LogGroupName: { 'Fn::ImportValue': 'x' } },
    Condition: 'Never',
  };

  await expect(loadFixture(template)).resolves.toBeDefined();
});

it.each<[string, FixtureTemplate, RegExp]>([
  [
    'an unknown resource type',
    addResource('Topic', { Type: 'AWS::SNS::Topic', Properties: {} }),
    /resource type AWS::SNS::Topic is not supported/,
  ],
  [
    'a custom resource',
    addResource('Own', { Type: 'Custom::Thing', Properties: {} }),
    /Custom::Thing is not supported/,
  ],
  ['an unknown property', changeFixture('StreamedFunction', { Layers: ['l'] }), /property Layers is not supported/],
  [
    'an unknown nested property',
    withIntegration({ CacheNamespace: 'c' }),
    /property Integration.CacheNamespace is not supported/,
  ],
  [
    'an unknown property in a list',
    changeFixture('Stage', { MethodSettings: [{ CachingEnabled: true }] }),
    /MethodSettings.CachingEnabled is not/,
  ],
  [
    'an unknown resource attribute',
    addResource('G', { Type: 'AWS::Logs::LogGroup', Properties: {}, CreationPolicy: {} }),
    /attribute CreationPolicy/,
  ],
  [
    'a transform',
    { ...createFixtureTemplate(), Transform: 'AWS::Serverless-2016-10-31' },
    /section Transform is not supported/,
  ],
  [
    'an import without a value',
    withVariables({ NAME: { 'Fn::ImportValue': 'x' } }),
    /imports has no value for the export x/,
  ],
  [
    'a reference to a resource that does not exist',
    withVariables({ NAME: { Ref: 'Nothing' } }),
    /Nothing, which is not in the template/,
  ],
  [
    'a reference to an unknown attribute',
    withVariables({ NAME: { 'Fn::GetAtt': ['Api', 'Arn'] } }),
    /Api.Arn is not supported/,
  ],
  ['a dynamic reference', withVariables({ NAME: '{{resolve:ssm:/x}}' }), /needs AWS/],
  ['a reserved environment variable', withVariables({ AWS_REGION: 'x' }), /AWS_REGION is reserved by Lambda/],
  ['an environment variable with an invalid name', withVariables({ 'A-B': 'x' }), /A-B is not a valid name/],
  ['environment variables of more than 4 KB', withVariables({ LONG: 'x'.repeat(4096) }), /exceed 4 KB/],
  [
    'another runtime',
    changeFixture('StreamedFunction', { Runtime: 'nodejs20.x' }),
    /runtime nodejs20.x is not supported/,
  ],
  [
    'an asset that the assembly does not contain',
    changeFixture('StreamedFunction', { Code: { S3Key: 'other.zip' } }),
    /no asset with the object key other.zip/,
  ],
  [
    'a role that Lambda cannot assume',
    changeFixture('Role', { AssumeRolePolicyDocument: { Statement: [] } }),
    /assume it/,
  ],
  [
    'a role without permissions for a VPC',
    changeFixture('Role', { ManagedPolicyArns: [] }),
    /The provided execution role does not have permissions to call CreateNetworkInterface on EC2/,
  ],
  [
    'a managed policy of unknown content',
    changeFixture('Role', { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }),
    /the content of managed policy .*ReadOnlyAccess is unknown/,
  ],
  [
    'a method without its authorizer',
    changeFixture('PostBuffered', { AuthorizationType: 'CUSTOM' }),
    /its authorizer is not in the template/,
  ],
  ['an integration of another type', withIntegration({ Type: 'HTTP_PROXY' }), /type HTTP_PROXY is not supported/],
  [
    'an integration that invokes Lambda with GET',
    withIntegration({ IntegrationHttpMethod: 'GET' }),
    /IntegrationHttpMethod must be POST/,
  ],
  [
    'a buffered mode with a streaming URI',
    withIntegration({ ResponseTransferMode: 'BUFFERED' }),
    /transfer mode BUFFERED does not match URI/,
  ],
  [
    'an integration with a function that is not in the template',
    withIntegrationUri(
      'arn:aws:apigateway:ap-southeast-2:lambda:path/2021-11-15/functions/arn:x/response-streaming-invocations',
    ),
    /function arn:x is not in the template/,
  ],
  [
    'a timeout beyond the quota',
    withIntegration({ TimeoutInMillis: 900_001 }),
    /TimeoutInMillis 900001 must be 50 to 900000/,
  ],
  [
    'an unknown access log variable',
    withAccessLogFormat('$context.requestId $context.identity.name'),
    /variable \$context.identity.name does not exist/,
  ],
  ['an access log without a request id', withAccessLogFormat('$context.status'), /must contain \$context.requestId/],
  ['a gateway response with template code', withGatewayBody('#if($x)1#end'), /may contain \$context variables only/],
  [
    'permissions for a VPC that are denied to everyone',
    withDeniedVpcPermissions(undefined),
    /does not have permissions to call CreateNetworkInterface on EC2/,
  ],
  [
    'permissions for a VPC that are denied without the condition key',
    withDeniedVpcPermissions({ ArnNotLike: { 'lambda:SourceFunctionArn': ANY_FUNCTION } }),
    /does not have permissions to call CreateNetworkInterface on EC2/,
  ],
  ['an authorizer of type REQUEST', withAuthorizer({ Type: 'REQUEST' }), /type REQUEST is not supported/],
  [
    'an authorizer that reads the token from the query',
    withAuthorizer({ IdentitySource: 'method.request.querystring.token' }),
    /identity source is not a header/,
  ],
  [
    'an authorizer result that is cached for too long',
    withAuthorizer({ AuthorizerResultTtlInSeconds: 3601 }),
    /must be 0 to 3600/,
  ],
  [
    'an invalid identity validation expression',
    withAuthorizer({ IdentityValidationExpression: '^(' }),
    /is not a regular expression/,
  ],
  [
    'an authorizer with another URI',
    withAuthorizer({ AuthorizerUri: 'arn:x' }),
    /AuthorizerUri arn:x is not supported/,
  ],
  [
    'an authorizer that streams',
    withAuthorizer({
      AuthorizerUri: createInvocationUri('BufferedFunction', 'response-streaming-invocations', '2021-11-15'),
    }),
    /AuthorizerUri .* is not supported/,
  ],
  [
    'an authorizer with a function that is not in the template',
    withAuthorizer({ AuthorizerUri: 'arn:aws:apigateway:x:lambda:path/2015-03-31/functions/arn:x/invocations' }),
    /function arn:x is not in the template/,
  ],
  ['an authorizer of another API', withAuthorizer({ RestApiId: 'other' }), /RestApiId is not the API/],
  [
    'an authorizer with credentials',
    withAuthorizer({ AuthorizerCredentials: 'arn:x' }),
    /AuthorizerCredentials is not supported/,
  ],
  [
    'a schedule of rate(1 hours)',
    withRule({ ScheduleExpression: 'rate(1 hours)' }),
    /ScheduleExpression rate\(1 hours\) is not valid/,
  ],
  ['a schedule of rate(2 hour)', withRule({ ScheduleExpression: 'rate(2 hour)' }), /is not valid/],
  ['a schedule of rate(0 minutes)', withRule({ ScheduleExpression: 'rate(0 minutes)' }), /is not valid/],
  ['a cron schedule of five fields', withRule({ ScheduleExpression: 'cron(0 10 * * ?)' }), /is not valid/],
  ['a rule without a schedule', withRule({ ScheduleExpression: undefined }), /ScheduleExpression must be text/],
  [
    'a rule with an event pattern and a function',
    withRule({ EventPattern: {} }),
    /EventPattern is supported only for a target that is a queue/,
  ],
  [
    'a schedule in another state',
    withRule({ State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' }),
    /State .* is not supported/,
  ],
  ['a schedule whose input is not JSON', withRule({}, { Input: '{a:1}' }), /must be JSON/],
  ['a schedule whose input is too long', withRule({}, { Input: JSON.stringify('x'.repeat(8192)) }), /at most 8192/],
  ['a schedule without input', withRule({}, { Input: undefined }), /must have a fixed Input/],
  [
    'a schedule whose input is part of the event',
    withRule({}, { InputPath: '$' }),
    /Targets.InputPath is not supported/,
  ],
  [
    'a schedule with another target than a function',
    withRule({}, { Arn: 'arn:aws:sns:x:1:t' }),
    /is not a function of the template/,
  ],
  ['a schedule with two targets', withRule({ Targets: [{ Id: 'a' }, { Id: 'b' }] }), /must have exactly one target/],
  ['throttling of a path that is not encoded', withThrottle('/streamed/{name}'), /must encode slashes .*\/~1a~1b/],
  ['throttling of a partly encoded path', withThrottle('/streamed~1{name}'), /must encode slashes/],
  ['throttling of an unknown path', withThrottle('/~1streamed'), /POST \/streamed match no method/],
  ['throttling of an unknown method', withThrottle('/~1buffered', 'GET'), /GET \/buffered match no method/],
  ['throttling of one method on all paths', withThrottle('/*'), /match no method/],
  ['throttling of all methods on one path', withThrottle('/~1buffered', '*'), /match no method/],
  [
    'a private API without a policy',
    withApi({ EndpointConfiguration: { Types: ['PRIVATE'] } }),
    /requires a resource policy/,
  ],
  [
    'VPC endpoints of an API that is not private',
    withApi({ EndpointConfiguration: { Types: ['REGIONAL'], VpcEndpointIds: ['vpce-0'] } }),
    /VpcEndpointIds requires endpoint type PRIVATE/,
  ],
  ['an API without an address', withApi({ DisableExecuteApiEndpoint: true }), /default endpoint is disabled/],
  ['a domain without a stage', withDomain({ Stage: undefined }), /Stage is required/],
  ['a domain of another stage', withDomain({ Stage: 'v2' }), /maps to stage v2 instead of v1/],
  [
    'a domain that is not in the template',
    withDomain({ DomainName: 'other.example.com' }),
    /other.example.com is not in the template/,
  ],
  ['a domain of another API', withDomain({ RestApiId: 'other' }), /RestApiId is not the API/],
  [
    'an edge-optimized domain',
    withDomain({}, { EndpointConfiguration: { Types: ['EDGE'] } }),
    /only REGIONAL is supported/,
  ],
  ['a base path of two path parts', withDomain({ BasePath: 'a/b' }), /must be a single path part/],
  [
    'a domain of a private API',
    withDomain({}, {}, { EndpointConfiguration: { Types: ['PRIVATE'] }, Policy: POLICY }),
    /a private API cannot have this type of domain/,
  ],
  [
    'a web ACL of another API',
    withWebAcl('arn:aws:apigateway:ap-southeast-2::/restapis/x/stages/v1'),
    /is not the stage/,
  ],
  [
    'a composite alarm',
    addResource('A', { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: {} }),
    /is not supported/,
  ],
  [
    'a gateway response of an unknown type',
    changeFixture('Default4xx', { ResponseType: 'DEFALT_4XX' }),
    /ResponseType DEFALT_4XX does not exist/,
  ],
  ['a method of another API', changeFixture('PostBuffered', { RestApiId: 'other' }), /RestApiId is not the API/],
  [
    'an unknown variable in a gateway response',
    withGatewayBody('$context.error.text'),
    /\$context.error.text does not exist/,
  ],
])('loadTemplate rejects %s', async (_what, template, message) => {
  await expect(loadFixture(template)).rejects.toThrow(message);
});

it.each(['PostStreamed', 'Default4xx'])(
  'loadTemplate rejects a deployment that does not depend on %s',
  async (missing) => {
    const template = createFixtureTemplate();
    const deployment = template.Resources.Deployment;
    if (deployment !== undefined)
      deployment.DependsOn = (deployment.DependsOn as string[]).filter((name) => name !== missing);

    await expect(loadFixture(template)).rejects.toThrow(`${missing} may be missing from Deployment`);
  },
);
