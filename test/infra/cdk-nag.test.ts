import { Stack } from 'aws-cdk-lib';
import { AuthorizationType, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { addStacks, createProxyApp } from '../../lib/synthesize.ts';
import { createStubEntries, parseTestConfig } from './synthesize-config.ts';
import { OIDC_CONFIG } from './two-environments.ts';

const CONFIG = `
region: ap-southeast-2
api: { callers: { accounts: ["111122223333"] } }
environments:
  prod:
    airflow: 2.10.3
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }
  other:
    airflow: 3.0.6
    vpc:
      id: vpc-0abc1234
      subnets: [subnet-0aaa1111]
      webServerSecurityGroup: sg-0bbb1111
      airflowEndpoint: { create: { cidrs: [10.0.0.0/16] } }
`;

const withApi = (members: string) => CONFIG.replace('api: {', `api: { ${members},`);

const createStack = (config: string): Stack =>
  addStacks(createProxyApp(), parseTestConfig(config), createStubEntries())[0]!;

/** What is found and not explained, as `rule path`, in a stack and those within it. Reasons stand on the resource, in `lib/`. */
const listNagFindings = (stack: Stack): string[] =>
  stack.node
    .findAll()
    .filter((construct) => Stack.isStack(construct))
    .flatMap((one) => new AwsSolutionsChecks(one).validateScope(one).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );

const ENDPOINT = 'vpcEndpoint: { create: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], cidrs: [10.0.0.0/16] } }';

test.each([
  ['environments that are on', CONFIG],
  ['every environment off', CONFIG.replaceAll('airflow: ', 'enabled: false\n    airflow: ')],
  ['callers with tokens', withApi(OIDC_CONFIG)],
  ['a private API', withApi(`endpoint: private, ${ENDPOINT}`)],
  ['a web ACL', withApi('webAcl: "arn:aws:wafv2:ap-southeast-2:111122223333:regional/webacl/n/0a"')],
  ['a region of another partition', CONFIG.replace('ap-southeast-2', 'cn-north-1')],
])('AwsSolutions finds nothing unexplained: %s', (_, config) => {
  expect(listNagFindings(createStack(config))).toEqual([]);
});

test('it finds a planted method without authorization, also in a stack within the stack', () => {
  const stack = createStack(CONFIG);
  const [api] = stack.node.findAll().filter((construct) => construct instanceof RestApi);
  api?.root.addMethod('GET', undefined, { authorizationType: AuthorizationType.NONE });

  expect(listNagFindings(stack)).toEqual([
    'AwsSolutions-APIG4 MwaaCliProxy/Proxy/Api/Api/Default/GET/Resource',
    'AwsSolutions-COG4 MwaaCliProxy/Proxy/Api/Api/Default/GET/Resource',
  ]);
});
