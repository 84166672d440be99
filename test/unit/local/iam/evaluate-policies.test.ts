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
const SAME_ACCOUNT = createStatement('Allow', { Principal: { AWS: 'arn:aws:iam::111122223333:root' } });
const OTHER_ACCOUNT = createStatement('Allow', { Principal: { AWS: 'arn:aws:iam::444455556666:root' } });
const THE_ROLE = createStatement('Allow', { Principal: { AWS: 'arn:aws:iam::111122223333:role/r' } });
const ORGANIZATION = createStatement('Allow', {
  Principal: '*',
  Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
});
const DENY = createStatement('Deny', { Principal: '*' });
const none = undefined;

it.each([
  ['111122223333', 'no policy', [], none, 'not allowed'],
  ['111122223333', 'an identity policy', [ALLOW], none, 'allowed'],
  ['111122223333', 'a resource policy that names the role', [], THE_ROLE, 'allowed'],
  ['111122223333', 'a resource policy that delegates to the account', [], SAME_ACCOUNT, 'not allowed'],
  ['111122223333', 'a resource policy that delegates, and an identity policy', [ALLOW], SAME_ACCOUNT, 'allowed'],
  ['111122223333', 'a resource policy for the organization', [], ORGANIZATION, 'allowed'],
  ['111122223333', 'an identity policy and an explicit deny', [ALLOW], DENY, 'denied'],
  ['444455556666', 'an identity policy alone, across accounts', [ALLOW], none, 'not allowed'],
  ['444455556666', 'a resource policy alone, across accounts', [], OTHER_ACCOUNT, 'not allowed'],
  ['444455556666', 'both policies, across accounts', [ALLOW], OTHER_ACCOUNT, 'allowed'],
])('a role of account $0 with $1 is $4', async (account, _policies, policies, resourcePolicy, expected) => {
  const principal = principals.issueCredentials(`arn:aws:sts::${account}:assumed-role/r/s`, policies, {
    organizationId: 'o-a1b2c3d4e5',
  });

  const { allowed, explicitDeny } = await evaluatePolicies({
    principal,
    action: 'execute-api:Invoke',
    resource: METHOD,
    resourcePolicy,
  });

  expect(allowed ? 'allowed' : explicitDeny ? 'denied' : 'not allowed').toBe(expected);
});

it('evaluatePolicies treats an asterisk in a requested path as a literal character', async () => {
  const principal = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/r/s', [ALLOW]);

  expect(await isAllowed(principal, 'execute-api:Invoke', METHOD.replace('prod', '*'))).toBe(false);
});

it('evaluatePolicies evaluates airflow:CreateCliToken on one environment', async () => {
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
  ['an action that IAM does not know', 'mwaa:CreateCliToken', []],
])('evaluatePolicies throws for %s', async (_what, action, policies) => {
  const principal = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/r/s', policies);

  await expect(isAllowed(principal, action, METHOD)).rejects.toThrow(/cannot be evaluated/);
});

it.each(['*', 'ap?', '*i'])('evaluatePolicies throws for a policy with a wildcard in the API id: %s', async (id) => {
  const policy = createStatement('Deny', { Resource: METHOD.replace(':api/', `:${id}/`) });
  const principal = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/r/s', [ALLOW, policy]);

  await expect(isAllowed(principal, 'execute-api:Invoke', METHOD)).rejects.toThrow(
    /replace the wildcard by the API's id/,
  );
});

describe('a caller without an IAM identity', () => {
  const anyone = (Condition: object, Effect = 'Deny') => createStatement(Effect, { Principal: '*', Condition });

  it.each<[what: string, resourcePolicy: unknown, expected: string]>([
    ['no policy', none, 'not allowed'],
    ['a policy that allows everyone', createStatement('Allow', { Principal: '*' }), 'allowed'],
    ['a policy that allows the account', SAME_ACCOUNT, 'not allowed'],
    [
      'a policy that allows the account by its condition key',
      anyone({ StringEquals: { 'aws:PrincipalAccount': '111122223333' } }, 'Allow'),
      'not allowed',
    ],
    [
      'a policy that denies other accounts',
      anyone({ StringNotEquals: { 'aws:PrincipalAccount': '111122223333' } }),
      'denied',
    ],
    [
      'a policy that denies other roles',
      anyone({ ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/r' } }),
      'denied',
    ],
    [
      'a policy that denies other organizations',
      anyone({ StringNotEquals: { 'aws:PrincipalOrgID': 'o-a' } }),
      'denied',
    ],
    [
      'a policy that denies one account',
      anyone({ StringEquals: { 'aws:PrincipalAccount': '111122223333' } }),
      'not allowed',
    ],
  ])('with $0 is $2', async (_what, resourcePolicy, expected) => {
    const { allowed, explicitDeny } = await evaluatePolicies({
      principal: undefined,
      action: 'execute-api:Invoke',
      resource: METHOD,
      resourcePolicy,
    });

    expect(allowed ? 'allowed' : explicitDeny ? 'denied' : 'not allowed').toBe(expected);
  });

  it.each([
    ['aws:PrincipalAccount', '*'],
    ['aws:PrincipalArn', '*'],
    ['aws:userid', '*'],
    ['aws:PrincipalOrgID', '*'],
  ])('has no %s, even when a placeholder principal represents it', async (key, value) => {
    const policy = createStatement('Allow', { Condition: { StringLike: { [key]: value } } });
    const principal = principals.issueCredentials('arn:aws:iam::111122223333:user/u', [policy], {
      organizationId: 'o-a1b2c3d4e5',
    });
    const query = { principal, action: 'execute-api:Invoke', resource: METHOD };

    expect((await evaluatePolicies(query)).allowed).toBe(true);
    expect((await evaluatePolicies({ ...query, isPlaceholder: true })).allowed).toBe(false);
  });
});

it.each([
  ['allows the Lambda service', {}, true],
  [
    'denies code of the function',
    { 'lambda:SourceFunctionArn': 'arn:aws:lambda:eu-west-1:111122223333:function:f' },
    false,
  ],
])('a deny on lambda:SourceFunctionArn %s', async (_effect, conditionKeys, expected) => {
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
    conditionKeys,
  });

  expect(decision).toMatchObject({ allowed: expected, explicitDeny: !expected });
});

