/**
 * Runs a function with a signal that aborts when the given signal does, if any, or after a time limit with a `TimeoutError` as its
 * reason. Removes its timer and its listener when the function settles.
 */
export async function withTimeout<Result>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limited = new AbortController();
  const timer = setTimeout(() => limited.abort(createTimeoutError(milliseconds)), milliseconds);
  const abort = () => limited.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  try {
    return await run(limited.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** An error of the same kind as that of `AbortSignal.timeout`. */
const createTimeoutError = (milliseconds: number): DOMException =>
  new DOMException(`timed out after ${milliseconds} ms`, 'TimeoutError');

/** Waits for a promise until the signal aborts, then rejects with the signal's reason. The operation itself is not cancelled. */
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
