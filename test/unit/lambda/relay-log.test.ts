import { afterEach, describe, expect, test, vi } from 'vitest';
import { METRICS_NAMESPACE, RELAY_METRICS } from '../../../contract/metric-names.ts';
import { writeIntent, writeOutcome } from '../../../lambda/relay/relay-log.ts';
import { getLoggedLines } from './logged-lines.ts';

const record = {
  requestId: 'r',
  extendedRequestId: 'x',
  lambdaRequestId: 'l',
  environment: 'prod',
  caller: 'arn',
  durationMs: 12,
};

vi.spyOn(console, 'log').mockImplementation(() => {});
afterEach(() => vi.mocked(console.log).mockClear());

test('an intent line has no metrics', () => {
  writeIntent(record);
  expect(getLoggedLines()).toEqual([{ audit: 'intent', ...record }]);
});

describe('an outcome line', () => {
  const trace = { sent: true, upstreamStatus: 200, posts: 2, postMs: 5, tokenAgeMs: 1000 };

  test('has its metrics in the embedded format', () => {
    writeOutcome({ ...record, outcome: 'succeeded', status: 200, trace }, 1_700_000_000_000);
    expect(getLoggedLines()).toEqual([
      {
        audit: 'outcome',
        ...record,
        outcome: 'succeeded',
        status: 200,
        ...trace,
        _aws: {
          Timestamp: 1_700_000_000_000,
          CloudWatchMetrics: [
            {
              Namespace: METRICS_NAMESPACE,
              Dimensions: [['environment']],
              Metrics: [
                { Name: 'UpstreamTime', Unit: 'Milliseconds' },
                { Name: 'UpstreamPosts', Unit: 'Count' },
                { Name: 'TokenAge', Unit: 'Milliseconds' },
                { Name: 'TokenFailures', Unit: 'Count' },
              ],
            },
          ],
        },
        UpstreamTime: 5,
        UpstreamPosts: 2,
        TokenAge: 1000,
        TokenFailures: 0,
      },
    ]);
  });

  test.each<[what: string, members: object, counted: Record<string, number>]>([
    ['a success', { outcome: 'succeeded' }, {}],
    ['a token timeout', { problem: 'token-timeout' }, { TokenFailures: 1 }],
    ['a rejected token', { problem: 'token-refused' }, { TokenFailures: 1 }],
    ['a missing environment', { problem: 'no-such-environment' }, { TokenFailures: 1 }],
    ['an untrusted host', { problem: 'host-refused' }, { TokenFailures: 1 }],
    ['a successful health check', { healthy: true, outcome: 'succeeded' }, { Healthy: 1, WrongRelease: 0 }],
    [
      'a health check that found another release',
      { healthy: false, failedStep: 'release' },
      { Healthy: 0, WrongRelease: 1 },
    ],
    ['a health check that failed earlier', { healthy: false, failedStep: 'token' }, { Healthy: 0 }],
  ])('counts %s for the alarms', (_what, members, counted) => {
    writeOutcome({ ...record, ...members }, 0);
    const [line] = getLoggedLines();
    const counts = Object.entries(line).filter(([name]) => name in RELAY_METRICS);

    expect(Object.fromEntries(counts)).toEqual({ TokenFailures: 0, ...counted });
  });
});
