import { afterEach, describe, expect, test, vi } from 'vitest';
import { METRICS_NAMESPACE, REQUEST_EVENTS, REQUEST_METRICS } from '../../../contract/metric-names.ts';
import { writeRequest } from '../../../lambda/front/front-log.ts';
import { getLoggedLines } from './logged-lines.ts';

const record = {
  requestId: 'r',
  extendedRequestId: 'x',
  lambdaRequestId: 'l',
  route: 'cli',
  environment: 'prod',
  caller: 'arn',
  durationMs: 12,
};

vi.spyOn(console, 'log').mockImplementation(() => {});
afterEach(() => vi.mocked(console.log).mockClear());

const zeros = { Busy: 0, UnknownOutcomes: 0, Unverified: 0, Refused: 0 };

test('a request that was relayed has its metrics in the embedded format', () => {
  writeRequest({ ...record, result: 'succeeded', status: 200, queuedMs: 40, throttles: 3 }, 1_700_000_000_000);
  expect(getLoggedLines()).toEqual([
    {
      audit: 'request',
      ...record,
      result: 'succeeded',
      status: 200,
      queuedMs: 40,
      throttles: 3,
      _aws: {
        Timestamp: 1_700_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: METRICS_NAMESPACE,
            Dimensions: [['environment'], ['environment', 'result']],
            Metrics: [
              { Name: 'Requests', Unit: 'Count' },
              { Name: 'Duration', Unit: 'Milliseconds' },
              { Name: 'QueueTime', Unit: 'Milliseconds' },
              { Name: 'Throttles', Unit: 'Count' },
            ],
          },
          {
            Namespace: METRICS_NAMESPACE,
            Dimensions: [['environment']],
            Metrics: Object.keys(zeros).map((Name) => ({ Name, Unit: 'Count' })),
          },
        ],
      },
      Requests: 1,
      Duration: 12,
      QueueTime: 40,
      Throttles: 3,
      ...zeros,
    },
  ]);
});

test('every metric and dimension that a line declares is in it', () => {
  writeRequest({ ...record, result: 'not-granted' }, 0);
  const [line] = getLoggedLines();
  for (const { Dimensions, Metrics } of line._aws.CloudWatchMetrics) {
    for (const name of [...Dimensions.flat(), ...Metrics.map(({ Name }: { Name: string }) => Name)]) {
      expect(line).toHaveProperty(name);
    }
  }
  const [{ Metrics }] = line._aws.CloudWatchMetrics;
  expect(Metrics.map(({ Name }: { Name: string }) => Name)).toEqual(['Requests', 'Duration']);
});

test.each<[what: string, members: object]>([
  ['a request to an environment that the caller cannot use', { environment: undefined }],
  ['a listing', { route: 'commands' }],
  ['an explanation', { route: 'explain' }],
])('%s has no metrics', (_what, members) => {
  writeRequest({ ...record, ...members }, 0);
  expect(getLoggedLines()[0]).not.toHaveProperty('_aws');
});

describe('events', () => {
  test.each<[result: string, counted: Record<string, number>]>([
    ['succeeded', {}],
    ['not-granted', { Refused: 1 }],
    ['busy', { Busy: 1 }],
    ['outcome-unknown', { UnknownOutcomes: 1 }],
    ['outcome-unclear', { UnknownOutcomes: 1 }],
    ['unverified', { Unverified: 1 }],
    ['relay-failed', {}],
  ])('%s', (result, counted) => {
    writeRequest({ ...record, result }, 0);
    const counts = Object.entries(getLoggedLines()[0]).filter(([name]) => name in REQUEST_EVENTS);
    expect(Object.fromEntries(counts)).toEqual({ ...zeros, ...counted });
    expect(Object.keys(REQUEST_METRICS).filter((name) => name in REQUEST_EVENTS)).toEqual([]);
  });
});

test('a line escapes characters that cannot be seen in every text that callers choose', () => {
  const text = 'a\u202eb\u200b\u001b[2J';
  writeRequest({ ...record, requestId: text, caller: text, command: ['dags', 'trigger', text] }, 0);

  const [[line]] = vi.mocked(console.log).mock.calls as [[string]];
  expect(line).toMatch(/^[ -~]+$/);
  const escaped = 'a\\u202eb\\u200b\\u001b[2J';
  expect(JSON.parse(line)).toMatchObject({
    requestId: escaped,
    caller: escaped,
    command: ['dags', 'trigger', escaped],
  });
});
