import { DIMENSIONS, EVENTS, MEASURES, METRICS_NAMESPACE, type MetricName } from '../metric-names.ts';
import type { SendTrace } from '../mwaa/send-command.ts';
import type { AuditRecord } from './audit.ts';

type Value = (record: AuditRecord, trace: SendTrace) => number | undefined;

const problem =
  (...codes: readonly string[]): Value =>
  ({ problem: code }) =>
    Number(code !== undefined && codes.includes(code));

/** What each metric is read from. One without a value is left out. `docs/api.md` has them. */
const VALUES: Readonly<Record<MetricName, Value>> = {
  Requests: () => 1,
  Duration: ({ durationMs }) => durationMs,
  UpstreamTime: (_, { postMs }) => postMs,
  UpstreamPosts: (_, { posts }) => posts,
  TokenAge: (_, { tokenAgeMs }) => tokenAgeMs,

  TokenFailures: problem(
    ...['token-throttled', 'token-not-permitted', 'token-unreachable', 'token-timeout', 'token-refused'],
    ...['host-refused', 'no-such-environment', 'environment-not-available'],
  ),
  FatesOpen: problem('outcome-unknown', 'outcome-unclear'),
  Unverified: ({ outcome }) => Number(outcome === 'unverified'),
  Refused: problem('not-granted'),
  Untrusted: problem('untrusted-event'),
  // Of health checks only, as far as they came.
  Healthy: ({ healthy }) => (healthy === undefined ? undefined : Number(healthy)),
  WrongRelease: ({ healthy, failedStep }) => (healthy ? 0 : failedStep === 'release' ? 1 : undefined),
};

/**
 * The metrics of one request in CloudWatch's embedded format: CloudWatch Logs makes them from the line, without a call.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param at milliseconds since the epoch
 */
export function metricsOf(record: AuditRecord, trace: SendTrace = {}, at: number): Record<string, unknown> {
  const values = new Map<string, number>();
  for (const [name, value] of Object.entries(VALUES)) {
    const measured = value(record, trace);
    if (measured !== undefined) values.set(name, measured);
  }
  const directive = (units: Readonly<Record<string, string>>, dimensions: string[][]) => ({
    Namespace: METRICS_NAMESPACE,
    Dimensions: dimensions,
    Metrics: Object.entries(units)
      .filter(([name]) => values.has(name))
      .map(([Name, Unit]) => ({ Name, Unit })),
  });
  const { environment, result } = DIMENSIONS;
  return {
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        directive(MEASURES, [[environment], [environment, result]]),
        directive(EVENTS, [[environment]]),
      ],
    },
    result: record.problem ?? record.outcome ?? 'none',
    ...Object.fromEntries(values),
  };
}
