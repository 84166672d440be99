import type { ProblemDetails } from './api-types.ts';
import { CHECK_ADVICE } from './check-advice.ts';
import { FOREIGN_ANSWER_TYPE, isForeignAnswer, ProxyProblem } from './proxy-problem.ts';
import { type ApiRequestOptions, type ApiResult, type ProxyAddress, requestJson } from './request-json.ts';
import {
  FINAL_PROBLEMS,
  FOREIGN_ANSWERS,
  REPEATED_IF_READ_ONLY,
  REPEATED_WITH_KEY,
  RETRY_LIMITS,
  STARTED_LATER,
} from './retry-rules.ts';
import { ConnectionError } from './send-http-request.ts';
import { addJitter, type SlotWait } from './slot-wait.ts';

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
    const startedAt = process.uptime();
    const result = await requestJson<Body>(proxy, path, {
      ...options,
      headers: { ...headers, ...slotWait?.headers },
    }).catch((error: unknown) => {
      if (error instanceof ConnectionError) return { ok: false, error } as const;
      // A later attempt without a token or credentials says nothing about an earlier one that may have run.
      throw signal?.aborted ? error : (unknownOutcome ?? error);
    });
    if (result.ok) return result.value;
    const seconds = process.uptime() - startedAt;
    const failure = toFailure(result, isReadOnly, isKeyed);
    const { problem, retryAfterSeconds } = 'error' in result ? {} : result;
    const isBusy = slotWait !== undefined && isStartedLater(failure, retryAfterSeconds);
    if (failure.outcomeUnknown) unknownOutcome = failure;
    // A later attempt that did not run says nothing about an earlier one that may have run.
    const isFinal = failure instanceof ProxyProblem && FINAL_PROBLEMS.includes(failure.code);
    const thrown = isFinal ? failure : (unknownOutcome ?? failure);

    let pauseSeconds: number | undefined;
    if (isBusy) {
      pauseSeconds = slotWait.getPauseSeconds(seconds, retryAfterSeconds);
    } else {
      attempts += 1;
      attemptSeconds += seconds;
      const isDueSoon = retryAfterSeconds !== undefined && retryAfterSeconds <= RETRY_LIMITS.retryAfterSeconds;
      if (attempts === RETRY_LIMITS.attempts || attemptSeconds >= RETRY_LIMITS.attemptSeconds) throw thrown;
      if (isRepeated(failure, isReadOnly, isKeyed))
        pauseSeconds = addJitter(Math.max(retryAfterSeconds ?? 0, attempts));
      else if (problem?.retrySafe === true && isDueSoon) pauseSeconds = addJitter(retryAfterSeconds);
    }
    if (pauseSeconds === undefined) throw thrown;
    const { setTimeout: delay } = process.getBuiltinModule('node:timers/promises');
    await delay(pauseSeconds * 1000, undefined, signal ? { signal } : {}).catch(() => {
      throw isBusy ? thrown : signal?.reason;
    });
  }
}

/** Whether nothing was started, and waiting helps. */
function isStartedLater(failure: Failure, retryAfterSeconds: number | undefined): boolean {
  if (!(failure instanceof ProxyProblem) || !Object.hasOwn(STARTED_LATER, failure.code)) return false;
  return STARTED_LATER[failure.code] === 'always' || retryAfterSeconds !== undefined;
}

type FailedResult = Exclude<ApiResult<never>, { ok: true }> | { readonly error: ConnectionError };

/** The error of an attempt. It says if a repeat is safe, also where the API could not know that. */
function toFailure(result: FailedResult, isReadOnly: boolean, isKeyed: boolean): Failure {
  if ('error' in result) {
    const { message, requestSent, cause } = result.error;
    return new ConnectionError(message, requestSent, isReadOnly, { cause });
  }
  const failure = describeForeignAnswer(result.problem, isReadOnly);
  return isKeyed || isRepeated(failure, isReadOnly, isKeyed)
    ? new ProxyProblem({ ...failure.problem, retrySafe: true }, isReadOnly)
    : failure;
}

/** An answer that is not from the proxy does not say itself that the command may have run. */
function describeForeignAnswer(problem: ProblemDetails, isReadOnly: boolean): ProxyProblem {
  const failure = new ProxyProblem(problem, isReadOnly);
  if (problem.type !== FOREIGN_ANSWER_TYPE || !failure.outcomeUnknown) return failure;
  return new ProxyProblem({ ...problem, detail: `${problem.detail} ${CHECK_ADVICE}` }, isReadOnly);
}

/** Whether a request is repeated after an unknown outcome, because the repeat has no second effect. */
function isRepeated(failure: Failure, isReadOnly: boolean, isKeyed: boolean): boolean {
  if (failure instanceof ConnectionError) return failure.requestSent && (isReadOnly || isKeyed);
  return (
    (isReadOnly && REPEATED_IF_READ_ONLY.includes(failure.code)) ||
    (isKeyed && REPEATED_WITH_KEY.includes(failure.code)) ||
    ((isReadOnly || isKeyed) && isForeignAnswer(failure.problem, FOREIGN_ANSWERS.repeated))
  );
}
