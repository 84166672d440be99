import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AuthorizationType, MockIntegration, Resource } from 'aws-cdk-lib/aws-apigateway';
import { expect, test } from 'vitest';
import { addStacks, createProxyApp } from '../../lib/synthesize.ts';
import { createStubEntries, parseTestConfig, synthesizeConfig } from './synthesize-config.ts';

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

// API Gateway serves what was last deployed: a change that does not make a new deployment never reaches the callers.
test.each([
  ['who may call', 'region:', 'api: { callers: { accounts: ["222233334444"] } }\nregion:'],
  ['a timeout', 'airflow: 2.10.3', 'airflow: 2.10.3\n    timeouts: { integrationSeconds: 289 }'],
  ['the name of an environment', '  prod:', '  production:'],
])('a change of %s reaches the deployed stage', (_, before, after) => {
  const text = CONFIG.replace(before, after).replace('where: prod', 'where: p*');

  expect(findDeploymentId(text)).not.toBe(deployment?.id);
});

test('a method that a later version adds reaches the deployed stage', () => {
  const idWith = (change: (stack: Stack) => void) => {
    const app = createProxyApp();
    const [stack] = addStacks(app, parseTestConfig(CONFIG), entries);
    change(stack!);
    app.synth();
    return Object.keys(Template.fromStack(stack!).findResources('AWS::ApiGateway::Deployment'))[0];
  };
  const added = idWith((stack) => {
    const environment = stack.node
      .findAll()
      .find(
        (construct): construct is Resource => construct instanceof Resource && construct.path === '/environments/prod',
      );
    environment
      ?.addResource('later')
      .addMethod('GET', new MockIntegration(), { authorizationType: AuthorizationType.IAM });
    expect(environment).toBeDefined();
  });

  expect(added).toMatch(/Deployment/);
  expect(added).not.toBe(idWith(() => {}));
});

test('a changed grant changes the function and what the template says of it, and neither the API nor its address', () => {
  const changed = synthesizeConfig(CONFIG.replace('dags list', 'dags delete *'), entries);
  const [before, after] = [deployed, changed].map(({ relay }) => relay('prod').function);

  expect(after?.Properties.Code.S3Key).not.toBe(before?.Properties.Code.S3Key);
  expect(changed.resources('AWS::CloudFormation::Stack')[0]?.Metadata).toEqual({
    Grants: ['arn:aws:iam::111122223333:role/etl may: dags delete *'],
  });
  expect(changed.resources('AWS::ApiGateway::Deployment')).toEqual(deployed.resources('AWS::ApiGateway::Deployment'));
});

test('with every environment off, the API keeps its address, and nothing of an environment is left', () => {
  const { resources } = synthesizeConfig(CONFIG.replace('airflow:', 'enabled: false\n    airflow:'), entries);
  const handlers = resources('AWS::Lambda::Function').map(({ Properties }) => Properties.Handler);

  expect(handlers).toEqual(['directory.handler']);
  expect(resources('AWS::CloudFormation::Stack')).toEqual([]);
  expect(resources('AWS::ApiGateway::RestApi')[0]?.id).toBe(deployed.resources('AWS::ApiGateway::RestApi')[0]?.id);
});

test('the deployment waits for every stack that holds methods, and for every gateway response', () => {
  const parts = ['AWS::CloudFormation::Stack', 'AWS::ApiGateway::GatewayResponse', 'AWS::ApiGateway::Method'];
  const outer = parts.flatMap((type) => deployed.resources(type)).filter(({ id }) => !id.includes('.'));

  expect(outer.length).toBeGreaterThan(15);
  for (const { id } of outer) expect(deployment?.DependsOn).toContain(id);
});
