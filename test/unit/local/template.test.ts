import { expect, it } from 'vitest';
import type { GatewayModel } from '../../../local/gateway/model.ts';
import { loadTemplate } from '../../../local/gateway/template.ts';
import { fixtureTemplate, fixtureWith, type Template, writeAssembly } from './assembly-fixture.ts';

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
