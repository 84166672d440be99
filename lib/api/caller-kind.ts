/** The two kinds of callers. The API has the same paths for each kind, with a different authorization. */
export type CallerKind = 'iam' | 'oidc';
