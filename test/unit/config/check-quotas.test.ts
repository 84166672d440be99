import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { listQuotaInputs } from '../../../config/check-quotas.ts';
import type { ConfigDraft } from '../../../config/config-types.ts';
import { COUNTS, QUOTAS } from '../../../config/quotas.ts';
import { createLargeConfig, createRules, type LargeConfigOptions } from '../../fixtures/large-config.ts';
import { listConfigErrors, parseTestConfig } from '../../fixtures/parse-test-config.ts';
import { OIDC_CONFIG } from '../../fixtures/two-environments.ts';

/** Returns the errors or, if there are none, the warnings about quotas. */
function listMessages(text: string): string[] {
  const errors = listConfigErrors(text).map((line) => line.split('  ').slice(1).join('  '));
  if (errors.length > 0) return errors;
  return parseTestConfig(text)
    .warnings.filter(({ message }) => / quota is \d+\./.test(message))
    .map(({ path, message }) => `${path}  ${message}`);
}

const SHARED_GROUP: LargeConfigOptions = {
  vpc: () => '{ id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 }',
};
const THREE_SUBNETS: LargeConfigOptions = {
  vpc: (index) => `{ id: vpc-1, subnets: [subnet-1, subnet-2, subnet-3], webServerSecurityGroup: sg-${index} }`,
};
const listSubnets = (count: number): LargeConfigOptions => ({
  vpc: () =>
    `{ id: vpc-1, webServerSecurityGroup: sg-1, subnets: [${Array.from({ length: count }, (_, n) => `subnet-${n}`).join(', ')}] }`,
});
const listCidrs = (count: number): LargeConfigOptions => ({
  vpc: () =>
    `{ id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1, airflowEndpoint: { create: { cidrs: [${Array.from({ length: count }, (_, n) => `10.${n}.0.0/16`).join(', ')}] } } }`,
});
const OTHER_TEAMS_GROUPS: LargeConfigOptions = {
  vpc: (index) =>
    `{ id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-w${index}, webServerIngress: false, airflowEndpoint: { securityGroup: sg-e${index}, ingress: false } }`,
};
const createTopics = (count: number) =>
  `operations: { alarmTopics: [${Array.from({ length: count }, (_, n) => `"arn:aws:sns:eu-west-1:111122223333:t${n}"`).join(', ')}] }\n`;
const createCallers = (count: number) =>
  createLargeConfig(1, { api: 'tracing: true' }).replace(
    'who: "arn:aws:iam::111122223333:role/etl"',
    `who: [${Array.from({ length: count }, (_, n) => `"arn:aws:iam::111122223333:role/team-${n}"`).join(', ')}]`,
  );
/** A hundred callers who may run each of many rules. */
const createManyCallers = (rules: number) =>
  createLargeConfig(1, { may: createRules(rules) }).replace(
    'who: "arn:aws:iam::111122223333:role/etl"',
    `who: [${Array.from({ length: 100 }, (_, n) => `"arn:aws:iam::111122223333:role/team-${n}"`).join(', ')}]`,
  );
const withEvents = (...events: string[]) => `${createLargeConfig(1)}events:\n${events.join('')}`;
const createEvent = (valueLength: number, name = 'a') =>
  `  ${name}: { environment: env-0, pattern: { source: [${'x'.repeat(valueLength)}] }, run: dags list }\n`;
const withAccountConcurrency = (limit: number, text: string) => `accountConcurrency: ${limit}\n${text}`;

/** How many environments fit in one stack. `docs/deploying.md` has the same number. */
const MAX_ENVIRONMENTS = Math.floor(
  (2500 - COUNTS.outerResources) / (COUNTS.environmentResources + COUNTS.environmentOuterResources),
);

test('docs/deploying.md says how many environments fit in one stack', () => {
  const page = readFileSync(new URL('../../../docs/deploying.md', import.meta.url), 'utf8');
  expect(page).toContain(` ${MAX_ENVIRONMENTS} environments fit in one stack`);
});

