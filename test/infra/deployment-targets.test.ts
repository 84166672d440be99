import { describe, expect, test } from 'vitest';
import { getPartition } from '../../config/deployment-targets.ts';
import { parseTestConfig, synthesizeConfig, synthesizeStacks } from './synthesize-config.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from './two-environments.ts';

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
  // In the order of their names: MwaaCliProxy, …-222233334444-us-east-1, …-us-east-1.
  const stacks = synthesizeStacks(MULTI_TARGET_CONFIG);

  test('there is a stack for each place, with the environments of that place', () => {
    const environmentsOf = stacks.map(({ resources }) =>
      resources('AWS::CloudFormation::Stack').map(({ id }) => /Environment(.*?)NestedStack/.exec(id)?.[1]),
    );

    expect(environmentsOf).toEqual([['prod'], ['prodlab', 'test'], ['produs']]);
  });

  test('each relay asks for the token of its own environment, where that is', () => {
    const asked = stacks.map(({ resources }) =>
      resources('AWS::IAM::Role').flatMap(({ Properties }) =>
        [...JSON.stringify(Properties).matchAll(/arn:aws:airflow:[^"]*/g)].map(([arn]) => arn),
      ),
    );

    expect(asked).toEqual([
      ['arn:aws:airflow:eu-west-1:111122223333:environment/prod'],
      [
        'arn:aws:airflow:us-east-1:222233334444:environment/prod',
        'arn:aws:airflow:us-east-1:222233334444:environment/test',
      ],
      ['arn:aws:airflow:us-east-1:111122223333:environment/prod'],
    ]);
  });

  test('a name of its own, and a grant by that name', () => {
    const [, , us] = stacks;
    expect(us?.relay('prod-us').environmentFile).toMatchObject({
      name: 'prod-us',
      mwaaName: 'prod',
      grants: [{ may: ['version'] }],
    });
  });

  test('what is of one place cannot be shared by several', () => {
    const faults = (api: string) => () => parseTestConfig(MULTI_TARGET_CONFIG.replace('api: {', `api: { ${api},`));

    expect(
      faults('domain: { name: a.example.com, certificate: "arn:aws:acm:eu-west-1:111122223333:certificate/1" }'),
    ).toThrow(/api\.domain\.certificate {2}is of eu-west-1, and environments are deployed to us-east-1/);
    expect(faults('endpoint: private, vpcEndpoint: { ids: [vpce-1] }')).toThrow(
      /api\.vpcEndpoint {2}is of one account/,
    );
    expect(() => parseTestConfig(MULTI_TARGET_CONFIG.replace('region: us-east-1', 'region: cn-north-1'))).toThrow(
      /environments {2}lie in several partitions \(aws, aws-cn\)/,
    );
  });
});

test.each([
  ['eu-west-1', 'aws'],
  ['cn-northwest-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['us-iso-east-1', 'aws-iso'],
  ['us-isob-east-1', 'aws-iso-b'],
  ['eusc-de-east-1', 'aws-eusc'],
])('%s is in the partition %s', (region, partition) => {
  expect(getPartition(region)).toBe(partition);
});

describe.each([
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
])('in %s', (region, partition) => {
  const { texts } = synthesizeConfig(
    TWO_ENVIRONMENTS.replace('ap-southeast-2', region)
      .replace('api: {', `api: { ${OIDC_CONFIG},`)
      .replace('securityGroup: sg-0ddd4444, ingress: false', 'create: { cidrs: [10.0.0.0/16] }'),
  );

  test('every ARN is of its partition', () => {
    const arns = [...texts.join().matchAll(/arn:([\w-]*):\w/g)].map(([, found]) => found);

    expect(arns.length).toBeGreaterThan(20);
    expect(new Set(arns)).toEqual(new Set([partition]));
    // What is joined from parts begins with the partition as CloudFormation knows it.
    for (const [, next] of texts.join().matchAll(/"arn:",\s*\{\s*(.*)\s*\}/g))
      expect(next).toBe('"Ref": "AWS::Partition"');
  });
});
