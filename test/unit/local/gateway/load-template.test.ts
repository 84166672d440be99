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
/** The role's rights for the VPC, and what is denied of them. */
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

it('reads the fixture', async () => {
  const model = await loadFixture(createFixtureTemplate());

  expect(model.methods.map(({ httpMethod, resourcePath }) => `${httpMethod} ${resourcePath}`)).toEqual([
    'POST /streamed/{name}',
    'POST /buffered',
  ]);
  expect(model.functions.get('StreamedFunction')).toMatchObject({
    timeoutMs: 3000,
    reservedConcurrency: 1,
    variables: { COLOR: 'green' },
    logGroup: 'functions',
    canWriteLogs: true,
    egress: [{ from: 443, to: 443 }],
  });
  expect(model.warnings).toEqual([
    'the stage has an access log, and the template sets no account-wide role to write it with',
  ]);
});

it('gives the same names every time', async () => {
  const [first, second] = [await loadFixture(createFixtureTemplate()), await loadFixture(createFixtureTemplate())];

  expect(second.api.id).toBe(first.api.id);
  expect(second.functions.get('StreamedFunction')?.arn).toBe(first.functions.get('StreamedFunction')?.arn);
});

it('writes out the short resources of a resource policy', async () => {
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
    'one that is switched off',
    withRule({ State: 'DISABLED' }),
    { schedules: [expect.objectContaining({ enabled: false })] },
  ],
  ['one by the calendar', withRule({ ScheduleExpression: 'cron(0 10 * * ? *)' }), {}],
  ['one by several hours', withRule({ ScheduleExpression: 'rate(12 hours)' }), {}],
  [
    'the throttle of one method',
    withThrottle('/~1streamed~1{name}'),
    {
      stage: expect.objectContaining({
        methodSettings: [expect.objectContaining({ resourcePath: '/streamed/{name}' })],
      }),
    },
  ],
  ['a domain', withDomain(), { domain: { name: 'airflow.example.com' } }],
  [
    'one with a base path',
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
    'parameters of a request',
    changeFixture('PostBuffered', { RequestParameters: { 'method.request.header.X': true } }),
    {},
  ],
  [
    'what only watches, and what is for people',
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
    { warnings: [expect.stringContaining('access log')] },
  ],
  ['a boundary', changeFixture('Role', { PermissionsBoundary: 'arn:aws:iam::111122223333:policy/b' }), {}],
  [
    // Lambda's own calls carry no such key (documented: Lambda, "Controlling function access with lambda:SourceFunctionArn").
    'rights for the VPC that the function’s own code has not',
    withDeniedVpcPermissions({ ArnLike: { 'lambda:SourceFunctionArn': ANY_FUNCTION } }),
    {},
  ],
])('reads %s', async (_what, template, expected) => {
  await expect(loadFixture(template)).resolves.toMatchObject(expected);
});

