import { describe, expect, test } from 'vitest';
import { AUTHORIZER_FUNCTION, FRONT_FUNCTION } from '../../contract/function-names.ts';
import { findMissingAction } from '../../local/gateway/template/check-service-role.ts';
import { MANAGED_POLICIES } from '../../local/gateway/template/managed-policies.ts';
import type { StackLocation } from '../../local/gateway/template/resource-identity.ts';
import { evaluatePolicies } from '../../local/iam/evaluate-policies.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { resolveReferences, TEST_ACCOUNT, TEST_REGION } from './resolve-references.ts';
import {
  formatIntrinsics,
  type SynthesizedStack,
  synthesizeConfig,
  type TemplateResource,
} from './synthesize-config.ts';

const KEY = `arn:aws:kms:${TEST_REGION}:${TEST_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const withOidc = TWO_ENVIRONMENTS.replace('api: {', `api: { ${OIDC_CONFIG}, logRole: create,`);
const synthesized = synthesizeConfig(withOidc);
const withKey = synthesizeConfig(`${withOidc}kmsKey: ${KEY}\n`);

/** The functions by name: `front`, `authorizer`, and the names of the environments of the relays. */
function findFunctions(stack: SynthesizedStack): Record<string, TemplateResource> {
  const find = (handler: string) =>
    stack.resources('AWS::Lambda::Function').find(({ Properties }) => Properties.Handler === handler)!;
  return {
    front: find(FRONT_FUNCTION.handler),
    authorizer: find(AUTHORIZER_FUNCTION.handler),
    prod: stack.relay('prod').function,
    next: stack.relay('next').function,
  };
}
const functions = findFunctions(synthesized);

const findRole = (stack: SynthesizedStack, { Properties }: TemplateResource): TemplateResource =>
  stack.resources('AWS::IAM::Role').find(({ id }) => id === Properties.Role['Fn::GetAtt'][0])!;

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: unknown;
}

const readPolicies = (stack: SynthesizedStack, role: TemplateResource) =>
  (role.Properties.Policies ?? []).map(
    ({ PolicyDocument }: { PolicyDocument: unknown }) =>
      resolveReferences(stack, PolicyDocument) as { Statement: Statement[] },
  );

/** Lists what a role allows, such as `airflow:CreateCliToken on arn:…`. */
const listAllowed = (stack: SynthesizedStack, role: TemplateResource): string[] =>
  readPolicies(stack, role)
    .flatMap(({ Statement }: { Statement: Statement[] }) => Statement)
    .filter(({ Effect }: Statement) => Effect === 'Allow')
    .flatMap(({ Action, Resource }: Statement) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} on ${resource}`)),
    )
    .sort();

