import { JwtVerifier } from 'aws-jwt-verify';
import {
  FetchError,
  JwksValidationError,
  JwkValidationError,
  JwtExpiredError,
  JwtInvalidAudienceError,
  JwtInvalidIssuerError,
  JwtInvalidSignatureAlgorithmError,
  JwtInvalidSignatureError,
  JwtNotBeforeError,
  JwtWithoutValidKidError,
  KidNotFoundInJwksError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import type { Fetcher } from 'aws-jwt-verify/https';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import type { AuthorizerFile } from '../authorizer-file.ts';

/** The claims of a good token. */
export interface Claims extends Readonly<Record<string, unknown>> {
  readonly iss: string;
  readonly sub: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

/** A token that is not good, by the name of what is wrong with it. Nothing of the token is in it. */
export class BadToken extends Error {
  override readonly name = 'BadToken';
}

/**
 * Checks a token: its signature by the issuer's keys, issuer, audience, times, and the claims that are demanded.
 *
 * @throws BadToken; Error where the issuer's keys cannot be had, so that nothing can be said of the token
 */
export type CheckToken = (token: string) => Promise<Claims>;

/**
 * The library keeps an issuer's keys for good, also those that the issuer has taken out since, and fetches them anew only for a key
 * it does not know. So it is made anew after this time: a key that is taken out is trusted no longer than that.
 */
export const KEYS_KEPT_MS = 10 * 60_000;

/** A token is a few hundred bytes, or a few thousand with many groups. */
const LONGEST_TOKEN = 16 * 1024;

/**
 * @param now milliseconds since the epoch, for the age of the keys. The times of a token are compared with the machine's clock.
 * @param fetcher left out: HTTPS, with time-outs and one repeat
 */
export function tokenCheck(
  { issuer, audience, jwksUri, requiredClaims }: AuthorizerFile,
  now: () => number,
  fetcher?: Fetcher,
): CheckToken {
  const fresh = () => ({
    madeAt: now(),
    verifier: JwtVerifier.create(
      { issuer, audience: [...audience], jwksUri },
      { jwksCache: new SimpleJwksCache(fetcher === undefined ? {} : { fetcher }) },
    ),
  });
  let current = fresh();
  return async (token) => {
    if (token.length > LONGEST_TOKEN) throw new BadToken('TooLong');
    const age = now() - current.madeAt;
    if (age >= KEYS_KEPT_MS || age < 0) current = fresh();
    const claims = await current.verifier.verify(token).catch((error: Error) => {
      if (KEYS_MISSING.some((kind) => error instanceof kind)) throw error;
      throw new BadToken(REASONS.find(([kind]) => error instanceof kind)?.[1] ?? 'NotAToken', { cause: error });
    });
    // The library takes a token without these for one that never ends and is nobody's.
    if (typeof claims.exp !== 'number') throw new BadToken('NoExpiry');
    if (typeof claims.sub !== 'string' || claims.sub === '') throw new BadToken('NoSubject');
    for (const [claim, accepted] of Object.entries(requiredClaims)) {
      const values = Object.hasOwn(claims, claim) ? [claims[claim]].flat() : [];
      const fits = values.some((value) => typeof value !== 'object' && accepted.includes(String(value)));
      if (!fits) throw new BadToken('RequiredClaim');
    }
    return claims as Claims;
  };
}

/** What is wrong with a token, for the log. Classes have no names of their own once the code is bundled. */
const REASONS: readonly [kind: new (...args: never[]) => Error, reason: string][] = [
  [JwtExpiredError, 'Expired'],
  [JwtNotBeforeError, 'NotYetValid'],
  [JwtInvalidIssuerError, 'Issuer'],
  [JwtInvalidAudienceError, 'Audience'],
  [JwtInvalidSignatureError, 'Signature'],
  [JwtInvalidSignatureAlgorithmError, 'Algorithm'],
  [KidNotFoundInJwksError, 'UnknownKey'],
  [JwtWithoutValidKidError, 'NoKey'],
];

/** What says nothing of the token. The last one: keys were fetched a moment ago for another unknown key. */
const KEYS_MISSING = [FetchError, JwksValidationError, JwkValidationError, WaitPeriodNotYetEndedJwkError];
