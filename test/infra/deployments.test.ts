import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { DEFAULT_SERVICE_TIMEOUT_SECONDS, DEPLOYMENT_TIMEOUTS } from '../../config/deployment-file.ts';
import { DEPLOYMENT_FUNCTION } from '../../contract/function-names.ts';
import { AirflowCommands, type AirflowCommandsProps, MwaaCliProxy } from '../../lib/mwaa-cli-proxy.ts';
import { evaluatePolicies } from '../../local/iam/evaluate-policies.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import {
  createDeploymentConfig,
  DEPLOYMENT_ACCOUNT,
  DEPLOYMENT_REGION,
  PARTNER_ACCOUNT,
} from '../fixtures/deployment-config.ts';
import { resolveReferences } from './resolve-references.ts';
import { synthesizeConfig, type TemplateResource } from './synthesize-config.ts';

const synthesized = synthesizeConfig(createDeploymentConfig('2.10.3'));
const { resources, outputs } = synthesized;
const functions = resources('AWS::Lambda::Function').filter(
  ({ Properties }) => Properties.Handler === DEPLOYMENT_FUNCTION.handler,
);
const findFunction = (name: string) =>
  functions.find(({ Properties }) => Properties.FunctionName.endsWith(`-deploy-${name}`))!;
const settings = findFunction('settings');
const partner = findFunction('partner');
const getArn = ({ id }: TemplateResource) => resolveReferences<string>(synthesized, { 'Fn::GetAtt': [id, 'Arn'] });
const findPolicy = (target: TemplateResource) =>
  resources('AWS::Lambda::ResourcePolicy')
    .map(({ Properties }) =>
      resolveReferences<{ ResourceArn: string; PolicyDocument: { Statement: unknown[] } }>(synthesized, Properties),
    )
    .find(({ ResourceArn }) => ResourceArn === getArn(target))!.PolicyDocument;
const findRole = ({ Properties }: TemplateResource) =>
  resources('AWS::IAM::Role').find(({ id }) => id === Properties.Role['Fn::GetAtt'][0])!;

test('each enabled deployment has a function outside the VPCs, which a repeat waits for', () => {
  expect(functions).toHaveLength(2);
  expect(settings.Properties).toMatchObject({
    ReservedConcurrentExecutions: 1,
    Timeout: DEPLOYMENT_TIMEOUTS.functionSeconds,
  });
  expect(settings.Properties.VpcConfig).toBeUndefined();
});

test('nothing runs after CloudFormation has given up', () => {
  const configs = resources('AWS::Lambda::EventInvokeConfig').filter(({ Properties }) =>
    functions.some(({ id }) => Properties.FunctionName.Ref === id),
  );
  expect(configs.map(({ Properties }) => Properties)).toEqual(
    Array(2).fill(
      expect.objectContaining({
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: DEPLOYMENT_TIMEOUTS.eventSeconds,
        Qualifier: '$LATEST',
      }),
    ),
  );
  expect(DEFAULT_SERVICE_TIMEOUT_SECONDS).toBeGreaterThan(
    DEPLOYMENT_TIMEOUTS.eventSeconds + DEPLOYMENT_TIMEOUTS.functionSeconds,
  );
});

test('the outputs have the service tokens', () => {
  const tokens = Object.entries(outputs).filter(([id]) => id.startsWith('Deployment'));
  expect(tokens.map(([, { Value }]) => resolveReferences(synthesized, Value)).sort()).toEqual(
    [getArn(partner), getArn(settings)].sort(),
  );
});

