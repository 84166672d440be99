import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { listQuotaInputs } from '../../config/check-quotas.ts';
import { QUOTAS } from '../../config/quotas.ts';
import { FRONT_FUNCTION } from '../../contract/function-names.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { resolveEntryPoint } from '../../lib/functions/bundler.ts';
import { createLargeConfig, createRules } from '../fixtures/large-config.ts';
import { parseTestConfig, skipGrantCheck } from '../fixtures/parse-test-config.ts';
import { OIDC_CONFIG } from '../fixtures/two-environments.ts';
import { createStubEntries, formatIntrinsics, type SynthesizedStack, synthesizeConfig } from './synthesize-config.ts';

/** The aim for the package of the front, which decides how long it takes to start. */
const MAX_FRONT_PACKAGE_BYTES = 275 * 1024;

const stubs = createStubEntries();

/** Everything that adds resources: OIDC, a domain, a web ACL, and in each environment a VPC with its own endpoint. */
const LARGEST_API = [
  'callers: { accounts: ["111122223333"] }',
  OIDC_CONFIG,
  'logRole: create',
  'webAcl: "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/name/0a1b"',
  'domain: { name: airflow.example.com, certificate: "arn:aws:acm:eu-west-1:111122223333:certificate/0a" }',
].join(', ');
const createSeparateVpc = (index: number): string => {
  const id = index.toString(16).padStart(8, '0');
  return (
    `{ id: vpc-${id}, subnets: [subnet-${id}, subnet-f${id.slice(1)}], webServerSecurityGroup: sg-${id}, ` +
    'webServerIngress: false, airflowEndpoint: { create: { cidrs: [10.0.0.0/16] } } }'
  );
};

const REST_RELEASES = CATALOGS.releases().filter((release) => CATALOGS.readOperations(release) !== undefined);

interface Sizes {
  readonly count: number;
  readonly text: string;
  readonly stack: SynthesizedStack;
  /** The bytes of the front's code and data, by file. */
  readonly frontFiles: readonly Buffer[];
}

