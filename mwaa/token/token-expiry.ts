/** MWAA documents a lifetime of 60 seconds: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html */
export const TOKEN_LIFETIME_MS = 60_000;

/**
 * The `exp` of a JWT in milliseconds, or undefined. CLI tokens were observed to be JWTs with an `exp`, which is not
 * documented. The signature is not checked: the token came from MWAA, and a wrong `exp` costs only another request for a token.
 */
export function parseJwtExpiry(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const exp = (claims as { exp?: unknown } | null)?.exp;
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
