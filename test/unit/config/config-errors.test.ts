import { expect, test } from 'vitest';
import { ConfigError } from '../../../config/config-error.ts';
import { parseConfig } from '../../../config/parse-config.ts';
import { listReleases } from '../../../files/catalogs.ts';

/** A file without faults. Each row changes one place of it. */
const VALID_CONFIG = `region: ap-southeast-2
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

const listIssues = (text: string): string[] => {
  try {
    parseConfig(text, 'f.yaml');
    return [];
  } catch (fault) {
    if (!(fault instanceof ConfigError)) throw fault;
    return fault.message.split('\n').map((line) => line.replace(/^f\.yaml:/, ''));
  }
};

/** One fault a row: what stands in the sound file, what is written instead, and what the person is told. */
const INVALID_CONFIGS: [written: string, instead: string, ...told: string[]][] = [
  // The file
  ['region: ap-southeast-2\n', '', '1:1  region  is required'],
  ['ap-southeast-2', 'Sydney', '1:9  region  expected a region like ap-southeast-2'],
  ['grants:', 'grant:', '12:1  grant  unknown key. Did you mean "grants"?'],
  [
    'account:',
    'owner:',
    expect.stringMatching(/^2:1 {2}owner {2}unknown key\. Known: stackName, region, account, tags, api, /) as never,
  ],
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
  ['stageName: v1', 'endpoint: edge', '4:13  api.endpoint  expected regional or private'],
  [
    'stageName: v1',
    'endpoint: private',
    '4:13  api.endpoint  a private API is reached by an execute-api endpoint: say which in api.vpcEndpoint',
  ],
  [
    'stageName: v1',
    'vpcEndpoint: { ids: [vpce-1] }',
    '4:3  api.vpcEndpoint  only a private API has one: set endpoint: private, or remove it',
  ],
  [
    'stageName: v1',
    'endpoint: private\n  vpcEndpoint: {}',
    '5:3  api.vpcEndpoint  give either ids, of the execute-api endpoints that are there, or create',
  ],
  [
    'stageName: v1',
    'callers: { vpcEndpoints: [vpce-1] }',
    '4:14  api.callers.vpcEndpoints  cannot hold: requests to a Regional API come by no endpoint, so all would be refused',
  ],
  [
    'stageName: v1',
    'endpoint: private\n  vpcEndpoint: { ids: [vpce-1] }\n  domain: { name: a.example.com, certificate: "arn:aws:acm:ap-southeast-2:111122223333:certificate/1" }',
    '6:3  api.domain  a private API takes no domain here: its names are made by its endpoint',
  ],
  [
    'stageName: v1',
    'domain: { name: a.example.com, certificate: "arn:aws:acm:us-east-1:111122223333:certificate/1" }',
    '4:47  api.domain.certificate  is of us-east-1, and environments are deployed to ap-southeast-2',
  ],
  [
    'stageName: v1',
    'webAcl: "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/a/1"',
    '4:11  api.webAcl  is of us-east-1, and environments are deployed to ap-southeast-2',
  ],
  [
    'stageName: v1',
    'callers: { principals: ["arn:aws-cn:iam::111122223333:role/x"] }',
    '4:27  api.callers.principals[0]  cannot call: the partition of ap-southeast-2 is aws',
  ],
  [
    'stageName: v1',
    'callers: { principals: [etl] }',
    '4:27  api.callers.principals[0]  expected the ARN of a role or user: arn:aws:iam::111122223333:role/NAME',
  ],
  [
    'stageName: v1',
    `callers: { principals: [${Array.from({ length: 90 }, (_, n) => `"arn:aws:iam::111122223333:role/a-rather-long-name-of-a-role-${n}"`).join(', ')}] }`,
    expect.stringMatching(
      /^4:3 {2}api\.callers {2}make a resource policy of \d{5} characters, and API Gateway takes 8192/,
    ) as never,
  ],
  [
    'stageName: v1',
    'throttling: { ratePerSecond: 0, burst: 1 }',
    '4:32  api.throttling.ratePerSecond  must be at least 0.1',
  ],
  ['stageName: v1', 'executionLog: info', '4:17  api.executionLog  expected off or error'],

  // Tokens
  [
    'stageName: v1',
    'oidc: { issuer: "http://id.example.com", audience: a, requiredClaims: { org: x } }',
    '4:19  api.oidc.issuer  expected an address that begins with https://',
  ],
  [
    'stageName: v1',
    'oidc: { issuer: "https://id.example.com", audience: a }',
    '4:3  api.oidc.requiredClaims  is required',
  ],
  [
    'stageName: v1',
    'oidc: { issuer: "https://id.example.com", audience: a, requiredClaims: {} }',
    '4:58  api.oidc.requiredClaims  name at least one claim that only your callers have: an audience alone lets in any user of a public issuer',
  ],
  [
    'stageName: v1',
    'oidc: { issuer: "https://id.example.com", audience: a, requiredClaims: { org: 7 } }',
    '4:81  api.oidc.requiredClaims.org  expected the value the claim must have, or a list of values',
  ],
  [
    'stageName: v1',
    'oidc: { issuer: "https://id.example.com", audience: a, requiredClaims: { org: x }, cacheSeconds: 3601 }',
    '4:100  api.oidc.cacheSeconds  must be at most 3600',
  ],

  // What stands beside the API
  [
    'api:\n',
    'logs: { retentionDays: 31 }\napi:\n',
    expect.stringMatching(/^3:24 {2}logs\.retentionDays {2}CloudWatch Logs keeps 1, 3, 5/) as never,
  ],
  [
    'api:\n',
    'kmsKey: alias/x\napi:\n',
    expect.stringMatching(/^3:9 {2}kmsKey {2}expected an ARN like arn:aws:kms/) as never,
  ],
  [
    'api:\n',
    'stackName: 1a\napi:\n',
    '3:12  stackName  a stack name begins with a letter and has letters, digits and hyphens',
  ],
  [
    'api:\n',
    'operations: { alarmTopics: ["arn:aws:sns:eu-west-1:111122223333:t"] }\napi:\n',
    '3:29  operations.alarmTopics[0]  is of eu-west-1, and environments are deployed to ap-southeast-2',
  ],
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
    '4:28  api.callers.organization  expected an organization id like o-a1b2c3d4e5',
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
    `7:14  environments.prod.airflow  there is no catalog for Airflow 2.9.9. There is one for: ${listReleases().join(', ')}`,
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
  [
    'id: vpc-0abc1234',
    'id: subnet-1',
    '9:11  environments.prod.vpc.id  expected an id like vpc-0abc1234, or { export: NAME }',
  ],
  [
    'id: vpc-0abc1234',
    'id: { exprot: x }',
    '9:7  environments.prod.vpc.id  expected an id like vpc-0abc1234, or { export: NAME }',
  ],
  [
    'webServerSecurityGroup: sg-0bbb1111',
    'webServerSecurityGroup: sg-0bbb1111\n      airflowEndpoint: { ingress: true }',
    '12:7  environments.prod.vpc.airflowEndpoint  give either securityGroup, of the endpoint that is there, or create',
  ],
  [
    'webServerSecurityGroup: sg-0bbb1111',
    'webServerSecurityGroup: sg-0bbb1111\n      airflowEndpoint: { create: { cidrs: [10.0.0.0] } }',
    '12:44  environments.prod.vpc.airflowEndpoint.create.cidrs[0]  expected an address range like 10.0.0.0/16',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    region: mars',
    '8:13  environments.prod.region  expected a region like ap-southeast-2',
  ],
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
    '10:34  environments.prod.vpc.subnets[1]  expected an id like subnet-0abc1234, or { export: NAME }',
  ],

  // The ladder of timeouts
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { functionSeconds: 290 }',
    '8:34  environments.prod.timeouts.functionSeconds  290 must be less than integrationSeconds, which is 290: each timeout ends before the one around it',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { abortSeconds: 100 }',
    '8:5  environments.prod.timeouts.postSeconds  280 must be less than abortSeconds, which is 100: each timeout ends before the one around it',
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
    '8:50  environments.prod.timeouts.connectSeconds  60 must be less than postSeconds, which is 60: each timeout ends before the one around it',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { busySeconds: 286 }',
    '8:30  environments.prod.timeouts.busySeconds  286 must be less than abortSeconds, which is 286: each timeout ends before the one around it',
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
  expect(listIssues(VALID_CONFIG)).toEqual([]);
});

test.each(INVALID_CONFIGS)('%j written as %j', (written, instead, ...told) => {
  const text = VALID_CONFIG.replace(written, instead);
  expect(text).not.toBe(VALID_CONFIG);

  expect(listIssues(text)).toEqual(told);
});

test('all faults of one file are reported at once, in the order of the file', () => {
  const text = VALID_CONFIG.replace('ap-southeast-2', 'Sydney')
    .replace('2.10.3', '9.9.9')
    .replace('where: prod', 'where: dev');

  expect(listIssues(text).map((told) => told.split('  ').slice(0, 2))).toEqual([
    ['1:9', 'region'],
    ['7:14', 'environments.prod.airflow'],
    ['14:12', 'grants[0].where[0]'],
  ]);
});
