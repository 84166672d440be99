import { METRIC_DIMENSIONS, REQUEST_EVENTS, REQUEST_METRICS } from '../../contract/metric-names.ts';
import type { ProblemCode } from '../../contract/problem-types.ts';
import { QUEUED_ROUTES, REST_ROUTE } from '../../contract/routes.ts';
import { createMetricGroup, toEmbeddedMetrics } from '../audit/embedded-metrics.ts';
import { writeLogLine } from '../audit/write-log-line.ts';
import type { DecisionRecord } from '../command/authorize-invocation.ts';
import type { QueueTrace } from './queue/create-invoke-relay.ts';

/** The members that the log has for a request. It has no others: no body, and no argument values except identifiers. */
export interface FrontRecord extends DecisionRecord, QueueTrace {
  /** API Gateway's request id, which the caller gets in the response. Callers may choose it. */
  requestId: string;
  /** API Gateway's extended request id, which callers cannot choose. */
  extendedRequestId: string;
  /** Lambda's request id, as in its own log lines. */
  lambdaRequestId: string;
  route?: string;
  /** Value of the header `Preference-Applied`. */
  preferenceApplied?: string;
  /** Set once it is known that the caller may use it. */
  environment?: string;
  caller?: string;
  command?: readonly string[];
  /** Why the command could not be parsed: the code of the refusal. */
  refusal?: string;
  /** Code of the problem, or else the outcome. */
  result?: string;
  status?: number;
  durationMs?: number;
  /** Name and origin of an unexpected error, never its message. */
  error?: string;
}

/**
 * Logs a request. A request to an environment that needs its relay also has metrics.
 *
 * @param at milliseconds since the epoch
 */
export function writeRequest(record: FrontRecord, at: number): void {
  const hasMetrics = record.environment !== undefined && QUEUED_ROUTES.has(record.route ?? '');
  const metrics = hasMetrics ? toEmbeddedMetrics(METRIC_GROUPS, readMetrics(record), at) : {};
  writeLogLine({ audit: 'request', ...record, ...metrics });
}

const { environment, result } = METRIC_DIMENSIONS;
const METRIC_GROUPS = [
  createMetricGroup(REQUEST_METRICS, [[environment], [environment, result]]),
  createMetricGroup(REQUEST_EVENTS, [[environment]]),
];

type RequestMetric = keyof typeof REQUEST_METRICS | keyof typeof REQUEST_EVENTS;

/** The value of each metric. `docs/api.md` describes them. */
function readMetrics(record: FrontRecord): Record<RequestMetric, number | undefined> {
  const isCall = record.route === REST_ROUTE;
  const count = (...results: readonly (ProblemCode | 'unverified')[]) =>
    Number(results.some((code) => code === record.result));
  return {
    Requests: 1,
    Duration: isCall ? undefined : record.durationMs,
    RestDuration: isCall ? record.durationMs : undefined,
    QueueTime: record.queuedMs,
    Throttles: record.throttles,
    Busy: count('busy'),
    UnknownOutcomes: count('outcome-unknown', 'outcome-unclear'),
    Unverified: count('unverified'),
    Refused: count('not-granted'),
  };
}
