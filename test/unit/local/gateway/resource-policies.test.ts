/** Resource-based policies of functions: which of a service's and an identity's invocations they allow. */
import { expect, test } from 'vitest';
import { startGateway } from '../../../../local/gateway/start.ts';
import { loadTemplate } from '../../../../local/gateway/template/load-template.ts';
import { createPrincipalStore } from '../../../../local/iam/principal-store.ts';
import { addToFixture, createPermission, type FixtureTemplate, writeAssembly } from './assembly-fixture.ts';
import { sendSigned, signRequest } from './signed-request.ts';

const ACCOUNT = '111122223333';
const INVOKE = 'lambda:InvokeFunction';
const RULE = `arn:aws:events:ap-southeast-2:${ACCOUNT}:rule/check`;
const FUNCTION_ARN = { 'Fn::GetAtt': ['BufferedFunction', 'Arn'] };
const ANY_METHOD = {
  'Fn::Join': ['', [`arn:aws:execute-api:ap-southeast-2:${ACCOUNT}:`, { Ref: 'Api' }, '/v1/*']],
};
const statement = (Effect: string, Principal: unknown, Condition: object = {}) => ({
  Effect,
  Principal,
  Action: INVOKE,
  Resource: FUNCTION_ARN,
  Condition,
});
const service = (name: string) => ({ Service: `${name}.amazonaws.com` });
const fromApi = { ArnLike: { 'aws:SourceArn': ANY_METHOD } };
const fromRule = { ArnEquals: { 'aws:SourceArn': RULE } };

const createResourcePolicy = (PolicyDocument: unknown, ResourceArn: unknown = FUNCTION_ARN) => ({
  Type: 'AWS::Lambda::ResourcePolicy',
  Properties: { ResourceArn, PolicyDocument },
});
const createRule = () => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    Name: 'check',
    ScheduleExpression: 'rate(1 hour)',
    Targets: [{ Id: 'T', Arn: FUNCTION_ARN, Input: '{"body":"{\\"do\\":\\"say\\",\\"what\\":\\"checked\\"}"}' }],
  },
});

/** The fixture with this policy for its buffered function. */
function withPolicy(...Statement: object[]): FixtureTemplate {
  const template = addToFixture({
    Check: createRule(),
    Policy: createResourcePolicy({ Version: '2012-10-17', Statement }),
  });
  delete template.Resources.PermitBuffered;
  return template;
}

