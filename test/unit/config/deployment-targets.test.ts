import { expect, test } from 'vitest';
import { groupByTarget } from '../../../config/deployment-targets.ts';
import { getPartition } from '../../../config/partition.ts';
import { listConfigErrors } from '../../fixtures/parse-test-config.ts';

test('groups environments by account and region, and names a stack for each', () => {
  const file = { stackName: 'Proxy', region: 'eu-west-1', account: '111122223333' };
  const environments = {
    lab: { account: '222233334444', region: 'us-east-1' },
    prod: { account: undefined, region: undefined },
    us: { account: '111122223333', region: 'us-east-1' },
    guest: { account: '222233334444', region: undefined },
    test: { account: '111122223333', region: 'eu-west-1' },
  };

  expect(
    groupByTarget(file, environments).map(({ environments: grouped, ...target }) => [
      ...Object.values(target),
      Object.keys(grouped),
    ]),
  ).toEqual([
    ['Proxy', 'eu-west-1', '111122223333', ['prod', 'test']],
    ['Proxy-222233334444-us-east-1', 'us-east-1', '222233334444', ['lab']],
    ['Proxy-us-east-1', 'us-east-1', '111122223333', ['us']],
    ['Proxy-222233334444-eu-west-1', 'eu-west-1', '222233334444', ['guest']],
  ]);
});

const TWO_REGIONS = `region: eu-west-1
api: { callers: { accounts: ["111122223333"] } }
environments:
  prod: { airflow: 2.10.3, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
  us: { airflow: 2.10.3, region: us-east-1, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
`;
const withApi = (members: string) => TWO_REGIONS.replace('api: {', `api: { ${members},`);
const CERTIFICATE = '"arn:aws:acm:eu-west-1:111122223333:certificate/1"';

test.each([
  [
    'a certificate',
    withApi(`domain: { name: a.example.com, certificate: ${CERTIFICATE} }`),
    [
      'api.domain  exists in one account and region only',
      'api.domain.certificate  is in eu-west-1, but environments are deployed to us-east-1',
    ],
  ],
  [
    'a VPC endpoint',
    withApi('endpoint: private, vpcEndpoint: { ids: [vpce-1] }'),
    ['api.vpcEndpoint  exists in one account and region only'],
  ],
  [
    'callers',
    `functionPolicies: permissions\n${TWO_REGIONS.replace('us-east-1', 'cn-north-1')}`,
    ['environments  are in several partitions (aws, aws-cn), which have no callers in common'],
  ],
])('rejects %s shared by environments in several regions', (_what, text, expected) => {
  expect(listConfigErrors(text)).toEqual(expected.map((message) => expect.stringContaining(message)));
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
