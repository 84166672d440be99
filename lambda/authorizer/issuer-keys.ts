import { createPublicKey } from 'node:crypto';
import {
  JwksValidationError,
  JwkValidationError,
  JwtWithoutValidKidError,
  KidNotFoundInJwksError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { Undecided } from './verdicts.ts';

/**
 * The library's set of an issuer's keys, which tells what is wrong with the issuer from what is wrong with a token: whatever goes
 * wrong while a key is looked up is the issuer's doing, but for a token that names no key or one the issuer does not have.
 */
export class IssuerKeys extends SimpleJwksCache {
  /** @throws KidNotFoundInJwksError, JwtWithoutValidKidError: the token is not good; Undecided */
  override async getJwk(...asked: Parameters<SimpleJwksCache['getJwk']>): ReturnType<SimpleJwksCache['getJwk']> {
    const key = await super.getJwk(...asked).catch((cause: Error) => {
      if (cause instanceof KidNotFoundInJwksError || cause instanceof JwtWithoutValidKidError) throw cause;
      if (cause instanceof WaitPeriodNotYetEndedJwkError) throw new Undecided('KeysJustFetched', { cause });
      const rubbish = cause instanceof JwksValidationError || cause instanceof JwkValidationError;
      throw new Undecided(rubbish ? 'IssuerAnswer' : 'IssuerUnreachable', { cause });
    });
    if (!isUsable(key)) throw new Undecided('IssuerAnswer');
    return key;
  }
}

/** RFC 7518, 3.3. Node imports a modulus of letters that mean nothing as one of no bits. */
const SHORTEST_RSA = 2048;

/** Shared secrets and kinds to come are left to the library, which takes none of them for a signature. */
function isUsable(key: Awaited<ReturnType<SimpleJwksCache['getJwk']>>): boolean {
  if (!['RSA', 'EC', 'OKP'].includes(key.kty)) return true;
  try {
    const { modulusLength = SHORTEST_RSA } = createPublicKey({ key, format: 'jwk' }).asymmetricKeyDetails ?? {};
    return modulusLength >= SHORTEST_RSA;
  } catch {
    return false;
  }
}
