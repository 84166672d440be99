import {
  AccountPrincipal,
  Effect,
  type IPrincipal,
  PolicyDocument,
  PolicyStatement,
  StarPrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Config } from './config.ts';

/**
 * Whose principals may call the API at all; what they may run is for the grants to say. An account is named by its root,
 * which hands the decision on to that account's own policies. Everybody (`*`) appears only with an organisation beside it.
 *
 * @param ownAccount account that is deployed to, whose principals may call where the configuration names no caller
 */
export function resourcePolicy(
  { organization, accounts }: Config['api']['callers'],
  stage: string,
  ownAccount: string,
): PolicyDocument {
  const principals: IPrincipal[] =
    accounts === undefined && organization !== undefined
      ? [new StarPrincipal()]
      : (accounts ?? [ownAccount]).map((account) => new AccountPrincipal(account));
  const allow = new PolicyStatement({
    effect: Effect.ALLOW,
    principals,
    actions: ['execute-api:Invoke'],
    // API Gateway's short form: the policy is part of the API and cannot name the API's own id.
    resources: [`execute-api:/${stage}/*`],
  });
  if (organization !== undefined) allow.addCondition('StringEquals', { 'aws:PrincipalOrgID': organization });
  return new PolicyDocument({ statements: [allow] });
}
