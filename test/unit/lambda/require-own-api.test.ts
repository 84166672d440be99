import { expect, test } from 'vitest';
import { SCHEDULED_HEALTH_EVENT } from '../../../contract/event-names.ts';
import { API_ENVIRONMENT_VARIABLES } from '../../../contract/function-names.ts';
import { requireOwnApi } from '../../../lambda/middleware/require-own-api.ts';

const VARIABLES = { [API_ENVIRONMENT_VARIABLES.apiId]: 'abc', [API_ENVIRONMENT_VARIABLES.apiStage]: 'v1' };
const ownApiContext = { apiId: 'abc', stage: 'v1', httpMethod: 'POST' };

const isAccepted = (event: object, options = {}): boolean => {
  const { before } = requireOwnApi(VARIABLES, ['POST'], options);
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
  ['a method that it does not serve', false, { requestContext: { ...ownApiContext, httpMethod: 'DELETE' } }],
  ['an empty event', false, {}],
  ['an SQS event', false, { Records: [{ body: '{}' }] }],
  ['the schedule, without the option', false, SCHEDULED_HEALTH_EVENT],
])('%s: accepted %s', (_what, expected, event) => {
  expect(isAccepted(event)).toBe(expected);
});

test.each<[what: string, expected: boolean, event: object]>([
  ['the schedule', true, SCHEDULED_HEALTH_EVENT],
  [
    'the schedule with a caller added',
    false,
    { ...SCHEDULED_HEALTH_EVENT, requestContext: { identity: { userArn: 'x' } } },
  ],
  ['the schedule with a command added', false, { ...SCHEDULED_HEALTH_EVENT, body: 'version' }],
  ['another schedule', false, { scheduled: 'cli' }],
  ['its own API', true, { requestContext: ownApiContext }],
])('with the option schedule, %s: accepted %s', (_what, expected, event) => {
  expect(isAccepted(event, { schedule: true })).toBe(expected);
});

test('throws at startup if an environment variable is missing', () => {
  expect(() => requireOwnApi({}, ['POST'])).toThrow(API_ENVIRONMENT_VARIABLES.apiId);
});
