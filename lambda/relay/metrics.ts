import type { SendTrace } from '../mwaa/send-command.ts';
import type { AuditRecord } from './audit.ts';

/** Namespace of the metrics in CloudWatch. */
export const METRICS_NAMESPACE = 'mwaa-cli-proxy';

/** Every metric, with CloudWatch's unit and what it is read from. A metric without a value is left out. `docs/api.md` has them. */
export const METRICS: Readonly<
  Record<string, { unit: string; value: (record: AuditRecord, trace: SendTrace) => number | undefined }>
> = {
  Requests: { unit: 'Count', value: () => 1 },
  Duration: { unit: 'Milliseconds', value: ({ durationMs }) => durationMs },
  UpstreamTime: { unit: 'Milliseconds', value: (_, { postMs }) => postMs },
  UpstreamPosts: { unit: 'Count', value: (_, { posts }) => posts },
  TokenAge: { unit: 'Milliseconds', value: (_, { tokenAgeMs }) => tokenAgeMs },
};

/**
 * The metrics of one request in CloudWatch's embedded format: CloudWatch Logs makes them from the line, without a call. Each is
 * there by environment, and by environment and result: the outcome, or the problem.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param at milliseconds since the epoch
 */
export function metricsOf(record: AuditRecord, trace: SendTrace = {}, at: number): Record<string, unknown> {
  const values = Object.entries(METRICS).flatMap(([name, { unit, value }]) => {
    const measured = value(record, trace);
    return measured === undefined ? [] : [{ name, unit, measured }];
  });
  return {
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: METRICS_NAMESPACE,
          Dimensions: [['environment'], ['environment', 'result']],
          Metrics: values.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    result: record.problem ?? record.outcome ?? 'none',
    ...Object.fromEntries(values.map(({ name, measured }) => [name, measured])),
  };
}
