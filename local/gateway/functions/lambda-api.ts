/**
 * Invocations of functions: requests, results and limits. API Gateway and EventBridge use them directly, functions and identities by
 * Lambda's API.
 */
import type { FunctionError, NetworkRules } from './protocol.ts';

/** Documented quota of a synchronous invocation's payload, for the event and for the response. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** One invocation. */
export interface InvokeInput {
  /** JSON text. */
  event: string;
  /** The value of `X-Amzn-Trace-Id`. */
  traceId: string;
  /** A UUID. Default: a random one. */
  requestId?: string;
}

/** Why Lambda throttles an invocation (AWS's model of the API, `ThrottleReason`). */
export type ThrottleReason =
  | 'ReservedFunctionConcurrentInvocationLimitExceeded'
  | 'ReservedFunctionInvocationRateLimitExceeded'
  | 'ConcurrentInvocationLimitExceeded'
  | 'FunctionInvocationRateLimitExceeded';

/** The result of an invocation, as a caller of Lambda's API receives it. */
export type InvokeResult =
  | { kind: 'success' }
  | { kind: 'function-error'; error: FunctionError }
  /** Lambda's API rejected the call. The function did not run. */
  | { kind: 'rejected'; error: 'TooManyRequestsException'; reason: ThrottleReason }
  | { kind: 'rejected'; error: 'RequestTooLargeException' };

/** HTTP status of Lambda's API for a call that it rejects. */
export const REJECTION_STATUS = { TooManyRequestsException: 429, RequestTooLargeException: 413 };

/** Controls of running functions that AWS does not have, for tests. */
export interface FunctionControls {
  /** Replaces the network of the running and of all future processes. */
  setNetwork(table: NetworkRules['table']): void;
  /** Sends a signal to every process that is running an invocation of a function. Default: of any function. */
  signal(signal: 'SIGKILL' | 'SIGSTOP', functionName?: string): void;
  /** Rejects invocations as if the concurrency limit were reached: "Throttle" in Lambda's console. Default: of all functions. */
  setThrottled(on: boolean, functionName?: string): void;
  /** Ends the processes that wait for an invocation, as Lambda does after some idle time. The next invocation is a cold start. */
  endIdle(): Promise<void>;
}

/** What has happened to the invocations of one function, for tests. */
export interface FunctionStatistics {
  /** Invocations that were accepted. */
  readonly invocations: number;
  /** Invocations that were throttled, by reason. */
  readonly throttled: Readonly<Partial<Record<ThrottleReason, number>>>;
  readonly running: number;
  /** The largest number of invocations that ran at the same time. */
  readonly maxRunning: number;
}
