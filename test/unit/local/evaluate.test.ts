import { expect, it } from 'vitest';
import { decide, isAllowed } from '../../../local/iam/evaluate.ts';
import { createPrincipals } from '../../../local/iam/principals.ts';

const METHOD = 'arn:aws:execute-api:ap-southeast-2:111122223333:api/v1/POST/environments/prod/cli';
const principals = createPrincipals();

const statement = (effect: string, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: METHOD, ...more }],
});
const ALLOW = statement('Allow');
const OWN_ACCOUNT = statement('Allow', { Principal: { AWS: 'arn:aws:iam::111122223333:root' } });
const OTHER_ACCOUNT = statement('Allow', { Principal: { AWS: 'arn:aws:iam::444455556666:root' } });
const THE_ROLE = statement('Allow', { Principal: { AWS: 'arn:aws:iam::111122223333:role/r' } });
const ORGANISATION = statement('Allow', {
  Principal: '*',
  Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
});
const DENY = statement('Deny', { Principal: '*' });
const none = undefined;

it.each([
  ['111122223333', 'nobody', [], none, 'no'],
  ['111122223333', 'identity policy', [ALLOW], none, 'yes'],
  ['111122223333', 'resource policy that names the role', [], THE_ROLE, 'yes'],
  ['111122223333', 'resource policy that hands on to the account', [], OWN_ACCOUNT, 'no'],
  ['111122223333', 'that, and the account allows', [ALLOW], OWN_ACCOUNT, 'yes'],
  ['111122223333', 'organisation', [], ORGANISATION, 'yes'],
  ['111122223333', 'explicit deny', [ALLOW], DENY, 'denied'],
  ['444455556666', 'identity policy alone, across accounts', [ALLOW], none, 'no'],
  ['444455556666', 'resource policy alone, across accounts', [], OTHER_ACCOUNT, 'no'],
  ['444455556666', 'both, across accounts', [ALLOW], OTHER_ACCOUNT, 'yes'],
])('%s, allowed by %s', async (account, _by, policies, resourcePolicy, expected) => {
  const principal = principals.issue(`arn:aws:sts::${account}:assumed-role/r/s`, policies, {
    organizationId: 'o-a1b2c3d4e5',
  });

  const { allowed, explicitDeny } = await decide({
    principal,
    action: 'execute-api:Invoke',
    resource: METHOD,
    resourcePolicy,
  });

  expect(allowed ? 'yes' : explicitDeny ? 'denied' : 'no').toBe(expected);
});

it('takes a star in a path for a character', async () => {
  const principal = principals.issue('arn:aws:sts::111122223333:assumed-role/r/s', [ALLOW]);

  expect(await isAllowed(principal, 'execute-api:Invoke', METHOD.replace('prod', '*'))).toBe(false);
});

it('knows MWAA’s token', async () => {
  const environment = 'arn:aws:airflow:ap-southeast-2:111122223333:environment/';
  const principal = principals.issue('arn:aws:sts::111122223333:assumed-role/relay/s', [
    {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'airflow:CreateCliToken', Resource: `${environment}prod` },
    },
  ]);

  expect(await isAllowed(principal, 'airflow:CreateCliToken', `${environment}prod`)).toBe(true);
  expect(await isAllowed(principal, 'airflow:CreateCliToken', `${environment}test`)).toBe(false);
});

it.each([
  ['a malformed policy', 'execute-api:Invoke', [statement('Alow')]],
  ['an action IAM does not know', 'mwaa:CreateCliToken', []],
])('throws for %s', async (_what, action, policies) => {
  const principal = principals.issue('arn:aws:sts::111122223333:assumed-role/r/s', policies);

  await expect(isAllowed(principal, action, METHOD)).rejects.toThrow(/cannot be decided/);
});
