import { describe, expect, it } from 'vitest';
import { evaluatePolicies, isAllowed } from '../../../../local/iam/evaluate-policies.ts';
import { createPrincipalStore } from '../../../../local/iam/principal-store.ts';

const METHOD = 'arn:aws:execute-api:ap-southeast-2:111122223333:api/v1/POST/environments/prod/cli';
const principals = createPrincipalStore();

const createStatement = (effect: string, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: METHOD, ...more }],
});
const ALLOW = createStatement('Allow');
const OWN_ACCOUNT = createStatement('Allow', { Principal: { AWS: 'arn:aws:iam::111122223333:root' } });
const OTHER_ACCOUNT = createStatement('Allow', { Principal: { AWS: 'arn:aws:iam::444455556666:root' } });
const THE_ROLE = createStatement('Allow', { Principal: { AWS: 'arn:aws:iam::111122223333:role/r' } });
const ORGANIZATION = createStatement('Allow', {
  Principal: '*',
  Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
});
const DENY = createStatement('Deny', { Principal: '*' });
const none = undefined;

it.each([
  ['111122223333', 'nobody', [], none, 'no'],
  ['111122223333', 'identity policy', [ALLOW], none, 'yes'],
  ['111122223333', 'resource policy that names the role', [], THE_ROLE, 'yes'],
  ['111122223333', 'resource policy that hands on to the account', [], OWN_ACCOUNT, 'no'],
  ['111122223333', 'that, and the account allows', [ALLOW], OWN_ACCOUNT, 'yes'],
  ['111122223333', 'organization', [], ORGANIZATION, 'yes'],
  ['111122223333', 'explicit deny', [ALLOW], DENY, 'denied'],
  ['444455556666', 'identity policy alone, across accounts', [ALLOW], none, 'no'],
  ['444455556666', 'resource policy alone, across accounts', [], OTHER_ACCOUNT, 'no'],
  ['444455556666', 'both, across accounts', [ALLOW], OTHER_ACCOUNT, 'yes'],
])('%s, allowed by %s', async (account, _by, policies, resourcePolicy, expected) => {
  const principal = principals.issueCredentials(`arn:aws:sts::${account}:assumed-role/r/s`, policies, {
    organizationId: 'o-a1b2c3d4e5',
  });

  const { allowed, explicitDeny } = await evaluatePolicies({
    principal,
    action: 'execute-api:Invoke',
    resource: METHOD,
    resourcePolicy,
  });

  expect(allowed ? 'yes' : explicitDeny ? 'denied' : 'no').toBe(expected);
});

it('takes a star in a path for a character', async () => {
  const principal = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/r/s', [ALLOW]);

  expect(await isAllowed(principal, 'execute-api:Invoke', METHOD.replace('prod', '*'))).toBe(false);
});

it('knows MWAA’s token', async () => {
  const environment = 'arn:aws:airflow:ap-southeast-2:111122223333:environment/';
  const principal = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/relay/s', [
    {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'airflow:CreateCliToken', Resource: `${environment}prod` },
    },
  ]);

  expect(await isAllowed(principal, 'airflow:CreateCliToken', `${environment}prod`)).toBe(true);
  expect(await isAllowed(principal, 'airflow:CreateCliToken', `${environment}test`)).toBe(false);
});

it.each([
  ['a malformed policy', 'execute-api:Invoke', [createStatement('Alow')]],
  ['an action IAM does not know', 'mwaa:CreateCliToken', []],
])('throws for %s', async (_what, action, policies) => {
  const principal = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/r/s', policies);

  await expect(isAllowed(principal, action, METHOD)).rejects.toThrow(/cannot be decided/);
});

it.each(['*', 'ap?', '*i'])('does not judge a wildcard in the id of an API: %s', async (id) => {
  const policy = createStatement('Deny', { Resource: METHOD.replace(':api/', `:${id}/`) });
  const principal = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/r/s', [ALLOW, policy]);

  await expect(isAllowed(principal, 'execute-api:Invoke', METHOD)).rejects.toThrow(/name the API by its id/);
});

describe('somebody whom IAM does not know', () => {
  const anybody = (Condition: object, Effect = 'Deny') => createStatement(Effect, { Principal: '*', Condition });

  it.each<[what: string, resourcePolicy: unknown, expected: string]>([
    ['nothing', none, 'no'],
    ['everybody', createStatement('Allow', { Principal: '*' }), 'yes'],
    ['the account', OWN_ACCOUNT, 'no'],
    ['the account, by its key', anybody({ StringEquals: { 'aws:PrincipalAccount': '111122223333' } }, 'Allow'), 'no'],
    [
      'everybody but other accounts',
      anybody({ StringNotEquals: { 'aws:PrincipalAccount': '111122223333' } }),
      'denied',
    ],
    ['everybody but other roles', anybody({ ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/r' } }), 'denied'],
    ['everybody but other organizations', anybody({ StringNotEquals: { 'aws:PrincipalOrgID': 'o-a' } }), 'denied'],
    ['everybody but one account', anybody({ StringEquals: { 'aws:PrincipalAccount': '111122223333' } }), 'no'],
  ])('let in by a policy for %s: %j', async (_what, resourcePolicy, expected) => {
    const { allowed, explicitDeny } = await evaluatePolicies({
      principal: undefined,
      action: 'execute-api:Invoke',
      resource: METHOD,
      resourcePolicy,
    });

    expect(allowed ? 'yes' : explicitDeny ? 'denied' : 'no').toBe(expected);
  });

  it.each([
    ['aws:PrincipalAccount', '*'],
    ['aws:PrincipalArn', '*'],
    ['aws:userid', '*'],
    ['aws:PrincipalOrgID', '*'],
  ])('has no %s, also where somebody stands in for them', async (key, value) => {
    const policy = createStatement('Allow', { Condition: { StringLike: { [key]: value } } });
    const principal = principals.issueCredentials('arn:aws:iam::111122223333:user/u', [policy], {
      organizationId: 'o-a1b2c3d4e5',
    });
    const question = { principal, action: 'execute-api:Invoke', resource: METHOD };

    expect((await evaluatePolicies(question)).allowed).toBe(true);
    expect((await evaluatePolicies({ ...question, isPlaceholder: true })).allowed).toBe(false);
  });
});

it.each([
  ['the service', {}, true],
  [
    'the function’s own code',
    { 'lambda:SourceFunctionArn': 'arn:aws:lambda:eu-west-1:111122223333:function:f' },
    false,
  ],
])('rights that only %s has', async (_who, context, expected) => {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'ec2:*NetworkInterface*', Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'ec2:*NetworkInterface*',
        Resource: '*',
        Condition: { ArnLike: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:eu-west-1:111122223333:function:*' } },
      },
    ],
  };
  const principal = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/relay/s', [policy]);
  const resource = 'arn:aws:ec2:eu-west-1:111122223333:network-interface/eni-0';

  const decision = await evaluatePolicies({
    principal,
    action: 'ec2:CreateNetworkInterface',
    resource,
    conditionKeys: context,
  });

  expect(decision).toEqual({ allowed: expected, explicitDeny: !expected });
});
