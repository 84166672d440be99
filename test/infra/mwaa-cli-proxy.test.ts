import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, Aws, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { CfnEventBus } from 'aws-cdk-lib/aws-events';
import { User } from 'aws-cdk-lib/aws-iam';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { MwaaCliProxy, type MwaaCliProxyProps } from '../../lib/mwaa-cli-proxy.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PROPS = {
  api: { callers: { accounts: [Aws.ACCOUNT_ID] } },
  environments: {
    prod: { airflow: '2.10.3', vpc: { id: 'vpc-1', subnets: ['subnet-1'], webServerSecurityGroup: 'sg-1' } },
  },
  grants: [{ who: 'arn:aws:iam::111122223333:role/etl', where: 'prod', may: ['version'] }],
} satisfies MwaaCliProxyProps;

const createStack = (props: MwaaCliProxyProps, env?: { account: string; region: string }) => {
  const stack = new Stack(new App(), 'Stack', env === undefined ? {} : { env });
  return { stack, proxy: new MwaaCliProxy(stack, 'Proxy', props) };
};

describe('the construct MwaaCliProxy', () => {
  test('without a fixed account, the resource policy refers to the account of the stack', () => {
    const { stack } = createStack(PROPS);

    Template.fromStack(stack).hasResourceProperties('AWS::ApiGateway::RestApi', {
      BinaryMediaTypes: ['*/*'],
      Policy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Condition: { StringNotEquals: { 'aws:PrincipalAccount': [{ Ref: 'AWS::AccountId' }] } },
          }),
        ]),
      },
    });
  });

  test('grantInvoke adds a policy for the API', () => {
    const { stack, proxy } = createStack(PROPS);
    proxy.grantInvoke(new User(stack, 'User'));

    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [Match.objectLike({ Action: 'execute-api:Invoke', Effect: 'Allow' })] },
    });
  });

  test('takes events whose bus and bucket are other constructs', () => {
    const stack = new Stack(new App(), 'Stack');
    const bus = new CfnEventBus(stack, 'Bus', { name: 'shop' });
    const proxy = new MwaaCliProxy(stack, 'Proxy', {
      ...PROPS,
      grants: [{ who: 'event:orders', where: 'prod', may: ['dags trigger bill --conf=*'] }],
      events: {
        orders: {
          environment: 'prod',
          bus: bus.ref,
          pattern: { detail: { bucket: [new CfnBucket(stack, 'Bucket').ref] } },
          run: 'dags trigger bill --conf={detail.order}',
        },
      },
    });

    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: 'Bus' },
      EventPattern: { detail: { bucket: [{ Ref: 'Bucket' }] } },
    });
    const { Statement } = Object.values(template.findResources('AWS::SQS::QueuePolicy'))[0]!.Properties.PolicyDocument;
    expect(JSON.stringify(Statement[0].Condition)).toMatch(
      /:rule\/",\{"Ref":"Bus"\},"\/Stack-[0-9a-f]{8}-event-orders"/,
    );
    expect(Object.keys(proxy.events?.queues ?? {})).toEqual(['orders']);
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('events'));
  });

  test('adds warnings as CDK warnings', () => {
    const { stack } = createStack({ ...PROPS, api: { callers: { accounts: ['222233334444'] } } });

    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('grants\\[0\\]\\.who\\[0\\]: grants nothing'));
  });
});

test('reports all errors at once, with their path in the props', () => {
  const unknownRelease = {
    api: { endpoint: 'private' },
    environments: { prod: { ...PROPS.environments.prod, airflow: '9.9.9' } },
  } as const;
  const invalidEndpointAndRule = {
    ...PROPS,
    api: { endpoint: 'private' },
    grants: [{ ...PROPS.grants[0], may: ['dags lst'] }],
  } as never;

  expect(() => createStack(unknownRelease)).toThrow(/environments\.prod\.airflow {2}Airflow 9\.9\.9 is not supported/);
  expect(() => createStack(invalidEndpointAndRule)).toThrow(
    /api\.endpoint {2}a private API requires .*\ngrants\[0\]\.may\[0\] {2}.*Did you mean "dags list"/,
  );
  expect(() => createStack({ ...PROPS, environment: {} } as never)).toThrow(
    /unknown key\. Did you mean "environments"/,
  );
});

test('examples/cdk-app.ts synthesizes, with IDs of other constructs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'example-'));
  const { status, stderr } = spawnSync(process.execPath, ['examples/cdk-app.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, CDK_OUTDIR: folder },
  });

  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const { Resources } = JSON.parse(readFileSync(join(folder, 'Analytics.template.json'), 'utf8'));
  const types = Object.values<{ Type: string }>(Resources).map(({ Type }) => Type);
  expect(types).toContain('AWS::ApiGateway::RestApi');
  expect(types.filter((type) => type === 'AWS::EC2::VPCEndpoint')).toHaveLength(1);
  expect(readdirSync(folder).filter((name) => name.endsWith('.nested.template.json'))).toHaveLength(1);
});
