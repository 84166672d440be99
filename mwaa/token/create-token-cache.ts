import { Problem } from '../../contract/problem.ts';
import type { CliToken, CliTokenSource } from '../cli-token.ts';
import type { CredentialCache } from '../credential-cache.ts';
import type { Remedies } from '../remedies.ts';
import { createCredentialCache } from './create-credential-cache.ts';
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
  { tokenApiTimeout }: Pick<Remedies, 'tokenApiTimeout'>,
): CredentialCache<CliToken> =>
  createCredentialCache({
    request: requestToken,
    now,
    timeoutMs,
    createTimeoutProblem: (limit, cause) =>
      new Problem(
        'token-timeout',
        `MWAA issued no CLI token within ${limit}. Nothing was run. Send the request again. If the problem persists, ${tokenApiTimeout}`,
        {},
        { cause },
      ),
    lifetimeMs: TOKEN_LIFETIME_MS,
    minLifeLeftMs: MIN_TOKEN_LIFE_LEFT_MS,
    refreshAheadMs: REFRESH_AHEAD_MS,
    getExpiry: ({ token }) => parseJwtExpiry(token),
    getSecret: ({ token }) => token,
  });