/** Which of three invokers a policy allows: a method of the API, the schedule, an administrator of the account. */
async function findInvokers(template: FixtureTemplate): Promise<string[]> {
  const assembly = writeAssembly(template);
  const principals = createPrincipalStore();
  const gateway = await startGateway({ assemblyDir: assembly.directory, network: {}, principals });
  try {
    const caller = principals.issueCredentials(`arn:aws:iam::${ACCOUNT}:user/u`, [
      { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
    ]);
    const body = JSON.stringify({ do: 'echo' });
    const url = `${gateway.url}/buffered`;
    const { status } = await sendSigned(url, await signRequest(caller, url, { body }), body);
    const [schedule] = gateway.model.schedules;
    const { name } = gateway.model.functions.get('BufferedFunction')!;
    const isDone = (invocation: Promise<unknown>) =>
      invocation.then(
        () => true,
        () => false,
      );
    const results: [string, boolean][] = [
      ['API', status === 200],
      ['schedule', await isDone(gateway.triggerSchedule(schedule!))],
      ['administrator', await isDone(gateway.invokeFunction(name, { body }))],
    ];
    return results.filter(([, isAllowed]) => isAllowed).map(([invoker]) => invoker);
  } finally {
    await gateway.close();
    assembly.remove();
  }
}

test.each<[string, object[], string[]]>([
  [
    'allows both services',
    [statement('Allow', service('apigateway'), fromApi), statement('Allow', service('events'), fromRule)],
    ['API', 'schedule', 'administrator'],
  ],
  [
    'denies everything that does not come from the API',
    [
      statement('Allow', service('apigateway'), fromApi),
      statement('Allow', service('events'), fromRule),
      statement('Deny', '*', { ArnNotLike: { 'aws:SourceArn': ANY_METHOD } }),
    ],
    ['API'],
  ],
  [
    'denies everything that is not a service',
    [
      statement('Allow', service('apigateway'), fromApi),
      statement('Allow', service('events'), fromRule),
      statement('Deny', '*', { Bool: { 'aws:PrincipalIsAWSService': 'false' } }),
    ],
    ['API', 'schedule'],
  ],
  [
    'denies every principal but one role, and services, which have no such key',
    [
      statement('Allow', service('events'), fromRule),
      statement('Deny', '*', { ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/front` } }),
    ],
    [],
  ],
  [
    'denies identities but one role, where the key exists',
    [
      statement('Allow', service('events'), fromRule),
      statement('Deny', '*', { ArnNotEqualsIfExists: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/front` } }),
    ],
    [],
  ],
  [
    'denies identities that are no service but one role',
    [
      statement('Allow', service('events'), fromRule),
      statement('Deny', '*', {
        ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/front` },
        Bool: { 'aws:PrincipalIsAWSService': 'false' },
      }),
    ],
    ['schedule'],
  ],
  [
    'allows a service for another account’s sources',
    [statement('Allow', service('events'), { StringEquals: { 'aws:SourceAccount': '444455556666' } })],
    ['administrator'],
  ],
  [
    'allows a service for this account’s sources',
    [statement('Allow', service('events'), { StringEquals: { 'aws:SourceAccount': ACCOUNT } })],
    ['schedule', 'administrator'],
  ],
])('a resource policy that %s', async (_what, statements, expected) => {
  expect(await findInvokers(withPolicy(...statements))).toEqual(expected);
});

test.each<[string, FixtureTemplate, RegExp]>([
  [
    'both types for one function',
    addToFixture({
      Policy: createResourcePolicy({ Version: '2012-10-17', Statement: [statement('Deny', '*')] }),
    }),
    /PermitBuffered.*BufferedFunction also has an AWS::Lambda::ResourcePolicy, which overwrites this permission/,
  ],
  [
    'two policies for one function',
    addToFixture({
      ...withPolicy(statement('Deny', '*')).Resources,
      Second: createResourcePolicy({ Version: '2012-10-17', Statement: [statement('Deny', '*')] }),
    }),
    /Second.*BufferedFunction has another resource policy/,
  ],
  [
    'a function that is not in the template',
    addToFixture({ Policy: createResourcePolicy({ Statement: [] }, 'arn:x') }),
    /function arn:x is not in the template/,
  ],
  [
    'a malformed document',
    withPolicy({ Effect: 'Maybe', Principal: '*', Action: INVOKE, Resource: '*' }),
    /is malformed/,
  ],
  [
    'more than 20 KB',
    withPolicy(statement('Deny', '*', { StringEquals: { 'aws:SourceAccount': 'x'.repeat(21_000) } })),
    /exceeds 20 KB/,
  ],
])('loadTemplate rejects a resource policy with %s', async (_what, template, message) => {
  const assembly = writeAssembly(template);
  await expect(loadTemplate(assembly.directory)).rejects.toThrow(message);
  assembly.remove();
});

test('permissions of one function become statements of one policy', async () => {
  const template = addToFixture({ Other: createPermission('BufferedFunction', '/other') });
  const assembly = writeAssembly(template);
  const { resourcePolicies } = await loadTemplate(assembly.directory);
  assembly.remove();

  expect(resourcePolicies.get('BufferedFunction')?.Statement).toMatchObject([
    { Sid: 'PermitBuffered', Effect: 'Allow', Principal: { Service: 'apigateway.amazonaws.com' }, Action: INVOKE },
    { Sid: 'Other', Condition: { ArnLike: { 'aws:SourceArn': expect.stringMatching(/\/v1\/POST\/other$/) } } },
  ]);
});
