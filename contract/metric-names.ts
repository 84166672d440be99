/** The metrics on which the functions that write them and the alarms that watch them must agree. It imports nothing. */

/** Namespace of the metrics in CloudWatch. */
export const METRICS_NAMESPACE = 'mwaa-cli-proxy';

/** Dimensions: every metric is there by environment; those of `MEASURES` also by what became of the request. */
export const METRIC_DIMENSIONS = { environment: 'environment', result: 'result' } as const;

/** What a request took, by environment and by environment and result. With CloudWatch's unit. */
export const REQUEST_METRICS = {
  Requests: 'Count',
  Duration: 'Milliseconds',
  UpstreamTime: 'Milliseconds',
  UpstreamPosts: 'Count',
  TokenAge: 'Milliseconds',
} as const;

/** What alarms count, by environment: 1 for a request to which it happened, 0 for one to which it did not. */
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