/** Evaluates an action of the role, in a request with no condition keys except the given ones. */
async function isRoleAllowed(
  stack: SynthesizedStack,
  role: TemplateResource,
  action: string,
  resource: string,
  request: { conditionKeys?: Record<string, string>; resourcePolicy?: unknown } = {},
): Promise<boolean> {
  const managed = (role.Properties.ManagedPolicyArns ?? []).map(
    (arn: unknown) => MANAGED_POLICIES[resolveReferences<string>(stack, arn).replace(/^.*?:policy\//, '')],
  );
  const principal = {
    arn: `arn:aws:sts::${TEST_ACCOUNT}:assumed-role/role/awslambda_123`,
    account: TEST_ACCOUNT,
    userId: 'AROAEXAMPLE:awslambda_123',
    policies: [...readPolicies(stack, role), ...managed],
  } as unknown as Principal;
  return (await evaluatePolicies({ principal, action, resource, resourceAccount: TEST_ACCOUNT, ...request })).allowed;
}

/**
 * Evaluates an action on every resource, without condition keys. For an action that has types of resources, `isRoleAllowed` with `*` is also
 * true for a statement with one of the types.
 */
const isAllowedOnEverything = async (role: TemplateResource, action: string): Promise<boolean> => {
  const location = { partition: 'aws', region: TEST_REGION, account: TEST_ACCOUNT } as StackLocation;
  const managed = (role.Properties.ManagedPolicyArns ?? []).map(
    (arn: unknown) => MANAGED_POLICIES[resolveReferences<string>(synthesized, arn).replace(/^.*?:policy\//, '')],
  );
  const policies = [...readPolicies(synthesized, role), ...managed];
  return (await findMissingAction(policies, [action], location)) === undefined;
};

/** What Lambda checks before it creates a function in a VPC, for `*`. Source: Lambda, "Required IAM permissions" for VPCs. */
const VPC_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** The usual policy of a key, which leaves the decision to the policies of the account. */
const KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${TEST_ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
  ],
};

/** What API Gateway checks before it accepts the role of the account. Source: API Gateway, "Permissions for CloudWatch logging". */
const API_GATEWAY_LOG_ACTIONS = [
  'logs:CreateLogGroup',
  'logs:CreateLogStream',
  'logs:DescribeLogGroups',
  'logs:DescribeLogStreams',
  'logs:PutLogEvents',
  'logs:GetLogEvents',
  'logs:FilterLogEvents',
];

describe('the checks of the services themselves, which have no condition keys', () => {
  test.each(['prod', 'next'].flatMap((name) => VPC_ACTIONS.map((action) => [name, action] as const)))(
    'the relay of %s may %s on every resource',
    async (name, action) => {
      expect(await isAllowedOnEverything(findRole(synthesized, functions[name]!), action)).toBe(true);
    },
  );

  test.each(Object.keys(functions))('the function %s may write to its log group', async (name) => {
    const lambdaFunction = functions[name]!;
    const role = findRole(synthesized, lambdaFunction);
    const group = resolveReferences<string>(synthesized, lambdaFunction.Properties.LoggingConfig.LogGroup);
    const stream = `arn:aws:logs:${TEST_REGION}:${TEST_ACCOUNT}:log-group:${group}:log-stream:2026/11/28/x[$LATEST]0a1b`;

    expect(await isRoleAllowed(synthesized, role, 'logs:CreateLogStream', stream)).toBe(true);
    expect(await isRoleAllowed(synthesized, role, 'logs:PutLogEvents', stream)).toBe(true);
  });

  test('a function with variables may decrypt them, if they have a key', async () => {
    for (const lambdaFunction of Object.values(findFunctions(withKey))) {
      const { KmsKeyArn, Environment } = lambdaFunction.Properties;
      const canDecrypt = await isRoleAllowed(withKey, findRole(withKey, lambdaFunction), 'kms:Decrypt', KEY, {
        resourcePolicy: KEY_POLICY,
      });

      expect([canDecrypt, KmsKeyArn !== undefined]).toEqual(Array(2).fill(Environment !== undefined));
    }
  });

  test.each(API_GATEWAY_LOG_ACTIONS)('the role of API Gateway may %s on every resource', async (action) => {
    const roleId = synthesized.resources('AWS::ApiGateway::Account')[0]?.Properties.CloudWatchRoleArn['Fn::GetAtt'][0];
    const role = synthesized.resources('AWS::IAM::Role').find(({ id }) => id === roleId)!;

    expect(await isAllowedOnEverything(role, action)).toBe(true);
  });

  test.each([...VPC_ACTIONS, ...API_GATEWAY_LOG_ACTIONS])(
    'the check finds a role that may %s by type of resource only',
    async (action) => {
      const [service] = action.split(':');
      const Resource = ['network-interface/*', 'log-group:*'].map(
        (part) => `arn:aws:${service}:${TEST_REGION}:${TEST_ACCOUNT}:${part}`,
      );
      const PolicyDocument = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource }] };
      const role = { id: 'Role', Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyDocument }] } };

      expect(await isAllowedOnEverything(role, action)).toBe(false);
    },
  );

  test('the service that uses a role may assume it', () => {
    const trust = synthesized
      .resources('AWS::IAM::Role')
      .map(({ Properties }) => Properties.AssumeRolePolicyDocument.Statement);

    expect(
      trust.flat().map(({ Effect, Action, Principal, Condition }) => ({ Effect, Action, Principal, Condition })),
    ).toEqual(
      ['apigateway', ...Object.keys(functions).map(() => 'lambda')].map((service) => ({
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { Service: `${service}.amazonaws.com` },
        Condition: undefined,
      })),
    );
  });
});

