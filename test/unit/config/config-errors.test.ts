import { expect, test } from 'vitest';
import { REMOVED_KEYS } from '../../../config/removed-keys.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { listConfigErrors } from '../../fixtures/parse-test-config.ts';

/** A valid file. Each row changes one part of it. */
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

const TAG_MESSAGE = 'expected letters, digits, spaces, and _.:/=+-@, and a key that does not begin with aws:';

/** Each row: a part of the valid file, its replacement, and the expected errors. */
const INVALID_CONFIGS: [part: string, replacement: string, ...errors: string[]][] = [
  // The file
  ['region: ap-southeast-2\n', '', '1:1  region  is required'],
  ['ap-southeast-2', 'Sydney', '1:9  region  expected a region like ap-southeast-2'],
  ['grants:', 'grant:', '12:1  grant  unknown key. Did you mean "grants"?'],
  [
    'account:',
    'owner:',
    expect.stringMatching(
      /^2:1 {2}owner {2}unknown key\. Known keys: stackName, region, account, tags, api, /,
    ) as never,
  ],
  ['stageName: v1', 'stageName: v1\n  stageName: v2', '5:3  Map keys must be unique'],
  [
    '"111122223333"',
    '111122223333',
    '2:10  account  must be in quotes. Without quotes, YAML reads it as a number (111122223333)',
  ],
  ['"111122223333"', '"1111"', '2:10  account  expected an AWS account ID, which has 12 digits'],
  ['"111122223333"', '__proto__: 1', '2:10  Nested mappings are not allowed in compact mappings'],
  ['account: "111122223333"', '__proto__: {}', '2:1  the key __proto__ is not allowed'],

  // The API
  ['stageName: v1', 'endpoint: edge', '4:13  api.endpoint  expected regional or private'],
  [
    'stageName: v1',
    'endpoint: private',
    '4:13  api.endpoint  a private API requires an execute-api endpoint. Add vpcEndpoint: { ids: [vpce-…] }, or vpcEndpoint.create',
  ],
  [
    'stageName: v1',
    'vpcEndpoint: { ids: [vpce-1] }',
    '4:3  api.vpcEndpoint  only a private API has a VPC endpoint. Remove vpcEndpoint, or set endpoint: private',
  ],
  [
    'stageName: v1',
    'endpoint: private\n  vpcEndpoint: {}',
    '5:3  api.vpcEndpoint  set either ids, to use existing execute-api endpoints, or create',
  ],
  [
    'stageName: v1',
    'callers: { vpcEndpoints: [vpce-1] }',
    '4:14  api.callers.vpcEndpoints  would deny every request, because requests to a Regional API do not come through a VPC endpoint. Remove vpcEndpoints, or set endpoint: private',
  ],
  [
    'stageName: v1',
    'endpoint: private\n  vpcEndpoint: { ids: [vpce-1] }\n  domain: { name: a.example.com, certificate: "arn:aws:acm:ap-southeast-2:111122223333:certificate/1" }',
    '6:3  api.domain  custom domains are not supported for a private API. Remove domain, or set endpoint: regional',
  ],
  [
    'stageName: v1',
    'domain: { name: a.example.com, certificate: "arn:aws:acm:us-east-1:111122223333:certificate/1" }',
    '4:47  api.domain.certificate  is in us-east-1, but environments are deployed to ap-southeast-2. Use a resource in ap-southeast-2',
  ],
  [
    'stageName: v1',
    'webAcl: "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/a/1"',
    '4:11  api.webAcl  is in us-east-1, but environments are deployed to ap-southeast-2. Use a resource in ap-southeast-2',
  ],
  [
    'stageName: v1',
    'callers: { principals: ["arn:aws-cn:iam::111122223333:role/x"] }',
    '4:27  api.callers.principals[0]  cannot call an API in ap-southeast-2, which is in the partition aws. Use an ARN that begins with arn:aws:',
  ],
  [
    'stageName: v1',
    'callers: { principals: [etl] }',
    '4:27  api.callers.principals[0]  expected the ARN of a role or user, like arn:aws:iam::111122223333:role/NAME',
  ],
  [
    'stageName: v1',
    `callers: { principals: [${Array.from({ length: 90 }, (_, n) => `"arn:aws:iam::111122223333:role/a-rather-long-name-of-a-role-${n}"`).join(', ')}] }`,
    expect.stringMatching(
      /^4:3 {2}api\.callers {2}these callers need \d{5} characters in the resource policy of the API, but the quota is 8192\. Name accounts/,
    ) as never,
  ],
  [
    'stageName: v1',
    'throttling: { ratePerSecond: 0, burst: 1 }',
    '4:32  api.throttling.ratePerSecond  must be at least 0.1',
  ],
  ['stageName: v1', 'executionLog: info', '4:17  api.executionLog  expected off or error'],

  // OIDC
  [
    'stageName: v1',
    'oidc: { issuer: "http://id.example.com", audience: a, requiredClaims: { org: x } }',
    '4:19  api.oidc.issuer  expected a URL that begins with https://',
  ],
  [
    'stageName: v1',
    'oidc: { issuer: "https://id.example.com", audience: a }',
    '4:3  api.oidc.requiredClaims  is required',
  ],
  [
    'stageName: v1',
    'oidc: { issuer: "https://id.example.com", audience: a, requiredClaims: {} }',
    '4:58  api.oidc.requiredClaims  list at least one claim that only your callers have, like { org: data }. Otherwise, every user of a public issuer is accepted',
  ],
  [
    'stageName: v1',
    'oidc: { issuer: "https://id.example.com", audience: a, requiredClaims: { org: 7 } }',
    '4:81  api.oidc.requiredClaims.org  expected the required value of the claim, or a list of allowed values',
  ],
  [
    'stageName: v1',
    'oidc: { issuer: "https://id.example.com", audience: a, requiredClaims: { org: x }, cacheSeconds: 3601 }',
    '4:100  api.oidc.cacheSeconds  must be at most 3600',
  ],

  // Logs, keys, names, and operations
  [
    'api:\n',
    'logs: { retentionDays: 31 }\napi:\n',
    expect.stringMatching(
      /^3:24 {2}logs\.retentionDays {2}CloudWatch Logs does not offer 31 days\. Choose one of: 1, 3, 5/,
    ) as never,
  ],
  [
    'api:\n',
    'kmsKey: alias/x\napi:\n',
    expect.stringMatching(/^3:9 {2}kmsKey {2}expected an ARN like arn:aws:kms/) as never,
  ],
  [
    'api:\n',
    'stackName: 1a\napi:\n',
    '3:12  stackName  a stack name must begin with a letter and have at most 100 letters, digits, and hyphens',
  ],
  [
    'api:\n',
    'operations: { alarmTopics: ["arn:aws:sns:eu-west-1:111122223333:t"] }\napi:\n',
    '3:29  operations.alarmTopics[0]  is in eu-west-1, but environments are deployed to ap-southeast-2. Use a resource in ap-southeast-2',
  ],
  [
    'stageName: v1',
    'stageName: a/b',
    '4:14  api.stageName  expected at most 128 letters, digits, hyphens, and underscores',
  ],
  [
    'stageName: v1',
    'stageName: test-invoke-stage',
    '4:14  api.stageName  API Gateway reserves test-invoke-stage. Choose another name',
  ],
  [
    'stageName: v1',
    'callers: { organization: acme }',
    '4:28  api.callers.organization  expected an organization ID like o-a1b2c3d4e5',
  ],
  [
    'stageName: v1',
    'callers: { accounts: [] }',
    '4:14  api.callers.accounts  list at least one account, or remove accounts',
  ],
  [
    'stageName: v1',
    'callers: { accounts: ["111122223333", 222233334444] }',
    '4:41  api.callers.accounts[1]  must be in quotes. Without quotes, YAML reads it as a number (222233334444)',
  ],

  // Environments
  [
    '  prod:',
    '  1prod:',
    '6:3  environments.1prod  an environment name must begin with a letter and have at most 80 letters, digits, hyphens, and underscores',
    '14:12  grants[0].where[0]  no environment matches prod. Did you mean "1prod"?',
  ],
  [
    '2.10.3',
    '2.9.9',
    `7:14  environments.prod.airflow  Airflow 2.9.9 is not supported. Supported releases: ${CATALOGS.releases().join(', ')}`,
  ],
  [
    '2.10.3',
    '3.0',
    '7:14  environments.prod.airflow  must be in quotes. Without quotes, YAML reads it as a number (3)',
  ],
  ['    airflow: 2.10.3\n', '', '6:3  environments.prod.airflow  is required'],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    concurency: 3',
    '8:5  environments.prod.concurency  unknown key. Did you mean "concurrency"?',
  ],
  ...['on.aws', 'amazonaws.com', 'us-east-1.on.aws'].map((domain): [string, string, string] => [
    'airflow: 2.10.3',
    `airflow: 2.10.3\n    webServerDomains: [airflow.example.com, ${domain}]`,
    "8:45  environments.prod.webServerDomains[1]  everyone can get a name in this domain, and the proxy would send tokens to it. Write a domain of your own. MWAA's hosts need no entry",
  ]),
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    concurrency: 101',
    '8:18  environments.prod.concurrency  must be at most 100',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    concurrency: all',
    '8:18  environments.prod.concurrency  expected an integer from 1 to 100, or unreserved',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    enabled: "no"',
    '8:14  environments.prod.enabled  expected true or false, found a string',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    mwaaName: 9',
    '8:15  environments.prod.mwaaName  must be in quotes. Without quotes, YAML reads it as a number (9)',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    webServerHostname: https://a.b',
    '8:24  environments.prod.webServerHostname  expected a lowercase host name like airflow.example.com, without https:// and without a path',
  ],
  [
    'id: vpc-0abc1234',
    'id: subnet-1',
    '9:11  environments.prod.vpc.id  expected an ID like vpc-0abc1234, or { export: NAME }',
  ],
  [
    'id: vpc-0abc1234',
    'id: { exprot: x }',
    '9:7  environments.prod.vpc.id  expected an ID like vpc-0abc1234, or { export: NAME }',
  ],
  [
    'webServerSecurityGroup: sg-0bbb1111',
    'webServerSecurityGroup: sg-0bbb1111\n      airflowEndpoint: { ingress: true }',
    '12:7  environments.prod.vpc.airflowEndpoint  set either securityGroup, to use an existing endpoint, or create',
  ],
  [
    'webServerSecurityGroup: sg-0bbb1111',
    'webServerSecurityGroup: sg-0bbb1111\n      airflowEndpoint: { create: { cidrs: [10.0.0.0] } }',
    '12:44  environments.prod.vpc.airflowEndpoint.create.cidrs[0]  expected a CIDR block like 10.0.0.0/16',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    region: mars',
    '8:13  environments.prod.region  expected a region like ap-southeast-2',
  ],
  ['[subnet-0aaa1111]', '[]', '10:7  environments.prod.vpc.subnets  list at least one subnet'],
  [
    '[subnet-0aaa1111]',
    '[subnet-0aaa1111, subnet-0aaa1111]',
    '10:7  environments.prod.vpc.subnets  list each subnet only once',
  ],
  ['[subnet-0aaa1111]', 'subnet-0aaa1111', '10:16  environments.prod.vpc.subnets  expected a list, found a string'],
  [
    '[subnet-0aaa1111]',
    '[subnet-0aaa1111, sg-1]',
    '10:34  environments.prod.vpc.subnets[1]  expected an ID like subnet-0abc1234, or { export: NAME }',
  ],

  // Timeouts and limits
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { functionSeconds: 250 }',
    '8:34  environments.prod.timeouts.functionSeconds  the wait for a slot (queueSeconds: 60) and the relay (functionSeconds: 250) must fit in 286 seconds together. Lower one of them',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { abortSeconds: 100 }',
    '8:5  environments.prod.timeouts.postSeconds  210 is not less than abortSeconds (100), but the inner timeout must expire first. Lower postSeconds, or raise abortSeconds',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { integrationSeconds: 290 }',
    `8:17  environments.prod.timeouts.integrationSeconds  ${REMOVED_KEYS['environments.*.timeouts.integrationSeconds']}`,
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    throttling: { ratePerSecond: 1, burst: 1 }',
    `8:5  environments.prod.throttling  ${REMOVED_KEYS['environments.*.throttling']}`,
  ],
  ['stageName: v1', 'integrationSeconds: 600', '4:23  api.integrationSeconds  must be at most 290'],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { postSeconds: 1.5 }',
    '8:30  environments.prod.timeouts.postSeconds  expected an integer, found the number 1.5',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { postSeconds: 60, connectSeconds: 60 }',
    '8:50  environments.prod.timeouts.connectSeconds  60 is not less than postSeconds (60), but the inner timeout must expire first. Lower connectSeconds, or raise postSeconds',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    timeouts: { busySeconds: 218 }',
    '8:30  environments.prod.timeouts.busySeconds  218 is not less than abortSeconds (218), but the inner timeout must expire first. Lower busySeconds, or raise abortSeconds',
  ],
  [
    'airflow: 2.10.3',
    'airflow: 2.10.3\n    limits: { outputBytes: 5 }',
    '8:28  environments.prod.limits.outputBytes  must be at least 65536',
  ],
  [
    'stageName: v1\nenvironments:\n  prod:\n    airflow: 2.10.3\n',
    'responses: buffered\nenvironments:\n  prod:\n    airflow: 2.10.3\n    limits: { outputBytes: 2000000 }\n',
    '8:28  environments.prod.limits.outputBytes  must be at most 1048576 with api.responses: buffered, because Lambda limits buffered responses to 6 MB',
  ],
  ['api:\n', 'tags: { "": x }\napi:\n', '3:13  tags.  the key is not valid: must not be empty'],
  ['api:\n', `tags: { owner: ${'x'.repeat(257)} }\napi:\n`, '3:16  tags.owner  must have at most 256 characters'],
  ['api:\n', 'tags: { owner: "a;b" }\napi:\n', `3:16  tags.owner  ${TAG_MESSAGE}`],
  ['api:\n', 'tags: { "aws:owner": data }\napi:\n', `3:22  tags.aws:owner  the key is not valid: ${TAG_MESSAGE}`],
  [
    'api:\n',
    `tags: { ${Array.from({ length: 51 }, (_, index) => `t${index}: x`).join(', ')} }\napi:\n`,
    '3:1  tags  a resource can have at most 50 tags',
  ],
  [
    'api:\n',
    'permissionsBoundary: /team/boundary\napi:\n',
    '3:22  permissionsBoundary  expected the name of a managed policy, like team/boundary',
  ],

  // Grants
  ['where: prod', 'where: pord', '14:12  grants[0].where[0]  no environment matches pord. Did you mean "prod"?'],
  ['where: prod', 'where: [prod, "x*"]', '14:19  grants[0].where[1]  no environment matches x*. Environments: prod'],
  ['where: prod', 'where: *', '14:12  Alias cannot be an empty string. Put text that begins with * in quotes'],
  [
    'where: prod',
    'where: *-prod',
    '14:12  YAML reads *-prod as an alias, but no anchor has this name. Put text that begins with * in quotes',
  ],
  ['[dags list]', '[]', '15:5  grants[0].may  list at least one command or set'],
  ['[dags list]', 'dags list', '15:10  grants[0].may  expected a list, found a string'],
  [
    '[dags list]',
    '[dags list, 7]',
    '15:22  grants[0].may[1]  must be in quotes. Without quotes, YAML reads it as a number (7)',
  ],
  ['[dags list]', '[@read]', '15:11  Plain value cannot start with reserved character @. Put the text in quotes'],
  [
    '[dags list]',
    '[dags trigger a --conf: x]',
    '15:11  grants[0].may[0]  expected a string, found a mapping. Put text that contains a colon and a space in quotes',
  ],
  [
    'who: arn:aws:iam::111122223333:role/etl',
    'whom: x',
    '13:5  grants[0].who  is required',
    '13:5  grants[0].whom  unknown key. Did you mean "who"?',
  ],
];

test('the valid file has no errors', () => {
  expect(listConfigErrors(VALID_CONFIG)).toEqual([]);
});

test.each(INVALID_CONFIGS)('rejects a file with %j replaced by %j', (part, replacement, ...errors) => {
  const text = VALID_CONFIG.replace(part, replacement);
  expect(text).not.toBe(VALID_CONFIG);

  expect(listConfigErrors(text)).toEqual(errors);
});

test('reports all errors in a file at once, in the order of the file', () => {
  const text = VALID_CONFIG.replace('ap-southeast-2', 'Sydney')
    .replace('2.10.3', '9.9.9')
    .replace('where: prod', 'where: dev');

  expect(listConfigErrors(text).map((error) => error.split('  ').slice(0, 2))).toEqual([
    ['1:9', 'region'],
    ['7:14', 'environments.prod.airflow'],
    ['14:12', 'grants[0].where[0]'],
  ]);
});
