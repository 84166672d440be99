import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AuthorizationType, MockIntegration, Resource } from 'aws-cdk-lib/aws-apigateway';
import { expect, test } from 'vitest';
import { FRONT_FUNCTION } from '../../contract/function-names.ts';
import { addStacks, createProxyApp } from '../../lib/synthesize.ts';
import { parseTestConfig } from '../fixtures/parse-test-config.ts';
import { createStubEntries, synthesizeConfig } from './synthesize-config.ts';

const CONFIG = `
region: ap-southeast-2
account: "111122223333"
environments:
  prod:
    airflow: 2.10.3
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }
grants:
  - { who: "arn:aws:iam::111122223333:role/etl", where: prod, may: [dags list] }
`;

const entries = createStubEntries();
const deployed = synthesizeConfig(CONFIG, entries);
const findDeploymentId = (text: string) =>
  synthesizeConfig(text, entries).resources('AWS::ApiGateway::Deployment')[0]?.id;
const [deployment] = deployed.resources('AWS::ApiGateway::Deployment');

test('a new environment does not change the API or its deployment', () => {
  const environment = CONFIG.slice(CONFIG.indexOf('  prod:'), CONFIG.indexOf('grants:'));
  const changed = synthesizeConfig(CONFIG.replace('grants:', `${environment.replace('prod', 'next')}grants:`), entries);

  expect(changed.relay('next')).toBeDefined();
  for (const type of ['Deployment', 'Method', 'Resource', 'RestApi']) {
    expect(changed.resources(`AWS::ApiGateway::${type}`)).toEqual(deployed.resources(`AWS::ApiGateway::${type}`));
  }
});

// API Gateway serves the last deployment. A change without a new deployment never reaches the callers.
test.each([
  ['the callers', 'region:', 'api: { callers: { accounts: ["222233334444"] } }\nregion:'],
  ['a timeout', 'region:', 'api: { integrationSeconds: 285 }\nregion:'],
])('a change of %s creates a new API deployment', (_, before, after) => {
  const text = CONFIG.replace(before, after).replace('where: prod', 'where: p*');

  expect(findDeploymentId(text)).not.toBe(deployment?.id);
});

test('a new method creates a new API deployment', () => {
  const findDeploymentIdAfter = (change: (stack: Stack) => void) => {
    const app = createProxyApp();
    const [stack] = addStacks(app, parseTestConfig(CONFIG), entries);
    change(stack!);
    app.synth();
    return Object.keys(Template.fromStack(stack!).findResources('AWS::ApiGateway::Deployment'))[0];
  };
  const idWithMethod = findDeploymentIdAfter((stack) => {
    const environment = stack.node
      .findAll()
      .find(
        (construct): construct is Resource =>
          construct instanceof Resource && construct.path === '/environments/{environment}',
      );
    environment
      ?.addResource('later')
      .addMethod('GET', new MockIntegration(), { authorizationType: AuthorizationType.IAM });
    expect(environment).toBeDefined();
  });

  expect(idWithMethod).toMatch(/Deployment/);
  expect(idWithMethod).not.toBe(findDeploymentIdAfter(() => {}));
});

test('a changed grant changes the relay and the metadata of the template, but not the API or its deployment', () => {
  const changed = synthesizeConfig(CONFIG.replace('dags list', 'dags delete *'), entries);
  const [before, after] = [deployed, changed].map(({ relay }) => relay('prod').function);

  expect(after?.Properties.Code.S3Key).not.toBe(before?.Properties.Code.S3Key);
  expect(Object.values(JSON.parse(changed.texts[1] ?? '').Metadata)).toEqual([
    'arn:aws:iam::111122223333:role/etl may: dags delete *',
  ]);
  expect(changed.resources('AWS::ApiGateway::Deployment')).toEqual(deployed.resources('AWS::ApiGateway::Deployment'));
});

test('with all environments disabled, only the API and the front function remain', () => {
  const { resources } = synthesizeConfig(CONFIG.replace('airflow:', 'enabled: false\n    airflow:'), entries);
  const handlers = resources('AWS::Lambda::Function').map(({ Properties }) => Properties.Handler);

  expect(handlers).toEqual([FRONT_FUNCTION.handler]);
  expect(resources('AWS::CloudFormation::Stack')).toEqual([]);
  expect(resources('AWS::ApiGateway::RestApi')[0]?.id).toBe(deployed.resources('AWS::ApiGateway::RestApi')[0]?.id);
});

test('the API deployment depends on all methods and gateway responses, and on the policies that let it invoke the functions', () => {
  const types = ['AWS::ApiGateway::GatewayResponse', 'AWS::ApiGateway::Method', 'AWS::Lambda::ResourcePolicy'];
  const outerResources = types.flatMap((type) => deployed.resources(type)).filter(({ id }) => !id.includes('.'));

  expect(outerResources.length).toBeGreaterThan(15);
  for (const { id } of outerResources) expect(deployment?.DependsOn).toContain(id);
});
