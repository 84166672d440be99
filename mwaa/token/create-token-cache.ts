import { Problem } from '../../contract/problem.ts';
import { RELAY_REMEDIES } from '../cli/remedies.ts';
import { raceAbort, withTimeout } from '../connection/with-timeout.ts';

/** A CLI token and the host it is for. The token may do anything on the environment: it is never logged or answered. */
export interface CliToken {
  readonly token: string;
  /** Host name only, without scheme. */
  readonly hostname: string;
  /** When it was asked for, in milliseconds of the cache's clock. */
  readonly requestedAt?: number;
}

/** Asks MWAA for a token. The seam towards the AWS SDK. */
export type CliTokenSource = (signal: AbortSignal) => Promise<CliToken>;

/** MWAA documents a life of 60 seconds: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html */
const TOKEN_LIFETIME_MS = 60_000;
/** So much life a token has left when it is used: the request still has to travel and be checked. */
const MIN_TOKEN_LIFE_LEFT_MS = 15_000;
/** With less life than this left a token is still used, and the next one is asked for meanwhile. */
const REFRESH_AHEAD_MS = 25_000;

export interface TokenCache {
  /**
   * A token with enough life left. Callers at the same time share one request for it; the signal of one ends only its own
   * waiting.
   *
   * @throws Problem
   */
  get(signal: AbortSignal): Promise<CliToken>;
  /** Forgets a token that the web server refused. A newer one stays. */
  invalidate(refused: CliToken): void;
}

/** A request for a token that is under way. */
interface PendingToken {
  readonly token: Promise<CliToken>;
  readonly requestedAt: number;
  readonly abortController: AbortController;
}

/**
 * Keeps one token for most of its life, counted from before it was asked for.
 *
 * A function is frozen between two requests, perhaps for hours, and a request for a token that is under way then is frozen
 * with it. So all ages are differences of a clock that goes on meanwhile; a request that has been under way for longer than
 * it may is given up for a new one, whatever becomes of it; and an answer that comes late is as old as its request.
 *
 * @param now milliseconds of the wall clock. When it is set back, what was asked for in its future is not used.
 * @param timeoutMs how long one request for a token may take, repeats included
 */
export function createTokenCache(
  create: CliTokenSource,
  now: () => number,
  timeoutMs: number,
  { tokenApiTimeout } = RELAY_REMEDIES,
): TokenCache {
  const notInTime = (limit: string, cause: unknown): Problem =>
    new Problem(
      'token-timeout',
      `MWAA issued no CLI token within ${limit}. Nothing was run: send the request again. If it stays so, ${tokenApiTimeout}`,
      {},
      { cause },
    );

  let kept: (CliToken & { readonly requestedAt: number }) | undefined;
  let asking: PendingToken | undefined;

  const age = (requestedAt: number): number => {
    const elapsed = now() - requestedAt;
    return elapsed < 0 ? Number.POSITIVE_INFINITY : elapsed;
  };

  const lifeLeft = (): number =>
    kept === undefined || age(kept.requestedAt) >= TOKEN_LIFETIME_MS ? 0 : getTokenExpiry(kept) - now();

  const ask = (): Promise<CliToken> => {
    if (asking !== undefined && age(asking.requestedAt) < timeoutMs) return asking.token;
    asking?.abortController.abort();
    const requestedAt = now();
    const abortController = new AbortController();
    const token = withTimeout(timeoutMs, abortController.signal, async (signal) => {
      const issued = await raceAbort(create(signal), signal).catch((cause: unknown) => {
        throw signal.aborted ? notInTime(`${timeoutMs / 1000} seconds`, cause) : cause;
      });
      return { ...issued, requestedAt };
    });
    const mine: PendingToken = { token, requestedAt, abortController };
    asking = mine;
    token.then(
      (issued) => {
        if (asking === mine) [kept, asking] = [issued, undefined];
      },
      () => {
        if (asking === mine) asking = undefined;
      },
    );
    return token;
  };

  return {
    async get(signal) {
      const left = lifeLeft();
      if (kept === undefined || left < MIN_TOKEN_LIFE_LEFT_MS) {
        return raceAbort(ask(), signal).catch((cause: unknown) => {
          throw cause instanceof Problem ? cause : signal.aborted ? notInTime('the time of the request', cause) : cause;
        });
      }
      // Nobody waits for this one, so nobody is told when it fails: the next request asks again.
      if (left < REFRESH_AHEAD_MS) ask().catch(() => {});
      return kept;
    },
    invalidate(refused) {
      if (kept?.token === refused.token) kept = undefined;
    },
  };
}

/** When a token's life ends. What the token itself says may shorten the documented life, never lengthen it. */
const getTokenExpiry = ({ token, requestedAt }: { readonly token: string; readonly requestedAt: number }): number =>
  Math.min(requestedAt + TOKEN_LIFETIME_MS, parseJwtExpiry(token) ?? Number.POSITIVE_INFINITY);

/**
 * The `exp` of a JWT in milliseconds, or undefined. That CLI tokens are JWTs with an `exp` was seen and is not documented.
 * The signature is not checked: the token came from MWAA, and a wrong `exp` costs no more than a request for another.
 */
export function parseJwtExpiry(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const exp = (claims as { exp?: unknown } | null)?.exp;
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
