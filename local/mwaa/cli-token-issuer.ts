import { generateKeyPair, jwtVerify, SignJWT } from 'jose';

/** Issues and verifies the CLI tokens of one environment. */
export interface CliTokenIssuer {
  /** @param lifetimeSeconds negative for a token that has already expired */
  issueToken(lifetimeSeconds?: number): Promise<string>;
  /** Whether MWAA would accept the token: signed by this issuer, for the CLI, not expired. Does not throw. */
  isValid(token: string): Promise<boolean>;
  /** Invalidates all tokens issued so far. */
  revokeAll(): Promise<void>;
}

/** Lifetime of a token (AWS documentation, "Creating an Apache Airflow CLI token"). */
export const TOKEN_LIFETIME_SECONDS = 60;

/**
 * Issues tokens like those of MWAA: RS256, valid for 60 seconds, with the claims `aud: cli`, `exp` and `user: root`, without the caller
 * (format reported, from an expired token that was published). The key is generated here and kept in memory. Each environment has its
 * own key.
 */
export async function createCliTokenIssuer(now: () => number): Promise<CliTokenIssuer> {
  let { privateKey, publicKey } = await generateKeyPair('RS256');
  return {
    issueToken: (lifetimeSeconds = TOKEN_LIFETIME_SECONDS) =>
      new SignJWT({ user: 'root' })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
        .setAudience('cli')
        .setExpirationTime(Math.floor(now() / 1000) + lifetimeSeconds)
        .sign(privateKey),
    isValid: (token) =>
      jwtVerify(token, publicKey, { algorithms: ['RS256'], audience: 'cli', currentDate: new Date(now()) }).then(
        () => true,
        () => false,
      ),
    async revokeAll() {
      ({ privateKey, publicKey } = await generateKeyPair('RS256'));
    },
  };
}
