import { expect, test } from 'vitest';
import { createLargeConfig } from '../../fixtures/large-config.ts';
import { listConfigErrors } from '../../fixtures/parse-test-config.ts';
import { OIDC_CONFIG } from '../../fixtures/two-environments.ts';

test.each<[what: string, text: string, expected: RegExp[]]>([
  ['59 environments', createLargeConfig(59), []],
  [
    '60 environments',
    createLargeConfig(60),
    [
      /^3:1 {2}environments {2}60 environments in eu-west-1 need 302 API Gateway resources, but the quota is 300 per API\. At most 59 environments fit\. Put the others in a separate file/,
    ],
  ],
  ['29 environments with OIDC', createLargeConfig(29, OIDC_CONFIG), []],
  [
    '30 environments with OIDC',
    createLargeConfig(30, OIDC_CONFIG),
    [/30 environments in eu-west-1 need 304 .* At most 29 environments fit with api\.oidc\./],
  ],
  ['60 environments, one of them disabled', createLargeConfig(60).replace('airflow:', 'enabled: false, airflow:'), []],
  ['60 environments in two regions', createLargeConfig(60).replaceAll(/(env-\d: {) /g, '$1 region: us-east-1, '), []],
  [
    'more callers in grants than a resource policy can contain',
    createLargeConfig(1, 'tracing: true').replace(
      'who: "arn:aws:iam::111122223333:role/etl"',
      `who: [${Array.from({ length: 60 }, (_, n) => `"arn:aws:iam::111122223333:role/team-${n}"`).join(', ')}]`,
    ),
    [
      /api\.callers {2}is not set, and the callers that grants name need a resource policy of \d+ characters\. .*Name accounts or an organization/,
    ],
  ],
])('returns the expected errors for %s', (_what, text, expected) => {
  expect(listConfigErrors(text)).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});
