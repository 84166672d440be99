import { OPERATION_WORD } from '../../airflow/rest/operation-word.ts';
import { METRIC_DIMENSIONS, RELAY_METRICS } from '../../contract/metric-names.ts';
import type { ProblemCode } from '../../contract/problem-types.ts';
import type { SendTrace } from '../../mwaa/cli/send-command-types.ts';
import { createMetricGroup, toEmbeddedMetrics } from '../audit/embedded-metrics.ts';
import { writeLogLine } from '../audit/write-log-line.ts';
import type { DecisionRecord } from '../command/authorize-invocation.ts';

/**
 * The members that the log has for a request. It has no others: no token, no stream, and no argument values except identifiers.
 */
export interface RelayRecord extends DecisionRecord {
  /** API Gateway's request id, which the caller gets in the response. Callers may choose it. */
  requestId: string;
  /** API Gateway's extended request id, which callers cannot choose. */
  extendedRequestId: string;
  /** Lambda's request id, as in its own log lines. */
  lambdaRequestId: string;
  environment: string;
  caller?: string;
  command?: readonly string[];
  /** Why the command could not be parsed: the code of the refusal. */
  refusal?: string;
  /** How long the request waited for a free slot. */
  queuedMs?: number;
  outcome?: string;
  replayed?: boolean;
  problem?: string;
  /** Result of a health check. */
  healthy?: boolean;
  /** The step of a health check that failed. */
  failedStep?: string;
  /** Of a health check of the way to the REST API: the role of its session in Airflow. */
  airflowRole?: string;
  status?: number;
  durationMs?: number;
  /** Name and origin of an unexpected error, never its message. */
  error?: string;
  /** Set once a command is being sent. */
  trace?: SendTrace;
}

/**
 * Logs a request before its command is sent. If the function ends while sending, the log has this line, and no outcome line with the
 * same request id.
 */
export function writeIntent(record: RelayRecord): void {
  writeLogLine({ audit: 'intent', ...record });
}

/**
 * Logs the outcome of a request, with the metrics of its connection to MWAA.
 *
 * @param at milliseconds since the epoch
 */
export function writeOutcome(record: RelayRecord, at: number): void {
  const metrics = toEmbeddedMetrics(METRIC_GROUPS, readMetrics(record), at);
  writeLogLine({ audit: 'outcome', ...record, trace: undefined, ...record.trace, ...metrics });
}

const METRIC_GROUPS = [createMetricGroup(RELAY_METRICS, [[METRIC_DIMENSIONS.environment]])];

const TOKEN_PROBLEMS: ReadonlySet<string> = new Set<ProblemCode>([
  'token-throttled',
  'token-not-permitted',
  'token-unreachable',
  'token-timeout',
  'token-refused',
  'host-refused',
  'no-such-environment',
  'environment-not-available',
]);

const isCall = (command: readonly string[] | undefined): boolean => command?.[0] === OPERATION_WORD;

/** The value of each metric. `docs/api.md` describes them. */
const readMetrics = ({
  command,
  problem,
  healthy,
  failedStep,
  trace,
}: RelayRecord): Record<keyof typeof RELAY_METRICS, number | undefined> => ({
  UpstreamTime: isCall(command) ? undefined : trace?.postMs,
  RestUpstreamTime: isCall(command) ? trace?.postMs : undefined,
  UpstreamPosts: trace?.posts,
  TokenAge: trace?.tokenAgeMs,
  TokenFailures: Number(problem !== undefined && TOKEN_PROBLEMS.has(problem)),
  // Only health checks write these two. `WrongRelease` is omitted if the check did not reach that step.
  Healthy: healthy === undefined ? undefined : Number(healthy),
  WrongRelease: healthy ? 0 : failedStep === 'release' ? 1 : undefined,
});
