import {
  ALARM_METRICS,
  METRIC_DIMENSIONS,
  METRICS_NAMESPACE,
  type MetricName,
  REQUEST_METRICS,
} from '../../contract/metric-names.ts';
import type { ProblemCode } from '../../contract/problem-types.ts';
import type { SendTrace } from '../../mwaa/cli/send-command-types.ts';
import type { AuditRecord } from './audit-record.ts';

/** Reads the value of one metric. Returns undefined to omit the metric. */
type ReadMetric = (record: AuditRecord, trace: SendTrace) => number | undefined;

const countProblems = (...codes: readonly ProblemCode[]): ReadMetric => {
  const counted = new Set<string>(codes);
  return ({ problem }) => Number(problem !== undefined && counted.has(problem));
};

/** How each metric is read. `docs/api.md` describes them. */
const METRIC_READERS: Readonly<Record<MetricName, ReadMetric>> = {
  Requests: () => 1,
  Duration: ({ durationMs }) => durationMs,
  UpstreamTime: (_, { postMs }) => postMs,
  UpstreamPosts: (_, { posts }) => posts,
  TokenAge: (_, { tokenAgeMs }) => tokenAgeMs,

  TokenFailures: countProblems(
    'token-throttled',
    'token-not-permitted',
    'token-unreachable',
    'token-timeout',
    'token-refused',
    'host-refused',
    'no-such-environment',
    'environment-not-available',
  ),
  UnknownOutcomes: countProblems('outcome-unknown', 'outcome-unclear'),
  Unverified: ({ outcome }) => Number(outcome === 'unverified'),
  Refused: countProblems('not-granted'),
  Untrusted: countProblems('untrusted-event'),
  // Only health checks write these two. `WrongRelease` is omitted if the check did not reach that step.
  Healthy: ({ healthy }) => (healthy === undefined ? undefined : Number(healthy)),
  WrongRelease: ({ healthy, failedStep }) => (healthy ? 0 : failedStep === 'release' ? 1 : undefined),
};

/**
 * The metrics of one request in CloudWatch's embedded format. CloudWatch Logs extracts them from the log line, without an API call.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param at milliseconds since the epoch
 */
export function toEmbeddedMetrics(record: AuditRecord, trace: SendTrace = {}, at: number): Record<string, unknown> {
  const values = new Map<string, number>();
  for (const [name, readMetric] of Object.entries(METRIC_READERS)) {
    const value = readMetric(record, trace);
    if (value !== undefined) values.set(name, value);
  }
  const createDirective = (units: Readonly<Record<string, string>>, dimensions: string[][]) => ({
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
        createDirective(REQUEST_METRICS, [[environment], [environment, result]]),
        createDirective(ALARM_METRICS, [[environment]]),
      ],
    },
    result: record.problem ?? record.outcome ?? 'none',
    ...Object.fromEntries(values),
  };
}
