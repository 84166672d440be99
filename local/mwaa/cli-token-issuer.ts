import { generateKeyPair, jwtVerify, SignJWT } from 'jose';

/** Makes and checks the CLI tokens of one environment. */
export interface CliTokenIssuer {
  /** @param lifeSeconds below zero for one that has expired */
  issueToken(lifeSeconds?: number): Promise<string>;
  /** Whether MWAA would take it: its own signature, for the CLI, not expired. Never throws. */
  isValid(token: string): Promise<boolean>;
  /** Takes none of the tokens made until now. */
  revokeAll(): Promise<void>;
}

/** Life of a token (AWS documentation, "Creating an Apache Airflow CLI token"). */
export const TOKEN_LIFETIME_SECONDS = 60;

/**
 * Tokens as MWAA's are: RS256, expiring 60 seconds after they were made, with the claims `aud: cli`, `exp` and
 * `user: root` and no caller in them (format reported, from a token that expired in public). The key is made here and
 * kept in memory; each environment has its own.
 */
export async function createCliTokenIssuer(now: () => number): Promise<CliTokenIssuer> {
  let { privateKey, publicKey } = await generateKeyPair('RS256');
  return {
    issueToken: (lifeSeconds = TOKEN_LIFETIME_SECONDS) =>
      new SignJWT({ user: 'root' })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
        .setAudience('cli')
        .setExpirationTime(Math.floor(now() / 1000) + lifeSeconds)
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
