import { expect, test } from 'vitest';
import { parseTestConfig } from '../../fixtures/parse-test-config.ts';

const createConfig = (api: string) => `region: eu-west-1
api: { ${api} }
environments:
  prod: { airflow: 2.10.3, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
`;
const ACCOUNTS = 'callers: { accounts: ["111122223333"] }';

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
      "2:49  api.integrationSeconds  60 is over API Gateway's default quota of 29 seconds. " +
        'The deployment fails unless the quota "Maximum integration timeout" of the account has been raised',
    ],
  ],
  ['the same timeout for streamed responses', createConfig(`integrationSeconds: 289, ${ACCOUNTS}`), []],
])('returns the expected warnings for %s', (_what, text, expected) => {
  const { warnings } = parseTestConfig(text);
  expect(warnings.map(({ line, column, path, message }) => `${line}:${column}  ${path}  ${message}`)).toEqual(expected);
});
