import { METRICS_NAMESPACE } from '../../contract/metric-names.ts';

/** Metrics that have the same dimensions. */
export interface MetricGroup {
  readonly metrics: readonly { readonly Name: string; readonly Unit: string }[];
  /** Names of members of the log line. Each list is one combination. */
  readonly dimensions: readonly (readonly string[])[];
}

/** @param units CloudWatch unit of each metric */
export const createMetricGroup = (
  units: Readonly<Record<string, string>>,
  dimensions: MetricGroup['dimensions'],
): MetricGroup => ({ metrics: Object.entries(units).map(([Name, Unit]) => ({ Name, Unit })), dimensions });

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
  const CloudWatchMetrics = groups.map(({ metrics, dimensions }) => ({
    Namespace: METRICS_NAMESPACE,
    Dimensions: dimensions,
    Metrics: metrics.filter(({ Name }) => values[Name] !== undefined),
  }));
  return { _aws: { Timestamp: at, CloudWatchMetrics }, ...values };
}
