/** The metrics that the functions write, and that the alarms and the dashboard read. */

/** CloudWatch namespace of the metrics. */
export const METRICS_NAMESPACE = 'mwaa-cli-proxy';

/**
 * Every metric has the dimension `environment`. The metrics in `REQUEST_METRICS` also have the dimension `result`, and those in
 * `EVENT_METRICS` the dimension `event`.
 */
export const METRIC_DIMENSIONS = { environment: 'environment', result: 'result', event: 'event' } as const;

/** CloudWatch units by metric. */
type Units = Readonly<Record<string, 'Count' | 'Milliseconds'>>;

/** Measurements of a request. The front writes them. */
export const REQUEST_METRICS = {
  Requests: 'Count',
  /** Of commands. */
  Duration: 'Milliseconds',
  /** Of calls of the REST API, which take much less time. */
  RestDuration: 'Milliseconds',
  QueueTime: 'Milliseconds',
  Throttles: 'Count',
} as const satisfies Units;

/** Events that alarms count. The front writes 1 for a request in which the event occurred, and 0 for one in which it did not. */
export const REQUEST_EVENTS = {
  Busy: 'Count',
  UnknownOutcomes: 'Count',
  Unverified: 'Count',
  Refused: 'Count',
} as const satisfies Units;

/** Measurements and events of the connection to MWAA. The relay writes them. */
export const RELAY_METRICS = {
  /** Of commands. */
  UpstreamTime: 'Milliseconds',
  /** Of calls of the REST API. */
  RestUpstreamTime: 'Milliseconds',
  UpstreamPosts: 'Count',
  TokenAge: 'Milliseconds',
  TokenFailures: 'Count',
  Healthy: 'Count',
  WrongRelease: 'Count',
} as const satisfies Units;

/** Measurements of the messages of events. The events function writes them for each try. */
export const EVENT_METRICS = {
  EventsDone: 'Count',
  /** Tries after which the message went back to the queue. */
  EventsDelayed: 'Count',
  EventsDead: 'Count',
  /** The time from the arrival in the queue until the try. */
  EventAge: 'Milliseconds',
} as const satisfies Units;

export type MetricName =
  | keyof typeof REQUEST_METRICS
  | keyof typeof REQUEST_EVENTS
  | keyof typeof RELAY_METRICS
  | keyof typeof EVENT_METRICS;
