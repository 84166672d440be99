/**
 * Header `typ` of tokens that authorize requests. The issuers of CI systems and many others send `JWT`, or nothing.
 * Source: RFC 9068, 2.1 and 4; RFC 7519, 5.1.
 */
const ACCESS_TOKEN_TYPES = ['jwt', 'at+jwt'];

/** Values of Keycloak's claim `typ`, in lower case, in tokens that do not authorize requests. Its access tokens have `Bearer`. */
const KEYCLOAK_OTHER_TYPES = ['id', 'serialized-id', 'refresh', 'offline', 'logout'];

/**
 * Finds what shows that a token was issued for another purpose than authorizing requests, such as a logout token, a DPoP proof, or an
 * ID token. Such a token may have the right issuer, audience and subject. Claims that access tokens have as well (`nonce`, `at_hash`,
 * `token_use`) do not count.
 *
 * @returns the member of the token, or undefined. A clause can follow: "the header typ logout+jwt"
 */
export function findOtherPurpose(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
): string | undefined {
  if (Object.hasOwn(header, 'typ') && !isAccessTokenType(header.typ)) return `the header typ ${toText(header.typ)}`;
  // Required in security event tokens and logout tokens, which many issuers send with the typ JWT.
  // Source: RFC 8417, 2.2; OpenID Connect Back-Channel Logout 1.0, 2.4.
  if (Object.hasOwn(claims, 'events')) return 'the claim events';
  const { typ } = claims;
  if (typeof typ === 'string' && KEYCLOAK_OTHER_TYPES.includes(typ.toLowerCase())) return `the claim typ ${typ}`;
  return undefined;
}

/** Media types are compared without regard to case, and `application/` may be left out. Source: RFC 7515, 4.1.9. */
const isAccessTokenType = (typ: unknown): boolean =>
  typeof typ === 'string' && ACCESS_TOKEN_TYPES.includes(typ.toLowerCase().replace(/^application\//, ''));

const toText = (value: unknown): string => JSON.stringify(value).slice(0, 100);
