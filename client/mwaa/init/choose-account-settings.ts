import { hasResourcePolicies } from '../../../config/check-function-policies.ts';
import type { AccountLimit, ApiGatewayAccount } from './aws-resources.ts';
import type { GeneratedEnvironment, GeneratedSetting } from './generated-config.ts';

/** What Lambda keeps for functions without reserved concurrency. Source: Lambda, "Configuring reserved concurrency for a function". */
const KEPT_UNRESERVED = 100;

/** The default concurrency of an environment. */
const DEFAULT_CONCURRENCY = 2;

/** Chooses how many commands each environment may run, so that Lambda lets the deployment reserve it. */
export function chooseConcurrency(
  limit: AccountLimit | undefined,
  environments: number,
): { accountConcurrency: GeneratedSetting<number>; concurrency: GeneratedEnvironment['concurrency'] } {
  if (limit === undefined) {
    const note =
      'The concurrency of the account in Lambda is unknown (lambda:GetAccountSettings). A new account may have too little to reserve ' +
      'any: then set concurrency: unreserved for each environment (docs/deploying.md).';
    return { accountConcurrency: { notes: [note] }, concurrency: undefined };
  }
  const { ConcurrentExecutions: total, UnreservedConcurrentExecutions: value } = limit;
  const reservable = Math.max(0, value - KEPT_UNRESERVED);
  const found =
    `Lambda allows the account ${total} concurrent executions here, of which functions reserve ${total - value}. It keeps ` +
    `${KEPT_UNRESERVED} unreserved, so ${reservable} can be reserved.`;
  if (reservable >= environments * DEFAULT_CONCURRENCY) {
    return { accountConcurrency: { value, notes: [found] }, concurrency: undefined };
  }
  if (reservable >= environments) return { accountConcurrency: { value, notes: [found] }, concurrency: 1 };
  const meaning =
    'That is too little for the environments below, so they have concurrency: unreserved. Then nothing limits how many of their ' +
    'commands run at the same time but the throttling of the API, and requests do not wait for a free slot: MWAA runs about four ' +
    'commands at the same time and rejects more. Ask AWS to raise the quota "Concurrent executions" of Lambda, then set ' +
    'accountConcurrency to the new value, and remove concurrency: unreserved.';
  return { accountConcurrency: { value, notes: [found, meaning] }, concurrency: 'unreserved' };
}

/** Chooses who may invoke the functions. Notes only what differs from the default. */
export function chooseFunctionPolicies(regions: readonly string[]): GeneratedSetting<'permissions'> {
  const region = regions.find((name) => !hasResourcePolicies(name));
  if (region === undefined) return { notes: [] };
  const note =
    `CloudFormation has no AWS::Lambda::ResourcePolicy in ${region}. So everybody in the account who has lambda:InvokeFunction can ` +
    'invoke the functions, and claim to be any caller: read "What is not protected" in docs/security.md before you deploy.';
  return { value: 'permissions', notes: [note] };
}

/** Chooses whether to create the role with which API Gateway writes logs. */
export function chooseLogRole(account: ApiGatewayAccount | undefined): GeneratedSetting<'create' | 'leave'> {
  if (account === undefined) {
    const note =
      'It is unknown whether API Gateway has a role for logs in this account and region (apigateway:GET on /account). If it has none, set ' +
      'logRole: create. That would replace an existing role (docs/deploying.md).';
    return { notes: [note] };
  }
  const { cloudwatchRoleArn } = account;
  return cloudwatchRoleArn === undefined
    ? {
        value: 'create',
        notes: [
          'API Gateway has no role for logs in this account and region yet. The role remains if you remove the proxy.',
        ],
      }
    : {
        value: 'leave',
        notes: [`API Gateway writes logs with ${cloudwatchRoleArn}, the role of the whole account in this region.`],
      };
}
