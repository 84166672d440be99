/** The caller of a refused request, and the address it was sent to. */
export interface CallerContext {
  readonly url: string;
  /** The credentials or the claims of the token, for the reader. */
  readonly description: string;
  /** The region of the signature. Undefined: requests carry a token. */
  readonly region: string | undefined;
}

/** What the caller's account or the owner of the API must allow, by the message of API Gateway. */
export function getNotAuthorizedRemedy(message: string, { description, region }: CallerContext): string {
  const isExplicitDeny = /with an explicit deny/i.test(message);
  const denyingPolicy = /explicit deny in an? ([\w -]+?(?:policy|boundary))/i.exec(message)?.[1];
  if (region === undefined && !/User: anonymous/.test(message)) {
    return (
      `The token is valid, but no grant names its caller (${description}): add who: "oidc:sub=…", or another claim of the token, to a ` +
      'grant and deploy. API Gateway may cache the decision about a token for a minute (api.oidc.cacheSeconds).'
    );
  }
  const [, user = 'the caller', resource = ''] = /User: (\S+) .*on resource: (\S+)/.exec(message) ?? [];
  const [, , , , account = ''] = user.split(':');
  const [, , , , owner = ''] = resource.split(':');
  // API Gateway masks all but the last four digits of the owner's account.
  const isForeign = account !== '' && !account.endsWith(owner.slice(-4));
  const stage = resource.split('/').slice(0, 2).join('/');
  if (isExplicitDeny && denyingPolicy !== undefined && !/resource/.test(denyingPolicy)) {
    return (
      `${user} is denied by a policy on the caller's side (${denyingPolicy}): remove the deny of execute-api:Invoke on ${stage}/* ` +
      'from that policy.'
    );
  }
  if (isExplicitDeny && isForeign) {
    return (
      `The resource policy of the API does not allow the account ${account}; the API is in the account ${owner}. Use credentials of an ` +
      `allowed account (now: ${user}, ${description}), or request that ${account} is added to api.callers.`
    );
  }
  if (isExplicitDeny) {
    return (
      `The resource policy of the API does not allow ${user} (${description}). If this is the wrong role or account, use other ` +
      'credentials (AWS_PROFILE). Otherwise request that it is added to api.callers, or to a grant if api.callers is not set. A private ' +
      'API must be called through one of its VPC endpoints. An explicit deny in a policy of your own account looks the same.'
    );
  }
  const resourcePolicyHint = isForeign
    ? ` The API is in the account ${owner}, so its resource policy must allow ${account} too (api.callers).`
    : '';
  return `No identity policy of ${user} allows execute-api:Invoke on the API: add an Allow for ${stage}/* to one.${resourcePolicyHint}`;
}
