import type { Config, ConfigGrant } from './config-types.ts';

type ApiCallersConfig = Config['api']['callers'];

/**
 * Whose IAM principals may call at all: whom `api.callers` names, or where it names nobody, the roles and users whom grants name. A
 * grant's name of a role says nothing of its path, so the role is meant with any.
 */
export function resolveApiCallers(
  { organization, accounts, principals }: ApiCallersConfig,
  grants: readonly Pick<ConfigGrant, 'who'>[],
) {
  if (organization !== undefined || accounts !== undefined || principals !== undefined) {
    return { organization, accounts, principals };
  }
  const granted = [...new Set(grants.flatMap(({ who }) => who.flatMap(toPrincipalArns)))];
  return granted.length === 0 ? {} : { principals: granted };
}

/** As `aws:PrincipalArn` has them: with their path. What is no IAM caller, or not well-formed, is told elsewhere. */
function toPrincipalArns(who: string): string[] {
  const [, account, kind, name] =
    /^(arn:[\w-]+:(?:iam|sts)::\d{12}):(?:(role|user|federated-user)\/(?:.*\/)?([^/]+)|root)$/.exec(who) ?? [];
  if (account === undefined) return [];
  if (kind === undefined) return [`${account}:root`];
  const plain = `${account}:${kind}/${name}`;
  return kind === 'federated-user' ? [plain] : [plain, `${account}:${kind}/*/${name}`];
}
