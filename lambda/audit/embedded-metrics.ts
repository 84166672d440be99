import { METRICS_NAMESPACE } from '../../contract/metric-names.ts';

/** Metrics that have the same dimensions. */
export interface MetricGroup {
  /** CloudWatch unit of each metric. */
  readonly units: Readonly<Record<string, string>>;
  /** Names of members of the log line. Each list is one combination. */
  readonly dimensions: readonly (readonly string[])[];
}

/**
 * The members that make CloudWatch Logs extract metrics from a log line, without an API call: CloudWatch's embedded metric format.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param values metrics whose value is undefined are omitted
 * @param at milliseconds since the epoch
 */
export function toEmbeddedMetrics(
  groups: readonly MetricGroup[],
  values: Readonly<Record<string, number | undefined>>,
  at: number,
): Record<string, unknown> {
  const CloudWatchMetrics = groups.map(({ units, dimensions }) => ({
    Namespace: METRICS_NAMESPACE,
    Dimensions: dimensions,
    Metrics: Object.entries(units)
      .filter(([name]) => values[name] !== undefined)
      .map(([Name, Unit]) => ({ Name, Unit })),
  }));
  return { _aws: { Timestamp: at, CloudWatchMetrics }, ...values };
}