/** Synthesizes with the real front, all releases, and as many grants. */
function synthesizeLarge(
  count: number,
  grantCount: number,
  options: Parameters<typeof createLargeConfig>[1],
  releases = CATALOGS.releases(),
  sections = '',
): Sizes {
  const rules = createRules(grantCount);
  const template = createLargeConfig(count, options).replaceAll(
    / env-(\d+): \{ airflow: [\d.]+/g,
    (_, index) => ` env-${index}: { airflow: ${releases[Number(index) % releases.length]}`,
  );
  const grants = rules.map((rule, index) => createGrant(rule, index, count));
  const text = `${template.slice(0, template.indexOf('grants:\n'))}grants:\n${grants.join('')}${sections}`;
  const stack = synthesizeConfig(text, (names) => (names === FRONT_FUNCTION ? resolveEntryPoint(names) : stubs(names)));
  return { count, text, stack, frontFiles: readFrontFiles(stack) };
}

/** With long names, patterns, and roles. */
const createEvents = (count: number): string => {
  const roles = Array.from({ length: 8 }, (_, index) => `"arn:aws:iam::111122223333:role/${'x'.repeat(500)}${index}"`);
  const values = Array.from({ length: 60 }, (_, index) => `value-that-is-matched-${index}`);
  const events = Array.from(
    { length: count },
    (_, index) =>
      `  ${'e'.repeat(28)}${index}: { environment: env-0, pattern: { source: [${values}] }, run: dags trigger a, bus: ${'b'.repeat(index % 2 ? 200 : 100)} }\n`,
  );
  return `operations: { redriveRoles: [${roles}] }\nevents:\n${events.join('')}`;
};

const createGrant = (rule: string, index: number, environments: number): string =>
  `  - { who: "arn:aws:iam::111122223333:role/team-${index}", where: env-${index % environments}, may: ["${rule}"] }\n`;

function readFrontFiles({ folder }: SynthesizedStack): Buffer[] {
  const asset = readdirSync(folder).find((name) => {
    return name.startsWith('asset.') && readdirSync(join(folder, name)).includes(FRONT_FUNCTION.dataFile);
  });
  return readdirSync(join(folder, asset!), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const max = (values: readonly number[]): number => Math.max(0, ...values);

/** What the templates need of each quota, by its name. */
const MEASURES: Readonly<Record<string, (sizes: Sizes) => number>> = {
  'resources in one CloudFormation stack': (sizes) => max(countMembers(sizes, 'Resources')),
  'resources in one CloudFormation operation, with nested stacks': (sizes) => sum(countMembers(sizes, 'Resources')),
  'outputs of one CloudFormation stack': (sizes) => max(countMembers(sizes, 'Outputs')),
  'parameters of one CloudFormation stack': (sizes) => max(countMembers(sizes, 'Parameters')),
  'bytes of one CloudFormation template': ({ stack }) => max(stack.texts.map((text) => Buffer.byteLength(text))),
  // The root resource is part of the API, and not of the template.
  'resources (path segments) in one API': (sizes) => countResources(sizes, 'AWS::ApiGateway::Resource') + 1,
  'rules on one EventBridge event bus': ({ stack }) =>
    max([
      ...countBy(stack.resources('AWS::Events::Rule').map(({ Properties }) => Properties.EventBusName ?? '')).values(),
    ]),
  'characters in one event pattern': ({ stack }) =>
    max(
      stack
        .resources('AWS::Events::Rule')
        .flatMap(({ Properties: { EventPattern: pattern } }) => (pattern ? [JSON.stringify(pattern).length] : [])),
    ),
  'bytes in the policy of one queue': ({ stack }) =>
    max(stack.resources('AWS::SQS::QueuePolicy').map(({ Properties }) => measureDocument(Properties.PolicyDocument))),
  'alarms in one region': (sizes) => countResources(sizes, 'AWS::CloudWatch::Alarm'),
  'topics for one alarm': ({ stack }) =>
    max(stack.resources('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties.AlarmActions?.length ?? 0)),
  'widgets on one dashboard': ({ stack }) =>
    formatIntrinsics(stack.resources('AWS::CloudWatch::Dashboard')[0]?.Properties.DashboardBody).split('"width"')
      .length - 1,
  'roles in one account': (sizes) => countResources(sizes, 'AWS::IAM::Role'),
  'security groups in one region': (sizes) => countResources(sizes, 'AWS::EC2::SecurityGroup'),
  'inbound rules in one security group': (sizes) => max([...countIngressRules(sizes).values()]),
  'network interfaces of Lambda functions in one VPC': (sizes) => max([...countNetworkInterfaces(sizes).values()]),
  'subnets of one function': (sizes) => max(listVpcConfigs(sizes).map(({ SubnetIds }) => SubnetIds.length)),
  'interface endpoints in one VPC': ({ stack }) =>
    max(
      [...Map.groupBy(stack.resources('AWS::EC2::VPCEndpoint'), ({ Properties }) => Properties.VpcId).values()].map(
        ({ length }) => length,
      ),
    ),
  'characters in the resource policy of the API': ({ stack }) =>
    JSON.stringify(stack.resources('AWS::ApiGateway::RestApi')[0]?.Properties.Policy).length,
  'bytes in the resource policy of one function': ({ stack }) =>
    max(
      stack
        .resources('AWS::Lambda::ResourcePolicy')
        .map(({ Properties }) => measureDocument(Properties.PolicyDocument)),
    ),
  'characters in the inline policies of one role': ({ stack }) =>
    max(
      stack
        .resources('AWS::IAM::Role')
        .map(({ Properties }) =>
          sum(
            (Properties.Policies ?? []).map(({ PolicyDocument }: { PolicyDocument: unknown }) =>
              measureDocument(PolicyDocument),
            ),
          ),
        ),
    ),
  'bytes of environment variables of one function': ({ stack }) =>
    max(
      stack
        .resources('AWS::Lambda::Function')
        .map(({ Properties }) => measureDocument(Properties.Environment?.Variables ?? {})),
    ),
  'bytes of code and data in one function': ({ frontFiles }) => sum(frontFiles.map(({ length }) => length)),
  'of the concurrency of the account': ({ stack }) =>
    100 +
    sum(stack.resources('AWS::Lambda::Function').map(({ Properties }) => Properties.ReservedConcurrentExecutions ?? 0)),
};

const countMembers = ({ stack }: Sizes, section: string): number[] =>
  stack.texts.map((text) => Object.keys(JSON.parse(text)[section] ?? {}).length);

const countResources = ({ stack }: Sizes, type: string): number => stack.resources(type).length;

/** The length of a document with the longest values that its references can have: ARNs of about 140 characters. */
const measureDocument = (document: unknown): number =>
  JSON.stringify(document, (_key, value) =>
    typeof value === 'object' && value !== null && ('Ref' in value || 'Fn::GetAtt' in value) ? 'x'.repeat(140) : value,
  ).length;

function countIngressRules({ stack }: Sizes): Map<string, number> {
  const separate = stack.resources('AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties.GroupId);
  const inline = stack
    .resources('AWS::EC2::SecurityGroup')
    .flatMap(({ id, Properties }) => (Properties.SecurityGroupIngress ?? []).map(() => id));
  return countBy([...separate, ...inline].map(formatIntrinsics));
}

const listVpcConfigs = ({ stack }: Sizes): { SubnetIds: string[]; SecurityGroupIds: unknown[] }[] =>
  stack.resources('AWS::Lambda::Function').flatMap(({ Properties }) => Properties.VpcConfig ?? []);

/** Lambda creates a network interface for each subnet and security group. Functions with the same ones share it. */
const countNetworkInterfaces = (sizes: Sizes): Map<string, number> => {
  const groups = new Map(
    sizes.stack.resources('AWS::EC2::SecurityGroup').map(({ id, Properties }) => [id, Properties.VpcId]),
  );
  const interfaces = listVpcConfigs(sizes).flatMap(({ SubnetIds, SecurityGroupIds }) => {
    const [group = ''] = (SecurityGroupIds[0] as { 'Fn::GetAtt': string[] })['Fn::GetAtt'];
    return SubnetIds.map((subnet) => `${group} ${subnet}`);
  });
  return countBy([...new Set(interfaces)].map((each) => String(groups.get(each.split(' ')[0]!))));
};

const countBy = (keys: readonly string[]): Map<string, number> =>
  new Map([...Map.groupBy(keys, (key) => key)].map(([key, { length }]) => [key, length]));

/** What the configuration check expects, by the name of the quota. */
function readExpected(text: string): Record<string, number> {
  const config = parseTestConfig(text, skipGrantCheck);
  const { region, account, api, environments, grants, events, deployments, operations } = config;
  const draft = {
    region,
    account,
    api,
    environments,
    grants,
    events,
    deployments,
    alarmTopics: operations.alarmTopics,
    accountConcurrency: 1000,
  };
  const inputs = listQuotaInputs(draft as Parameters<typeof listQuotaInputs>[0]);
  return Object.fromEntries(
    QUOTAS.map(({ name, measure }) => [name, max(inputs.flatMap(measure).map(({ count }) => count))]),
  );
}

test('the templates are compared with every quota of the table', () => {
  expect(Object.keys(MEASURES).sort()).toEqual(QUOTAS.map(({ name }) => name).sort());
});

describe.each([
  ['one environment', synthesizeLarge(1, 1, {})],
  ['100 environments in one VPC, with 16 releases and 1,000 grants', synthesizeLarge(100, 1000, {})],
  ['one environment with 35 events', synthesizeLarge(1, 1, {}, ['2.10.3'], createEvents(35))],
  [
    '20 environments in 20 VPCs, with everything that adds resources',
    synthesizeLarge(20, 1, { api: LARGEST_API, vpc: createSeparateVpc }),
  ],
  [
    '26 environments with all releases that have a REST API, and OIDC',
    synthesizeLarge(26, 1, { api: LARGEST_API, environment: 'rest: true, ', vpc: createSeparateVpc }, REST_RELEASES),
  ],
])('%s', (_what, sizes) => {
  const expected = readExpected(sizes.text);
  for (const { name, limit, adjustable } of QUOTAS) {
    const [measured, bound] = [MEASURES[name]?.(sizes) ?? Number.NaN, expected[name] ?? Number.NaN];

    // The titles are for reading: `npm run test -- --project infra stack-quotas --reporter=verbose`.
    test(`${measured} of ${limit} ${name}, at most ${bound} expected`, () => {
      expect(measured).toBeLessThanOrEqual(bound);
      if (!adjustable) expect(bound).toBeLessThanOrEqual(limit);
    });
  }
  const zippedBytes = sum(sizes.frontFiles.map((file) => deflateRawSync(file, { level: 9 }).length));

  test(`the package of the front has ${zippedBytes} of ${MAX_FRONT_PACKAGE_BYTES} bytes`, () => {
    expect(zippedBytes).toBeLessThan(MAX_FRONT_PACKAGE_BYTES);
  });
});
