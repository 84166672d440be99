import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDeploymentConfig } from '../fixtures/deployment-config.ts';
import { EVENT_CONFIG } from '../fixtures/event-config.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { type CfnLint, findCfnLint } from './cfn-lint.ts';
import { synthesizeConfig } from './synthesize-config.ts';

const cfnLintOrReason = await findCfnLint();
if ('unavailable' in cfnLintOrReason)
  console.error(`SKIPPED: cfn-lint cannot be installed: ${cfnLintOrReason.unavailable}`);
const testWithCfnLint = test.skipIf('unavailable' in cfnLintOrReason);
const runCfnLint = cfnLintOrReason as CfnLint;

const listTemplates = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => join(folder, name));

/** Returns the findings for a configuration, as `rule: message`, without positions. */
const lintConfig = async (config: string, region = 'ap-southeast-2') =>
  (await runCfnLint(listTemplates(synthesizeConfig(config).folder), region)).map((line) =>
    line.replace(/^[^:]*(?::\d+)*:/, ''),
  );

const withApi = (members: string) => TWO_ENVIRONMENTS.replace('api: {', `api: { ${members},`);
const IMPORTED_ENDPOINT = 'securityGroup: sg-0ddd4444, ingress: false';

/** For regions without `AWS::Lambda::ResourcePolicy`. */
const WITH_PERMISSIONS = `functionPolicies: permissions\n${TWO_ENVIRONMENTS}`;

testWithCfnLint.each([
  ['two environments', TWO_ENVIRONMENTS, undefined],
  [
    'OIDC callers, a KMS key, a permissions boundary, and tags',
    `${withApi(OIDC_CONFIG)}
kmsKey: arn:aws:kms:ap-southeast-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
permissionsBoundary: team/boundary
tags: { owner: data }
operations: { alarmTopics: ["arn:aws:sns:ap-southeast-2:111122223333:oncall"] }
`,
    undefined,
  ],
  [
    'a private API and created endpoints',
    withApi(
      'endpoint: private, vpcEndpoint: { create: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], cidrs: [10.0.0.0/16] } }',
    ).replace(IMPORTED_ENDPOINT, 'create: { cidrs: [10.0.0.0/16] }'),
    undefined,
  ],
  [
    'a custom domain and a web ACL',
    withApi(
      'domain: { name: a.example.com, certificate: "arn:aws:acm:ap-southeast-2:111122223333:certificate/12345678-1234-1234-1234-123456789012" }, webAcl: "arn:aws:wafv2:ap-southeast-2:111122223333:regional/webacl/n/0a"',
    ),
    undefined,
  ],
  ['events', EVENT_CONFIG, undefined],
  ['deployments', createDeploymentConfig('2.10.3'), undefined],
  ['a region in China', WITH_PERMISSIONS.replace('ap-southeast-2', 'cn-north-1'), 'cn-north-1'],
  ['a region in GovCloud', WITH_PERMISSIONS.replace('ap-southeast-2', 'us-gov-west-1'), 'us-gov-west-1'],
])('cfn-lint has no findings for %s', async (_what, config, region) => {
  expect(await lintConfig(config, region)).toEqual([]);
});

testWithCfnLint('cfn-lint finds a planted unknown property, including in nested stacks', async () => {
  const { folder } = synthesizeConfig(TWO_ENVIRONMENTS);
  for (const file of listTemplates(folder)) {
    writeFileSync(file, readFileSync(file, 'utf8').replace('"MemorySize"', '"MemorySizes"'));
  }
  const lines = await runCfnLint(listTemplates(folder), 'ap-southeast-2');
  expect(lines.filter((line) => line.includes('MemorySizes')).length).toBeGreaterThanOrEqual(3);
});
