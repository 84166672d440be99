import { containsCdkToken } from './cdk-token.ts';
import type { ConfigCheck, ConfigIssue } from './config-types.ts';

/**
 * Checks that only the roles of a deployment can be its caller. Without `AWS::Lambda::ResourcePolicy`, a function cannot refuse the other
 * identities of its account, and cannot accept those of other accounts.
 */
export const checkDeployments: ConfigCheck = ({ deployments, functionPolicies, account }) =>
  functionPolicies !== 'permissions'
    ? []
    : Object.entries(deployments).flatMap(([name, { roles, enabled }]): ConfigIssue[] => {
        if (!enabled) return [];
        const foreign = roles.findIndex(
          (arn) => !containsCdkToken(arn) && account !== undefined && arn.split(':')[4] !== account,
        );
        return [
          {
            path: ['deployments', name],
            message:
              'with functionPolicies: permissions, every identity of the account that has lambda:InvokeFunction can run commands as ' +
              `deployment:${name}, also if it is not in roles`,
            warning: true,
          },
          ...(foreign === -1
            ? []
            : [
                {
                  path: ['deployments', name, 'roles', foreign],
                  message: 'a role of another account needs functionPolicies: exclusive. Remove it',
                },
              ]),
        ];
      });
