import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { ALARM_METRICS, METRICS_NAMESPACE, REQUEST_METRICS } from '../../../contract/metric-names.ts';
import { maskArgv, writeAuditIntent, writeAuditOutcome } from '../../../lambda/relay/audit-log.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

const record = { requestId: 'r', lambdaRequestId: 'l', environment: 'prod', caller: 'arn', durationMs: 12 };
const getLoggedLines = () => vi.mocked(console.log).mock.calls.map(([line]) => JSON.parse(line));

vi.spyOn(console, 'log').mockImplementation(() => {});
afterEach(() => vi.mocked(console.log).mockClear());

test('an intent line has no metrics', () => {
  writeAuditIntent(record);
  expect(getLoggedLines()).toEqual([{ audit: 'intent', ...record }]);
});

describe('an outcome line', () => {
  const trace = { sent: true, upstreamStatus: 200, posts: 2, postMs: 5, tokenAgeMs: 1000 };

  test('has its metrics in the embedded format', () => {
    writeAuditOutcome({ ...record, outcome: 'succeeded', status: 200, trace }, 1_700_000_000_000);
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
              Dimensions: [['environment'], ['environment', 'result']],
              Metrics: [
                { Name: 'Requests', Unit: 'Count' },
                { Name: 'Duration', Unit: 'Milliseconds' },
                { Name: 'UpstreamTime', Unit: 'Milliseconds' },
                { Name: 'UpstreamPosts', Unit: 'Count' },
                { Name: 'TokenAge', Unit: 'Milliseconds' },
              ],
            },
            {
              Namespace: METRICS_NAMESPACE,
              Dimensions: [['environment']],
              Metrics: ['TokenFailures', 'UnknownOutcomes', 'Unverified', 'Refused', 'Untrusted'].map((Name) => ({
                Name,
                Unit: 'Count',
              })),
            },
          ],
        },
        result: 'succeeded',
        Requests: 1,
        Duration: 12,
        UpstreamTime: 5,
        UpstreamPosts: 2,
        TokenAge: 1000,
        TokenFailures: 0,
        UnknownOutcomes: 0,
        Unverified: 0,
        Refused: 0,
        Untrusted: 0,
      },
    ]);
  });

  test('has every metric and dimension that it declares', () => {
    writeAuditOutcome({ ...record, problem: 'not-granted' }, 0);
    const [line] = getLoggedLines();
    for (const { Dimensions, Metrics } of line._aws.CloudWatchMetrics) {
      for (const name of [...Dimensions.flat(), ...Metrics.map(({ Name }: { Name: string }) => Name)]) {
        expect(line).toHaveProperty(name);
      }
    }
    expect(line.result).toBe('not-granted');
    const [{ Metrics }] = line._aws.CloudWatchMetrics;
    expect(Metrics.map(({ Name }: { Name: string }) => Name)).toEqual(['Requests', 'Duration']);
  });

  test.each<[what: string, members: object, counted: Record<string, number>]>([
    ['a success', { outcome: 'succeeded' }, {}],
    ['a command that is not granted', { problem: 'not-granted' }, { Refused: 1 }],
    ['a token timeout', { problem: 'token-timeout' }, { TokenFailures: 1 }],
    ['a rejected token', { problem: 'token-refused' }, { TokenFailures: 1 }],
    ['a missing environment', { problem: 'no-such-environment' }, { TokenFailures: 1 }],
    ['an untrusted host', { problem: 'host-refused' }, { TokenFailures: 1 }],
    ['an unknown outcome', { problem: 'outcome-unknown' }, { UnknownOutcomes: 1 }],
    ['an unclear outcome', { outcome: 'unclear', problem: 'outcome-unclear' }, { UnknownOutcomes: 1 }],
    ['an unverified outcome', { outcome: 'unverified' }, { Unverified: 1 }],
    ['an event that did not come through the API', { problem: 'untrusted-event' }, { Untrusted: 1 }],
    ['a successful health check', { healthy: true, outcome: 'succeeded' }, { Healthy: 1, WrongRelease: 0 }],
    [
      'a health check that found another release',
      { healthy: false, failedStep: 'release' },
      { Healthy: 0, WrongRelease: 1 },
    ],
    ['a health check that failed earlier', { healthy: false, failedStep: 'token' }, { Healthy: 0 }],
  ])('counts %s for the alarms', (_what, members, counted) => {
    writeAuditOutcome({ ...record, ...members }, 0);
    const [line] = getLoggedLines();
    const zeros = { TokenFailures: 0, UnknownOutcomes: 0, Unverified: 0, Refused: 0, Untrusted: 0 };
    const counts = Object.entries(line).filter(([name]) => name in ALARM_METRICS);

    expect(Object.fromEntries(counts)).toEqual({ ...zeros, ...counted });
    expect(Object.keys(REQUEST_METRICS).filter((name) => name in ALARM_METRICS)).toEqual([]);
  });
});

test('maskArgv truncates long words and long lists, so that no log line is lost', () => {
  const trigger = parseInvocation(AIRFLOW_2, [
    'dags',
    'trigger',
    'd'.repeat(100_000),
    '--conf',
    `"${'x'.repeat(100_000)}"`,
  ]);
  expect(maskArgv(trigger)).toEqual(['dags', 'trigger', '--conf=***', `${'d'.repeat(300)}…`]);
  const roles = parseInvocation(AIRFLOW_2, ['roles', 'create', ...Array.from({ length: 5000 }, () => 'Op')]);
  expect(maskArgv(roles)).toEqual(['roles', 'create', ...Array.from({ length: 10 }, () => 'Op'), '… and 4990 more']);
  const actions = Array.from({ length: 120 }, () => 'can_read');
  const permissions = parseInvocation(AIRFLOW_2, [
    'roles',
    'add-perms',
    'Admin',
    '--resource',
    'DAGs',
    '--action',
    ...actions,
  ]);
  expect(maskArgv(permissions).slice(-3)).toEqual(['***', '--', 'Admin']);
});

test('maskArgv masks a URL in place of an identifier', () => {
  const add = parseInvocation(AIRFLOW_2, [
    'connections',
    'add',
    'postgres://admin:hunter2@db/x',
    '--conn-type',
    'postgres',
  ]);
  expect(JSON.stringify(maskArgv(add))).not.toContain('hunter2');
});
