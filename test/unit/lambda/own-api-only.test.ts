import { expect, test } from 'vitest';
import { ownApiOnly } from '../../../lambda/middleware/own-api-only.ts';
import { API_VARIABLES, SCHEDULED_HEALTH } from '../../../lambda/names.ts';

const VARIABLES = { [API_VARIABLES.apiId]: 'abc', [API_VARIABLES.apiStage]: 'v1' };
const own = { apiId: 'abc', stage: 'v1', httpMethod: 'POST' };

const passes = (event: object, options = {}): boolean => {
  const { before } = ownApiOnly(VARIABLES, ['POST'], options);
  try {
    before?.({ event } as never);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'untrusted-event' });
    return false;
  }
};

test.each<[what: string, event: object, expected: boolean]>([
  ['its own API and stage', { requestContext: own }, true],
  ['another API', { requestContext: { ...own, apiId: 'xyz' } }, false],
  ['another stage', { requestContext: { ...own, stage: 'v2' } }, false],
  ['the test button of the console', { requestContext: { ...own, stage: 'test-invoke-stage' } }, false],
  ['a method it does not answer', { requestContext: { ...own, httpMethod: 'DELETE' } }, false],
  ['nothing', {}, false],
  ['a queue', { Records: [{ body: '{}' }] }, false],
  ['the schedule, where it takes none', SCHEDULED_HEALTH, false],
])('an event of %s: %s', (_what, event, expected) => {
  expect(passes(event)).toBe(expected);
});

test.each<[what: string, event: object, expected: boolean]>([
  ['the schedule', SCHEDULED_HEALTH, true],
  [
    'the schedule with a caller beside it',
    { ...SCHEDULED_HEALTH, requestContext: { identity: { userArn: 'x' } } },
    false,
  ],
  ['the schedule with a command beside it', { ...SCHEDULED_HEALTH, body: 'version' }, false],
  ['another schedule', { scheduled: 'cli' }, false],
  ['its own API', { requestContext: own }, true],
])('where there is a schedule, %s: %s', (_what, event, expected) => {
  expect(passes(event, { schedule: true })).toBe(expected);
});

test('without its variables it does not start', () => {
  expect(() => ownApiOnly({}, ['POST'])).toThrow(API_VARIABLES.apiId);
});
