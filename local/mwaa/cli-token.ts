import { generateKeyPair, jwtVerify, SignJWT } from 'jose';

/** Makes and checks the CLI tokens of one environment. */
export interface CliTokens {
  /** @param lifeSeconds below zero for one that has expired */
  mint(lifeSeconds?: number): Promise<string>;
  /** Whether MWAA would take it: its own signature, for the CLI, not expired. Never throws. */
  accepts(token: string): Promise<boolean>;
  /** Takes none of the tokens made until now. */
  revoke(): Promise<void>;
}

/** Life of a token (AWS documentation, "Creating an Apache Airflow CLI token"). */
export const TOKEN_LIFE_SECONDS = 60;

/**
 * Tokens as MWAA's are: RS256, expiring 60 seconds after they were made, with the claims `aud: cli`, `exp` and
 * `user: root` and no caller in them (format reported, from a token that expired in public). The key is made here and
 * kept in memory; each environment has its own.
 */
export async function cliTokens(now: () => number): Promise<CliTokens> {
  let { privateKey, publicKey } = await generateKeyPair('RS256');
  return {
    mint: (lifeSeconds = TOKEN_LIFE_SECONDS) =>
      new SignJWT({ user: 'root' })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
        .setAudience('cli')
        .setExpirationTime(Math.floor(now() / 1000) + lifeSeconds)
        .sign(privateKey),
    accepts: (token) =>
      jwtVerify(token, publicKey, { algorithms: ['RS256'], audience: 'cli', currentDate: new Date(now()) }).then(
        () => true,
        () => false,
      ),
    async revoke() {
      ({ privateKey, publicKey } = await generateKeyPair('RS256'));
    },
  };
}
