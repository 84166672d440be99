import { describe, expect, test } from 'vitest';
import { MAX_FUNCTION_POLICY_BYTES } from '../../config/function-policy.ts';
import { AUTHORIZER_FUNCTION, FRONT_FUNCTION } from '../../contract/function-names.ts';
import { evaluatePolicies } from '../../local/iam/evaluate-policies.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { resolveReferences, TEST_ACCOUNT, TEST_REGION } from './resolve-references.ts';
import { synthesizeConfig, type TemplateResource } from './synthesize-config.ts';

const withOidc = TWO_ENVIRONMENTS.replace('api: {', `api: { ${OIDC_CONFIG},`);
const synthesized = synthesizeConfig(withOidc);
const { resources } = synthesized;
const functions = resources('AWS::Lambda::Function');
const findFunction = (handler: string) => functions.find(({ Properties }) => Properties.Handler === handler)!;
const front = findFunction(FRONT_FUNCTION.handler);
const authorizer = findFunction(AUTHORIZER_FUNCTION.handler);
const relay = synthesized.relay('prod').function;
const getArn = ({ id }: TemplateResource) => resolveReferences<string>(synthesized, { 'Fn::GetAtt': [id, 'Arn'] });

const policies = resources('AWS::Lambda::ResourcePolicy').map(
  ({ Properties }) =>
    resolveReferences(synthesized, Properties) as { ResourceArn: string; PolicyDocument: { Statement: unknown[] } },
);
const findPolicy = (target: TemplateResource) =>
  policies.find(({ ResourceArn }) => ResourceArn === getArn(target))!.PolicyDocument;

type Caller = Pick<Parameters<typeof evaluatePolicies>[0], 'principal' | 'isPlaceholder' | 'conditionKeys'>;

/** A session of a role, with the policies of the role or with others. */
function createSession(role: string, rolePolicies: unknown[], account = TEST_ACCOUNT): Caller {
  const arn = `arn:aws:sts::${account}:assumed-role/${role}/session`;
  return { principal: { arn, account, userId: 'AROAEXAMPLE:session', policies: rolePolicies } as unknown as Principal };
}

/** A service of AWS that calls for a resource. Its requests have no principal keys. */
const createService = (service: string, sourceArn?: string): Caller => ({
  principal: { arn: service, account: '', userId: '', policies: [] } as unknown as Principal,
  isPlaceholder: true,
  conditionKeys: {
    'aws:PrincipalIsAWSService': 'true',
    ...(sourceArn === undefined ? {} : { 'aws:SourceArn': sourceArn }),
  },
});

const ADMINISTRATOR_POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

/** A session of the role of a function, with the policies that the template gives it. */
function createFunctionSession({ Properties }: TemplateResource): Caller {
  const roleId = Properties.Role['Fn::GetAtt'][0];
  const role = resources('AWS::IAM::Role').find(({ id }) => id === roleId)!;
  const documents = role.Properties.Policies.map(({ PolicyDocument }: { PolicyDocument: unknown }) =>
    resolveReferences(synthesized, PolicyDocument),
  );
  return createSession(resolveReferences<string>(synthesized, { Ref: roleId }), documents);
}

const isInvocationAllowed = async (caller: Caller, target: TemplateResource, action = 'lambda:InvokeFunction') =>
  (
    await evaluatePolicies({
      ...caller,
      action,
      resource: getArn(target),
      resourceAccount: TEST_ACCOUNT,
      resourcePolicy: findPolicy(target),
    })
  ).allowed;

const [ownRule, otherRule] = ['prod', 'next'].map((name) => {
  const id = synthesized.relay(name).function.id;
  const rule = resources('AWS::Events::Rule').find(({ Properties }) =>
    JSON.stringify(Properties.Targets).includes(`"${id}"`),
  );
  return getArn(rule!);
});
const apiId = resources('AWS::ApiGateway::RestApi')[0]!.id;
const authorizerId = resources('AWS::ApiGateway::Authorizer')[0]!.id;
const apiArn = (path: string, api = apiId) => `arn:aws:execute-api:${TEST_REGION}:${TEST_ACCOUNT}:${api}/${path}`;
const apiGateway = (path: string, api?: string) => createService('apigateway.amazonaws.com', apiArn(path, api));
const events = (rule?: string) => createService('events.amazonaws.com', rule);