describe('a resource policy of a function', () => {
  const FUNCTION = 'arn:aws:lambda:ap-southeast-2:111122223333:function:relay';
  const RULE = 'arn:aws:events:ap-southeast-2:111122223333:rule/check';
  const EVENTS = { service: 'events.amazonaws.com' };
  const ADMINISTRATOR = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/administrator/s', [
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  ]);
  const PATH_ROLE = principals.issueCredentials(
    'arn:aws:sts::111122223333:assumed-role/front/s',
    ADMINISTRATOR.policies,
    {
      roleArn: 'arn:aws:iam::111122223333:role/proxy/front',
    },
  );
  const allowEvents = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' } };
  const evaluate = (
    principal: Parameters<typeof evaluatePolicies>[0]['principal'],
    statements: object[],
    conditionKeys = {},
  ) =>
    evaluatePolicies({
      principal,
      action: 'lambda:InvokeFunction',
      resource: FUNCTION,
      resourcePolicy: {
        Version: '2012-10-17',
        Statement: statements.map((statement) => ({
          Action: 'lambda:InvokeFunction',
          Resource: FUNCTION,
          ...statement,
        })),
      },
      conditionKeys,
    });
  const denyUnless = (Condition: object) => ({ Effect: 'Deny', Principal: '*', Condition });

  it.each<[string, Parameters<typeof evaluate>, string]>([
    ['a service that is named', [EVENTS, [allowEvents]], 'allowed'],
    ['a service that is not named', [{ service: 'apigateway.amazonaws.com' }, [allowEvents]], 'not allowed'],
    [
      'a service, by a policy for the account only',
      [EVENTS, [{ ...allowEvents, Principal: { AWS: '111122223333' } }]],
      'not allowed',
    ],
    [
      'a service with the source that is required',
      [EVENTS, [{ ...allowEvents, Condition: { ArnLike: { 'aws:SourceArn': RULE } } }], { 'aws:SourceArn': RULE }],
      'allowed',
    ],
    [
      'a service with another source',
      [
        EVENTS,
        [{ ...allowEvents, Condition: { ArnLike: { 'aws:SourceArn': RULE } } }],
        { 'aws:SourceArn': `${RULE}2` },
      ],
      'not allowed',
    ],
    [
      'a service, which has no PrincipalArn',
      [EVENTS, [allowEvents, denyUnless({ Null: { 'aws:PrincipalArn': 'true' } })]],
      'denied by resource',
    ],
    [
      'a service, which is one',
      [EVENTS, [allowEvents, denyUnless({ Bool: { 'aws:PrincipalIsAWSService': 'true' } })]],
      'denied by resource',
    ],
    [
      'a service, by its name',
      [EVENTS, [allowEvents, denyUnless({ StringEquals: { 'aws:PrincipalServiceName': EVENTS.service } })]],
      'denied by resource',
    ],
    [
      'an identity, which is no service',
      [ADMINISTRATOR, [denyUnless({ Bool: { 'aws:PrincipalIsAWSService': 'false' } })]],
      'denied by resource',
    ],
    ['an identity, without a statement in the way', [ADMINISTRATOR, [allowEvents]], 'allowed'],
    [
      'an identity, which has no source',
      [ADMINISTRATOR, [denyUnless({ ArnNotLike: { 'aws:SourceArn': RULE } })]],
      'denied by resource',
    ],
    [
      'a role, by its ARN with its path',
      [PATH_ROLE, [denyUnless({ ArnNotEquals: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/proxy/front' } })]],
      'allowed',
    ],
    [
      'a role, by its type',
      [PATH_ROLE, [denyUnless({ StringNotEquals: { 'aws:PrincipalType': 'AssumedRole' } })]],
      'allowed',
    ],
  ])('and %s', async (_what, query, expected) => {
    const { allowed, deniedBy } = await evaluate(...query);

    expect(allowed ? 'allowed' : deniedBy === undefined ? 'not allowed' : `denied by ${deniedBy}`).toBe(expected);
  });

  it('names the identity policy if that denies', async () => {
    const principal = principals.issueCredentials('arn:aws:iam::111122223333:user/u', [
      { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] },
    ]);

    expect(await evaluate(principal, [allowEvents])).toMatchObject({ allowed: false, deniedBy: 'identity' });
  });
});
