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
 * The library's set of an issuer's keys, which tells what is wrong with the issuer from what is wrong with a token: whatever goes
 * wrong while a key is looked up is the issuer's doing, but for a token that names no key or one the issuer does not have.
 */
export class IssuerJwksCache extends SimpleJwksCache {
  /** @throws KidNotFoundInJwksError, JwtWithoutValidKidError: the token is not good; TokenCheckError */
  override async getJwk(...asked: Parameters<SimpleJwksCache['getJwk']>): ReturnType<SimpleJwksCache['getJwk']> {
    const key = await super.getJwk(...asked).catch((cause: Error) => {
      if (cause instanceof KidNotFoundInJwksError || cause instanceof JwtWithoutValidKidError) throw cause;
      if (cause instanceof WaitPeriodNotYetEndedJwkError) throw new TokenCheckError('KeysJustFetched', { cause });
      const rubbish = cause instanceof JwksValidationError || cause instanceof JwkValidationError;
      throw new TokenCheckError(rubbish ? 'IssuerAnswer' : 'IssuerUnreachable', { cause });
    });
    if (!isUsableKey(key)) throw new TokenCheckError('IssuerAnswer');
    return key;
  }
}

/** RFC 7518, 3.3. Node imports a modulus of letters that mean nothing as one of no bits. */
const MIN_RSA_BITS = 2048;

/** Shared secrets and kinds to come are left to the library, which takes none of them for a signature. */
function isUsableKey(key: Awaited<ReturnType<SimpleJwksCache['getJwk']>>): boolean {
  if (!['RSA', 'EC', 'OKP'].includes(key.kty)) return true;
  try {
    const { modulusLength = MIN_RSA_BITS } = createPublicKey({ key, format: 'jwk' }).asymmetricKeyDetails ?? {};
    return modulusLength >= MIN_RSA_BITS;
  } catch {
    return false;
  }
}
