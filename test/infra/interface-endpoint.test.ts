import { describe, expect, test } from 'vitest';
import { evaluatePolicies } from '../../local/iam/evaluate-policies.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { formatIntrinsics, type SynthesizedStack, synthesizeConfig } from './synthesize-config.ts';

const ACCOUNT = '111122223333';
const REGION = 'ap-southeast-2';
const withApi = (members: string) => TWO_ENVIRONMENTS.replace('api: {', `api: { ${members},`);
const createPrivateApi = (member = '') =>
  synthesizeConfig(
    withApi(
      `endpoint: private, vpcEndpoint: { create: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], cidrs: [10.0.0.0/16], ${member} } }`,
    ),
  );
const privateApi = createPrivateApi();
const airflowEndpoint = synthesizeConfig(
  TWO_ENVIRONMENTS.replace('securityGroup: sg-0ddd4444, ingress: false', 'create: { cidrs: [10.0.0.0/16] }'),
);

const findEndpoint = ({ resources }: SynthesizedStack) => resources('AWS::EC2::VPCEndpoint')[0]!;
const readPolicy = (stack: SynthesizedStack) =>
  JSON.parse(
    JSON.stringify(findEndpoint(stack).Properties.PolicyDocument, (_key, value) =>
      typeof value === 'object' && value !== null && 'Fn::Join' in value
        ? formatIntrinsics(value).replace('<AWS::Partition>', 'aws')
        : value,
    ),
  );

test('a created execute-api endpoint has private DNS only on request', () => {
  expect(findEndpoint(privateApi).Properties.PrivateDnsEnabled).toBe(false);
  expect(findEndpoint(createPrivateApi('privateDns: true')).Properties.PrivateDnsEnabled).toBe(true);
});

test('a created airflow.env endpoint has private DNS, because the relay uses the name of the service', () => {
  expect(findEndpoint(airflowEndpoint).Properties.PrivateDnsEnabled).toBe(true);
});

describe('the outputs contain the address of the API through', () => {
  const listAddresses = ({ outputs }: SynthesizedStack) =>
    Object.entries(outputs)
      .filter(([name]) => name.startsWith('UrlThroughEndpoint'))
      .map(([, { Value }]) => formatIntrinsics(Value));

  test('the created endpoint', () => {
    const [address] = listAddresses(privateApi);

    expect(address).toMatch(/^https:\/\/<\w+>-<\w+\.Id>\.execute-api\.ap-southeast-2\.<AWS::URLSuffix>\/v1$/);
    expect(address).toContain(`<${findEndpoint(privateApi).id}.Id>`);
  });

  test('each existing endpoint', () => {
    const stack = synthesizeConfig(withApi('endpoint: private, vpcEndpoint: { ids: [vpce-0a, vpce-0b] }'));

    expect(listAddresses(stack).map((address) => /-(vpce-\w+)\.execute-api/.exec(address)?.[1])).toEqual([
      'vpce-0a',
      'vpce-0b',
    ]);
  });

  test('no endpoint, if the API is Regional', () => {
    expect(listAddresses(airflowEndpoint)).toEqual([]);
  });
});

describe('the policy of a created endpoint', () => {
  const execute = (account: string) => `arn:aws:execute-api:${REGION}:${account}:abcdef1234/v1/GET/environments`;
  const airflow = (account: string, resource: string) => `arn:aws:airflow:${REGION}:${account}:${resource}`;

  test.each<[what: string, stack: SynthesizedStack, action: string, resource: string, expected: boolean]>([
    ['this API', privateApi, 'execute-api:Invoke', execute(ACCOUNT), true],
    ['an API of another account', privateApi, 'execute-api:Invoke', execute('222233334444'), false],
    ['a CLI token', airflowEndpoint, 'airflow:CreateCliToken', airflow(ACCOUNT, 'environment/analytics'), true],
    [
      'a login by other clients',
      airflowEndpoint,
      'airflow:CreateWebLoginToken',
      airflow(ACCOUNT, 'role/analytics/Admin'),
      true,
    ],
    [
      'a token of another account',
      airflowEndpoint,
      'airflow:CreateCliToken',
      airflow('222233334444', 'environment/x'),
      false,
    ],
  ])('for %s', async (_what, stack, action, resource, expected) => {
    // Without a principal, nothing but the evaluated policy can allow the request.
    const { allowed } = await evaluatePolicies({
      principal: undefined,
      action,
      resource,
      resourcePolicy: readPolicy(stack),
    });
    expect(allowed).toBe(expected);
  });
});

describe('the authorizer', () => {
  const findConcurrency = (oidc: string) =>
    synthesizeConfig(withApi(oidc))
      .resources('AWS::Lambda::Function')
      .find(({ Properties }) => Properties.Handler.startsWith('authorizer.'))?.Properties.ReservedConcurrentExecutions;

  test('has a cap on its concurrency, unless the account cannot reserve any', () => {
    expect(findConcurrency(OIDC_CONFIG)).toBe(10);
    expect(findConcurrency(OIDC_CONFIG.replace('audience', 'concurrency: unreserved, audience'))).toBeUndefined();
  });
});
