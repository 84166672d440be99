import type { CliToken, CliTokenSource } from '../cli-token.ts';
import type { CredentialCache } from '../credential-cache.ts';
import type { Remedies } from '../remedies.ts';
import { createCredentialCache } from './create-credential-cache.ts';
import { createTokenTimeoutProblem } from './create-token-source.ts';
import { parseJwtExpiry, TOKEN_LIFETIME_MS } from './token-expiry.ts';

/** A token with less lifetime left is not used: the request still has to reach the web server and be checked. */
const MIN_TOKEN_LIFE_LEFT_MS = 15_000;
/** A token with less lifetime left is still used, while the next one is requested in the background. */
const REFRESH_AHEAD_MS = 25_000;

/**
 * Keeps one CLI token for most of its lifetime.
 *
 * @param now milliseconds of the wall clock
 * @param timeoutMs time limit of one request for a token, its retries included
 */
export const createTokenCache = (
  requestToken: CliTokenSource,
  now: () => number,
  timeoutMs: number,
  remedies: Pick<Remedies, 'tokenApiTimeout'>,
): CredentialCache<CliToken> =>
  createCredentialCache({
    request: requestToken,
    now,
    timeoutMs,
    createTimeoutProblem: (limit, cause) => createTokenTimeoutProblem('CLI token', limit, remedies, cause),
    lifetimeMs: TOKEN_LIFETIME_MS,
    minLifeLeftMs: MIN_TOKEN_LIFE_LEFT_MS,
    refreshAheadMs: REFRESH_AHEAD_MS,
    getExpiry: ({ token }) => parseJwtExpiry(token),
    getSecret: ({ token }) => token,
  });
