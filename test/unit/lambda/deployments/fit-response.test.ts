import { expect, test } from 'vitest';
import {
  type CustomResourceResponse,
  fitResponse,
  MAX_RESPONSE_BYTES,
} from '../../../../lambda/deployments/fit-response.ts';

const RESPONSE: CustomResourceResponse = {
  Status: 'FAILED',
  Reason: 'x failed.',
  PhysicalResourceId: 'deployment:settings/0123',
  StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/a/b',
  RequestId: 'r',
  LogicalResourceId: 'Settings',
  Data: { RunIds: '' },
};

test('a short response stays as it is', () => expect(JSON.parse(fitResponse(RESPONSE))).toEqual(RESPONSE));

test.each<
  [what: string, change: Partial<CustomResourceResponse>, expected: (fitted: CustomResourceResponse) => boolean]
>([
  ['a long reason', { Reason: 'x'.repeat(10_000) }, ({ Reason }) => /^x{3000,}…$/.test(Reason)],
  ['characters of several bytes', { Reason: '🚀'.repeat(3000) }, ({ Reason }) => /^🚀{500,}…$/u.test(Reason)],
  ['characters that JSON escapes', { Reason: '\u0001"'.repeat(3000) }, ({ Reason }) => Reason.length > 300],
  [
    'long data with one run id that is alone',
    { Data: { RunId: 'run-1', RunIds: 'r'.repeat(5000) } },
    ({ Data }) => JSON.stringify(Data) === '{"RunId":"run-1"}',
  ],
  [
    'long data',
    { Data: { RunIds: 'r'.repeat(5000) } },
    ({ Data, Reason }) => Object.keys(Data).length === 0 && Reason === 'x failed.',
  ],
])('%s', (_what, change, expected) => {
  const text = fitResponse({ ...RESPONSE, ...change });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_RESPONSE_BYTES);
  expect(expected(JSON.parse(text)), text.slice(0, 200)).toBe(true);
});
