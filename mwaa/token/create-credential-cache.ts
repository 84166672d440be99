import { Problem } from '../../contract/problem.ts';
import { raceAbort, withTimeout } from '../connection/with-timeout.ts';
import type { CredentialCache } from '../credential-cache.ts';

export interface CredentialCacheOptions<Credential> {
  readonly request: (signal: AbortSignal) => Promise<Credential>;
  /** Milliseconds of the wall clock. After the clock is set back, a credential that was requested "in the future" is not used. */
  readonly now: () => number;
  /** Time limit of one request, its retries included. */
  readonly timeoutMs: number;
  /** @param limit that is over, as in `10 seconds` */
  readonly createTimeoutProblem: (limit: string, cause: unknown) => Problem;
  /** Longest life of a credential, counted from before it was requested. */
  readonly lifetimeMs: number;
  /** A credential with less lifetime left is not used. */
  readonly minLifeLeftMs: number;
  /** A credential with less lifetime left is still used, while the next one is requested in the background. */
  readonly refreshAheadMs: number;
  /** When a credential expires by what it says itself, in milliseconds. This may shorten the longest life, but never extend it. */
  readonly getExpiry: (credential: Credential) => number | undefined;
  /** The secret by which two credentials are the same. */
  readonly getSecret: (credential: Credential) => string;
}

type Dated<Credential> = Credential & { readonly requestedAt: number; readonly expiresAt: number };

/** A pending request for a credential. */
interface PendingRequest<Credential> {
  readonly credential: Promise<Dated<Credential>>;
  readonly requestedAt: number;
  readonly abortController: AbortController;
}

/**
 * Keeps one credential for most of its lifetime, counted from before it was requested.
 *
 * A function is frozen between two requests, possibly for hours, and a pending request for a credential is frozen with it. Therefore
 * ages are measured with a clock that keeps running; a request that has been pending for longer than its timeout is replaced by a
 * new one; and the age of a credential is counted from its request, even if it arrives late.
 */
export function createCredentialCache<Credential extends object>(
  options: CredentialCacheOptions<Credential>,
): CredentialCache<Dated<Credential>> {
  const { now, timeoutMs, createTimeoutProblem, lifetimeMs } = options;
  let cached: Dated<Credential> | undefined;
  let pending: PendingRequest<Credential> | undefined;

  const getAge = (requestedAt: number): number => {
    const elapsed = now() - requestedAt;
    return elapsed < 0 ? Number.POSITIVE_INFINITY : elapsed;
  };

  const getLifeLeft = (): number =>
    cached === undefined || getAge(cached.requestedAt) >= lifetimeMs ? 0 : cached.expiresAt - now();

  const refresh = (): Promise<Dated<Credential>> => {
    if (pending !== undefined && getAge(pending.requestedAt) < timeoutMs) return pending.credential;
    pending?.abortController.abort();
    const requestedAt = now();
    const abortController = new AbortController();
    const credential = withTimeout(timeoutMs, abortController.signal, async (signal) => {
      const issued = await raceAbort(options.request(signal), signal).catch((cause: unknown) => {
        throw signal.aborted ? createTimeoutProblem(`${timeoutMs / 1000} seconds`, cause) : cause;
      });
      const expiresAt = Math.min(requestedAt + lifetimeMs, options.getExpiry(issued) ?? Number.POSITIVE_INFINITY);
      return { ...issued, requestedAt, expiresAt };
    });
    const current: PendingRequest<Credential> = { credential, requestedAt, abortController };
    pending = current;
    credential.then(
      (issued) => {
        if (pending === current) [cached, pending] = [issued, undefined];
      },
      () => {
        if (pending === current) pending = undefined;
      },
    );
    return credential;
  };

  return {
    async get(signal) {
      const lifeLeft = getLifeLeft();
      if (cached === undefined || lifeLeft < options.minLifeLeftMs) {
        return raceAbort(refresh(), signal).catch((cause: unknown) => {
          if (cause instanceof Problem || !signal.aborted) throw cause;
          throw createTimeoutProblem('the time left for the request', cause);
        });
      }
      // No caller waits for this refresh, so its failure is not reported: the next request tries again.
      if (lifeLeft < options.refreshAheadMs) refresh().catch(() => {});
      return cached;
    },
    invalidate(rejected) {
      if (cached !== undefined && options.getSecret(cached) === options.getSecret(rejected)) cached = undefined;
    },
  };
}
