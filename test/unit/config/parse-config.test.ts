import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ConfigError } from '../../../config/config-error.ts';
import type { ConfigCheck } from '../../../config/config-types.ts';
import { matchesEnvironment } from '../../../config/matches-environment.ts';
import { parseConfig } from '../../../config/parse-config.ts';

const MINIMAL_CONFIG = `
region: eu-west-1
api: { callers: { accounts: ["111122223333"] } }
environments:
  prod:
    airflow: 2.10.3
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }
`;

test('what a file leaves out has a default', () => {
  expect(parseConfig(MINIMAL_CONFIG, 'f.yaml')).toEqual({
    stackName: 'MwaaCliProxy',
    region: 'eu-west-1',
    tags: {},
    api: {
      endpoint: 'regional',
      callers: { accounts: ['111122223333'] },
      stageName: 'v1',
      responses: 'stream',
      throttling: { ratePerSecond: 10, burst: 20 },
      tracing: true,
      executionLog: 'off',
      logRole: 'create',
    },
    logs: { retentionDays: 30 },
    operations: { runbook: 'docs/operations.md', alarmTopics: [], healthEveryMinutes: 60, latencySeconds: 60 },
    environments: {
      prod: {
        airflow: '2.10.3',
        enabled: true,
        concurrency: 2,
        webServerDomains: [],
        vpc: {
          id: 'vpc-0abc1234',
          subnets: ['subnet-0aaa1111'],
          webServerSecurityGroup: 'sg-0bbb1111',
          webServerIngress: true,
        },
        timeouts: {
          integrationSeconds: 290,
          functionSeconds: 288,
          abortSeconds: 286,
          postSeconds: 280,
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

test('who and where may be one text or a list, and a grant knows its line', () => {
  const text = `${MINIMAL_CONFIG}
grants:
  - { who: a, where: prod, may: [version] }
  # why the second is there
  - who: [b, c]
    where: ["p*", prod]
    may: [version]
    enabled: false
`;

  expect(parseConfig(text, 'f.yaml').grants).toEqual([
    { who: ['a'], where: ['prod'], may: ['version'], enabled: true, line: 10 },
    { who: ['b', 'c'], where: ['p*', 'prod'], may: ['version'], enabled: false, line: 12 },
  ]);
});

test('an anchor may stand for what environments share', () => {
  const text = `
region: eu-west-1
environments:
  a: { airflow: 2.10.3, vpc: &net { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 } }
  b: { airflow: 3.0.6, vpc: *net }
`;

  expect(parseConfig(text, 'f.yaml').environments.b?.vpc.id).toBe('vpc-0abc1234');
});

test('the shipped example has no fault', () => {
  const file = new URL('../../../config/example.yaml', import.meta.url);

  expect(Object.keys(parseConfig(readFileSync(file, 'utf8'), 'example.yaml').environments)).toEqual([
    'analytics-prod',
    'analytics-next',
  ]);
});

test('callers, an organization and shortened ids may stand as in the documents', () => {
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

  expect(parseConfig(text, 'f.yaml').api.callers).toEqual({
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
  grants.flatMap(({ may }, grant) =>
    may.flatMap((command, at) =>
      command === 'dags nope' ? [{ path: ['grants', grant, 'may', at], message: 'not a command' }] : [],
    ),
  );

const readErrorMessage = (text: string, check: ConfigCheck): string => {
  try {
    return JSON.stringify(parseConfig(text, 'f.yaml', check));
  } catch (fault) {
    if (!(fault instanceof ConfigError)) throw fault;
    return fault.message;
  }
};

test('what the check of the sentences finds is placed at its line and column', () => {
  expect(readErrorMessage(CONFIG_WITH_GRANTS, rejectNope)).toBe('f.yaml:12:20  grants[0].may[1]  not a command');
});

test('sentences are judged although other parts of the file are wrong, and keep their places', () => {
  const text = CONFIG_WITH_GRANTS.replace('eu-west-1', 'Ireland').replace('grants:\n', 'grants:\n  - who: x\n');

  expect(readErrorMessage(text, rejectNope).split('\n')).toEqual([
    'f.yaml:2:9  region  expected a region like ap-southeast-2',
    'f.yaml:10:5  grants[0].where  is required',
    'f.yaml:10:5  grants[0].may  is required',
    'f.yaml:13:20  grants[1].may[1]  not a command',
  ]);
});

test('a sentence is not judged by the release of an environment that is wrong itself', () => {
  expect(readErrorMessage(CONFIG_WITH_GRANTS.replace('2.10.3', '1.0.0'), rejectNope)).not.toContain('not a command');
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
])('where: %s and the environment %s: %s', (where, environment, expected) => {
  expect(matchesEnvironment(where, environment)).toBe(expected);
});

test('a warning has a place, and the file is good', () => {
  const text = `${MINIMAL_CONFIG}grants:\n  - who: me\n    where: "*"\n    may: [version]\n`;
  const warned = parseConfig(text, 'f.yaml', () => [{ path: ['grants', 0, 'may', 0], message: 'mind', warning: true }]);
  expect(warned.warnings).toEqual([
    { line: expect.any(Number), column: 11, path: 'grants[0].may[0]', message: 'mind' },
  ]);
  expect(warned.grants).toHaveLength(1);
});
