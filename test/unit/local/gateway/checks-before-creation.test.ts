/** What services check when CloudFormation creates a resource: a template that would fail to deploy fails to load. */
import { expect, test } from 'vitest';
import { loadTemplate } from '../../../../local/gateway/template/load-template.ts';
import {
  addToFixture,
  changeFixture,
  createFixtureTemplate,
  type FixtureTemplate,
  writeAssembly,
} from './assembly-fixture.ts';

async function loadFixture(template: FixtureTemplate) {
  const assembly = writeAssembly(template);
  try {
    return await loadTemplate(assembly.directory);
  } finally {
    assembly.remove();
  }
}

const VPC_ACTIONS = [
  'CreateNetworkInterface',
  'DescribeNetworkInterfaces',
  'DescribeSubnets',
  'DeleteNetworkInterface',
  'AssignPrivateIpAddresses',
  'UnassignPrivateIpAddresses',
];
const allow = (actions: string[], Resource: unknown = '*', more: object = {}) => ({
  Effect: 'Allow',
  Action: actions.map((action) => `ec2:${action}`),
  Resource,
  ...more,
});
const createPolicy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
/** The fixture with these statements in the role of its function in a VPC, and no other policy. */
const withInlinePolicy = (...statements: object[]) =>
  changeFixture('Role', {
    ManagedPolicyArns: [],
    Policies: [{ PolicyName: 'p', PolicyDocument: createPolicy(...statements) }],
  });
const refuse = (operation: string, service = 'EC2') =>
  `The provided execution role does not have permissions to call ${operation} on ${service}`;
const ec2 = (part: string) => `arn:aws:ec2:ap-southeast-2:*:${part}`;

/** The fixture with the permissions of its role in a policy that is attached to it. */
function withAttachedPolicy(type: string, functionAttributes: object, policyAttributes: object = {}): FixtureTemplate {
  const template = withInlinePolicy({ Effect: 'Allow', Action: 'airflow:CreateCliToken', Resource: '*' });
  template.Resources.Attached = {
    Type: type,
    Properties: {
      ...(type === 'AWS::IAM::Policy' && { PolicyName: 'a' }),
      Roles: [{ Ref: 'Role' }],
      PolicyDocument: createPolicy(allow(VPC_ACTIONS)),
    },
    ...policyAttributes,
  };
  template.Resources.StreamedFunction = { ...template.Resources.StreamedFunction!, ...functionAttributes };
  return template;
}

const TAGGED = { Condition: { StringEquals: { 'aws:RequestTag/a': 'b' } } };
const SOURCE_FUNCTION = 'arn:aws:lambda:ap-southeast-2:111122223333:function:*';

test.each<[string, FixtureTemplate]>([
  ['allows the six actions on every resource', withInlinePolicy(allow(VPC_ACTIONS))],
  ['allows them in a list of resources that contains *', withInlinePolicy(allow(VPC_ACTIONS, ['*', ec2('subnet/*')]))],
  [
    'denies them to the code of the function',
    withInlinePolicy(allow(VPC_ACTIONS), {
      ...allow(VPC_ACTIONS),
      Effect: 'Deny',
      Condition: { ArnLike: { 'lambda:SourceFunctionArn': SOURCE_FUNCTION } },
    }),
  ],
  [
    'is attached to a policy that the function depends on',
    withAttachedPolicy('AWS::IAM::Policy', { DependsOn: ['Attached'] }),
  ],
  [
    'is attached to a managed policy that the function depends on by another resource',
    withAttachedPolicy('AWS::IAM::ManagedPolicy', { DependsOn: 'Group' }, {}),
  ],
])('a function in a VPC deploys if its role %s', async (what, template) => {
  if (what.includes('by another resource')) template.Resources.Group!.DependsOn = 'Attached';

  await expect(loadFixture(template)).resolves.toHaveProperty('functions');
});

test.each<[string, FixtureTemplate, string]>([
  ...VPC_ACTIONS.map((missing): [string, FixtureTemplate, string] => [
    `does not allow ${missing}`,
    withInlinePolicy(allow(VPC_ACTIONS.filter((action) => action !== missing))),
    refuse(missing),
  ]),
  [
    'allows CreateNetworkInterface by type of resource only',
    withInlinePolicy(
      allow(VPC_ACTIONS.slice(1)),
      allow(VPC_ACTIONS.slice(0, 1), [ec2('network-interface/*'), ec2('subnet/*'), ec2('security-group/*')]),
    ),
    refuse('CreateNetworkInterface'),
  ],
  [
    'allows all but some resources',
    withInlinePolicy({
      Effect: 'Allow',
      Action: 'ec2:*',
      NotResource: 'arn:aws:ec2:ap-southeast-2:111122223333:instance/*',
    }),
    refuse('CreateNetworkInterface'),
  ],
  [
    'allows them under a condition',
    withInlinePolicy(allow(VPC_ACTIONS, '*', TAGGED)),
    refuse('CreateNetworkInterface'),
  ],
  [
    'allows them under a condition on the principal',
    withInlinePolicy(
      allow(VPC_ACTIONS, '*', { Condition: { StringEquals: { 'aws:PrincipalAccount': '111122223333' } } }),
    ),
    refuse('CreateNetworkInterface'),
  ],
  [
    'denies one of them under a condition that holds without its key',
    withInlinePolicy(allow(VPC_ACTIONS), {
      ...allow(['DeleteNetworkInterface']),
      Effect: 'Deny',
      Condition: { StringNotEquals: { 'aws:PrincipalTag/a': 'b' } },
    }),
    refuse('DeleteNetworkInterface'),
  ],
  [
    'gets them from a policy that may be attached later',
    withAttachedPolicy('AWS::IAM::Policy', {}),
    refuse('CreateNetworkInterface'),
  ],
  [
    'gets them from a managed policy that may be attached later',
    withAttachedPolicy('AWS::IAM::ManagedPolicy', {}),
    refuse('CreateNetworkInterface'),
  ],
])('a function in a VPC does not deploy if its role %s', async (_what, template, message) => {
  await expect(loadFixture(template)).rejects.toThrow(message);
});

