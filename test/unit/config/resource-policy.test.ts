/** Evaluates the resource policy with an independent IAM evaluator. */
import { describe, expect, test } from 'vitest';
import { createResourcePolicy, type ResourcePolicyOptions } from '../../../config/resource-policy.ts';
import { evaluatePolicies } from '../../../local/iam/evaluate-policies.ts';
import { createPrincipalStore, type Principal } from '../../../local/iam/principal-store.ts';

const OWN_ACCOUNT = '111122223333';
const OTHER_ACCOUNT = '222233334444';
const ORGANIZATION = 'o-a1b2c3d4e5';
const ENDPOINT = 'vpce-0aaa1111';
const API = `arn:aws:execute-api:eu-west-1:${OWN_ACCOUNT}:abcdef1234`;
const INVOKE_POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `${API}/*` }],
};

const principals = createPrincipalStore();
const createRole = (account: string, policies: object[], organizationId: string): Principal =>
  principals.issueCredentials(`arn:aws:sts::${account}:assumed-role/etl/me`, policies, { organizationId });

type Endpoint = 'regional' | 'private';
const createPolicy = (callers: Partial<ResourcePolicyOptions>, endpoint: Endpoint) =>
  createResourcePolicy({
    ...callers,
    ...(endpoint === 'private' ? { vpcEndpoints: [ENDPOINT] } : {}),
    stage: 'v1',
    partition: 'aws',
    ownAccount: OWN_ACCOUNT,
  });

async function evaluate(policy: object, principal: Principal, environment = 'prod'): Promise<string> {
  const { allowed, explicitDeny } = await evaluatePolicies({
    principal,
    action: 'execute-api:Invoke',
    resource: `${API}/v1/POST/environments/${environment}/cli`,
    resourcePolicy: JSON.parse(JSON.stringify(policy).replaceAll('execute-api:/', `${API}/`)),
    conditionKeys: { 'aws:SourceVpce': ENDPOINT },
  });
  return allowed ? 'allowed' : explicitDeny ? 'denied' : 'not allowed';
}

describe.each<Endpoint>(['regional', 'private'])('a %s API whose callers are an organization', (endpoint) => {
  const policy = createPolicy({ organization: ORGANIZATION }, endpoint);

  test.each<[what: string, account: string, policies: object[], organization: string, expected: string]>([
    ['own account with an identity policy', OWN_ACCOUNT, [INVOKE_POLICY], ORGANIZATION, 'allowed'],
    ['own account without an identity policy', OWN_ACCOUNT, [], ORGANIZATION, 'not allowed'],
    ['own account, other organization', OWN_ACCOUNT, [INVOKE_POLICY], 'o-zzzzzzzzzz', 'denied'],
    ['other account with an identity policy', OTHER_ACCOUNT, [INVOKE_POLICY], ORGANIZATION, 'allowed'],
    ['other account without an identity policy', OTHER_ACCOUNT, [], ORGANIZATION, 'not allowed'],
    ['other account, other organization', OTHER_ACCOUNT, [INVOKE_POLICY], 'o-zzzzzzzzzz', 'denied'],
  ])('%s', async (_what, account, policies, organization, expected) => {
    expect(await evaluate(policy, createRole(account, policies, organization))).toBe(expected);
  });
});

/** Finds the accounts whose principals are named by no allow statement, so that only their identity policies can allow them. */
function findSilentAccounts(
  { Statement }: ReturnType<typeof createResourcePolicy>,
  accounts: readonly string[],
): string[] {
  const allows = Statement.filter(({ Effect, Sid }) => Effect === 'Allow' && Sid !== 'OidcThroughVpcEndpoint');
  const covers = (statement: (typeof allows)[number], account: string) =>
    statement.Principal === '*'
      ? !statement.Condition?.StringNotEquals?.['aws:PrincipalAccount']?.includes(account)
      : statement.Principal.AWS.some((arn) => arn.includes(`::${account}:`));
  return accounts.filter((account) => !allows.some((statement) => covers(statement, account)));
}

test.each<[what: string, callers: Partial<ResourcePolicyOptions>, accounts: string[]]>([
  ['an organization', { organization: ORGANIZATION }, [OWN_ACCOUNT, OTHER_ACCOUNT]],
  ['accounts', { accounts: [OWN_ACCOUNT, OTHER_ACCOUNT] }, [OWN_ACCOUNT, OTHER_ACCOUNT]],
  ['a role of the own account', { principals: [`arn:aws:iam::${OWN_ACCOUNT}:role/etl`] }, [OWN_ACCOUNT]],
  ['an organization and its account', { organization: ORGANIZATION, accounts: [OWN_ACCOUNT] }, [OWN_ACCOUNT]],
])('the policy of a private API has an explicit allow for every account in %s', (_what, callers, accounts) => {
  const policy = createPolicy(callers, 'private');

  expect(findSilentAccounts(policy, accounts)).toEqual([]);
  const planted = { ...policy, Statement: policy.Statement.filter(({ Effect }) => Effect === 'Deny') };
  expect(findSilentAccounts(planted, accounts)).toEqual(accounts);
});

test('the allow for tokens of a private API does not cover signed requests to an environment named oidc', async () => {
  const policy = createPolicy({ accounts: [OWN_ACCOUNT] }, 'private');

  expect(await evaluate(policy, createRole(OWN_ACCOUNT, [], ORGANIZATION), 'oidc')).toBe('not allowed');
  expect(await evaluate(policy, createRole(OWN_ACCOUNT, [INVOKE_POLICY], ORGANIZATION), 'oidc')).toBe('allowed');
});
