import { describe, expect, test } from 'vitest';
import { RELAY_FUNCTION } from '../../contract/function-names.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { formatIntrinsics, synthesizeConfig } from './synthesize-config.ts';

const synthesized = synthesizeConfig(TWO_ENVIRONMENTS.replace('api: {', `api: { ${OIDC_CONFIG},`));

interface RoleStatement {
  readonly Effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly Condition?: unknown;
}

/** Lists the statements of a role, with actions and resources as lists of text. */
function listRoleStatements(role: string): RoleStatement[] {
  const { Properties } = synthesized.resources('AWS::IAM::Role').find(({ id }) => id === role)!;
  return Properties.Policies.flatMap(
    // biome-ignore lint/suspicious/noExplicitAny: IAM defines policy documents
    ({ PolicyDocument }: any) => PolicyDocument.Statement,
    // biome-ignore lint/suspicious/noExplicitAny: as above
  ).map(({ Effect, Action, Resource, Condition }: any) => ({
    Effect,
    actions: [Action].flat(),
    resources: [Resource].flat().map(formatIntrinsics),
    ...(Condition === undefined ? {} : { Condition }),
  }));
}

const functions = synthesized.resources('AWS::Lambda::Function').map(({ Properties }) => ({
  relay: Properties.Handler === RELAY_FUNCTION.handler,
  log: Properties.LoggingConfig.LogGroup.Ref as string,
  statements: listRoleStatements(Properties.Role['Fn::GetAtt'][0]),
}));
const relays = functions.filter(({ relay }) => relay);

test('roles have inline policies only', () => {
  expect(synthesized.resources('AWS::IAM::Policy')).toEqual([]);
  for (const { Properties } of synthesized.resources('AWS::IAM::Role')) {
    expect(formatIntrinsics(Properties.ManagedPolicyArns ?? [])).not.toMatch(/AWSLambda/);
  }
});

describe('each relay', () => {
  test('may create CLI tokens for its own environment, and call no other MWAA API', () => {
    const tokenStatements = relays.map(({ statements }) =>
      statements.filter(({ actions }) => actions.some((action) => !/^(ec2|logs):/.test(action))),
    );
    const expectedFor = (name: string) => [
      {
        Effect: 'Allow',
        actions: ['airflow:CreateCliToken'],
        resources: [`arn:aws:airflow:ap-southeast-2:111122223333:environment/${name}`],
      },
    ];

    expect(tokenStatements).toEqual([expectedFor('analytics'), expectedFor('next')]);
  });

  test('may also manage network interfaces and write its log, and nothing else', () => {
    const allowed = relays.map(({ statements }) =>
      statements
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ actions }) => actions)
        .sort(),
    );
    const expected = [
      'airflow:CreateCliToken',
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ];

    expect(allowed).toEqual([expected, expected]);
  });

  test('denies all network interface actions to its own code', () => {
    for (const { statements } of relays) {
      const listEc2Actions = (effect: string) =>
        statements
          .filter(({ Effect, actions }) => Effect === effect && actions.some((action) => action.startsWith('ec2:')))
          .flatMap(({ actions }) => actions)
          .sort();

      expect(listEc2Actions('Deny')).toEqual(listEc2Actions('Allow'));
      expect(statements.filter(({ Effect }) => Effect === 'Deny')).toEqual([
        expect.objectContaining({
          resources: ['*'],
          Condition: {
            ArnLike: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:ap-southeast-2:111122223333:function:*' },
          },
        }),
      ]);
    }
  });
});

test('each function may write to its own log group only; the front and the authorizer have no other permissions', () => {
  for (const { relay, log, statements } of functions) {
    const logs = statements.filter(({ actions }) => actions.includes('logs:PutLogEvents'));

    expect(logs.flatMap(({ resources }) => resources)).toEqual([`<${log}.Arn>`]);
    if (!relay) expect(statements).toEqual(logs);
  }
  expect(functions).toHaveLength(4);
});
