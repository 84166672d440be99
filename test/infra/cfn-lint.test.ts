import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CfnLint, cfnLint } from './cfn-lint.ts';
import { synthesis } from './synthesis.ts';
import { OIDC, TWO_ENVIRONMENTS } from './two-environments.ts';

const found = await cfnLint();
if ('unavailable' in found) console.error(`SKIPPED: cfn-lint cannot be installed: ${found.unavailable}`);
const lint = test.skipIf('unavailable' in found);
const run = found as CfnLint;

const templatesIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => join(folder, name));

/** What is found, as `rule: what`, without the places. */
const findings = async (config: string, region = 'ap-southeast-2') =>
  (await run(templatesIn(synthesis(config).folder), region)).map((line) => line.replace(/^[^:]*(?::\d+)*:/, ''));

const withApi = (members: string) => TWO_ENVIRONMENTS.replace('api: {', `api: { ${members},`);
const MADE = 'securityGroup: sg-0ddd4444, ingress: false';

lint.each([
  ['two environments', TWO_ENVIRONMENTS, undefined],
  [
    'callers with tokens, a key, a boundary, tags',
    `${withApi(OIDC)}
kmsKey: arn:aws:kms:ap-southeast-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
permissionsBoundary: team/boundary
tags: { owner: data }
operations: { alarmTopics: ["arn:aws:sns:ap-southeast-2:111122223333:oncall"] }
`,
    undefined,
  ],
  [
    'a private API, and endpoints that are made',
    withApi(
      'endpoint: private, vpcEndpoint: { create: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], cidrs: [10.0.0.0/16] } }',
    ).replace(MADE, 'create: { cidrs: [10.0.0.0/16] }'),
    undefined,
  ],
  [
    'a domain and a web ACL',
    withApi(
      'domain: { name: a.example.com, certificate: "arn:aws:acm:ap-southeast-2:111122223333:certificate/12345678-1234-1234-1234-123456789012" }, webAcl: "arn:aws:wafv2:ap-southeast-2:111122223333:regional/webacl/n/0a"',
    ),
    undefined,
  ],
  ['a region in China', TWO_ENVIRONMENTS.replace('ap-southeast-2', 'cn-north-1'), 'cn-north-1'],
  ['a region of GovCloud', TWO_ENVIRONMENTS.replace('ap-southeast-2', 'us-gov-west-1'), 'us-gov-west-1'],
])('cfn-lint finds nothing unexplained: %s', async (_what, config, region) => {
  expect(await findings(config, region)).toEqual([]);
});

lint('it finds a planted property that does not exist, also in a stack within the stack', async () => {
  const { folder } = synthesis(TWO_ENVIRONMENTS);
  for (const file of templatesIn(folder)) {
    writeFileSync(file, readFileSync(file, 'utf8').replace('"AuthorizationType"', '"AuthorisationType"'));
  }
  const lines = await run(templatesIn(folder), 'ap-southeast-2');
  expect(lines.filter((line) => line.includes('AuthorisationType')).length).toBeGreaterThanOrEqual(3);
});
