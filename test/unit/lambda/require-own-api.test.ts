import { expect, test } from 'vitest';
import { API_ENVIRONMENT_VARIABLES } from '../../../contract/function-names.ts';
import { requireOwnApi } from '../../../lambda/middleware/require-own-api.ts';

const VARIABLES = { [API_ENVIRONMENT_VARIABLES.apiId]: 'abc', [API_ENVIRONMENT_VARIABLES.apiStage]: 'v1' };
const ownApiContext = { apiId: 'abc', stage: 'v1', httpMethod: 'POST' };

const isAccepted = (event: object): boolean => {
  const { before } = requireOwnApi(VARIABLES);
  try {
    before?.({ event } as never);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'untrusted-event' });
    return false;
  }
};

test.each<[what: string, expected: boolean, event: object]>([
  ['its own API and stage', true, { requestContext: ownApiContext }],
  ['another API', false, { requestContext: { ...ownApiContext, apiId: 'xyz' } }],
  ['another stage', false, { requestContext: { ...ownApiContext, stage: 'v2' } }],
  ['the test button of the console', false, { requestContext: { ...ownApiContext, stage: 'test-invoke-stage' } }],
  ['an empty event', false, {}],
  ['an SQS event', false, { Records: [{ body: '{}' }] }],
])('%s: accepted %s', (_what, expected, event) => {
  expect(isAccepted(event)).toBe(expected);
});

test('throws at startup if an environment variable is missing', () => {
  expect(() => requireOwnApi({})).toThrow(API_ENVIRONMENT_VARIABLES.apiId);
});
