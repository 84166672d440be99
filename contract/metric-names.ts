/** The metrics that the functions write, and that the alarms and the dashboard read. */

/** CloudWatch namespace of the metrics. */
export const METRICS_NAMESPACE = 'mwaa-cli-proxy';

/** Every metric has the dimension `environment`. The metrics in `REQUEST_METRICS` also have the dimension `result`. */
export const METRIC_DIMENSIONS = { environment: 'environment', result: 'result' } as const;

/** Measurements of a request, with their CloudWatch units. */
export const REQUEST_METRICS = {
  Requests: 'Count',
  Duration: 'Milliseconds',
  UpstreamTime: 'Milliseconds',
  UpstreamPosts: 'Count',
  TokenAge: 'Milliseconds',
} as const;

/** Events that alarms count: 1 for a request in which the event occurred, 0 for one in which it did not. */
export const ALARM_METRICS = {
  TokenFailures: 'Count',
  UnknownOutcomes: 'Count',
  Unverified: 'Count',
  Refused: 'Count',
  Untrusted: 'Count',
  Healthy: 'Count',
  WrongRelease: 'Count',
} as const;

export type MetricName = keyof typeof REQUEST_METRICS | keyof typeof ALARM_METRICS;
