import { Stack } from 'aws-cdk-lib';
import { AuthorizationType, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { addStacks, createProxyApp } from '../../lib/synthesize.ts';
import { createDeploymentConfig } from '../fixtures/deployment-config.ts';
import { EVENT_CONFIG } from '../fixtures/event-config.ts';
import { parseTestConfig } from '../fixtures/parse-test-config.ts';
import { OIDC_CONFIG } from '../fixtures/two-environments.ts';
import { createStubEntries } from './synthesize-config.ts';

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

/** Lists the findings without a reason in a stack and its nested stacks, as `rule path`. The reasons are in `lib/`. */
const listNagFindings = (stack: Stack): string[] =>
  stack.node
    .findAll()
    .filter((construct) => Stack.isStack(construct))
    .flatMap((scope) => new AwsSolutionsChecks(scope).validateScope(scope).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );

const ENDPOINT = 'vpcEndpoint: { create: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], cidrs: [10.0.0.0/16] } }';

test.each([
  ['two environments', CONFIG],
  ['all environments disabled', CONFIG.replaceAll('airflow: ', 'enabled: false\n    airflow: ')],
  ['OIDC callers', withApi(OIDC_CONFIG)],
  ['a private API', withApi(`endpoint: private, ${ENDPOINT}`)],
  ['events', EVENT_CONFIG],
  ['deployments', createDeploymentConfig('2.10.3')],
  ['events, where the account is known only at deployment', EVENT_CONFIG.replace(/account: .*\n/, '')],
  ['a web ACL', withApi('webAcl: "arn:aws:wafv2:ap-southeast-2:111122223333:regional/webacl/n/0a"')],
  ['a region in another partition', `functionPolicies: permissions\n${CONFIG.replace('ap-southeast-2', 'cn-north-1')}`],
])('cdk-nag has no unexplained findings for %s', (_, config) => {
  expect(listNagFindings(createStack(config))).toEqual([]);
});

test('cdk-nag finds a planted method without authorization', () => {
  const stack = createStack(CONFIG);
  const [api] = stack.node.findAll().filter((construct) => construct instanceof RestApi);
  api?.root.addMethod('GET', undefined, { authorizationType: AuthorizationType.NONE });

  expect(listNagFindings(stack)).toEqual([
    'AwsSolutions-APIG4 MwaaCliProxy/Proxy/Api/Api/Default/GET/Resource',
    'AwsSolutions-COG4 MwaaCliProxy/Proxy/Api/Api/Default/GET/Resource',
  ]);
});
