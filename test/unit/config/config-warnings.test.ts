import { expect, test } from 'vitest';
import { parseTestConfig } from '../../fixtures/parse-test-config.ts';

const createConfig = (api: string, operations = '{ alarmTopics: [] }') => `region: eu-west-1
api: { ${api} }
operations: ${operations}
environments:
  prod: { airflow: 2.10.3, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
`;
const ACCOUNTS = 'callers: { accounts: ["111122223333"] }';
const OIDC = 'oidc: { issuer: "https://id.example.com", audience: a, requiredClaims: { org: data } }';
const createGrant = (who: string) => `grants: [{ who: "${who}", where: prod, may: [version] }]\n`;
const createPrivate = (member: string) =>
  `endpoint: private, vpcEndpoint: { create: { id: vpc-1, subnets: [subnet-1], cidrs: [10.0.0.0/16], ${member} } }`;

test.each<[what: string, text: string, warnings: string[]]>([
  ['a file that names callers', createConfig(ACCOUNTS), []],
  [
    'a file that names no callers',
    createConfig('tracing: true'),
    [
      '2:1  api.callers  the API will deny every request, because neither api.callers nor a grant names an IAM principal, ' +
        'and api.oidc is not set. Add a grant, or set api.callers or api.oidc',
    ],
  ],
  [
    'an integration timeout over the default quota for buffered responses',
    createConfig(`responses: buffered, integrationSeconds: 60, ${ACCOUNTS}`),
    [
      "2:49  api.integrationSeconds  60 exceeds API Gateway's default quota of 29 seconds. " +
        'The deployment fails unless the quota "Maximum integration timeout" of the account has been raised',
    ],
  ],
  [
    'a file without topics for alarms',
    createConfig(ACCOUNTS, '{}'),
    [
      '3:1  operations.alarmTopics  is not set, so the alarms notify nobody. List the ARN of an SNS topic that your team reads, ' +
        'or set it to []',
    ],
  ],
  [
    'an execute-api endpoint with private DNS',
    createConfig(`${createPrivate('privateDns: true')}, ${ACCOUNTS}`),
    [
      expect.stringMatching(
        /^2:\d+ {2}api\.vpcEndpoint\.create\.privateDns {2}makes every name that ends in \.execute-api\.eu-west-1\.amazonaws\.com resolve to this endpoint in the whole VPC\. .* answered with 403 Forbidden\. .* https:\/\/API-VPCE\.execute-api\.eu-west-1\.amazonaws\.com\/v1\. .*custom domain name/,
      ) as never,
    ],
  ],
  ['the same endpoint without private DNS', createConfig(`${createPrivate('')}, ${ACCOUNTS}`), []],
  [
    'two environments that share a created airflow.env endpoint',
    createConfig(ACCOUNTS).replace(
      / {2}prod: .*\n/,
      ['prod', 'next']
        .map(
          (name) =>
            `  ${name}: { airflow: 2.10.3, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1, airflowEndpoint: { create: { cidrs: [10.0.0.0/16] } } } }\n`,
        )
        .join(''),
    ),
    [
      expect.stringMatching(
        /^5:\d+ {2}environments\.prod\.vpc\.airflowEndpoint\.create {2}makes env\.airflow\.eu-west-1\.amazonaws\.com resolve to this endpoint in the whole VPC\./,
      ) as never,
    ],
  ],
  [
    'grants of which none names a claim, although the API accepts tokens',
    `${createConfig(`${OIDC}, ${ACCOUNTS}`)}${createGrant('arn:aws:iam::111122223333:role/team')}`,
    [
      '2:8  api.oidc  no grant names a claim, so every request with a token is rejected. Add a caller such as oidc:sub=… to a grant, or remove oidc',
    ],
  ],
  ['a grant that names a claim', `${createConfig(`${OIDC}, ${ACCOUNTS}`)}${createGrant('oidc:sub=etl')}`, []],
  ['a file without grants whose API accepts tokens', createConfig(`${OIDC}, ${ACCOUNTS}`), []],
  ['the same timeout for streamed responses', createConfig(`integrationSeconds: 289, ${ACCOUNTS}`), []],
])('returns the expected warnings for %s', (_what, text, expected) => {
  const { warnings } = parseTestConfig(text);
  expect(warnings.map(({ line, column, path, message }) => `${line}:${column}  ${path}  ${message}`)).toEqual(expected);
});
