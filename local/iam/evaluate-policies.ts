/**
 * May this principal do that? IAM's policy evaluation, offline, by `@cloud-copilot/iam-simulate`: an explicit deny wins;
 * within one account the identity policy or the resource policy suffices, across accounts both must allow (documented:
 * IAM User Guide, "Policy evaluation logic"; API Gateway, "IAM authentication and resource policy"). Only what is given
 * here counts: no service control policies, permission boundaries or session policies.
 *
 * The evaluator takes the first part of a resource for its type, in which IAM has no wildcards; of an API it is the id, in which
 * API Gateway has them. A policy with one there is not decided.
 */
import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate';
import type { Principal } from './principal-store.ts';

/** What was decided, and whether a statement said no or none said yes. */
export interface PolicyEvaluation {
  allowed: boolean;
  explicitDeny: boolean;
}

/** Condition keys of the request, as `aws:SourceVpce`, beyond those that follow from the principal. */
export type ConditionKeys = Record<string, string | string[]>;

/** The question in full. `principal` undefined is an unsigned request, which only a resource policy can allow. */
export interface PolicyQuery {
  principal: Principal | undefined;
  action: string;
  resource: string;
  /** Account that owns the resource. Default: the one in its ARN, else the principal's. */
  resourceAccount?: string;
  resourcePolicy?: unknown;
  conditionKeys?: ConditionKeys;
  /** The principal only stands in for somebody whom IAM does not know: its keys, as `aws:PrincipalAccount`, are missing. */
  isPlaceholder?: boolean;
}

/** A policy is malformed, or the action or resource is not one IAM knows. */
export class UndecidableError extends Error {
  override name = 'UndecidableError';
}

/**
 * Decides one request.
 * Throws `UndecidableError` when a policy is malformed or the action or resource is not one IAM knows: on AWS the template would not deploy.
 */
export async function evaluatePolicies(question: PolicyQuery): Promise<PolicyEvaluation> {
  const { principal, action, resourcePolicy, isPlaceholder = false } = question;
  const wild = findWildcardApi([...(principal?.policies ?? []), resourcePolicy]);
  if (wild !== undefined) throw new Error(`${wild} cannot be decided here: name the API by its id`);
  // A `*` a caller puts into a path is a character, not a wildcard, in the resource that is asked about.
  const resource = question.resource === '*' ? '*' : question.resource.replaceAll('*', '%2A');
  const result = await runSimulation(
    {
      request: {
        principal: principal?.arn ?? anonymousPrincipal,
        action,
        resource: {
          resource,
          accountId: question.resourceAccount ?? (resource.split(':')[4] || (principal?.account ?? '')),
        },
        contextVariables: { ...toPrincipalKeys(isPlaceholder ? undefined : principal), ...question.conditionKeys },
      },
      identityPolicies: (principal?.policies ?? []).map((policy, index) => ({ name: `policy-${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy !== undefined && { resourcePolicy }),
    },
    {},
  );
  if (result.resultType === 'error') {
    throw new UndecidableError(`${action} on ${resource} cannot be decided: ${JSON.stringify(result.errors)}`);
  }
  return { allowed: result.overallResult === 'Allowed', explicitDeny: result.overallResult === 'ExplicitlyDenied' };
}

const WILDCARD_API = /"(arn:[^:"]*:execute-api:[^:"]*:[^:"]*:[^/"]*[*?][^/"]*\/[^"]*)"/;
const findWildcardApi = (policies: unknown[]): string | undefined => WILDCARD_API.exec(JSON.stringify(policies))?.[1];

/** `decide`, for callers that only want yes or no. */
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

/** For a role session `aws:PrincipalArn` is the role's ARN (documented); the role's path is not known here. */
function toPrincipalArn(arn: string): string {
  return arn.replace(/^(arn:[^:]+):sts:(:\d+):assumed-role\/([^/]+)\/.*$/, '$1:iam:$2:role/$3');
}
