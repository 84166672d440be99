import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, expect, test } from 'vitest';
import { writeTemplate } from '../../bin/build/write-template.ts';
import { STACK_FRONT_FUNCTION, STACK_RELAY_FUNCTION } from '../../contract/function-names.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { buildFunction } from '../../lib/functions/build-function.ts';
import { resolveEntryPoint } from '../../lib/functions/bundler.ts';
import { createProxyApp } from '../../lib/synthesize.ts';
import { TemplateStack } from '../../lib/template/template-stack.ts';
import { type CfnLint, findCfnLint } from './cfn-lint.ts';
import { createStubEntry } from './synthesize-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'template-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeTemplate(folder);
const file = join(folder, 'mwaa-cli-proxy.template.json');
const template = JSON.parse(readFileSync(file, 'utf8'));

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation defines the properties
  readonly Properties: any;
  readonly Condition?: string;
}
const list = (type: string): Resource[] =>
  Object.values<Resource>(template.Resources).filter(({ Type }) => Type === type);

const cfnLintOrReason = await findCfnLint();
if ('unavailable' in cfnLintOrReason)
  console.error(`SKIPPED: cfn-lint cannot be installed: ${cfnLintOrReason.unavailable}`);
const testWithCfnLint = test.skipIf('unavailable' in cfnLintOrReason);
const runCfnLint = cfnLintOrReason as CfnLint;

testWithCfnLint('cfn-lint has no findings, and finds a planted one', async () => {
  const planted = join(folder, 'planted.json');
  writeFileSync(planted, readFileSync(file, 'utf8').replace('"VpcConfig"', '"VpcConfigs"'));
  const lines = await runCfnLint([file, planted], 'ap-southeast-2');
  expect(lines.filter((line) => !line.includes(planted))).toEqual([]);
  expect(lines.join('\n')).toContain('VpcConfigs');
});

test('cdk-nag has no unexplained findings', () => {
  const stack = new TemplateStack(createProxyApp(), { version: '0.0.0', resolveEntryPoint: () => createStubEntry() });
  const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
  expect(
    violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    ),
  ).toEqual([]);
});

test('the template is one file that needs no bootstrap, and its code is in the bucket of the parameter', () => {
  expect(list('AWS::CloudFormation::Stack')).toEqual([]);
  expect(Object.keys(template.Parameters)).not.toContain('BootstrapVersion');
  expect(readFileSync(file).byteLength).toBeLessThan(200_000);
  const keys = list('AWS::Lambda::Function').map(({ Properties }) => {
    expect(Properties.Code.S3Bucket).toEqual({ Ref: 'AssetBucket' });
    return Properties.Code.S3Key.replace(/^mwaa-cli-proxy\/\d+\.\d+\.\d+\//, '');
  });
  expect(keys.sort()).toEqual(readdirSync(join(folder, 'code')).sort());
  expect(template.Parameters.AirflowRelease.AllowedValues).toEqual(CATALOGS.releases());
  // Its value is inserted by publish.sh.
  expect(readFileSync(join(folder, 'publish.sh'), 'utf8')).toContain(`s/${template.Parameters.AssetBucket.Default}/`);
});

test('nothing in the template or the code is of one deployment', () => {
  const text = JSON.stringify(template.Resources);
  expect(text).not.toMatch(/\d{12}/);
  expect(text).not.toMatch(/(?:vpc|subnet|sg|pl)-[0-9a-f]/);
  for (const { Properties } of list('AWS::Lambda::Function')) expect(Properties.FunctionName).toBeUndefined();
});

test('each function may read the policy and nothing else in S3', () => {
  const statements = list('AWS::IAM::Role').map(({ Properties }) =>
    Properties.Policies.flatMap(
      ({ PolicyDocument }: { PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] } }) =>
        PolicyDocument.Statement.filter(({ Action }) => [Action].flat().some((action) => action.startsWith('s3:'))),
    ),
  );
  const bucket = Object.entries<Resource>(template.Resources).find(([, { Type }]) => Type === 'AWS::S3::Bucket')![0];
  const arn = { 'Fn::GetAtt': [bucket, 'Arn'] };
  const expected = [
    { Effect: 'Allow', Action: 's3:GetObject', Resource: { 'Fn::Join': ['', [arn, '/policy.json']] } },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: arn },
  ];
  expect(statements).toEqual([expected, expected]);
});

test('the bucket denies everything without TLS, other writers, and writes without a condition, and outlives the stack', () => {
  const [bucket] = list('AWS::S3::Bucket') as (Resource & { DeletionPolicy: string })[];
  expect(bucket).toMatchObject({
    DeletionPolicy: 'Retain',
    Properties: { VersioningConfiguration: { Status: 'Enabled' } },
  });
  const [{ Properties }] = list('AWS::S3::BucketPolicy') as [Resource];
  expect(
    Properties.PolicyDocument.Statement.map((statement: { Sid: string; Effect: string; Condition: object }) => [
      statement.Sid,
      statement.Effect,
      statement.Condition,
    ]),
  ).toEqual([
    ['OnlyTls', 'Deny', { Bool: { 'aws:SecureTransport': 'false' } }],
    ['OtherWriters', 'Deny', { ArnNotLike: { 'aws:PrincipalArn': { Ref: 'PolicyWriters' } } }],
    [
      'UnconditionalWrites',
      'Deny',
      { Null: { 's3:if-match': 'true', 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    ],
  ]);
});

test('the API denies all accounts but those of the parameter', () => {
  const [{ Properties }] = list('AWS::ApiGateway::RestApi') as [Resource];
  const [allow, deny] = Properties.Policy.Statement;
  expect(allow).toMatchObject({ Effect: 'Allow', Principal: { AWS: { Ref: 'CallerAccounts' } } });
  expect(deny).toMatchObject({
    Effect: 'Deny',
    Principal: '*',
    Condition: { StringNotEquals: { 'aws:PrincipalAccount': { Ref: 'CallerAccounts' } } },
  });
});

test('the relay connects to the web server, the endpoint, and S3, on port 443', () => {
  const [{ Properties }] = list('AWS::EC2::SecurityGroup') as [Resource];
  const port = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 };
  expect(Properties.SecurityGroupEgress).toEqual([
    { ...port, DestinationSecurityGroupId: { Ref: 'WebServerSecurityGroup' }, Description: 'Airflow web server' },
    {
      'Fn::If': [
        'HasEndpointGroup',
        {
          ...port,
          DestinationSecurityGroupId: { Ref: 'AirflowEndpointSecurityGroup' },
          Description: 'airflow.env endpoint',
        },
        { Ref: 'AWS::NoValue' },
      ],
    },
    { ...port, DestinationPrefixListId: { Ref: 'S3PrefixList' }, Description: 'S3' },
  ]);
  expect(
    list('AWS::EC2::SecurityGroupIngress')
      .map(({ Condition }) => Condition)
      .sort(),
  ).toEqual(['ManagesEndpointInboundRule', 'ManagesInboundRules']);
});

test.each([
  [STACK_FRONT_FUNCTION, 200],
  [STACK_RELAY_FUNCTION, 170],
])('the bundle of $entry has less than %s KB of code, and its handler', (names, kilobytes) => {
  const code = buildFunction(names.bundleFile, resolveEntryPoint(names));
  expect(code.byteLength).toBeLessThan(Number(kilobytes) * 1024);
  expect(Buffer.from(code).toString()).toMatch(/module\.exports=\{handler\}/);
});