/** Each row: a quota, a configuration that fits in it, and a slightly larger one that does not. */
const CASES: [quota: string, fits: string, exceeds: string, message: RegExp][] = [
  [
    'resources in one CloudFormation operation, with nested stacks',
    createLargeConfig(MAX_ENVIRONMENTS),
    createLargeConfig(MAX_ENVIRONMENTS + 1),
    /^environments {2}\d+ environments in eu-west-1 need 25\d\d resources in one .* the quota is 2500\. Put some environments/,
  ],
  [
    'outputs of one CloudFormation stack',
    createLargeConfig(96, OTHER_TEAMS_GROUPS),
    createLargeConfig(97, OTHER_TEAMS_GROUPS),
    /need 202 outputs of one CloudFormation stack, but the quota is 200\./,
  ],
  [
    'bytes of one CloudFormation template',
    createManyCallers(50),
    createManyCallers(100),
    /^grants.* bytes of one CloudFormation template, but the quota is 1000000\./,
  ],
  [
    'topics for one alarm',
    createLargeConfig(1) + createTopics(5),
    createLargeConfig(1) + createTopics(6),
    /^operations\.alarmTopics {2}the alarms need 6 topics for one alarm, but the quota is 5\./,
  ],
  [
    'inbound rules in one security group',
    createLargeConfig(60, SHARED_GROUP),
    createLargeConfig(61, SHARED_GROUP),
    /^environments\.env-0\.vpc\.webServerSecurityGroup {2}61 environments use the security group sg-1 and need 61 inbound rules .* default quota is 60\. The deployment fails unless/,
  ],
  [
    'inbound rules in one security group',
    createLargeConfig(1, listCidrs(60)),
    createLargeConfig(1, listCidrs(61)),
    /^environments\.env-0\.vpc\.airflowEndpoint\.create\.cidrs {2}the endpoint needs 61 inbound rules/,
  ],
  [
    'network interfaces of Lambda functions in one VPC',
    createLargeConfig(83, THREE_SUBNETS),
    createLargeConfig(84, THREE_SUBNETS),
    /84 environments in one VPC need 252 network interfaces/,
  ],
  [
    'bytes of one CloudFormation template',
    createLargeConfig(1, { may: createRules(5000) }),
    createLargeConfig(1, { may: createRules(15_000) }),
    /^grants {2}the grants of env-0 need \d+ bytes of one CloudFormation template, but the quota is 1000000\. Combine rules/,
  ],
  [
    'subnets of one function',
    createLargeConfig(1, listSubnets(16)),
    createLargeConfig(1, listSubnets(17)),
    /^environments\.env-0\.vpc\.subnets {2}the relay of env-0 needs 17 subnets of one function, but the quota is 16\./,
  ],
  [
    'characters in the resource policy of the API',
    createCallers(20),
    createCallers(60),
    /^api\.callers {2}is not set, and the callers that grants name need \d+ characters in the resource policy .* 8192\. Name accounts or an organization/,
  ],
  [
    'of the concurrency of the account',
    withAccountConcurrency(200, createLargeConfig(50)),
    withAccountConcurrency(200, createLargeConfig(51)),
    /^accountConcurrency {2}the functions reserve 102, and with the 100 that Lambda keeps they need 202 of the concurrency of the account, but the quota is 200\. Lower concurrency/,
  ],
  [
    'of the concurrency of the account',
    withAccountConcurrency(10, createLargeConfig(3, { environment: 'concurrency: unreserved, ' })),
    withAccountConcurrency(
      10,
      createLargeConfig(3, {
        environment: 'concurrency: unreserved, ',
        api: `callers: { accounts: ["111122223333"] }, ${OIDC_CONFIG}`,
      }),
    ),
    /the functions reserve 10, and with the 100 that Lambda keeps they need 110/,
  ],
  [
    'characters in one event pattern',
    withEvents(createEvent(2033)),
    withEvents(createEvent(2034)),
    /^events\.a\.pattern {2}the event a needs 2049 characters in one event pattern, but the default quota is 2048\. The deployment fails unless/,
  ],
  [
    'resources in one CloudFormation stack',
    withEvents(...Array.from({ length: 41 }, (_, index) => createEvent(1, `a${index}`))),
    withEvents(...Array.from({ length: 42 }, (_, index) => createEvent(1, `a${index}`))),
    / need 507 resources in one CloudFormation stack, but the quota is 500\./,
  ],
];

