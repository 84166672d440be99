/** Who asked, and where. */
export interface CallerContext {
  readonly url: string;
  /** Which credentials, or what the token says, in words. */
  readonly description: string;
  /** Of the signature. Undefined: requests carry a token. */
  readonly region: string | undefined;
}

/** What the caller's account or the API's owner must allow. */
export function getNotAuthorizedRemedy(says: string, { description, region }: CallerContext): string {
  const deny = /with an explicit deny/i.test(says);
  const policy = /explicit deny in an? ([\w -]+?(?:policy|boundary))/i.exec(says)?.[1];
  if (region === undefined && !/User: anonymous/.test(says)) {
    return (
      `The token is good, and no grant names its caller (${description}): add who: "oidc:sub=…", or another claim of the token, to a grant and ` +
      'deploy. The answer to a token that was seen before may be kept for a minute (api.oidc.cacheSeconds).'
    );
  }
  const [, user = 'the caller', resource = ''] = /User: (\S+) .*on resource: (\S+)/.exec(says) ?? [];
  const [, , , , account = ''] = user.split(':');
  const [, , , , owner = ''] = resource.split(':');
  const isForeign = account !== '' && !account.endsWith(owner.slice(-4));
  const stage = resource.split('/').slice(0, 2).join('/');
  if (deny && policy !== undefined && !/resource/.test(policy)) {
    return `${user} is denied by a policy of its own side (${policy}): take execute-api:Invoke on ${stage}/* out of that.`;
  }
  if (deny && isForeign) {
    return (
      `The API's resource policy does not let the account ${account} in; the API is in the account ${owner}. Use credentials of an account ` +
      `that it lets in (now: ${user}, ${description}), or have ${account} added to api.callers.`
    );
  }
  if (deny) {
    return (
      `The API's resource policy does not let ${user} in (${description}). If that is the wrong role or account, use other credentials ` +
      '(AWS_PROFILE). Else have it named in api.callers, or in a grant where that is left out; of a private API, come through one of its ' +
      'endpoints. A deny in a policy of your own side looks the same.'
    );
  }
  const also = isForeign
    ? ` The API is in the account ${owner}, so its resource policy must let ${account} in too (api.callers).`
    : '';
  return `No identity policy of ${user} allows execute-api:Invoke on the API: add an Allow on ${stage}/* to it.${also}`;
}
