import { Problem } from '../../contract/problem.ts';
import type { CliToken, CliTokenSource, TokenCache } from '../cli-token.ts';
import { raceAbort, withTimeout } from '../connection/with-timeout.ts';
import type { Remedies } from '../remedies.ts';
import { getTokenExpiry, TOKEN_LIFETIME_MS } from './token-expiry.ts';

/** A token with less lifetime left is not used: the request still has to reach the web server and be checked. */
const MIN_TOKEN_LIFE_LEFT_MS = 15_000;
/** A token with less lifetime left is still used, while the next one is requested in the background. */
const REFRESH_AHEAD_MS = 25_000;

type DatedToken = CliToken & { readonly requestedAt: number; readonly expiresAt: number };

/** A pending request for a token. */
interface PendingToken {
  readonly token: Promise<DatedToken>;
  readonly requestedAt: number;
  readonly abortController: AbortController;
}

/**
 * Keeps one token for most of its lifetime, counted from before it was requested.
 *
 * A function is frozen between two requests, possibly for hours, and a pending request for a token is frozen with it. Therefore
 * ages are measured with a clock that keeps running; a request that has been pending for longer than its timeout is replaced by a
 * new one; and the age of a token is counted from its request, even if it arrives late.
 *
 * @param now milliseconds of the wall clock. After the clock is set back, a token that was requested "in the future" is not used.
 * @param timeoutMs time limit of one request for a token, its retries included
 */
export function createTokenCache(
  requestToken: CliTokenSource,
  now: () => number,
  timeoutMs: number,
  { tokenApiTimeout }: Pick<Remedies, 'tokenApiTimeout'>,
): TokenCache {
  const createTimeoutProblem = (limit: string, cause: unknown): Problem =>
    new Problem(
      'token-timeout',
      `MWAA issued no CLI token within ${limit}. Nothing was run. Send the request again. If the problem persists, ${tokenApiTimeout}`,
      {},
      { cause },
    );

  let cached: DatedToken | undefined;
  let pending: PendingToken | undefined;

  const getAge = (requestedAt: number): number => {
    const elapsed = now() - requestedAt;
    return elapsed < 0 ? Number.POSITIVE_INFINITY : elapsed;
  };

  const getLifeLeft = (): number =>
    cached === undefined || getAge(cached.requestedAt) >= TOKEN_LIFETIME_MS ? 0 : cached.expiresAt - now();

  const refresh = (): Promise<DatedToken> => {
    if (pending !== undefined && getAge(pending.requestedAt) < timeoutMs) return pending.token;
    pending?.abortController.abort();
    const requestedAt = now();
    const abortController = new AbortController();
    const token = withTimeout(timeoutMs, abortController.signal, async (signal) => {
      const issued = await raceAbort(requestToken(signal), signal).catch((cause: unknown) => {
        throw signal.aborted ? createTimeoutProblem(`${timeoutMs / 1000} seconds`, cause) : cause;
      });
      const dated = { ...issued, requestedAt };
      return { ...dated, expiresAt: getTokenExpiry(dated) };
    });
    const current: PendingToken = { token, requestedAt, abortController };
    pending = current;
    token.then(
      (issued) => {
        if (pending === current) [cached, pending] = [issued, undefined];
      },
      () => {
        if (pending === current) pending = undefined;
      },
    );
    return token;
  };

  return {
    async get(signal) {
      const lifeLeft = getLifeLeft();
      if (cached === undefined || lifeLeft < MIN_TOKEN_LIFE_LEFT_MS) {
        return raceAbort(refresh(), signal).catch((cause: unknown) => {
          if (cause instanceof Problem || !signal.aborted) throw cause;
          throw createTimeoutProblem('the time left for the request', cause);
        });
      }
      // No caller waits for this refresh, so its failure is not reported: the next request tries again.
      if (lifeLeft < REFRESH_AHEAD_MS) refresh().catch(() => {});
      return cached;
    },
    invalidate(rejected) {
      if (cached?.token === rejected.token) cached = undefined;
    },
  };
}
