import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { ALARM_METRICS, METRICS_NAMESPACE, REQUEST_METRICS } from '../../../contract/metric-names.ts';
import { maskArgv, writeAuditIntent, writeAuditOutcome } from '../../../lambda/relay/audit-log.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

const record = { requestId: 'r', lambdaRequestId: 'l', environment: 'prod', caller: 'arn', durationMs: 12 };
const getLoggedLines = () => vi.mocked(console.log).mock.calls.map(([line]) => JSON.parse(line));

vi.spyOn(console, 'log').mockImplementation(() => {});
afterEach(() => vi.mocked(console.log).mockClear());

test('an intent has no metrics', () => {
  writeAuditIntent(record);
  expect(getLoggedLines()).toEqual([{ audit: 'intent', ...record }]);
});

describe('an outcome', () => {
  const trace = { sent: true, upstreamStatus: 200, posts: 2, postMs: 5, tokenAgeMs: 1000 };

  test('is one line with its metrics in the embedded format', () => {
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
        ...{ TokenFailures: 0, UnknownOutcomes: 0, Unverified: 0, Refused: 0, Untrusted: 0 },
      },
    ]);
  });

  test('every metric and dimension it declares is a member of the line', () => {
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

  test.each<[what: string, more: object, counted: Record<string, number>]>([
    ['a success', { outcome: 'succeeded' }, {}],
    ['a refusal', { problem: 'not-granted' }, { Refused: 1 }],
    ['no token', { problem: 'token-timeout' }, { TokenFailures: 1 }],
    ['a token that is refused', { problem: 'token-refused' }, { TokenFailures: 1 }],
    ['an environment that is gone', { problem: 'no-such-environment' }, { TokenFailures: 1 }],
    ['a host that is not trusted', { problem: 'host-refused' }, { TokenFailures: 1 }],
    ['an open fate', { problem: 'outcome-unknown' }, { UnknownOutcomes: 1 }],
    ['an unclear verdict', { outcome: 'unclear', problem: 'outcome-unclear' }, { UnknownOutcomes: 1 }],
    ['an unverified outcome', { outcome: 'unverified' }, { Unverified: 1 }],
    ['an event from elsewhere', { problem: 'untrusted-event' }, { Untrusted: 1 }],
    ['a health check', { healthy: true, outcome: 'succeeded' }, { Healthy: 1, WrongRelease: 0 }],
    ['a health check by the wrong release', { healthy: false, failedStep: 'release' }, { Healthy: 0, WrongRelease: 1 }],
    ['a health check that came not so far', { healthy: false, failedStep: 'token' }, { Healthy: 0 }],
  ])('%s is counted for the alarms', (_what, more, counted) => {
    writeAuditOutcome({ ...record, ...more }, 0);
    const [line] = getLoggedLines();
    const none = { TokenFailures: 0, UnknownOutcomes: 0, Unverified: 0, Refused: 0, Untrusted: 0 };
    const events = Object.entries(line).filter(([name]) => name in ALARM_METRICS);

    expect(Object.fromEntries(events)).toEqual({ ...none, ...counted });
    expect(Object.keys(REQUEST_METRICS).filter((name) => name in ALARM_METRICS)).toEqual([]);
  });
});

test('what is too long or too much is cut, so that a line is never lost', () => {
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

test('an address in the place of an identifier is masked', () => {
  const add = parseInvocation(AIRFLOW_2, [
    'connections',
    'add',
    'postgres://admin:hunter2@db/x',
    '--conn-type',
    'postgres',
  ]);
  expect(JSON.stringify(maskArgv(add))).not.toContain('hunter2');
});
