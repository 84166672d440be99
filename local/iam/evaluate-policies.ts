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
}

/** Condition keys of the request, such as `aws:SourceVpce`, in addition to those that follow from the principal. */
export type ConditionKeys = Record<string, string | string[]>;

/** One request to authorize. Without a `principal` the request is unsigned, and only a resource policy can allow it. */
export interface PolicyEvaluationInput {
  principal: Principal | undefined;
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
  const wildcardArn = findWildcardApi([...(principal?.policies ?? []), resourcePolicy]);
  if (wildcardArn !== undefined) {
    throw new Error(`${wildcardArn} cannot be evaluated here: replace the wildcard by the API's id`);
  }
  // In the requested resource, a `*` from the caller's path is a literal character and not a wildcard.
  const resource = query.resource === '*' ? '*' : query.resource.replaceAll('*', '%2A');
  const result = await runSimulation(
    {
      request: {
        principal: principal?.arn ?? anonymousPrincipal,
        action,
        resource: {
          resource,
          accountId: query.resourceAccount ?? (resource.split(':')[4] || (principal?.account ?? '')),
        },
        contextVariables: { ...toPrincipalKeys(isPlaceholder ? undefined : principal), ...query.conditionKeys },
      },
      identityPolicies: (principal?.policies ?? []).map((policy, index) => ({ name: `policy-${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy !== undefined && { resourcePolicy }),
    },
    {},
  );
  if (result.resultType === 'error') {
    throw new UndecidableError(`${action} on ${resource} cannot be evaluated: ${JSON.stringify(result.errors)}`);
  }
  return { allowed: result.overallResult === 'Allowed', explicitDeny: result.overallResult === 'ExplicitlyDenied' };
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

function toPrincipalKeys(principal: Principal | undefined): ConditionKeys {
  if (principal === undefined) return {};
  return {
    'aws:PrincipalAccount': principal.account,
    'aws:PrincipalArn': toPrincipalArn(principal.arn),
    'aws:userid': principal.userId,
    ...(principal.organizationId !== undefined && { 'aws:PrincipalOrgID': principal.organizationId }),
  };
}

/**
 * For a role session `aws:PrincipalArn` is the role's ARN (documented). A session's ARN does not contain the role's path, so the result
 * lacks it.
 */
function toPrincipalArn(arn: string): string {
  return arn.replace(/^(arn:[^:]+):sts:(:\d+):assumed-role\/([^/]+)\/.*$/, '$1:iam:$2:role/$3');
}