describe('who may invoke', () => {
  const ALLOW = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' }],
  };
  const createSession = (account: string, role: string, policies: unknown[] = [ALLOW]) =>
    ({
      arn: `arn:aws:sts::${account}:assumed-role/${role}/s`,
      account,
      userId: 'AROAEXAMPLE:s',
      policies,
    }) as unknown as Principal;
  const isAllowed = async (principal: Principal, target: TemplateResource) =>
    (
      await evaluatePolicies({
        principal,
        action: 'lambda:InvokeFunction',
        resource: getArn(target),
        resourceAccount: DEPLOYMENT_ACCOUNT,
        resourcePolicy: findPolicy(target),
      })
    ).allowed;
  const EXECUTION = `cdk-hnb659fds-cfn-exec-role-${DEPLOYMENT_ACCOUNT}-${DEPLOYMENT_REGION}`;
  test.each<[who: string, principal: Principal, target: TemplateResource, allowed: boolean]>([
    ['the role of the CDK', createSession(DEPLOYMENT_ACCOUNT, EXECUTION), settings, true],
    ['that role without a permission of its own', createSession(DEPLOYMENT_ACCOUNT, EXECUTION, []), settings, false],
    ['another role', createSession(DEPLOYMENT_ACCOUNT, 'engineer'), settings, false],
    ['the role of the CDK in another account', createSession(PARTNER_ACCOUNT, EXECUTION), settings, false],
    ['the partner', createSession(PARTNER_ACCOUNT, 'deploy'), partner, true],
    ['the partner, another deployment', createSession(PARTNER_ACCOUNT, 'deploy'), settings, false],
    ['another role of the partner', createSession(PARTNER_ACCOUNT, 'engineer'), partner, false],
    [
      'the role of the CDK, the deployment of the partner',
      createSession(DEPLOYMENT_ACCOUNT, EXECUTION),
      partner,
      false,
    ],
  ])('%s: %#', async (_who, principal, target, allowed) => expect(await isAllowed(principal, target)).toBe(allowed));
});

test('a function may invoke only the relays of its grants, and read only its secrets', () => {
  const statements = (target: TemplateResource) =>
    findRole(target)
      .Properties.Policies.flatMap(
        ({ PolicyDocument }: { PolicyDocument: { Statement: { Action: unknown }[] } }) =>
          resolveReferences<{ Statement: object[] }>(synthesized, PolicyDocument).Statement,
      )
      .filter(({ Action }: { Action: unknown }) => !String(Action).startsWith('logs:'));
  const relay = getArn(synthesized.relay('prod').function);
  const invoke = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: relay };
  expect(statements(partner)).toEqual([invoke]);
  expect(statements(settings)).toEqual([
    invoke,
    {
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: expect.stringContaining(':secret:airflow/*'),
    },
    { Effect: 'Allow', Action: 'ssm:GetParameter', Resource: expect.stringContaining(':parameter/airflow/*') },
    expect.objectContaining({
      Action: 'kms:Decrypt',
      Condition: { StringLike: { 'kms:ViaService': ['secretsmanager.*', 'ssm.*'] } },
    }),
  ]);
});

test('a relay accepts a deployment only if it has a grant there', () => {
  const listCallers = (environment: string) =>
    JSON.stringify(findPolicy(synthesized.relay(environment).function).Statement);
  const role = (target: TemplateResource) =>
    resolveReferences<string>(synthesized, { 'Fn::GetAtt': [findRole(target).id, 'Arn'] });
  expect(listCallers('prod')).toContain(role(settings));
  expect(listCallers('prod')).toContain(role(partner));
  expect(listCallers('next')).not.toContain(role(settings));
});

