import { JwtVerifier } from 'aws-jwt-verify';
import {
  JwkInvalidKtyError,
  JwkInvalidUseError,
  JwtInvalidAudienceError,
  JwtInvalidIssuerError,
  JwtInvalidSignatureAlgorithmError,
  JwtParseError,
  JwtWithoutValidKidError,
  KidNotFoundInJwksError,
} from 'aws-jwt-verify/error';
import type { Fetcher } from 'aws-jwt-verify/https';
import type { JwtHeader } from 'aws-jwt-verify/jwt-model';
import type { AuthorizerFile } from '../../config/authorizer-file.ts';
import { IssuerJwksCache } from './issuer-jwks-cache.ts';
import { InvalidTokenError, TokenCheckError } from './token-errors.ts';

/** The claims of a good token. */
export interface VerifiedClaims extends Readonly<Record<string, unknown>> {
  readonly iss: string;
  readonly sub: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

/**
 * Checks a token: its signature by the issuer's keys, issuer, audience, times, and the claims that are demanded.
 *
 * @throws InvalidTokenError; TokenCheckError where the issuer's keys cannot be had, so that nothing can be said of the token
 */
export type VerifyToken = (token: string) => Promise<VerifiedClaims>;

/**
 * The library keeps an issuer's keys for good, also those that the issuer has taken out since, and fetches them anew only for a key
 * it does not know. So it is made anew after this time: a key that is taken out is trusted no longer than that.
 */
export const JWKS_MAX_AGE_MS = 10 * 60_000;

/** A token is a few hundred bytes, or a few thousand with many groups. API Gateway takes 10,240 bytes of headers (documented). */
export const MAX_TOKEN_LENGTH = 10 * 1024;

/** @param now milliseconds since the epoch, for the times of tokens and the age of the keys */
export function createVerifyToken(file: AuthorizerFile, now: () => number, fetcher: Fetcher): VerifyToken {
  const { issuer, audience, jwksUri, requiredClaims } = file;
  const fresh = () => ({
    madeAt: now(),
    verifier: JwtVerifier.create(
      {
        ...{ issuer, audience: [...audience], jwksUri, customJwtCheck: ({ header }) => checkTokenHeader(header) },
        // The library reads the machine's clock, and takes a token in the second it expires, which RFC 7519 does not: `checkTimes`.
        graceSeconds: Number.POSITIVE_INFINITY,
      },
      { jwksCache: new IssuerJwksCache({ fetcher }) },
    ),
  });
  let current = fresh();
  return async (token) => {
    if (token.length > MAX_TOKEN_LENGTH) throw new InvalidTokenError('TooLong');
    const age = now() - current.madeAt;
    if (age >= JWKS_MAX_AGE_MS || age < 0) current = fresh();
    const claims = await current.verifier.verify(token).catch((error: Error) => {
      if (error instanceof TokenCheckError || error instanceof InvalidTokenError) throw error;
      throw new InvalidTokenError(INVALID_TOKEN_REASONS.find(([kind]) => error instanceof kind)?.[1] ?? 'Signature');
    });
    checkTokenTimes(claims, now());
    // The library takes a token without a subject.
    if (typeof claims.sub !== 'string' || claims.sub === '') throw new InvalidTokenError('NoSubject');
    checkRequiredClaims(claims, requiredClaims);
    return claims as VerifiedClaims;
  };
}

/** What is wrong with a token. The rest are Node's own errors for signatures of another length or kind. */
const INVALID_TOKEN_REASONS: readonly [kind: new (...args: never[]) => Error, reason: string][] = [
  [JwtParseError, 'NotAToken'],
  [JwtInvalidIssuerError, 'Issuer'],
  [JwtInvalidAudienceError, 'Audience'],
  [JwtInvalidSignatureAlgorithmError, 'Algorithm'],
  [KidNotFoundInJwksError, 'UnknownKey'],
  [JwtWithoutValidKidError, 'NoKey'],
  [JwkInvalidUseError, 'NoKey'],
  [JwkInvalidKtyError, 'NoKey'],
];

/** Extensions that must be understood: we know none, and the library does not look. Source: RFC 7515, 4.1.11. */
function checkTokenHeader(header: JwtHeader): void {
  if ('crit' in header) throw new InvalidTokenError('Extension');
}

/** No tolerance. The library takes a token without an expiry for one that never ends. */
function checkTokenTimes({ exp, nbf }: { readonly exp?: number; readonly nbf?: number }, now: number): void {
  if (typeof exp !== 'number') throw new InvalidTokenError('NoExpiry');
  if (exp * 1000 <= now) throw new InvalidTokenError('Expired');
  if (nbf !== undefined && nbf * 1000 > now) throw new InvalidTokenError('NotYetValid');
}

/** Of a list one element must be accepted. A number or boolean is its text. */
function checkRequiredClaims(
  claims: Readonly<Record<string, unknown>>,
  required: AuthorizerFile['requiredClaims'],
): void {
  for (const [claim, accepted] of Object.entries(required)) {
    const values = Object.hasOwn(claims, claim) ? [claims[claim]].flat() : [];
    const fits = values.some((value) => typeof value !== 'object' && accepted.includes(String(value)));
    if (!fits) throw new InvalidTokenError('RequiredClaim');
  }
}
