import type { Config, ConfigGrant } from './config-types.ts';

type ApiCallersConfig = Config['api']['callers'];

/**
 * Returns the IAM principals that may call the API: those of `api.callers` or, if it is not set, those that the grants name. A
 * grant ignores the path of a role or user, so its principals match with every path.
 */
export function resolveApiCallers(
  { organization, accounts, principals }: ApiCallersConfig,
  grants: readonly Pick<ConfigGrant, 'who'>[],
) {
  if (organization !== undefined || accounts !== undefined || principals !== undefined) {
    return { organization, accounts, principals };
  }
  const principalsOfGrants = [...new Set(grants.flatMap(({ who }) => who.flatMap(toPrincipalArns)))];
  return principalsOfGrants.length === 0 ? {} : { principals: principalsOfGrants };
}

/** Returns ARN patterns for the condition key `aws:PrincipalArn`, which includes paths. Ignores OIDC callers and invalid ARNs. */
function toPrincipalArns(who: string): string[] {
  const [, account, kind, name] =
    /^(arn:[\w-]+:(?:iam|sts)::\d{12}):(?:(role|user|federated-user)\/(?:.*\/)?([^/]+)|root)$/.exec(who) ?? [];
  if (account === undefined) return [];
  if (kind === undefined) return [`${account}:root`];
  const arn = `${account}:${kind}/${name}`;
  return kind === 'federated-user' ? [arn] : [arn, `${account}:${kind}/*/${name}`];
}
