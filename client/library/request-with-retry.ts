import { setTimeout as delay } from 'node:timers/promises';
import { ProxyProblem } from './proxy-problem.ts';
import { type ApiRequestOptions, type ApiResult, type ProxyAddress, requestJson } from './request-json.ts';
import { ConnectionError } from './send-http-request.ts';
import { addJitter, type SlotWait } from './slot-wait.ts';

/** Including the first attempt, but not the requests for which no slot was free. */
const MAX_ATTEMPTS = 4;
/** A request is not repeated once its attempts have taken this long, pauses and waiting for a slot not included. */
const MAX_ATTEMPT_SECONDS = 300;
/** A problem with a longer `Retry-After` is not retried. */
const MAX_RETRY_WAIT_SECONDS = 10;

/** Problems after which a trigger with an idempotency key is repeated: it cannot create a second run. */
const REPEATED_WITH_KEY: readonly string[] = [
  'outcome-unknown',
  'outcome-unclear',
  'gateway-error',
  'gateway-timeout',
  'internal-error',
];
/** Problems after which a request that changes nothing is repeated. */
const REPEATED_IF_READ_ONLY: readonly string[] = [
  'outcome-unknown',
  'gateway-error',
  'gateway-timeout',
  'internal-error',
  'relay-failed',
  'airflow-error',
  'airflow-timeout',
];
/** Problems that show what became of a trigger, also if an earlier attempt had an unknown outcome. */
const FINAL_CODES: readonly string[] = ['command-failed', 'logical-date-collision', 'key-reused', 'outcome-unclear'];

type Failure = ProxyProblem | ConnectionError;

/**
 * Sends a request until it succeeds, or until a retry is unsafe or would not help.
 *
 * @param isReadOnly the request changes nothing
 * @param slotWait how long to wait for a free slot. Undefined for requests that need none
 * @throws ProxyProblem; ConnectionError; the signal's reason
 */
export async function requestWithRetry<Body>(
  proxy: ProxyAddress,
  path: string,
  options: ApiRequestOptions,
  isReadOnly: boolean,
  slotWait?: SlotWait,
): Promise<Body> {
  const { headers, signal } = options;
  const isKeyed = headers?.['idempotency-key'] !== undefined;
  let attempts = 0;
  let attemptSeconds = 0;
  let unknownOutcome: Failure | undefined;
  for (;;) {
    const startedAt = performance.now();
    const result = await requestJson<Body>(proxy, path, {
      ...options,
      headers: { ...headers, ...slotWait?.headers },
    }).catch((error: unknown) => {
      if (error instanceof ConnectionError) return { ok: false, error } as const;
      throw error;
    });
    if (result.ok) return result.value;
    const seconds = (performance.now() - startedAt) / 1000;
    const failure = toFailure(result, isReadOnly, isKeyed);
    const retryAfterSeconds = 'error' in result ? undefined : result.retryAfterSeconds;
    const isBusy = slotWait !== undefined && failure instanceof ProxyProblem && failure.code === 'busy';
    if (failure.outcomeUnknown) unknownOutcome = failure;
    // A later attempt that did not run says nothing about an earlier one that may have run.
    const isFinal = failure instanceof ProxyProblem && FINAL_CODES.includes(failure.code);
    const thrown = isFinal ? failure : (unknownOutcome ?? failure);

    let pauseSeconds: number | undefined;
    if (isBusy) {
      pauseSeconds = slotWait.getPauseSeconds(seconds, retryAfterSeconds);
    } else {
      attempts += 1;
      attemptSeconds += seconds;
      const mayRepeat = attempts < MAX_ATTEMPTS && attemptSeconds < MAX_ATTEMPT_SECONDS;
      if (mayRepeat) pauseSeconds = getRetryPauseSeconds(failure, retryAfterSeconds, isReadOnly, isKeyed, attempts);
    }
    if (pauseSeconds === undefined) throw thrown;
    await delay(pauseSeconds * 1000, undefined, signal ? { signal } : {}).catch(() => {
      throw isBusy ? thrown : signal?.reason;
    });
  }
}

type FailedResult = Exclude<ApiResult<never>, { ok: true }> | { readonly error: ConnectionError };

/** The error of an attempt. A request that may be repeated says so, even if the API could not know that. */
function toFailure(result: FailedResult, isReadOnly: boolean, isKeyed: boolean): Failure {
  if ('error' in result) {
    const { message, requestSent, cause } = result.error;
    return new ConnectionError(message, requestSent, isReadOnly, { cause });
  }
  const { problem } = result;
  return new ProxyProblem(isReadOnly || isKeyed ? { ...problem, retrySafe: true } : problem, isReadOnly);
}

/** Seconds until the next attempt. Undefined if a retry is unsafe or would not help. */
function getRetryPauseSeconds(
  failure: Failure,
  retryAfterSeconds: number | undefined,
  isReadOnly: boolean,
  isKeyed: boolean,
  attempts: number,
): number | undefined {
  const isRepeated =
    failure instanceof ConnectionError
      ? failure.requestSent && (isReadOnly || isKeyed)
      : (isReadOnly && REPEATED_IF_READ_ONLY.includes(failure.code)) ||
        (isKeyed && REPEATED_WITH_KEY.includes(failure.code));
  if (isRepeated) return addJitter(Math.max(retryAfterSeconds ?? 0, attempts));
  const isDueSoon = retryAfterSeconds !== undefined && retryAfterSeconds <= MAX_RETRY_WAIT_SECONDS;
  const isSafe = failure instanceof ProxyProblem && failure.problem.retrySafe === true;
  return isSafe && isDueSoon ? addJitter(retryAfterSeconds) : undefined;
}
