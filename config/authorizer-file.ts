/**
 * The data file of the authorizer: which tokens are valid, and which callers grants name. `lib/` writes it at synthesis. The
 * function reads it when it starts.
 */
export interface AuthorizerFile {
  /** The required value of the claim `iss`. */
  readonly issuer: string;
  /** The claim `aud` must contain one of these. */
  readonly audience: readonly string[];
  /** The URL of the issuer's keys. */
  readonly jwksUri: string;
  /** The allowed values of each required claim. */
  readonly requiredClaims: Readonly<Record<string, readonly string[]>>;
  /** Every `oidc:CLAIM=VALUE` in the active grants of the enabled environments. */
  readonly who: readonly string[];
}
