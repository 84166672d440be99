import {
  ALARM_METRICS,
  METRIC_DIMENSIONS,
  METRICS_NAMESPACE,
  type MetricName,
  REQUEST_METRICS,
} from '../../contract/metric-names.ts';
import type { SendTrace } from '../../mwaa/cli/send-command.ts';
import type { AuditRecord } from './audit-log.ts';

type ReadMetric = (record: AuditRecord, trace: SendTrace) => number | undefined;

const countProblems =
  (...codes: readonly string[]): ReadMetric =>
  ({ problem: code }) =>
    Number(code !== undefined && codes.includes(code));

/** What each metric is read from. One without a value is left out. `docs/api.md` has them. */
const METRIC_READERS: Readonly<Record<MetricName, ReadMetric>> = {
  Requests: () => 1,
  Duration: ({ durationMs }) => durationMs,
  UpstreamTime: (_, { postMs }) => postMs,
  UpstreamPosts: (_, { posts }) => posts,
  TokenAge: (_, { tokenAgeMs }) => tokenAgeMs,

  TokenFailures: countProblems(
    ...['token-throttled', 'token-not-permitted', 'token-unreachable', 'token-timeout', 'token-refused'],
    ...['host-refused', 'no-such-environment', 'environment-not-available'],
  ),
  UnknownOutcomes: countProblems('outcome-unknown', 'outcome-unclear'),
  Unverified: ({ outcome }) => Number(outcome === 'unverified'),
  Refused: countProblems('not-granted'),
  Untrusted: countProblems('untrusted-event'),
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
export function toEmbeddedMetrics(record: AuditRecord, trace: SendTrace = {}, at: number): Record<string, unknown> {
  const values = new Map<string, number>();
  for (const [name, value] of Object.entries(METRIC_READERS)) {
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
  const { environment, result } = METRIC_DIMENSIONS;
  return {
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        directive(REQUEST_METRICS, [[environment], [environment, result]]),
        directive(ALARM_METRICS, [[environment]]),
      ],
    },
    result: record.problem ?? record.outcome ?? 'none',
    ...Object.fromEntries(values),
  };
}
