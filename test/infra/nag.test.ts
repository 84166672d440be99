import type { Stack } from 'aws-cdk-lib';
import { AuthorizationType, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { parseConfig } from '../../lib/config.ts';
import { ProxyStack } from '../../lib/proxy-stack.ts';
import { proxyApp } from '../../lib/synthesise.ts';
import { stubRelay } from './synthesis.ts';

const CONFIG = `
region: ap-southeast-2
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
      airflowEndpoint: { securityGroup: sg-0ddd4444 }
`;

const stackFor = (config: string) =>
  new ProxyStack(proxyApp(), 'Stack', { config: parseConfig(config, 'f.yaml'), relayEntry: stubRelay() });

/** What is found and not explained, as `rule path`. A reason stands on the resource that it explains, in `lib/`. */
const findings = (stack: Stack): string[] =>
  new AwsSolutionsChecks(stack)
    .validateScope(stack)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );

test.each([
  ['environments that are on', CONFIG],
  ['every environment off', CONFIG.replaceAll('airflow: ', 'enabled: false\n    airflow: ')],
  ['a region of another partition', CONFIG.replace('ap-southeast-2', 'cn-north-1')],
])('AwsSolutions finds nothing unexplained: %s', (_, config) => {
  expect(findings(stackFor(config))).toEqual([]);
});

test('it finds a planted method without authorisation', () => {
  const stack = stackFor(CONFIG);
  const api = stack.node.findAll().find((construct) => construct instanceof RestApi);
  api?.root.addMethod('GET', undefined, { authorizationType: AuthorizationType.NONE });

  expect(findings(stack)).toEqual([
    'AwsSolutions-APIG4 Stack/Proxy/Api/Default/GET/Resource',
    'AwsSolutions-COG4 Stack/Proxy/Api/Default/GET/Resource',
  ]);
});
