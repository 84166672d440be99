import { expect, test } from 'vitest';
import { createLargeConfig } from '../../fixtures/large-config.ts';
import { listConfigErrors } from '../../fixtures/parse-test-config.ts';

const inRegion = (region: string) => createLargeConfig(1).replace('eu-west-1', region);

test.each<[what: string, text: string, errors: RegExp[]]>([
  ['a region with the resource type', inRegion('eu-central-1'), []],
  [
    'a region without it',
    inRegion('cn-north-1'),
    [
      /functionPolicies {2}CloudFormation has no AWS::Lambda::ResourcePolicy in cn-north-1\. Set functionPolicies: permissions/,
    ],
  ],
  [
    'a region without it, and functionPolicies: permissions',
    `functionPolicies: permissions\n${inRegion('cn-north-1')}`,
    [],
  ],
  [
    'an environment in a region without it',
    createLargeConfig(2).replace('env-1: {', 'env-1: { region: me-central-1,'),
    [/no AWS::Lambda::ResourcePolicy in me-central-1/],
  ],
])('returns the expected errors for %s', (_what, text, errors) => {
  expect(listConfigErrors(text)).toEqual(errors.map((pattern) => expect.stringMatching(pattern)));
});
