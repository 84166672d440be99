import { Problem } from '../../../contract/problem.ts';
import { WAIT_LONGER_ADVICE } from '../../../contract/wait-advice.ts';
import { withTimeout } from '../../../mwaa/connection/with-timeout.ts';
import { describeFunctionError } from './function-error.ts';
import type { Invoke, InvokeResult } from './invoke.ts';
import { findInvokeErrorMeaning } from './invoke-errors.ts';
import { type BackoffState, getNextTry, type WaitReason } from './slot-backoff.ts';

export interface RelayTarget {
  readonly functionName: string;
  /** Reserved concurrency of the relay. */
  readonly slots: number | 'unreserved';
}

export interface QueueLimits {
  /** How long to wait for a slot, in milliseconds. 0: one try. */
  readonly waitMs: number;
  /** How long to wait for what takes longer than a command: until Lambda has prepared the relay, or a limit of the account no longer applies. */
  readonly slowWaitMs: number;
  /** When the response is needed, in milliseconds since the epoch. */
  readonly deadline: number;
}

/** What happened to a request while it waited. */
export interface QueueTrace {
  /** Time until the last try, in milliseconds. */
  queuedMs?: number;
  /** Tries that Lambda rejected because all slots were taken, or because of a rate or another limit. */
  throttles?: number;
  attempts?: number;
}

/**
 * Invokes a relay as soon as it has a free slot. Resolves with the payload of its response.
 *
 * @param createPayload is called for each try, with the time that the request has waited
 * @param trace is filled in, and complete when the promise settles
 * @throws Problem `busy` or `relay-unavailable`: the relay was not started
 * @throws RelayOutcomeUnknownError the relay may have been started
 */
export type InvokeRelay = (
  target: RelayTarget,
  createPayload: (queuedMs: number) => string,
  limits: QueueLimits,
  trace: QueueTrace,
) => Promise<Uint8Array>;

/** The relay may have been started, and there is no usable response. */
export class RelayOutcomeUnknownError extends Error {
  override readonly name = 'RelayOutcomeUnknownError';
  /** Says what happened, without a period: `the connection to the relay was lost (ECONNRESET)`. */
  readonly clause: string;

  constructor(clause: string, options?: ErrorOptions) {
    super(clause, options);
    this.clause = clause;
  }
}

export interface InvokeRelayContext {
  readonly invoke: Invoke;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A random number, at least 0 and less than 1. */
  random(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

/** Connection errors usually end soon or not at all. */
const MAX_CONNECTION_RETRIES = 2;

/** `Retry-After` for callers when something takes longer than a command. */
const SLOW_RETRY_SECONDS = 30;
const MIN_BUSY_RETRY_SECONDS = 5;

/** Why a try did not start the relay, and whether another one helps. */
interface Rejection {
  /** Undefined if waiting does not help. */
  readonly reason?: WaitReason;
  readonly detail: string;
  /** Name of Lambda's error. */
  readonly lambdaError?: string;
  readonly retryAfterMs?: number | undefined;
  readonly cause: Error;
}

export function createInvokeRelay({ invoke, now, random, sleep }: InvokeRelayContext): InvokeRelay {
  return async ({ functionName, slots }, createPayload, { waitMs, slowWaitMs, deadline }, trace) => {
    const startedAt = now();
    // The patience never exceeds the time in which the response is needed.
    const getPatienceEnd = (reason: WaitReason) =>
      Math.min(startedAt + (reason === 'slow' ? slowWaitMs : waitMs), deadline);
    trace.queuedMs = 0;
    trace.throttles = 0;
    trace.attempts = 0;
    let connectionErrors = 0;
    let backoff: BackoffState | undefined;
    for (;;) {
      trace.queuedMs = now() - startedAt;
      trace.attempts += 1;
      const payload = createPayload(trace.queuedMs);
      const result = await withTimeout(Math.max(0, deadline - now()), undefined, (signal) =>
        invoke(functionName, payload, signal),
      );
      if (result.kind === 'response') return result.payload;
      const rejection = readRejection(result);
      if (result.kind === 'error' && result.error.status === 429) trace.throttles += 1;
      if (rejection.reason === 'connection') connectionErrors += 1;
      const next =
        rejection.reason === undefined || connectionErrors > MAX_CONNECTION_RETRIES
          ? undefined
          : getNextTry(backoff, rejection.reason, {
              slots,
              remainingMs: getPatienceEnd(rejection.reason) - now(),
              retryAfterMs: rejection.retryAfterMs,
              random: random(),
            });
      if (next === undefined) throw createProblem(rejection, backoff, trace.queuedMs);
      backoff = next.state;
      await sleep(next.delayMs);
      // A process that was frozen or busy can sleep for longer.
      if (now() >= deadline) throw createProblem(rejection, backoff, now() - startedAt);
    }
  };
}

/**
 * @throws RelayOutcomeUnknownError the relay may have been started
 */
function readRejection(result: Exclude<InvokeResult, { kind: 'response' }>): Rejection {
  switch (result.kind) {
    case 'function-error':
      throw new RelayOutcomeUnknownError(describeFunctionError(result.payload));
    case 'no-response':
      return readConnectionRejection(result.error);
    case 'not-prepared':
      return {
        detail:
          'The front could not sign the request to the relay. Send the request again. If the problem persists, ask the operators ' +
          "of the proxy to check the front's role and its environment variables.",
        cause: result.cause,
      };
    case 'error': {
      const { error, retryAfterMs, cause } = result;
      const meaning = findInvokeErrorMeaning(error);
      if (meaning.kind === 'possibly-started') {
        throw new RelayOutcomeUnknownError(`Lambda failed (${error.name || 'no error name'}, ${error.status})`, {
          cause,
        });
      }
      return {
        ...(meaning.kind === 'wait' && { reason: meaning.reason }),
        detail: meaning.detail,
        lambdaError: error.name,
        retryAfterMs,
        cause,
      };
    }
  }
}

function readConnectionRejection(cause: Extract<InvokeResult, { kind: 'no-response' }>['error']): Rejection {
  if (cause.sent) {
    throw new RelayOutcomeUnknownError(
      cause.failure === 'timeout'
        ? 'the relay did not respond in time'
        : `the connection to the relay was lost (${cause.reason})`,
      { cause },
    );
  }
  return {
    reason: 'connection',
    detail:
      `The front cannot connect to Lambda (${cause.failure}: ${cause.reason}). Send the request again. If the problem persists, ` +
      "ask the operators of the proxy to check AWS's service health.",
    cause,
  };
}

function createProblem(
  { reason, detail, lambdaError, cause }: Rejection,
  backoff: BackoffState | undefined,
  queuedMs: number,
): Problem {
  if (reason === 'slot' || reason === 'rate') {
    const retryAfterSeconds = Math.max(MIN_BUSY_RETRY_SECONDS, Math.ceil((backoff?.intervalMs ?? 0) / 1000));
    const waited = `The request waited ${(queuedMs / 1000).toFixed(1)} seconds, and nothing was run.`;
    const advice = `Send it again later, ${WAIT_LONGER_ADVICE}.`;
    return new Problem('busy', `${detail} ${waited} ${advice}`, { queuedMs, retryAfterSeconds }, { cause });
  }
  const data = {
    queuedMs,
    ...(lambdaError !== undefined && { lambdaError }),
    ...(reason !== undefined && { retryAfterSeconds: SLOW_RETRY_SECONDS }),
  };
  return new Problem('relay-unavailable', detail, data, { cause });
}
