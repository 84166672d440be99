import { describe, expect, test, vi } from 'vitest';
import { SCHEDULED_HEALTH_EVENT } from '../../../contract/event-names.ts';
import type { RelayRequest } from '../../../contract/relay-request.ts';
import { createRelayHandler } from '../../../lambda/relay/create-relay-handler.ts';
import type { LoggedContext } from '../../../lambda/relay/log-requests.ts';
import type { RelayEvent } from '../../../lambda/relay/relay-event.ts';
import { encodeStreams } from '../mwaa/cli-responses.ts';
import { createRelayEnvironment, createTeamGrants, createTestRelay, TEAM_SESSION } from './relay-fixture.ts';

vi.spyOn(console, 'log').mockImplementation(() => {});

const environment = createRelayEnvironment(createTeamGrants(['version', '@health']));

const createRequest = (members: Partial<RelayRequest> = {}): RelayRequest => ({
  environment: 'prod',
  requestId: 'r-1',
  extendedRequestId: 'x-1',
  caller: { arn: TEAM_SESSION },
  deadline: Date.now() + 10_000,
  queuedMs: 12,
  action: { kind: 'command', argv: ['version'], format: 'json', uniqueId: 'u-1' },
  ...members,
});

async function handle(event: unknown) {
  const { upstream, sent, record } = createTestRelay(environment, () => ({
    status: 200,
    body: encodeStreams('2.10.3\n'),
  }));
  record.queuedMs = 12;
  const result = createRelayHandler(environment, upstream)(event as RelayEvent, { record } as LoggedContext);
  return { result: await result.catch((error: unknown) => error), sent, record };
}

test('runs the command of a request, and says how long it waited', async () => {
  const { result, sent } = await handle(createRequest());
  expect(sent).toEqual(['version']);
  expect(result).toMatchObject({
    status: 200,
    result: 'succeeded',
    body: { outcome: 'succeeded', queuedMs: 12, durationMs: expect.any(Number) },
  });
  expect(Object.keys(result as object).at(-1)).toBe('body');
});

test('authorizes the command again', async () => {
  const action = { kind: 'command', argv: ['dags', 'list'], format: 'json', uniqueId: 'u-1' } as const;
  const { result, sent, record } = await handle(createRequest({ action }));
  expect(result).toMatchObject({ code: 'not-granted' });
  expect({ sent, decision: record.decision }).toEqual({ sent: [], decision: 'refused' });
});

describe('refuses', () => {
  test.each<[what: string, event: unknown, code: string]>([
    ['a request to another environment', createRequest({ environment: 'other' }), 'untrusted-event'],
    ['a caller that is none', createRequest({ caller: { arn: 'arn:aws:iam::1:role/x' } }), 'untrusted-event'],
    ['claims without a subject', createRequest({ caller: { claims: { iss: 'x' } } }), 'untrusted-event'],
    ['an unknown action', createRequest({ action: { kind: 'api' } as never }), 'untrusted-event'],
    ['an empty event', {}, 'untrusted-event'],
    ['an event of API Gateway', { resource: '/environments/prod/cli', requestContext: {} }, 'untrusted-event'],
    ['another schedule', { scheduled: 'cli' }, 'untrusted-event'],
    ['a request whose time is over', createRequest({ deadline: Date.now() + 100 }), 'relay-unavailable'],
  ])('%s, and sends nothing', async (_what, event, code) => {
    const { result, sent } = await handle(event);
    expect(result).toMatchObject({ code });
    expect(sent).toEqual([]);
  });
});

test('checks the health for the schedule, which needs no grant', async () => {
  const { record } = await handle(SCHEDULED_HEALTH_EVENT);
  expect(record).toMatchObject({ caller: 'schedule', command: ['@health'] });
});
