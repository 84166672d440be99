/** Compares docs/without-cdk.md with the code. */
import { App, Stack } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { MAX_POLICY_BYTES, POLICY_CACHE_SECONDS } from '../../contract/stored-policy.ts';
import { addTemplateParameters, UNPUBLISHED_BUCKET } from '../../lib/template/template-parameters.ts';
import { readTable, readText } from './markdown.ts';

const PAGE = readText('docs/without-cdk.md');

test('the table of parameters has all of them, with their defaults', () => {
  const parameters = addTemplateParameters(new Stack(new App(), 'Stack'), ['2.10.3']);
  const expected = Object.entries(parameters).map(([name, { default: value = '' }]) => [
    name,
    value === UNPUBLISHED_BUCKET ? 'set by `publish.sh`' : String(value),
  ]);
  const found = readTable(PAGE, 'parameter').flatMap(([names = '', value]) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => [name, value]),
  );
  expect(found).toEqual(expected);
});

test('the page says how long a policy is used, and how large it may be', () => {
  expect(POLICY_CACHE_SECONDS).toBe(5);
  expect(PAGE).toContain('A withdrawn grant works for at most five seconds');
  expect(PAGE).toContain(`at most ${MAX_POLICY_BYTES / 1024 / 1024} MB`);
});
