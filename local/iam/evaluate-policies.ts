/**
 * IAM's policy evaluation, offline, by `@cloud-copilot/iam-simulate`: an explicit deny wins; within one account the identity
 * policy or the resource policy must allow, across accounts both must (documented: IAM User Guide, "Policy evaluation logic";
 * API Gateway, "IAM authentication and resource policy"). Service control policies, permission boundaries and session
 * policies are not evaluated.
 *
 * The simulator treats the first part of a resource as its type, where IAM allows no wildcards. For an API that part is the API's
 * id, where API Gateway allows wildcards. A policy with a wildcard there is rejected instead of being evaluated wrongly.
 */
import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate';
import type { Principal } from './principal-store.ts';

/** `explicitDeny` distinguishes a statement that denies from the absence of one that allows. */
export interface PolicyEvaluation {
  allowed: boolean;
  explicitDeny: boolean;
  /** Which policy denies. Present if `explicitDeny` is true. */
  deniedBy?: 'identity' | 'resource';
}

/** An AWS service that calls another, such as `events.amazonaws.com`. It has no identity policies. */
export interface ServicePrincipal {
  service: string;
}

/** Condition keys of the request, such as `aws:SourceVpce`, in addition to those that follow from the principal. */
export type ConditionKeys = Record<string, string | string[]>;

/** One request to authorize. Without a `principal` the request is unsigned, and only a resource policy can allow it. */
export interface PolicyEvaluationInput {
  principal: Principal | ServicePrincipal | undefined;
  action: string;
  resource: string;
  /** Account that owns the resource. Default: the one in its ARN, else the principal's. */
  resourceAccount?: string;
  resourcePolicy?: unknown;
  conditionKeys?: ConditionKeys;
  /** The principal represents a caller without an IAM identity: its condition keys, such as `aws:PrincipalAccount`, are absent. */
  isPlaceholder?: boolean;
}

/** A policy is malformed, or IAM does not know the action or the resource. */
export class UndecidableError extends Error {
  override name = 'UndecidableError';
}

/**
 * Evaluates the policies for one request.
 *
 * @throws UndecidableError for a malformed policy and for an action or resource that IAM does not know: AWS would not deploy them
 */
export async function evaluatePolicies(query: PolicyEvaluationInput): Promise<PolicyEvaluation> {
  const { principal, action, resourcePolicy, isPlaceholder = false } = query;
  const isService = principal !== undefined && 'service' in principal;
  const identity = isService ? undefined : principal;
  const identityPolicies = identity?.policies ?? [];
  const wildcardArn = action.startsWith('execute-api:')
    ? findWildcardApi([...identityPolicies, resourcePolicy])
    : undefined;
  if (wildcardArn !== undefined) {
    throw new Error(`${wildcardArn} cannot be evaluated here: replace the wildcard by the API's id`);
  }
  // In the requested resource, a `*` from the caller's path is a literal character and not a wildcard.
  const resource = query.resource === '*' ? '*' : query.resource.replaceAll('*', '%2A');
  const result = await runSimulation(
    {
      request: {
        principal: isService ? principal.service : (identity?.arn ?? anonymousPrincipal),
        action,
        resource: {
          resource,
          accountId: query.resourceAccount ?? (resource.split(':')[4] || (identity?.account ?? '')),
        },
        contextVariables: { ...toPrincipalKeys(isPlaceholder ? undefined : principal), ...query.conditionKeys },
      },
      identityPolicies: identityPolicies.map((policy, index) => ({ name: `policy-${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy !== undefined && { resourcePolicy }),
    },
    {},
  );
  if (result.resultType === 'error') {
    throw new UndecidableError(`${action} on ${resource} cannot be evaluated: ${JSON.stringify(result.errors)}`);
  }
  const explicitDeny = result.overallResult === 'ExplicitlyDenied';
  const analyses = result.resultType === 'single' ? [result.result] : result.results;
  const isIdentityDeny = analyses.some(({ analysis }) => analysis.identityAnalysis?.result === 'ExplicitlyDenied');
  return {
    allowed: result.overallResult === 'Allowed',
    explicitDeny,
    ...(explicitDeny && { deniedBy: isIdentityDeny ? 'identity' : 'resource' }),
  };
}

const WILDCARD_API = /"(arn:[^:"]*:execute-api:[^:"]*:[^:"]*:[^/"]*[*?][^/"]*\/[^"]*)"/;
const findWildcardApi = (policies: unknown[]): string | undefined => WILDCARD_API.exec(JSON.stringify(policies))?.[1];

/** Like `evaluatePolicies`, for callers that need only the decision. */
export async function isAllowed(
  principal: Principal,
  action: string,
  resource: string,
  resourcePolicy?: unknown,
): Promise<boolean> {
  return (await evaluatePolicies({ principal, action, resource, resourcePolicy })).allowed;
}

/**
 * Documented (IAM User Guide, "AWS global condition context keys"): `aws:PrincipalIsAWSService` is present in every signed request,
 * `aws:PrincipalServiceName` only in those of services. Assumed: a service has none of the other keys of principals.
 */
function toPrincipalKeys(principal: Principal | ServicePrincipal | undefined): ConditionKeys {
  if (principal === undefined) return {};
  if ('service' in principal)
    return { 'aws:PrincipalIsAWSService': 'true', 'aws:PrincipalServiceName': principal.service };
  return {
    'aws:PrincipalIsAWSService': 'false',
    'aws:PrincipalAccount': principal.account,
    'aws:PrincipalArn': principal.roleArn ?? toPrincipalArn(principal.arn),
    'aws:PrincipalType': toPrincipalType(principal.arn),
    'aws:userid': principal.userId,
    ...(principal.organizationId !== undefined && { 'aws:PrincipalOrgID': principal.organizationId }),
  };
}

function toPrincipalType(arn: string): string {
  if (arn.includes(':assumed-role/')) return 'AssumedRole';
  if (arn.includes(':federated-user/')) return 'FederatedUser';
  return arn.endsWith(':root') ? 'Account' : 'User';
}

/**
 * For a role session `aws:PrincipalArn` is the role's ARN (documented). A session's ARN does not contain the role's path, so the result
 * lacks it. A principal with a `roleArn` has the path.
 */
function toPrincipalArn(arn: string): string {
  return arn.replace(/^(arn:[^:]+):sts:(:\d+):assumed-role\/([^/]+)\/.*$/, '$1:iam:$2:role/$3');
}
