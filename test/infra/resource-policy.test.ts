import { Stack } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { resourcePolicy } from '../../lib/resource-policy.ts';
import { readable, synthesis } from './synthesis.ts';

const OWN = '999999999999';
const ORGANISATION = 'o-a1b2c3d4e5';
const inOrganisation = { StringEquals: { 'aws:PrincipalOrgID': ORGANISATION } };

interface Statement {
  readonly Effect: string;
  readonly Action: string;
  readonly Resource: string;
  readonly Principal: string | { readonly AWS: unknown };
  readonly Condition?: unknown;
}

const statementsFor = (callers: Parameters<typeof resourcePolicy>[0]): Statement[] =>
  new Stack().resolve(resourcePolicy(callers, 'v1', OWN)).Statement;

const accountsOf = ({ Principal }: Statement): string[] =>
  [typeof Principal === 'string' ? Principal : Principal.AWS]
    .flat()
    .map((principal) => readable(principal).replace(/^arn:<AWS::Partition>:iam::(\d+):root$/, '$1'));

/** Who is configured to call, and who the policy lets call under which condition. */
test.each([
  ['nobody', {}, [OWN], undefined],
  ['accounts', { accounts: ['111122223333', '222233334444'] }, ['111122223333', '222233334444'], undefined],
  ['an organisation', { organization: ORGANISATION }, ['*'], inOrganisation],
  ['both', { organization: ORGANISATION, accounts: ['111122223333'] }, ['111122223333'], inOrganisation],
])('callers: %s', (_, callers, principals, condition) => {
  const statements = statementsFor(callers);

  expect(statements.map((one) => [accountsOf(one), one.Condition])).toEqual([[principals, condition]]);
});

test('it allows calls of its own stage and nothing else', () => {
  const [statement] = statementsFor({});

  expect([statement?.Effect, statement?.Action, statement?.Resource]).toEqual([
    'Allow',
    'execute-api:Invoke',
    'execute-api:/v1/*',
  ]);
});

test('a template for any account names the account that it is deployed to', () => {
  const { resources } = synthesis(`
region: eu-west-1
environments:
  prod:
    airflow: 2.10.3
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }
`);
  const [api] = resources('AWS::ApiGateway::RestApi');

  expect(readable(api?.Properties.Policy.Statement[0].Principal.AWS)).toBe('arn:aws:iam::<AWS::AccountId>:root');
});
