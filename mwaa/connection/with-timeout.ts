/**
 * Runs something with a signal that ends with the given one, or after so many milliseconds with a `TimeoutError` as its
 * reason. Leaves no timer behind.
 */
export async function withTimeout<Result>(
  milliseconds: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(createTimeoutError(milliseconds)), milliseconds);
  try {
    return await run(AbortSignal.any([signal, limit.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** The same error as that of `AbortSignal.timeout`. */
const createTimeoutError = (milliseconds: number): DOMException =>
  new DOMException(`not done within ${milliseconds} ms`, 'TimeoutError');

/** Waits for a promise no longer than the signal allows. What is waited for goes on. Rejects with the signal's reason. */
export async function raceAbort<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
