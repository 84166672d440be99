/**
 * The file beside the authorizer's code: which tokens are good, and whom any grant names. `lib/` writes it at synthesis, the
 * function reads it at its start. A type and nothing else.
 */
export interface AuthorizerFile {
  /** As in the claim `iss`. */
  readonly issuer: string;
  /** One of them must be in the claim `aud`. */
  readonly audience: readonly string[];
  /** Where the issuer's keys are. */
  readonly jwksUri: string;
  /** For each claim the values of which a token must have one. */
  readonly requiredClaims: Readonly<Record<string, readonly string[]>>;
  /** Every `oidc:CLAIM=VALUE` of a grant in force in an environment that is on. */
  readonly who: readonly string[];
}
