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

test.each<[what: string, event: object, expected: boolean]>([
  ['its own API and stage', { requestContext: ownApiContext }, true],
  ['another API', { requestContext: { ...ownApiContext, apiId: 'xyz' } }, false],
  ['another stage', { requestContext: { ...ownApiContext, stage: 'v2' } }, false],
  ['the test button of the console', { requestContext: { ...ownApiContext, stage: 'test-invoke-stage' } }, false],
  ['a method that it does not serve', { requestContext: { ...ownApiContext, httpMethod: 'DELETE' } }, false],
  ['an empty event', {}, false],
  ['an SQS event', { Records: [{ body: '{}' }] }, false],
  ['the schedule, without the option', SCHEDULED_HEALTH_EVENT, false],
])('%s: accepted %s', (_what, event, expected) => {
  expect(isAccepted(event)).toBe(expected);
});

test.each<[what: string, event: object, expected: boolean]>([
  ['the schedule', SCHEDULED_HEALTH_EVENT, true],
  [
    'the schedule with a caller added',
    { ...SCHEDULED_HEALTH_EVENT, requestContext: { identity: { userArn: 'x' } } },
    false,
  ],
  ['the schedule with a command added', { ...SCHEDULED_HEALTH_EVENT, body: 'version' }, false],
  ['another schedule', { scheduled: 'cli' }, false],
  ['its own API', { requestContext: ownApiContext }, true],
])('with the option schedule, %s: accepted %s', (_what, event, expected) => {
  expect(isAccepted(event, { schedule: true })).toBe(expected);
});

test('throws at startup if an environment variable is missing', () => {
  expect(() => requireOwnApi({}, ['POST'])).toThrow(API_ENVIRONMENT_VARIABLES.apiId);
});