const withTracing = (...statements: object[]) => {
  const template = withInlinePolicy(allow(VPC_ACTIONS), ...statements);
  template.Resources.BufferedFunction!.Properties.TracingConfig = { Mode: 'Active' };
  return template;
};

test('a function that X-Ray traces needs the permission, and one that passes traces on does not', async () => {
  const passThrough = changeFixture('BufferedFunction', { TracingConfig: { Mode: 'PassThrough' } });

  await expect(loadFixture(withTracing())).rejects.toThrow(refuse('PutTraceSegments', 'XRAY'));
  await expect(
    loadFixture(withTracing({ Effect: 'Allow', Action: 'xray:Put*', Resource: '*' })),
  ).resolves.toHaveProperty('functions');
  await expect(loadFixture(passThrough)).resolves.toHaveProperty('functions');
});

const PUSH_TO_LOGS = 'arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs';
function withAccount(role: object = {}, stageDependsOn: string[] = ['Account']): FixtureTemplate {
  const template = addToFixture({
    LogRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: createPolicy({
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'apigateway.amazonaws.com' },
        }),
        ManagedPolicyArns: [PUSH_TO_LOGS],
        ...role,
      },
    },
    Account: {
      Type: 'AWS::ApiGateway::Account',
      Properties: { CloudWatchRoleArn: { 'Fn::GetAtt': ['LogRole', 'Arn'] } },
    },
  });
  template.Resources.Stage!.DependsOn = stageDependsOn;
  return template;
}

test.each<[string, FixtureTemplate, RegExp | undefined]>([
  ['whose stage depends on the account', withAccount(), undefined],
  [
    'whose account may come after the stage',
    withAccount({}, []),
    /CloudWatch Logs role ARN must be set in account settings/,
  ],
  ['whose log role has no permissions', withAccount({ ManagedPolicyArns: [] }), /does not have required permissions/],
  [
    'whose log role trusts another service',
    withAccount({ AssumeRolePolicyDocument: createPolicy() }),
    /Please grant trust permission for API Gateway/,
  ],
])('an API with an access log %s', async (_what, template, message) => {
  const loaded = loadFixture(template);

  if (message === undefined) await expect(loaded).resolves.toHaveProperty('functions');
  else await expect(loaded).rejects.toThrow(message);
});

test('a stage without logs needs no account', async () => {
  const template = withAccount({}, []);
  delete template.Resources.Stage!.Properties.AccessLogSetting;
  await expect(loadFixture(template)).resolves.toHaveProperty('functions');

  template.Resources.Stage!.Properties.MethodSettings = [{ HttpMethod: '*', ResourcePath: '/*', LoggingLevel: 'INFO' }];
  await expect(loadFixture(template)).rejects.toThrow('CloudWatch Logs role ARN must be set');
});

test('a log group whose key is not an ARN is rejected', async () => {
  const template = changeFixture('AccessLog', { KmsKeyId: 'alias/logs' });

  await expect(loadFixture(template)).rejects.toThrow('KmsKeyId alias/logs is not the ARN of a key');
});

test('a schedule that the policy of its function does not allow is a warning', async () => {
  const template = addToFixture({
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(1 hour)',
        Targets: [{ Id: 'T', Arn: { 'Fn::GetAtt': ['BufferedFunction', 'Arn'] }, Input: '{}' }],
      },
    },
  });

  expect((await loadFixture(template)).warnings).toContainEqual(
    'Rule: its events are lost because the policy of BufferedFunction does not allow it to invoke it',
  );
  expect((await loadFixture(createFixtureTemplate())).warnings).not.toContainEqual(expect.stringMatching(/^Rule/));
});

test.each<[string, FixtureTemplate, string]>([
  [
    'a function with a name of 65 characters',
    changeFixture('BufferedFunction', { FunctionName: 'f'.repeat(65) }),
    'must have length less than or equal to 64',
  ],
  [
    'a role with a name of 65 characters',
    changeFixture('Role', { RoleName: 'r'.repeat(65) }),
    'must have length less than or equal to 64',
  ],
  [
    'a role with inline policies of more than 10,240 bytes',
    withInlinePolicy(allow(VPC_ACTIONS), {
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${'x'.repeat(10_300)}`,
    }),
    'Maximum policy size of 10240 bytes exceeded for role',
  ],
])('%s does not deploy', async (_what, template, message) => {
  await expect(loadFixture(template)).rejects.toThrow(message);
});

test('reserving more than a new account has is a warning', async () => {
  const reserve = async (ReservedConcurrentExecutions: number) =>
    (await loadFixture(changeFixture('BufferedFunction', { ReservedConcurrentExecutions }))).warnings;

  expect(await reserve(900)).toContainEqual(expect.stringContaining('the functions reserve 905'));
  expect(await reserve(895)).not.toContainEqual(expect.stringContaining('reserve'));
});
