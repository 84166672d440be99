import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ConfigCheck } from '../../../config/config-types.ts';
import { matchesEnvironment } from '../../../config/matches-environment.ts';
import { listConfigErrors, parseTestConfig, skipGrantCheck } from '../../fixtures/parse-test-config.ts';

const MINIMAL_CONFIG = `
region: eu-west-1
operations: { alarmTopics: [] }
api: { callers: { accounts: ["111122223333"] } }
environments:
  prod:
    airflow: 2.10.3
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }
`;

test('fills in the defaults', () => {
  expect(parseTestConfig(MINIMAL_CONFIG)).toEqual({
    stackName: 'MwaaCliProxy',
    region: 'eu-west-1',
    tags: {},
    api: {
      endpoint: 'regional',
      callers: { accounts: ['111122223333'] },
      stageName: 'v1',
      responses: 'stream',
      throttling: { ratePerSecond: 10, burst: 200 },
      tracing: true,
      executionLog: 'off',
      logRole: 'leave',
    },
    functionPolicies: 'exclusive',
    events: {},
    deployments: {},
    logs: { retentionDays: 400 },
    operations: {
      runbook: 'docs/operations.md',
      alarmTopics: [],
      healthEveryMinutes: 60,
      latencySeconds: 60,
      redriveRoles: [],
    },
    environments: {
      prod: {
        airflow: '2.10.3',
        enabled: true,
        rest: false,
        restConcurrency: 10,
        restNotes: true,
        concurrency: 2,
        eventConcurrency: 1,
        webServerDomains: [],
        vpc: {
          id: 'vpc-0abc1234',
          subnets: ['subnet-0aaa1111'],
          webServerSecurityGroup: 'sg-0bbb1111',
          webServerIngress: true,
        },
        timeouts: {
          queueSeconds: 60,
          functionSeconds: 220,
          abortSeconds: 218,
          postSeconds: 210,
          connectSeconds: 5,
          tokenSeconds: 10,
          busySeconds: 20,
        },
        limits: { answerBytes: 8_388_608, outputBytes: 4_194_304 },
      },
    },
    grants: [],
    warnings: [],
  });
});

test('returns who and where as lists, and the line of each grant', () => {
  const text = `${MINIMAL_CONFIG}
grants:
  - { who: a, where: prod, may: [version] }
  # A comment.
  - who: [b, c]
    where: ["p*", prod]
    may: [version]
    enabled: false
`;

  expect(parseTestConfig(text, skipGrantCheck).grants).toEqual([
    { who: ['a'], where: ['prod'], may: ['version'], enabled: true, line: 11 },
    { who: ['b', 'c'], where: ['p*', 'prod'], may: ['version'], enabled: false, line: 13 },
  ]);
});

test('resolves YAML anchors and aliases', () => {
  const text = `
region: eu-west-1
environments:
  a: { airflow: 2.10.3, vpc: &net { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 } }
  b: { airflow: 3.0.6, vpc: *net }
`;

  expect(parseTestConfig(text).environments.b?.vpc.id).toBe('vpc-0abc1234');
});

test('config/example.yaml is valid', () => {
  const file = new URL('../../../config/example.yaml', import.meta.url);

  expect(Object.keys(parseTestConfig(readFileSync(file, 'utf8')).environments)).toEqual([
    'analytics-next',
    'analytics-prod',
  ]);
});

test('accepts shortened IDs, an organization, and accounts, as in the documentation', () => {
  const text = `
region: ap-southeast-2
api:
  endpoint: regional            # or private
  callers: { organization: o-a1b2c3d4e5, accounts: ["111122223333"] }
environments:
  analytics-prod:
    airflow: 2.10.3
    vpc: { id: vpc-0abc, subnets: [subnet-0a, subnet-0b], webServerSecurityGroup: sg-0web }
    concurrency: 2
grants: []
`;

  expect(parseTestConfig(text).api.callers).toEqual({
    organization: 'o-a1b2c3d4e5',
    accounts: ['111122223333'],
  });
});

const CONFIG_WITH_GRANTS = `${MINIMAL_CONFIG}
grants:
  - who: [a, b]
    where: prod
    may: [version, dags nope]
`;

const rejectNope: ConfigCheck = ({ grants }) =>
  grants.flatMap(({ may }, index) =>
    may.flatMap((rule, position) =>
      rule === 'dags nope' ? [{ path: ['grants', index, 'may', position], message: 'not a command' }] : [],
    ),
  );

test('reports errors of the grant check with line and column', () => {
  expect(listConfigErrors(CONFIG_WITH_GRANTS, rejectNope)).toEqual(['13:20  grants[0].may[1]  not a command']);
});

test('checks grants even if other parts of the file are invalid', () => {
  const text = CONFIG_WITH_GRANTS.replace('eu-west-1', 'Ireland').replace('grants:\n', 'grants:\n  - who: x\n');

  expect(listConfigErrors(text, rejectNope)).toEqual([
    '2:9  region  expected a region like ap-southeast-2',
    '11:5  grants[0].where  is required',
    '11:5  grants[0].may  is required',
    '14:20  grants[1].may[1]  not a command',
  ]);
});

test('does not check a grant for an environment whose release is unknown', () => {
  expect(listConfigErrors(CONFIG_WITH_GRANTS.replace('2.10.3', '1.0.0'), rejectNope)).toEqual([
    expect.stringMatching(/environments\.prod\.airflow {2}Airflow 1\.0\.0 is not supported/),
  ]);
});

test.each([
  ['prod', 'prod', true],
  ['prod', 'prod-2', false],
  ['prod', 'my-prod', false],
  ['*', 'prod', true],
  ['prod-*', 'prod-eu', true],
  ['prod-*', 'prod', false],
  ['*-prod', 'eu-prod', true],
  ['p.od', 'prod', false],
])('where: %s matches the environment %s: %s', (where, environment, expected) => {
  expect(matchesEnvironment(where, environment)).toBe(expected);
});

test('returns warnings with their position', () => {
  const text = `${MINIMAL_CONFIG}grants:\n  - who: me\n    where: "*"\n    may: [version]\n`;
  const warned = parseTestConfig(text, () => [{ path: ['grants', 0, 'may', 0], message: 'note', warning: true }]);
  expect(warned.warnings).toEqual([
    { line: expect.any(Number), column: 11, path: 'grants[0].may[0]', message: 'note' },
  ]);
  expect(warned.grants).toHaveLength(1);
});
