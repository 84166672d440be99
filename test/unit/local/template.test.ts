import { expect, it } from 'vitest';
import type { GatewayModel } from '../../../local/gateway/model.ts';
import { loadTemplate } from '../../../local/gateway/template.ts';
import {
  fixturePlus,
  fixtureTemplate,
  fixtureWith,
  invocationUri,
  type Template,
  writeAssembly,
} from './assembly-fixture.ts';

async function load(template: Template): Promise<GatewayModel> {
  const assembly = writeAssembly(template);
  try {
    return await loadTemplate(assembly.directory);
  } finally {
    assembly.remove();
  }
}

const plus = (logicalId: string, resource: Template['Resources'][string]): Template => {
  const template = fixtureTemplate();
  return { ...template, Resources: { ...template.Resources, [logicalId]: resource } };
};
const variables = (values: Record<string, unknown>) =>
  fixtureWith('StreamedFunction', { Environment: { Variables: values } });
const integration = (change: Record<string, unknown>) => {
  const { Integration } = fixtureTemplate().Resources.PostStreamed?.Properties ?? {};
  return fixtureWith('PostStreamed', { Integration: { ...(Integration as object), ...change } });
};
const uri = (value: unknown) => integration({ Uri: value });
const format = (value: string) =>
  fixtureWith('Stage', { AccessLogSetting: { DestinationArn: 'arn:aws:logs:x:1:log-group:g', Format: value } });
const gatewayBody = (value: string) => fixtureWith('Default4xx', { ResponseTemplates: { 'application/json': value } });

const throttled = (ResourcePath: string, HttpMethod = 'POST') =>
  fixtureWith('Stage', {
    MethodSettings: [{ HttpMethod, ResourcePath, ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 }],
  });
const authorizer = (change: Record<string, unknown> = {}) =>
  plus('Authorizer', {
    Type: 'AWS::ApiGateway::Authorizer',
    Properties: {
      RestApiId: { Ref: 'Api' },
      Type: 'TOKEN',
      Name: 'tokens',
      IdentitySource: 'method.request.header.Authorization',
      AuthorizerUri: invocationUri('BufferedFunction', 'invocations', '2015-03-31'),
      ...change,
    },
  });
const rule = (change: Record<string, unknown> = {}, target: Record<string, unknown> = {}) =>
  plus('Rule', {
    Type: 'AWS::Events::Rule',
    Properties: {
      ScheduleExpression: 'rate(1 hour)',
      State: 'ENABLED',
      Targets: [{ Id: 'T', Arn: { 'Fn::GetAtt': ['BufferedFunction', 'Arn'] }, Input: '{"a":1}', ...target }],
      ...change,
    },
  });
const POLICY = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] };
const api = (change: Record<string, unknown>) => fixtureWith('Api', change);
const domain = (
  mapping: Record<string, unknown> = {},
  name: Record<string, unknown> = {},
  own: Record<string, unknown> = {},
) =>
  fixturePlus({
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
      ...fixtureTemplate().Resources.Api!,
      Properties: { ...fixtureTemplate().Resources.Api!.Properties, ...own },
    },
  });
const webAcl = (ResourceArn: unknown) =>
  plus('Acl', { Type: 'AWS::WAFv2::WebACLAssociation', Properties: { ResourceArn, WebACLArn: 'arn:aws:wafv2:x' } });
const STAGE_ARN = {
  'Fn::Join': ['', ['arn:aws:apigateway:ap-southeast-2::/restapis/', { Ref: 'Api' }, '/stages/', { Ref: 'Stage' }]],
};
/** The role's rights for the VPC, and what is denied of them. */
const denying = (Condition: object | undefined) =>
  fixtureWith('Role', {
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
  const model = await load(fixtureTemplate());

  expect(model.methods.map(({ httpMethod, resourcePath }) => `${httpMethod} ${resourcePath}`)).toEqual([
    ...['POST /streamed/{name}', 'POST /buffered'],
  ]);
  expect(model.functions.get('StreamedFunction')).toMatchObject({
    timeoutMs: 3000,
    reservedConcurrency: 1,
    variables: { COLOUR: 'green' },
    logGroup: 'functions',
    mayLog: true,
    egress: [{ from: 443, to: 443 }],
  });
  expect(model.warnings).toEqual([
    'the stage has an access log, and the template sets no account-wide role to write it with',
  ]);
});