test('a quota may be lower in a region', () => {
  const inRegion = (count: number) => createLargeConfig(count).replace('region: eu-west-1', 'region: eu-south-1');
  expect(listMessages(inRegion(100))).toEqual([]);
  expect(listMessages(inRegion(101))).toEqual([
    expect.stringMatching(
      /101 rules on one EventBridge event bus, but the default quota is 100\. The deployment fails unless/,
    ),
  ]);
});

test.each(CASES)('%s: fits, or is reported', (_quota, fits, exceeds, message) => {
  expect(listMessages(fits)).toEqual([]);
  expect(listMessages(exceeds)).toEqual([expect.stringMatching(message)]);
});

/** Quotas that are exceeded only after another one, or by files too large to be written. */
const REACHED_LATER = [
  'rules on one EventBridge event bus',
  'alarms in one region',
  'roles in one account',
  'security groups in one region',
  'bytes of code and data in one function',
];

describe.each(QUOTAS)('$name', ({ name, limit, formula, measure }) => {
  const measureLargest = (count: number) => {
    const { warnings: _, ...draft } = parseTestConfig(createLargeConfig(count), () => []);
    const inputs = listQuotaInputs({ ...draft, alarmTopics: [] } as unknown as ConfigDraft);
    return Math.max(0, ...inputs.flatMap(measure).map((use) => use.count));
  };

  test('has a case in this table, is reached later than others, or does not depend on the number of environments', () => {
    const isConstant = / for any E/.test(formula);
    const cases = CASES.filter(([quota]) => quota === name);

    expect([isConstant, cases.length > 0, REACHED_LATER.includes(name)].filter(Boolean)).toHaveLength(1);
    if (isConstant) expect(measureLargest(100)).toBe(measureLargest(1));
  });

  test('is not exceeded by 100 environments', () => {
    expect(measureLargest(100)).toBeLessThanOrEqual(limit);
  });
});

test.each([
  ['30 environments with 400 rules each', createLargeConfig(30, { may: createRules(400) })],
  ['100 environments', createLargeConfig(100)],
  [
    '100 environments with OIDC',
    createLargeConfig(100, { api: `callers: { accounts: ["111122223333"] }, ${OIDC_CONFIG}` }),
  ],
  [
    '120 environments, some of them disabled',
    createLargeConfig(120).replaceAll(/(env-\d+5:) \{/g, '$1 { enabled: false,'),
  ],
  ['120 environments in two regions', createLargeConfig(120).replaceAll(/(env-\d: \{) /g, '$1 region: us-east-1, ')],
])('%s fit', (_what, text) => {
  expect(listMessages(text)).toEqual([]);
});

test('environments that share a security group count together, whatever they use it for', () => {
  const text = createLargeConfig(61, {
    vpc: (index) =>
      index < 31
        ? `{ id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 }`
        : `{ id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-w${index}, airflowEndpoint: { securityGroup: sg-1 } }`,
  });

  expect(listMessages(text)).toEqual([expect.stringContaining('61 environments use the security group sg-1')]);
  // One environment adds one rule to a group, even if it uses the group for both.
  const both = createLargeConfig(60, {
    vpc: () =>
      '{ id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1, airflowEndpoint: { securityGroup: sg-1 } }',
  });
  expect(listMessages(both)).toEqual([]);
});

// Every quota that a configuration can reach is checked. This one is checked only with accountConcurrency.
test('100 environments with 20 slots each exceed the default concurrency of an account', () => {
  const messages = listMessages(createLargeConfig(100, { environment: 'concurrency: 20, ' }));
  expect(messages).toEqual([expect.stringContaining('of the concurrency of the account')]);
});

test('the concurrency of the account is that of the file, not of other regions', () => {
  const text = withAccountConcurrency(102, createLargeConfig(2).replace('env-1: {', 'env-1: { region: us-east-1,'));

  expect(listMessages(text)).toEqual([]);
});