const administrator = createSession('Admin', [ADMINISTRATOR_POLICY]);
const otherAccount = createSession('Admin', [ADMINISTRATOR_POLICY], '222233334444');

/** Who may invoke each function: the service and role for which the policy is made, and nobody else. */
const CASES: readonly [target: string, caller: string, by: Caller, allowed: boolean][] = [
  ['relay', 'the role of the front', createFunctionSession(front), true],
  ['relay', 'its own health schedule', events(ownRule), true],
  ['relay', 'the schedule of another environment', events(otherRule), false],
  ['relay', 'EventBridge without a rule', events(), false],
  ['relay', 'another service for the same rule', createService('scheduler.amazonaws.com', ownRule), false],
  ['relay', 'API Gateway', apiGateway('v1/POST/environments/prod/cli'), false],
  ['relay', 'an administrator of the account', administrator, false],
  ['relay', 'an administrator of another account', otherAccount, false],
  ['relay', 'its own role', createFunctionSession(relay), false],
  ['relay', 'the role of the authorizer', createFunctionSession(authorizer), false],
  ['front', 'the stage of the API', apiGateway('v1/POST/environments/prod/cli'), true],
  ['front', 'another stage', apiGateway('v2/POST/environments/prod/cli'), false],
  ['front', 'the test button of the console', apiGateway('test-invoke-stage/POST/environments/prod/cli'), false],
  ['front', 'an authorizer of the API', apiGateway(`authorizers/${authorizerId}`), false],
  ['front', 'another API', apiGateway('v1/POST/environments/prod/cli', 'other'), false],
  ['front', 'API Gateway without an API', createService('apigateway.amazonaws.com'), false],
  ['front', 'an administrator of the account', administrator, false],
  ['front', 'its own role', createFunctionSession(front), false],
  ['authorizer', 'the authorizer of the API', apiGateway(`authorizers/${authorizerId}`), true],
  ['authorizer', 'another authorizer', apiGateway('authorizers/other'), false],
  ['authorizer', 'the stage of the API', apiGateway('v1/GET/environments'), false],
  ['authorizer', 'an administrator of the account', administrator, false],
];

describe('who may invoke a function', () => {
  const targets: Readonly<Record<string, TemplateResource>> = { relay, front, authorizer };

  test.each(CASES)('the %s: %s', async (target, _caller, by, allowed) => {
    expect(await isInvocationAllowed(by, targets[target]!)).toBe(allowed);
  });

  test('an administrator may use no other action that invokes a function', async () => {
    for (const action of ['lambda:InvokeAsync', 'lambda:InvokeFunctionUrl']) {
      for (const target of [relay, front, authorizer]) {
        expect(await isInvocationAllowed(administrator, target, action)).toBe(false);
      }
    }
  });

  test('an administrator may invoke a function without a policy', async () => {
    const result = await evaluatePolicies({
      ...administrator,
      action: 'lambda:InvokeFunction',
      resource: getArn(relay),
    });

    expect(result.allowed).toBe(true);
  });
});

test('every function has one policy, and no permission replaces it', () => {
  expect(policies.map(({ ResourceArn }) => ResourceArn).sort()).toEqual(functions.map(getArn).sort());
  expect(resources('AWS::Lambda::Permission')).toEqual([]);
});

test('the policies fit in the quota of Lambda', () => {
  for (const { PolicyDocument } of policies) {
    expect(JSON.stringify(PolicyDocument).length).toBeLessThan(MAX_FUNCTION_POLICY_BYTES / 10);
  }
});

describe('with functionPolicies: permissions', () => {
  const { resources: list } = synthesizeConfig(`${withOidc}functionPolicies: permissions\n`);

  test('only the service may invoke each function, and nobody is denied', () => {
    expect(list('AWS::Lambda::ResourcePolicy')).toEqual([]);
    expect(
      list('AWS::Lambda::Permission').map(({ Properties }) => `${Properties.Action} ${Properties.Principal}`),
    ).toEqual([
      'lambda:InvokeFunction apigateway.amazonaws.com',
      'lambda:InvokeFunction apigateway.amazonaws.com',
      'lambda:InvokeFunction events.amazonaws.com',
      'lambda:InvokeFunction events.amazonaws.com',
    ]);
    for (const { Properties } of list('AWS::Lambda::Permission')) expect(Properties.SourceArn).toBeDefined();
  });
});
