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
  ['a method it does not answer', { requestContext: { ...ownApiContext, httpMethod: 'DELETE' } }, false],
  ['nothing', {}, false],
  ['a queue', { Records: [{ body: '{}' }] }, false],
  ['the schedule, where it takes none', SCHEDULED_HEALTH_EVENT, false],
])('an event of %s: %s', (_what, event, expected) => {
  expect(isAccepted(event)).toBe(expected);
});

test.each<[what: string, event: object, expected: boolean]>([
  ['the schedule', SCHEDULED_HEALTH_EVENT, true],
  [
    'the schedule with a caller beside it',
    { ...SCHEDULED_HEALTH_EVENT, requestContext: { identity: { userArn: 'x' } } },
    false,
  ],
  ['the schedule with a command beside it', { ...SCHEDULED_HEALTH_EVENT, body: 'version' }, false],
  ['another schedule', { scheduled: 'cli' }, false],
  ['its own API', { requestContext: ownApiContext }, true],
])('where there is a schedule, %s: %s', (_what, event, expected) => {
  expect(isAccepted(event, { schedule: true })).toBe(expected);
});

test('without its variables it does not start', () => {
  expect(() => requireOwnApi({}, ['POST'])).toThrow(API_ENVIRONMENT_VARIABLES.apiId);
});
