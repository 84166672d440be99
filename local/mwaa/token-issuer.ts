import { randomUUID } from 'node:crypto';
import { generateKeyPair, type JWTPayload, jwtVerify, SignJWT } from 'jose';

/** Issues and verifies the tokens of one kind and one environment. */
export interface TokenIssuer<Claims extends JWTPayload> {
  /** @param lifetimeSeconds negative for a token that has already expired */
  issueToken(claims: Claims, lifetimeSeconds?: number): Promise<string>;
  /** The claims if MWAA would accept the token: signed by this issuer, not expired, not used up. Otherwise undefined. Does not throw. */
  verifyToken(token: string): Promise<Claims | undefined>;
  /** Invalidates all tokens issued so far. */
  revokeAll(): Promise<void>;
}

/** Claims of a CLI token. It does not name the caller. */
export type CliTokenClaims = JWTPayload & { readonly user: 'root' };

/** Claims of a web login token. */
export type WebTokenClaims = JWTPayload & {
  /** Name of the user in Airflow. */
  readonly sub: string;
  /** The user's role in Airflow. */
  readonly role: string;
};

/** Lifetime of a token (AWS documentation, "Creating an Apache Airflow CLI token" and "… web login token"). */
export const TOKEN_LIFETIME_SECONDS = 60;

export interface TokenIssuerOptions {
  readonly audience: 'cli' | 'web';
  /** Each token is accepted once. */
  readonly isSingleUse?: boolean;
  now(): number;
}

/**
 * Issues tokens like those of MWAA: RS256, valid for 60 seconds. CLI tokens have the claims `aud: cli`, `exp` and `user: root`, without
 * the caller (format reported, from an expired token that was published). Assumed: web login tokens are JWTs too, with the audience
 * `web`, and are accepted once. The key is generated here and kept in memory. Each environment has its own keys.
 */
export async function createTokenIssuer<Claims extends JWTPayload>({
  audience,
  isSingleUse = false,
  now,
}: TokenIssuerOptions): Promise<TokenIssuer<Claims>> {
  let { privateKey, publicKey } = await generateKeyPair('RS256');
  const used = new Set<string>();
  return {
    issueToken: (claims, lifetimeSeconds = TOKEN_LIFETIME_SECONDS) =>
      new SignJWT({ ...claims, ...(isSingleUse && { jti: randomUUID() }) })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
        .setAudience(audience)
        .setExpirationTime(Math.floor(now() / 1000) + lifetimeSeconds)
        .sign(privateKey),
    async verifyToken(token) {
      const options = { algorithms: ['RS256'], audience, currentDate: new Date(now()) };
      const verified = await jwtVerify<Claims>(token, publicKey, options).catch(() => undefined);
      if (verified === undefined || used.has(token)) return undefined;
      if (isSingleUse) used.add(token);
      return verified.payload;
    },
    async revokeAll() {
      ({ privateKey, publicKey } = await generateKeyPair('RS256'));
    },
  };
}
