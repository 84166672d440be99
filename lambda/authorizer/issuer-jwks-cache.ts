import { createPublicKey } from 'node:crypto';
import {
  JwksValidationError,
  JwkValidationError,
  JwtWithoutValidKidError,
  KidNotFoundInJwksError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { TokenCheckError } from './token-errors.ts';

/**
 * The library's cache of an issuer's keys, with errors that distinguish a problem of the issuer from an invalid token. Every error in
 * a lookup is a problem of the issuer, unless the token names no key, or names a key that the issuer does not have.
 */
export class IssuerJwksCache extends SimpleJwksCache {
  /** @throws KidNotFoundInJwksError, JwtWithoutValidKidError: the token is invalid; TokenCheckError */
  override async getJwk(...args: Parameters<SimpleJwksCache['getJwk']>): ReturnType<SimpleJwksCache['getJwk']> {
    const key = await super.getJwk(...args).catch((cause: Error) => {
      if (cause instanceof KidNotFoundInJwksError || cause instanceof JwtWithoutValidKidError) throw cause;
      if (cause instanceof WaitPeriodNotYetEndedJwkError) throw new TokenCheckError('KeysJustFetched', { cause });
      const malformed = cause instanceof JwksValidationError || cause instanceof JwkValidationError;
      throw new TokenCheckError(malformed ? 'IssuerAnswer' : 'IssuerUnreachable', { cause });
    });
    if (!isUsableKey(key)) throw new TokenCheckError('IssuerAnswer');
    return key;
  }
}

/** Source: RFC 7518, 3.3. Node imports a malformed modulus as a key of 0 bits. */
const MIN_RSA_BITS = 2048;

/** Returns true for shared secrets and unknown key types, because the library never verifies a signature with them. */
function isUsableKey(key: Awaited<ReturnType<SimpleJwksCache['getJwk']>>): boolean {
  if (!['RSA', 'EC', 'OKP'].includes(key.kty)) return true;
  try {
    const { modulusLength = MIN_RSA_BITS } = createPublicKey({ key, format: 'jwk' }).asymmetricKeyDetails ?? {};
    return modulusLength >= MIN_RSA_BITS;
  } catch {
    return false;
  }
}
