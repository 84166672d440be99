import { expect, test } from 'vitest';
import { stubRelay, synthesis } from './synthesis.ts';

const CONFIG = `
region: ap-southeast-2
account: "111122223333"
environments:
  prod:
    airflow: 2.10.3
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }
grants:
  - { who: etl, where: prod, may: [dags list] }
`;

const relayEntry = stubRelay();
const deployed = synthesis(CONFIG, relayEntry);
const deploymentOf = (text: string) => synthesis(text, relayEntry).resources('AWS::ApiGateway::Deployment')[0]?.id;
const [deployment] = deployed.resources('AWS::ApiGateway::Deployment');

// API Gateway serves what was last deployed: a change that does not make a new deployment never reaches the callers.
test.each([
  ['who may call', 'region:', 'api: { callers: { accounts: ["222233334444"] } }\nregion:'],
  ['a time-out', 'airflow: 2.10.3', 'airflow: 2.10.3\n    timeouts: { integrationSeconds: 289 }'],
  ['the name of an environment', '  prod:', '  production:'],
])('a change of %s reaches the deployed stage', (_, before, after) => {
  const text = CONFIG.replace(before, after).replace('where: prod', 'where: p*');

  expect(deploymentOf(text)).not.toBe(deployment?.id);
});

test('a changed grant changes the function, and neither the API nor its address', () => {
  const changed = synthesis(CONFIG.replace('dags list', 'dags delete *'), relayEntry);
  const [before, after] = [deployed, changed].map(({ relay }) => relay('prod').function);

  expect(after?.Properties.Code.S3Key).not.toBe(before?.Properties.Code.S3Key);
  expect(after?.Metadata).toEqual({ Grants: ['etl may: dags delete *'] });
  expect(changed.resources('AWS::ApiGateway::Deployment')).toEqual(deployed.resources('AWS::ApiGateway::Deployment'));
});

test('with every environment off, the API keeps its address and runs nothing', () => {
  const { resources } = synthesis(CONFIG.replace('airflow:', 'enabled: false\n    airflow:'), relayEntry);
  const methods = resources('AWS::ApiGateway::Method').map(({ Properties }) => Properties);

  expect(resources('AWS::Lambda::Function')).toEqual([]);
  expect(methods.map(({ AuthorizationType, Integration }) => [AuthorizationType, Integration.Type])).toEqual([
    ['AWS_IAM', 'MOCK'],
  ]);
  expect(resources('AWS::ApiGateway::RestApi')[0]?.id).toBe(deployed.resources('AWS::ApiGateway::RestApi')[0]?.id);
});