describe('AirflowCommands', () => {
  const PROXY = {
    environments: {
      prod: { airflow: '2.10.3', vpc: { id: 'vpc-1', subnets: ['subnet-1'], webServerSecurityGroup: 'sg-1' } },
    },
    deployments: { settings: { roles: ['arn:aws:iam::111122223333:role/deploy'] } },
    grants: [
      {
        who: 'deployment:settings',
        where: 'prod',
        may: ['variables set team_* *', 'variables delete team_*', 'dags trigger report'],
      },
    ],
  } as const;
  const create = (props: Partial<AirflowCommandsProps>, isOtherStack = false) => {
    const app = new App();
    const stack = new Stack(app, 'Proxy');
    const proxy = new MwaaCliProxy(stack, 'Proxy', PROXY);
    const own = isOtherStack ? new Stack(app, 'Team') : stack;
    const commands = new AirflowCommands(own, 'Settings', { proxy, onCreate: ['variables set team_a 1'], ...props });
    return { own, commands };
  };

  test('is a custom resource that is created after the functions and their grants', () => {
    const { own } = create({
      values: { uri: { secretsManager: 'airflow/db', key: 'uri' }, url: { ssmParameter: '/a' } },
      revision: '2',
    });
    const template = Template.fromStack(own);
    template.hasResource('Custom::AirflowCommands', {
      Properties: {
        ServiceToken: { 'Fn::GetAtt': [Match.stringLikeRegexp('ProxyDeploymentsettings'), 'Arn'] },
        ServiceTimeout: String(DEFAULT_SERVICE_TIMEOUT_SECONDS),
        Environment: 'prod',
        OnCreate: ['variables set team_a 1'],
        OnDelete: [],
        Values: { uri: { SecretsManager: 'airflow/db', Key: 'uri' }, url: { SsmParameter: '/a' } },
        Revision: '2',
      },
      DependsOn: Match.arrayWith([
        Match.stringLikeRegexp('ProxyDeploymentsettingsInvocationPolicy'),
        Match.stringLikeRegexp('Environmentprod.*NestedStack'),
      ]),
    });
  });

  test('works from another stack, and with a service token', () => {
    const { own } = create({}, true);
    Template.fromStack(own).hasResourceProperties('Custom::AirflowCommands', {
      ServiceToken: { 'Fn::ImportValue': Match.anyValue() },
    });
    const stack = new Stack(new App(), 'Team');
    const commands = new AirflowCommands(stack, 'Settings', {
      serviceToken: 'arn:x',
      environment: 'prod',
      onCreate: [['dags', 'list']],
    });
    expect(stack.resolve(commands.runIds)).toEqual({ 'Fn::GetAtt': [expect.any(String), 'RunIds'] });
  });

  test.each<[what: string, props: Partial<AirflowCommandsProps>, message: RegExp]>([
    [
      'a command that is not valid',
      { onCreate: ['variables sett a'] },
      /onCreate\[0\] of Proxy\/Settings: .*has no command/,
    ],
    [
      'a command with a second effect',
      { onDelete: ['tasks clear report'] },
      /onDelete\[0\] .*"tasks clear" is not allowed/,
    ],
    [
      'an unknown placeholder',
      { onUpdate: ['variables set team_a {v}'] },
      /onUpdate\[0\] .*\{v\} is not a placeholder/,
    ],
    ['an unknown environment', { environment: 'test' }, /unknown environment test\. The proxy has: prod/],
    ['an unknown deployment', { deployment: 'x' }, /unknown deployment x\. The proxy has: settings/],
    ['two proxies', { serviceToken: 'arn:x' }, /either proxy or serviceToken/],
  ])('rejects %s', (_what, props, message) => expect(() => create(props)).toThrow(message));

  test('warns about a command that MWAA may refuse', () => {
    const { own } = create({ onCreate: ['pools set team_a 1 text'] });
    Annotations.fromStack(own).hasWarning(
      '*',
      Match.stringLikeRegexp('onCreate\\[0\\] .*AWS does not list this command'),
    );
  });

  test('warns about a command that fails when the stack is updated', () => {
    const add = "connections add team_a --conn-uri='x://y'";
    const warning = Match.stringLikeRegexp('onCreate\\[0\\] .* fails when the stack is updated or rolled back');
    Annotations.fromStack(create({ onCreate: [add] }).own).hasWarning('*', warning);
    const repaired = create({ onCreate: ['connections delete team_a', add] }).own;
    expect(Annotations.fromStack(repaired).findWarning('*', Match.stringLikeRegexp('fails when'))).toEqual([]);
  });

  test('warns about a command that is not granted', () => {
    const { own } = create({ onCreate: ['variables set team_a 1', 'variables set other 1'] });
    Annotations.fromStack(own).hasWarning(
      '*',
      Match.stringLikeRegexp('onCreate\\[1\\] .* is not granted to deployment:settings in prod'),
    );
    expect(Annotations.fromStack(own).findWarning('*', Match.stringLikeRegexp('onCreate\\[0\\]'))).toEqual([]);
  });
});
