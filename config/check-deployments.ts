import { containsCdkToken } from './cdk-token.ts';
import type { ConfigCheck, ConfigDraft, ConfigIssue, DeploymentConfig } from './config-types.ts';
import { getDeploymentCaller, selectGrantsOfCaller } from './deployment-file.ts';

/** Checks that a deployment can run something, and that only its roles can be its caller. */
export const checkDeployments: ConfigCheck = (draft) =>
  Object.entries(draft.deployments)
    .filter(([, { enabled }]) => enabled)
    .flatMap(([name, deployment]) => [
      ...findMissingGrants(name, draft),
      ...(draft.functionPolicies === 'permissions' ? findOtherCallers(name, deployment, draft) : []),
    ]);

function findMissingGrants(name: string, { grants }: ConfigDraft): ConfigIssue[] {
  const caller = getDeploymentCaller(name);
  if (selectGrantsOfCaller(grants, caller).some(({ enabled }) => enabled)) return [];
  const message = `can run nothing, because no grant names it. Add a grant with "who: ${caller}"`;
  return [{ path: ['deployments', name], message, warning: true }];
}

/**
 * Without `AWS::Lambda::ResourcePolicy`, a function can neither refuse the other identities of its account, nor accept those of other
 * accounts.
 */
function findOtherCallers(name: string, { roles }: DeploymentConfig, { account }: ConfigDraft): ConfigIssue[] {
  const foreign = roles.findIndex(
    (arn) => !containsCdkToken(arn) && account !== undefined && arn.split(':')[4] !== account,
  );
  const warning: ConfigIssue = {
    path: ['deployments', name],
    message:
      'with functionPolicies: permissions, every identity of the account that has lambda:InvokeFunction can run commands as ' +
      `${getDeploymentCaller(name)}, also if it is not in roles`,
    warning: true,
  };
  if (foreign === -1) return [warning];
  const message = 'a role of another account needs functionPolicies: exclusive. Remove it';
  return [warning, { path: ['deployments', name, 'roles', foreign], message }];
}
