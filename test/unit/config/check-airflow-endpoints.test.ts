import { expect, test } from 'vitest';
import { listConfigErrors, skipGrantCheck } from '../../fixtures/parse-test-config.ts';
import { TWO_ENVIRONMENTS } from '../../fixtures/two-environments.ts';

/** `prod` creates the endpoint; `next` is in the same VPC. */
const withEndpointOfNext = (airflowEndpoint: string) =>
  TWO_ENVIRONMENTS.replace('securityGroup: sg-0ddd4444, ingress: false', 'create: { cidrs: [10.0.0.0/16] }').replace(
    'webServerSecurityGroup: sg-0fff6666 }\n    concurrency',
    `webServerSecurityGroup: sg-0fff6666${airflowEndpoint} }\n    concurrency`,
  );

test.each([
  ['no setting', ''],
  ['the same setting', ', airflowEndpoint: { create: { cidrs: [10.0.0.0/16] } }'],
])('environments in one VPC share an airflow.env endpoint with %s', (_what, airflowEndpoint) => {
  expect(listConfigErrors(withEndpointOfNext(airflowEndpoint), skipGrantCheck)).toEqual([]);
});

test.each([
  [
    'a different CIDR block',
    ', airflowEndpoint: { create: { cidrs: [10.1.0.0/16] } }',
    'differs from the endpoint that prod creates in the same VPC',
  ],
  [
    'an existing endpoint',
    ', airflowEndpoint: { securityGroup: sg-0ccc3333 }',
    'uses an existing endpoint, but prod creates one in the same VPC',
  ],
])('rejects %s for a second airflow.env endpoint in one VPC', (_what, airflowEndpoint, message) => {
  expect(listConfigErrors(withEndpointOfNext(airflowEndpoint), skipGrantCheck)).toEqual([
    expect.stringContaining(
      `environments.next.vpc.airflowEndpoint  ${message}. A VPC can have only one. Remove airflowEndpoint here`,
    ),
  ]);
});