test('roles have inline policies only', () => {
  expect(synthesized.resources('AWS::IAM::Policy')).toEqual([]);
  for (const lambdaFunction of Object.values(functions)) {
    expect(findRole(synthesized, lambdaFunction).Properties).not.toHaveProperty('ManagedPolicyArns');
  }
});

test('no function has more permissions than its log, its environment, and the functions that it calls', () => {
  const allowed = Object.fromEntries(
    Object.entries(functions).map(([name, lambdaFunction]) => [
      name,
      listAllowed(synthesized, findRole(synthesized, lambdaFunction)).filter((entry) => !/^(ec2|logs):/.test(entry)),
    ]),
  );
  const prefix = functions.prod?.Properties.FunctionName.replace(/prod$/, '');

  expect(allowed).toEqual({
    front: [`lambda:InvokeFunction on arn:aws:lambda:${TEST_REGION}:${TEST_ACCOUNT}:function:${prefix}*`],
    authorizer: [],
    prod: [`airflow:CreateCliToken on arn:aws:airflow:${TEST_REGION}:${TEST_ACCOUNT}:environment/analytics`],
    next: [`airflow:CreateCliToken on arn:aws:airflow:${TEST_REGION}:${TEST_ACCOUNT}:environment/next`],
  });
});

test('the front may call the relays, and no other function', async () => {
  const role = findRole(synthesized, functions.front!);
  const invoke = (name: string) =>
    isRoleAllowed(
      synthesized,
      role,
      'lambda:InvokeFunction',
      `arn:aws:lambda:${TEST_REGION}:${TEST_ACCOUNT}:function:${name}`,
    );

  expect(await invoke(functions.prod?.Properties.FunctionName)).toBe(true);
  expect(await invoke(functions.next?.Properties.FunctionName)).toBe(true);
  expect(await invoke(functions.prod?.Properties.FunctionName.replace('-relay-', '-other-'))).toBe(false);
  expect(await invoke('other')).toBe(false);
});

test('the code of a relay may not manage network interfaces', async () => {
  const role = findRole(synthesized, functions.prod!);
  const fromCode = {
    conditionKeys: {
      'lambda:SourceFunctionArn': `arn:aws:lambda:${TEST_REGION}:${TEST_ACCOUNT}:function:${functions.prod?.Properties.FunctionName}`,
    },
  };

  for (const action of VPC_ACTIONS) expect(await isRoleAllowed(synthesized, role, action, '*', fromCode)).toBe(false);
});

test('each function may write to its own log group only, which the relays share', () => {
  const groups = Object.fromEntries(
    Object.entries(functions).map(([name, lambdaFunction]) => {
      const own = `<${lambdaFunction.Properties.LoggingConfig.LogGroup.Ref}.Arn>`;
      const resources = findRole(synthesized, lambdaFunction)
        .Properties.Policies.flatMap(
          ({ PolicyDocument }: { PolicyDocument: { Statement: Statement[] } }) => PolicyDocument.Statement,
        )
        .filter(({ Action }: Statement) => [Action].flat().includes('logs:PutLogEvents'))
        .map(({ Resource }: Statement) => formatIntrinsics(Resource));
      expect(resources).toEqual([own]);
      return [name, own];
    }),
  );

  expect(groups.prod).toBe(groups.next);
  expect(new Set(Object.values(groups)).size).toBe(3);
});