it('gives the same names every time', async () => {
  const [first, second] = [await load(fixtureTemplate()), await load(fixtureTemplate())];

  expect(second.api.id).toBe(first.api.id);
  expect(second.functions.get('StreamedFunction')?.arn).toBe(first.functions.get('StreamedFunction')?.arn);
});

it('writes out the short resources of a resource policy', async () => {
  const Policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action: '*', Resource: 'execute-api:/v1/*' }],
  };

  const { api } = await load(fixtureWith('Api', { Policy }));

  expect(api.policy).toMatchObject({
    Statement: [{ Resource: [`arn:aws:execute-api:ap-southeast-2:111122223333:${api.id}/v1/*`] }],
  });
});

it.each<[string, Template, object]>([
  ['an authoriser', authorizer(), { authorizers: expect.objectContaining({ size: 1 }) }],
  [
    'a schedule',
    rule(),
    { schedules: [expect.objectContaining({ expression: 'rate(1 hour)', enabled: true, input: '{"a":1}' })] },
  ],
  [
    'one that is switched off',
    rule({ State: 'DISABLED' }),
    { schedules: [expect.objectContaining({ enabled: false })] },
  ],
  ['one by the calendar', rule({ ScheduleExpression: 'cron(0 10 * * ? *)' }), {}],
  ['one by several hours', rule({ ScheduleExpression: 'rate(12 hours)' }), {}],
  [
    'the throttle of one method',
    throttled('/~1streamed~1{name}'),
    {
      stage: expect.objectContaining({
        methodSettings: [expect.objectContaining({ resourcePath: '/streamed/{name}' })],
      }),
    },
  ],
  ['a domain', domain(), { domain: { name: 'airflow.example.com' } }],
  ['one with a base path', domain({ BasePath: 'cli' }), { domain: { name: 'airflow.example.com', basePath: 'cli' } }],
  [
    'a private API',
    api({ EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: ['vpce-0'] }, Policy: POLICY }),
    { api: expect.objectContaining({ endpointType: 'PRIVATE', vpcEndpointIds: ['vpce-0'] }) },
  ],
  ['a web ACL', webAcl(STAGE_ARN), { hasWebAcl: true }],
  ['no web ACL', fixtureTemplate(), { hasWebAcl: false }],
  [
    'parameters of a request',
    fixtureWith('PostBuffered', { RequestParameters: { 'method.request.header.X': true } }),
    {},
  ],
  [
    'what only watches, and what is for people',
    fixturePlus({
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
  ['a boundary', fixtureWith('Role', { PermissionsBoundary: 'arn:aws:iam::111122223333:policy/b' }), {}],
  [
    // Lambda's own calls carry no such key (documented: Lambda, "Controlling function access with lambda:SourceFunctionArn").
    'rights for the VPC that the function’s own code has not',
    denying({ ArnLike: { 'lambda:SourceFunctionArn': ANY_FUNCTION } }),
    {},
  ],
])('reads %s', async (_what, template, expected) => {
  await expect(load(template)).resolves.toMatchObject(expected);
});

it('leaves out what a condition switches off', async () => {
  const template = fixtureTemplate();
  template.Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
  template.Resources.Extra = {
    Type: 'AWS::Logs::LogGroup',
    Properties: { LogGroupName: { 'Fn::ImportValue': 'x' } },
    Condition: 'Never',
  };

  await expect(load(template)).resolves.toBeDefined();
});

it.each<[string, Template, RegExp]>([
  [
    'an unknown type',
    plus('Queue', { Type: 'AWS::SQS::Queue', Properties: {} }),
    /resource type AWS::SQS::Queue is not known/,
  ],
  ['a custom resource', plus('Own', { Type: 'Custom::Thing', Properties: {} }), /Custom::Thing is not known/],
  ['an unknown property', fixtureWith('StreamedFunction', { Layers: ['l'] }), /property Layers is not honoured/],
  ['one below', integration({ CacheNamespace: 'c' }), /property Integration.CacheNamespace is not honoured/],
  [
    'one in a list',
    fixtureWith('Stage', { MethodSettings: [{ CachingEnabled: true }] }),
    /MethodSettings.CachingEnabled is not/,
  ],
  [
    'an unknown attribute',
    plus('G', { Type: 'AWS::Logs::LogGroup', Properties: {}, CreationPolicy: {} }),
    /attribute CreationPolicy/,
  ],
  ['a transform', { ...fixtureTemplate(), Transform: 'AWS::Serverless-2016-10-31' }, /section Transform is not known/],
  ['another stack’s value', variables({ NAME: { 'Fn::ImportValue': 'x' } }), /nothing is given here for the export x/],
  ['a reference to nothing', variables({ NAME: { Ref: 'Nothing' } }), /Nothing, which is not in the template/],
  ['an unknown attribute of a resource', variables({ NAME: { 'Fn::GetAtt': ['Api', 'Arn'] } }), /Api.Arn is not known/],
  ['a secret from afar', variables({ NAME: '{{resolve:ssm:/x}}' }), /needs AWS/],
  ['a reserved variable', variables({ AWS_REGION: 'x' }), /AWS_REGION is reserved by Lambda/],
  ['a variable Lambda does not take', variables({ 'A-B': 'x' }), /A-B is not a name Lambda takes/],
  ['too many variables', variables({ LONG: 'x'.repeat(4096) }), /exceed 4 KB/],
  ['another runtime', fixtureWith('StreamedFunction', { Runtime: 'nodejs20.x' }), /runtime is nodejs20.x/],
  [
    'an asset that is not there',
    fixtureWith('StreamedFunction', { Code: { S3Key: 'other.zip' } }),
    /uploaded as other.zip/,
  ],
  ['a role Lambda may not take', fixtureWith('Role', { AssumeRolePolicyDocument: { Statement: [] } }), /assume it/],
  [
    'a role without rights for the VPC',
    fixtureWith('Role', { ManagedPolicyArns: [] }),
    /may not ec2:DescribeNetworkInterfaces/,
  ],
  [
    'a policy nobody knows',
    fixtureWith('Role', { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }),
    /not known/,
  ],
  [
    'an authoriser',
    fixtureWith('PostBuffered', { AuthorizationType: 'CUSTOM' }),
    /its authoriser is not in the template/,
  ],
  ['an integration type', integration({ Type: 'HTTP_PROXY' }), /type HTTP_PROXY is not known/],
  ['a GET to Lambda', integration({ IntegrationHttpMethod: 'GET' }), /called with POST/],
  ['a buffered mode with a streaming URI', integration({ ResponseTransferMode: 'BUFFERED' }), /needs another URI/],
  [
    'a function elsewhere',
    uri('arn:aws:apigateway:ap-southeast-2:lambda:path/2021-11-15/functions/arn:x/response-streaming-invocations'),
    /no function of the template/,
  ],
  ['a time-out beyond the quota', integration({ TimeoutInMillis: 900_001 }), /out of bounds/],
  [
    'an access log variable',
    format('$context.requestId $context.identity.name'),
    /\$context.identity.name is no variable/,
  ],
  ['an access log without an id', format('$context.status'), /must contain \$context.requestId/],
  ['a language in a gateway response', gatewayBody('#if($x)1#end'), /only \$context variables/],
  ['rights for the VPC that nobody has', denying(undefined), /may not ec2:DescribeNetworkInterfaces/],
  [
    'rights for the VPC denied where the key is missing',
    denying({ ArnNotLike: { 'lambda:SourceFunctionArn': ANY_FUNCTION } }),
    /may not ec2:DescribeNetworkInterfaces/,
  ],
  ['an authoriser of requests', authorizer({ Type: 'REQUEST' }), /type REQUEST is not known/],
  [
    'a token in the query',
    authorizer({ IdentitySource: 'method.request.querystring.token' }),
    /identity source is no header/,
  ],
  ['an answer kept for too long', authorizer({ AuthorizerResultTtlInSeconds: 3601 }), /must be 0 to 3600/],
  ['an expression that is none', authorizer({ IdentityValidationExpression: '^(' }), /is no regular expression/],
  ['an authoriser elsewhere', authorizer({ AuthorizerUri: 'arn:x' }), /leads to no function of the template/],
  ['an authoriser of another API', authorizer({ RestApiId: 'other' }), /RestApiId is not the API/],
  [
    'a role for the authoriser',
    authorizer({ AuthorizerCredentials: 'arn:x' }),
    /AuthorizerCredentials is not honoured/,
  ],
  ['one hours', rule({ ScheduleExpression: 'rate(1 hours)' }), /rate\(1 hours\) is no schedule/],
  ['two hour', rule({ ScheduleExpression: 'rate(2 hour)' }), /is no schedule/],
  ['no time at all', rule({ ScheduleExpression: 'rate(0 minutes)' }), /is no schedule/],
  ['cron of five fields', rule({ ScheduleExpression: 'cron(0 10 * * ?)' }), /is no schedule/],
  ['no schedule', rule({ ScheduleExpression: undefined }), /ScheduleExpression must be text/],
  ['a rule for events', rule({ EventPattern: {} }), /EventPattern is not honoured/],
  [
    'a rule in another state',
    rule({ State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' }),
    /state .* is not known/,
  ],
  ['an input that is no JSON', rule({}, { Input: '{a:1}' }), /must be JSON/],
  ['an input that is too long', rule({}, { Input: JSON.stringify('x'.repeat(8192)) }), /at most 8192/],
  ['no input', rule({}, { Input: undefined }), /must have a fixed input/],
  ['an input made of the event', rule({}, { InputPath: '$' }), /Targets.InputPath is not honoured/],
  ['another target', rule({}, { Arn: 'arn:aws:sqs:x:1:q' }), /is no function of the template/],
  ['two targets', rule({ Targets: [{ Id: 'a' }, { Id: 'b' }] }), /must have one target/],
  ['a throttled path that is not encoded', throttled('/streamed/{name}'), /must be like \/~1a~1b/],
  ['a throttled path that is encoded in part', throttled('/streamed~1{name}'), /must be like/],
  ['a throttled path that is not there', throttled('/~1streamed'), /POST \/streamed fit no method/],
  ['a throttled method that is not there', throttled('/~1buffered', 'GET'), /GET \/buffered fit no method/],
  ['a throttle of every path by one method', throttled('/*'), /fit no method/],
  ['a throttle of one path by every method', throttled('/~1buffered', '*'), /fit no method/],
  ['a private API without a policy', api({ EndpointConfiguration: { Types: ['PRIVATE'] } }), /needs a resource policy/],
  [
    'endpoints of an API that is not private',
    api({ EndpointConfiguration: { Types: ['REGIONAL'], VpcEndpointIds: ['vpce-0'] } }),
    /only a private API has VpcEndpointIds/,
  ],
  ['an API that nothing leads to', api({ DisableExecuteApiEndpoint: true }), /switched off, and it has no domain/],
  ['a domain that leads to no stage', domain({ Stage: undefined }), /callers would have to name/],
  ['a domain that leads to another stage', domain({ Stage: 'v2' }), /leads to stage v2, not v1/],
  [
    'a domain that is not there',
    domain({ DomainName: 'other.example.com' }),
    /other.example.com is not in the template/,
  ],
  ['a domain of another API', domain({ RestApiId: 'other' }), /RestApiId is not the API/],
  ['a domain at the edge', domain({}, { EndpointConfiguration: { Types: ['EDGE'] } }), /only REGIONAL is known/],
  ['a base path of two parts', domain({ BasePath: 'a/b' }), /is not one part of a path/],
  [
    'a domain of a private API',
    domain({}, {}, { EndpointConfiguration: { Types: ['PRIVATE'] }, Policy: POLICY }),
    /a private API takes no such domain/,
  ],
  ['a web ACL elsewhere', webAcl('arn:aws:apigateway:ap-southeast-2::/restapis/x/stages/v1'), /is not the stage/],
  ['a composite alarm', plus('A', { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: {} }), /is not known/],
  ['a gateway response of no type', fixtureWith('Default4xx', { ResponseType: 'DEFALT_4XX' }), /is no type of gateway/],
  ['a method of another API', fixtureWith('PostBuffered', { RestApiId: 'other' }), /RestApiId is not the API/],
  ['a variable in a gateway response', gatewayBody('$context.error.text'), /\$context.error.text is not known/],
])('refuses %s', async (_what, template, message) => {
  await expect(load(template)).rejects.toThrow(message);
});

it.each(['PostStreamed', 'Default4xx'])('refuses a deployment that does not wait for %s', async (left) => {
  const template = fixtureTemplate();
  const deployment = template.Resources.Deployment;
  if (deployment !== undefined)
    deployment.DependsOn = (deployment.DependsOn as string[]).filter((name) => name !== left);

  await expect(load(template)).rejects.toThrow(`${left} may be missing from Deployment`);
});
