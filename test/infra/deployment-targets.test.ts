import { describe, expect, test } from 'vitest';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { synthesizeConfig, synthesizeStacks } from './synthesize-config.ts';

const VPC_CONFIG = 'vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 }';

const MULTI_TARGET_CONFIG = `
region: eu-west-1
account: "111122223333"
api: { callers: { accounts: ["111122223333"] } }
environments:
  prod: { airflow: 2.10.3, ${VPC_CONFIG} }
  prod-us: { airflow: 3.0.6, region: us-east-1, mwaaName: prod, ${VPC_CONFIG} }
  prod-lab: { airflow: 3.0.6, account: "222233334444", region: us-east-1, mwaaName: prod, ${VPC_CONFIG} }
  test: { airflow: 3.0.6, account: "222233334444", region: us-east-1, ${VPC_CONFIG} }
grants:
  - { who: "arn:aws:iam::111122223333:role/etl", where: "prod*", may: [version] }
`;

describe('environments in several accounts and regions', () => {
  // Sorted by name: MwaaCliProxy, …-222233334444-us-east-1, …-us-east-1.
  const stacks = synthesizeStacks(MULTI_TARGET_CONFIG);

  test('each account and region has a stack with its environments', () => {
    const environmentsByStack = stacks.map(({ resources }) =>
      resources('AWS::CloudFormation::Stack').map(({ id }) => /Environment(.*?)NestedStack/.exec(id)?.[1]),
    );

    expect(environmentsByStack).toEqual([['prod'], ['prodlab', 'test'], ['produs']]);
  });

  test('each relay may create tokens for its own environment, in its account and region', () => {
    const allowedArns = stacks.map(({ resources }) =>
      resources('AWS::IAM::Role').flatMap(({ Properties }) =>
        [...JSON.stringify(Properties).matchAll(/arn:aws:airflow:[^"]*/g)].map(([arn]) => arn),
      ),
    );

    expect(allowedArns).toEqual([
      ['arn:aws:airflow:eu-west-1:111122223333:environment/prod'],
      [
        'arn:aws:airflow:us-east-1:222233334444:environment/prod',
        'arn:aws:airflow:us-east-1:222233334444:environment/test',
      ],
      ['arn:aws:airflow:us-east-1:111122223333:environment/prod'],
    ]);
  });

  test('grants use the name in the configuration, not the one in MWAA', () => {
    const [, , us] = stacks;
    expect(us?.relay('prod-us').environmentFile).toMatchObject({
      name: 'prod-us',
      mwaaName: 'prod',
      grants: [{ may: ['version'] }],
    });
  });
});

describe.each([
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
])('in %s', (region, partition) => {
  const { texts } = synthesizeConfig(
    `functionPolicies: permissions\n${TWO_ENVIRONMENTS}`
      .replace('ap-southeast-2', region)
      .replace('api: {', `api: { ${OIDC_CONFIG},`)
      .replace('securityGroup: sg-0ddd4444, ingress: false', 'create: { cidrs: [10.0.0.0/16] }'),
  );

  test('all ARNs are in its partition', () => {
    const arns = [...texts.join().matchAll(/arn:([\w-]*):\w/g)].map(([, arnPartition]) => arnPartition);

    expect(arns.length).toBeGreaterThan(20);
    expect(new Set(arns)).toEqual(new Set([partition]));
    // ARNs that are joined from parts contain the partition as a pseudo parameter.
    for (const [, next] of texts.join().matchAll(/"arn:",\s*\{\s*(.*)\s*\}/g))
      expect(next).toBe('"Ref": "AWS::Partition"');
  });
});
