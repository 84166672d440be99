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
import { findOtherPurpose } from '../../policy/token-purpose.ts';
import { IssuerJwksCache } from './issuer-jwks-cache.ts';
import { parseTokenPart } from './parse-claims.ts';
import { InvalidTokenError, TokenCheckError } from './token-errors.ts';

/** A valid token. */
export interface VerifiedToken {
  readonly iss: string;
  readonly sub: string;
  /** Seconds since the epoch. */
  readonly exp: number;
  /** All claims. Numbers and booleans are their text in the token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Verifies a token: signature, issuer, audience, purpose, times and required claims.
 *
 * @throws InvalidTokenError
 * @throws TokenCheckError if the issuer's keys are not available, so that the token can be neither accepted nor rejected
 */
export type VerifyToken = (token: string) => Promise<VerifiedToken>;

/**
 * The library keeps an issuer's keys forever, including those that the issuer has since removed, and refetches them only for an
 * unknown key. Therefore the verifier is replaced after this time, so a removed key is trusted for at most this time.
 */
export const JWKS_MAX_AGE_MS = 10 * 60_000;

/** Tokens have a few hundred bytes, or a few thousand with many groups. API Gateway limits headers to 10,240 bytes (documented). */
export const MAX_TOKEN_LENGTH = 10 * 1024;

/** @param now milliseconds since the epoch, for the tokens' times and the keys' age */
export function createVerifyToken(file: AuthorizerFile, now: () => number, fetcher: Fetcher): VerifyToken {
  const { issuer, audience, jwksUri, requiredClaims } = file;
  const createVerifier = () => ({
    createdAt: now(),
    verifier: JwtVerifier.create(
      {
        issuer,
        audience: [...audience],
        jwksUri,
        customJwtCheck: ({ header }) => checkTokenHeader(header),
        // Turns off the library's check of times, which reads the machine's clock and accepts a token in the second in which the
        // token expires, contrary to RFC 7519. `checkTokenTimes` replaces it.
        graceSeconds: Number.POSITIVE_INFINITY,
      },
      { jwksCache: new IssuerJwksCache({ fetcher }) },
    ),
  });
  let current = createVerifier();
  return async (token) => {
    if (token.length > MAX_TOKEN_LENGTH) throw new InvalidTokenError('TooLong');
    const age = now() - current.createdAt;
    if (age >= JWKS_MAX_AGE_MS || age < 0) current = createVerifier();
    const verified = await current.verifier.verify(token).catch((error: Error) => {
      if (error instanceof TokenCheckError || error instanceof InvalidTokenError) throw error;
      throw new InvalidTokenError(
        INVALID_TOKEN_REASONS.find(([errorClass]) => error instanceof errorClass)?.[1] ?? 'Signature',
      );
    });
    const [header = '', payload = ''] = token.split('.');
    const claims = parseTokenPart(payload);
    if (findOtherPurpose(parseTokenPart(header), claims) !== undefined) throw new InvalidTokenError('TokenType');
    checkTokenTimes(verified, now());
    const { iss = '', sub, exp = 0 } = verified;
    // The library accepts a token without a subject.
    if (typeof sub !== 'string' || sub === '') throw new InvalidTokenError('NoSubject');
    checkRequiredClaims(claims, requiredClaims);
    return { iss, sub, exp, claims };
  };
}

/** Reasons why a token is invalid, by error class. Other errors come from Node.js, for signatures of another length or kind. */
const INVALID_TOKEN_REASONS: readonly [errorClass: new (...args: never[]) => Error, reason: string][] = [
  [JwtParseError, 'NotAToken'],
  [JwtInvalidIssuerError, 'Issuer'],
  [JwtInvalidAudienceError, 'Audience'],
  [JwtInvalidSignatureAlgorithmError, 'Algorithm'],
  [KidNotFoundInJwksError, 'UnknownKey'],
  [JwtWithoutValidKidError, 'NoKey'],
  [JwkInvalidUseError, 'NoKey'],
  [JwkInvalidKtyError, 'NoKey'],
];

/** Rejects critical extensions. None is supported, and the library ignores them. Source: RFC 7515, 4.1.11. */
function checkTokenHeader(header: JwtHeader): void {
  if ('crit' in header) throw new InvalidTokenError('Extension');
}

/** Checks times without tolerance. Rejects a token without `exp`, which the library would accept forever. */
function checkTokenTimes({ exp, nbf }: { readonly exp?: number; readonly nbf?: number }, now: number): void {
  if (typeof exp !== 'number') throw new InvalidTokenError('NoExpiry');
  if (exp * 1000 <= now) throw new InvalidTokenError('Expired');
  if (nbf !== undefined && nbf * 1000 > now) throw new InvalidTokenError('NotYetValid');
}

/** Each required claim, or one element of it, must be an accepted value. */
function checkRequiredClaims(
  claims: Readonly<Record<string, unknown>>,
  required: AuthorizerFile['requiredClaims'],
): void {
  for (const [claim, accepted] of Object.entries(required)) {
    const values = Object.hasOwn(claims, claim) ? [claims[claim]].flat() : [];
    const matches = values.some((value) => typeof value === 'string' && accepted.includes(value));
    if (!matches) throw new InvalidTokenError('RequiredClaim');
  }
}
