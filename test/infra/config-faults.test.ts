import { expect, test } from 'vitest';
import { catalogueReleases } from '../../lib/catalogues.ts';
import { parseConfig } from '../../lib/config.ts';
import { ConfigFault } from '../../lib/config-fault.ts';

/** A file without faults. Each row changes one place of it. */
const SOUND = `region: ap-southeast-2
account: "111122223333"
api:
  stageName: v1
environments:
  prod:
    airflow: 2.10.3
    vpc:
      id: vpc-0abc1234
      subnets: [subnet-0aaa1111]
      webServerSecurityGroup: sg-0bbb1111
grants:
  - who: arn:aws:iam::111122223333:role/etl
    where: prod
    may: [dags list]
`;

const faultsOf = (text: string): string[] => {
  try {
    parseConfig(text, 'f.yaml');
    return [];
  } catch (fault) {
    if (!(fault instanceof ConfigFault)) throw fault;
    return fault.message.split('\n').map((line) => line.replace(/^f\.yaml:/, ''));
  }
};

/** One fault a row: what stands in the sound file, what is written instead, and what the person is told. */
const ROWS: [written: string, instead: string, ...told: string[]][] = [
  // The file
  ['region: ap-southeast-2\n', '', '1:1  region  is required'],
  ['ap-southeast-2', 'Sydney', '1:9  region  expected a region like ap-southeast-2'],
  ['grants:', 'grant:', '12:1  grant  unknown key. Did you mean "grants"?'],
  ['account:', 'owner:', '2:1  owner  unknown key. Known: region, account, api, environments, grants'],
  ['stageName: v1', 'stageName: v1\n  stageName: v2', '5:3  Map keys must be unique'],
  [
    '"111122223333"',
    '111122223333',
    '2:10  account  write it in quotes: without them YAML reads it as a number (111122223333)',
  ],
  ['"111122223333"', '"1111"', '2:10  account  an account number has 12 digits'],
  ['"111122223333"', '__proto__: 1', '2:10  Nested mappings are not allowed in compact mappings'],
  ['account: "111122223333"', '__proto__: {}', '2:1  __proto__ cannot be a key'],

  // The API
  ['stageName: v1', 'endpoint: private', '4:13  api.endpoint  private is not supported yet: use regional'],
  ['stageName: v1', 'endpoint: edge', '4:13  api.endpoint  expected regional'],
  ['stageName: v1', 'oidc: { issuer: x }', '4:3  api.oidc  OIDC callers are not supported yet: remove api.oidc'],
  [
    'stageName: v1',
    'stageName: a/b',
    '4:14  api.stageName  a stage name has at most 128 letters, digits, hyphens and underscores',
  ],
  [
    'stageName: v1',
    'stageName: test-invoke-stage',
    '4:14  api.stageName  test-invoke-stage is reserved by API Gateway',
  ],
  [
    'stageName: v1',
    'callers: { organization: acme }',
    '4:28  api.callers.organization  expected an organisation id like o-a1b2c3d4e5',
  ],
  [
    'stageName: v1',
    'callers: { accounts: [] }',
    '4:14  api.callers.accounts  give at least one account, or leave accounts out',
  ],
  [
    'stageName: v1',
    'callers: { accounts: ["111122223333", 222233334444] }',
    '4:41  api.callers.accounts[1]  write it in quotes: without them YAML reads it as a number (222233334444)',
  ],

  // Environments
  [
    '  prod:',
    '  1prod:',
    '6:3  environments.1prod  a name begins with a letter and has at most 80 letters, digits, hyphens and underscores',
    '14:12  grants[0].where[0]  no environment is named prod. Did you mean "1prod"?',
  ],
  [
    '2.10.3',
    '2.9.9',
    `7:14  environments.prod.airflow  there is no catalogue for Airflow 2.9.9. There is one for: ${catalogueReleases().join(', ')}`,
  ],
  ['2.10.3', '3.0', '7:14  environments.prod.airflow  write it in quotes: without them YAML reads it as a number (3)'],
  ['    airflow: 2.10.3\n', '', '6:3  environments.prod.airflow  is required'],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    concurency: 3',
    '8:5  environments.prod.concurency  unknown key. Did you mean "concurrency"?',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    concurrency: 101',
    '8:18  environments.prod.concurrency  must be at most 100',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    concurrency: all',
    '8:18  environments.prod.concurrency  expected a number from 1 to 100, or unreserved',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    enabled: "no"',
    '8:14  environments.prod.enabled  expected true or false, found text',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    mwaaName: 9',
    '8:15  environments.prod.mwaaName  write it in quotes: without them YAML reads it as a number (9)',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    webServerHostname: https://a.b',
    '8:24  environments.prod.webServerHostname  expected a host name in lower case, without https:// and without a path',
  ],
  ['id: vpc-0abc1234', 'id: subnet-1', '9:11  environments.prod.vpc.id  expected an id like vpc-0abc1234'],
  ['[subnet-0aaa1111]', '[]', '10:7  environments.prod.vpc.subnets  give at least one subnet'],
  [
    '[subnet-0aaa1111]',
    '[subnet-0aaa1111, subnet-0aaa1111]',
    '10:7  environments.prod.vpc.subnets  a subnet is named twice',
  ],
  ['[subnet-0aaa1111]', 'subnet-0aaa1111', '10:16  environments.prod.vpc.subnets  expected a list, found text'],
  [
    '[subnet-0aaa1111]',
    '[subnet-0aaa1111, sg-1]',
    '10:34  environments.prod.vpc.subnets[1]  expected an id like subnet-0abc1234',
  ],

  // The ladder of time-outs
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { functionSeconds: 290 }',
    '8:34  environments.prod.timeouts.functionSeconds  290 must be less than integrationSeconds, which is 290: each time-out ends before the one around it',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { abortSeconds: 100 }',
    '8:5  environments.prod.timeouts.postSeconds  280 must be less than abortSeconds, which is 100: each time-out ends before the one around it',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { integrationSeconds: 600 }',
    '8:37  environments.prod.timeouts.integrationSeconds  must be at most 290',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { postSeconds: 1.5 }',
    '8:30  environments.prod.timeouts.postSeconds  expected a whole number, found number 1.5',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { postSeconds: 60, connectSeconds: 60 }',
    '8:50  environments.prod.timeouts.connectSeconds  60 must be less than postSeconds, which is 60: each time-out ends before the one around it',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { busySeconds: 286 }',
    '8:30  environments.prod.timeouts.busySeconds  286 must be less than abortSeconds, which is 286: each time-out ends before the one around it',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    limits: { outputBytes: 5 }',
    '8:28  environments.prod.limits.outputBytes  must be at least 65536',
  ],

  // Grants
  ['where: prod', 'where: pord', '14:12  grants[0].where[0]  no environment is named pord. Did you mean "prod"?'],
  ['where: prod', 'where: [prod, "x*"]', '14:19  grants[0].where[1]  no environment is named x*.'],
  ['where: prod', 'where: *', '14:12  Alias cannot be an empty string: write text that begins with * in quotes'],
  [
    'where: prod',
    'where: *-prod',
    '14:12  YAML reads *-prod as a reference to an anchor, and there is none: write text that begins with * in quotes',
  ],
  ['[dags list]', '[]', '15:5  grants[0].may  give at least one command'],
  ['[dags list]', 'dags list', '15:10  grants[0].may  expected a list, found text'],
  [
    '[dags list]',
    '[dags list, 7]',
    '15:22  grants[0].may[1]  write it in quotes: without them YAML reads it as a number (7)',
  ],
  ['[dags list]', '[@read]', '15:11  Plain value cannot start with reserved character @: write it in quotes'],
  [
    '[dags list]',
    '[dags trigger a --conf: x]',
    '15:11  grants[0].may[0]  expected text, found a mapping (quote text that holds a colon and a space)',
  ],
  [
    'who: arn:aws:iam::111122223333:role/etl',
    'whom: x',
    '13:5  grants[0].who  is required',
    '13:5  grants[0].whom  unknown key. Did you mean "who"?',
  ],
];

test('the sound file has no fault', () => {
  expect(faultsOf(SOUND)).toEqual([]);
});

test.each(ROWS)('%j written as %j', (written, instead, ...told) => {
  const text = SOUND.replace(written, instead);
  expect(text).not.toBe(SOUND);

  expect(faultsOf(text)).toEqual(told);
});

test('all faults of one file are reported at once, in the order of the file', () => {
  const text = SOUND.replace('ap-southeast-2', 'Sydney')
    .replace('2.10.3', '9.9.9')
    .replace('where: prod', 'where: dev');

  expect(faultsOf(text).map((told) => told.split('  ').slice(0, 2))).toEqual([
    ['1:9', 'region'],
    ['7:14', 'environments.prod.airflow'],
    ['14:12', 'grants[0].where[0]'],
  ]);
});