it('leaves out what a condition switches off', async () => {
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
    'an unknown type',
    addResource('Queue', { Type: 'AWS::SQS::Queue', Properties: {} }),
    /resource type AWS::SQS::Queue is not known/,
  ],
  ['a custom resource', addResource('Own', { Type: 'Custom::Thing', Properties: {} }), /Custom::Thing is not known/],
  ['an unknown property', changeFixture('StreamedFunction', { Layers: ['l'] }), /property Layers is not honored/],
  ['one below', withIntegration({ CacheNamespace: 'c' }), /property Integration.CacheNamespace is not honored/],
  [
    'one in a list',
    changeFixture('Stage', { MethodSettings: [{ CachingEnabled: true }] }),
    /MethodSettings.CachingEnabled is not/,
  ],
  [
    'an unknown attribute',
    addResource('G', { Type: 'AWS::Logs::LogGroup', Properties: {}, CreationPolicy: {} }),
    /attribute CreationPolicy/,
  ],
  [
    'a transform',
    { ...createFixtureTemplate(), Transform: 'AWS::Serverless-2016-10-31' },
    /section Transform is not known/,
  ],
  [
    'another stack’s value',
    withVariables({ NAME: { 'Fn::ImportValue': 'x' } }),
    /nothing is given here for the export x/,
  ],
  ['a reference to nothing', withVariables({ NAME: { Ref: 'Nothing' } }), /Nothing, which is not in the template/],
  [
    'an unknown attribute of a resource',
    withVariables({ NAME: { 'Fn::GetAtt': ['Api', 'Arn'] } }),
    /Api.Arn is not known/,
  ],
  ['a secret from afar', withVariables({ NAME: '{{resolve:ssm:/x}}' }), /needs AWS/],
  ['a reserved variable', withVariables({ AWS_REGION: 'x' }), /AWS_REGION is reserved by Lambda/],
  ['a variable Lambda does not take', withVariables({ 'A-B': 'x' }), /A-B is not a name Lambda takes/],
  ['too many variables', withVariables({ LONG: 'x'.repeat(4096) }), /exceed 4 KB/],
  ['another runtime', changeFixture('StreamedFunction', { Runtime: 'nodejs20.x' }), /runtime is nodejs20.x/],
  [
    'an asset that is not there',
    changeFixture('StreamedFunction', { Code: { S3Key: 'other.zip' } }),
    /uploaded as other.zip/,
  ],
  ['a role Lambda may not take', changeFixture('Role', { AssumeRolePolicyDocument: { Statement: [] } }), /assume it/],
  [
    'a role without rights for the VPC',
    changeFixture('Role', { ManagedPolicyArns: [] }),
    /may not ec2:DescribeNetworkInterfaces/,
  ],
  [
    'a policy nobody knows',
    changeFixture('Role', { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }),
    /not known/,
  ],
  [
    'an authorizer',
    changeFixture('PostBuffered', { AuthorizationType: 'CUSTOM' }),
    /its authorizer is not in the template/,
  ],
  ['an integration type', withIntegration({ Type: 'HTTP_PROXY' }), /type HTTP_PROXY is not known/],
  ['a GET to Lambda', withIntegration({ IntegrationHttpMethod: 'GET' }), /called with POST/],
  ['a buffered mode with a streaming URI', withIntegration({ ResponseTransferMode: 'BUFFERED' }), /needs another URI/],
  [
    'a function elsewhere',
    withIntegrationUri(
      'arn:aws:apigateway:ap-southeast-2:lambda:path/2021-11-15/functions/arn:x/response-streaming-invocations',
    ),
    /no function of the template/,
  ],
  ['a timeout beyond the quota', withIntegration({ TimeoutInMillis: 900_001 }), /out of bounds/],
  [
    'an access log variable',
    withAccessLogFormat('$context.requestId $context.identity.name'),
    /\$context.identity.name is no variable/,
  ],
  ['an access log without an id', withAccessLogFormat('$context.status'), /must contain \$context.requestId/],
  ['a language in a gateway response', withGatewayBody('#if($x)1#end'), /only \$context variables/],
  ['rights for the VPC that nobody has', withDeniedVpcPermissions(undefined), /may not ec2:DescribeNetworkInterfaces/],
  [
    'rights for the VPC denied where the key is missing',
    withDeniedVpcPermissions({ ArnNotLike: { 'lambda:SourceFunctionArn': ANY_FUNCTION } }),
    /may not ec2:DescribeNetworkInterfaces/,
  ],
  ['an authorizer of requests', withAuthorizer({ Type: 'REQUEST' }), /type REQUEST is not known/],
  [
    'a token in the query',
    withAuthorizer({ IdentitySource: 'method.request.querystring.token' }),
    /identity source is no header/,
  ],
  ['an answer kept for too long', withAuthorizer({ AuthorizerResultTtlInSeconds: 3601 }), /must be 0 to 3600/],
  ['an expression that is none', withAuthorizer({ IdentityValidationExpression: '^(' }), /is no regular expression/],
  ['an authorizer elsewhere', withAuthorizer({ AuthorizerUri: 'arn:x' }), /leads to no function of the template/],
  ['an authorizer of another API', withAuthorizer({ RestApiId: 'other' }), /RestApiId is not the API/],
  [
    'a role for the authorizer',
    withAuthorizer({ AuthorizerCredentials: 'arn:x' }),
    /AuthorizerCredentials is not honored/,
  ],
  ['one hours', withRule({ ScheduleExpression: 'rate(1 hours)' }), /rate\(1 hours\) is no schedule/],
  ['two hour', withRule({ ScheduleExpression: 'rate(2 hour)' }), /is no schedule/],
  ['no time at all', withRule({ ScheduleExpression: 'rate(0 minutes)' }), /is no schedule/],
  ['cron of five fields', withRule({ ScheduleExpression: 'cron(0 10 * * ?)' }), /is no schedule/],
  ['no schedule', withRule({ ScheduleExpression: undefined }), /ScheduleExpression must be text/],
  ['a rule for events', withRule({ EventPattern: {} }), /EventPattern is not honored/],
  [
    'a rule in another state',
    withRule({ State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' }),
    /state .* is not known/,
  ],
  ['an input that is no JSON', withRule({}, { Input: '{a:1}' }), /must be JSON/],
  ['an input that is too long', withRule({}, { Input: JSON.stringify('x'.repeat(8192)) }), /at most 8192/],
  ['no input', withRule({}, { Input: undefined }), /must have a fixed input/],
  ['an input made of the event', withRule({}, { InputPath: '$' }), /Targets.InputPath is not honored/],
  ['another target', withRule({}, { Arn: 'arn:aws:sqs:x:1:q' }), /is no function of the template/],
  ['two targets', withRule({ Targets: [{ Id: 'a' }, { Id: 'b' }] }), /must have one target/],
  ['a throttled path that is not encoded', withThrottle('/streamed/{name}'), /must be like \/~1a~1b/],
  ['a throttled path that is encoded in part', withThrottle('/streamed~1{name}'), /must be like/],
  ['a throttled path that is not there', withThrottle('/~1streamed'), /POST \/streamed fit no method/],
  ['a throttled method that is not there', withThrottle('/~1buffered', 'GET'), /GET \/buffered fit no method/],
  ['a throttle of every path by one method', withThrottle('/*'), /fit no method/],
  ['a throttle of one path by every method', withThrottle('/~1buffered', '*'), /fit no method/],
  [
    'a private API without a policy',
    withApi({ EndpointConfiguration: { Types: ['PRIVATE'] } }),
    /needs a resource policy/,
  ],
  [
    'endpoints of an API that is not private',
    withApi({ EndpointConfiguration: { Types: ['REGIONAL'], VpcEndpointIds: ['vpce-0'] } }),
    /only a private API has VpcEndpointIds/,
  ],
  ['an API that nothing leads to', withApi({ DisableExecuteApiEndpoint: true }), /switched off, and it has no domain/],
  ['a domain that leads to no stage', withDomain({ Stage: undefined }), /callers would have to name/],
  ['a domain that leads to another stage', withDomain({ Stage: 'v2' }), /leads to stage v2, not v1/],
  [
    'a domain that is not there',
    withDomain({ DomainName: 'other.example.com' }),
    /other.example.com is not in the template/,
  ],
  ['a domain of another API', withDomain({ RestApiId: 'other' }), /RestApiId is not the API/],
  ['a domain at the edge', withDomain({}, { EndpointConfiguration: { Types: ['EDGE'] } }), /only REGIONAL is known/],
  ['a base path of two parts', withDomain({ BasePath: 'a/b' }), /is not one part of a path/],
  [
    'a domain of a private API',
    withDomain({}, {}, { EndpointConfiguration: { Types: ['PRIVATE'] }, Policy: POLICY }),
    /a private API takes no such domain/,
  ],
  ['a web ACL elsewhere', withWebAcl('arn:aws:apigateway:ap-southeast-2::/restapis/x/stages/v1'), /is not the stage/],
  ['a composite alarm', addResource('A', { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: {} }), /is not known/],
  [
    'a gateway response of no type',
    changeFixture('Default4xx', { ResponseType: 'DEFALT_4XX' }),
    /is no type of gateway/,
  ],
  ['a method of another API', changeFixture('PostBuffered', { RestApiId: 'other' }), /RestApiId is not the API/],
  ['a variable in a gateway response', withGatewayBody('$context.error.text'), /\$context.error.text is not known/],
])('refuses %s', async (_what, template, message) => {
  await expect(loadFixture(template)).rejects.toThrow(message);
});

it.each(['PostStreamed', 'Default4xx'])('refuses a deployment that does not wait for %s', async (left) => {
  const template = createFixtureTemplate();
  const deployment = template.Resources.Deployment;
  if (deployment !== undefined)
    deployment.DependsOn = (deployment.DependsOn as string[]).filter((name) => name !== left);

  await expect(loadFixture(template)).rejects.toThrow(`${left} may be missing from Deployment`);
});
