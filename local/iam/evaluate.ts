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
import type { Principal } from './principals.ts';

/** What was decided, and whether a statement said no or none said yes. */
export interface Decision {
  allowed: boolean;
  explicitDeny: boolean;
}

/** Condition keys of the request, as `aws:SourceVpce`, beyond those that follow from the principal. */
export type RequestContext = Record<string, string | string[]>;

/** The question in full. `principal` undefined is an unsigned request, which only a resource policy can allow. */
export interface Question {
  principal: Principal | undefined;
  action: string;
  resource: string;
  /** Account that owns the resource. Default: the one in its ARN, else the principal's. */
  resourceAccount?: string;
  resourcePolicy?: unknown;
  context?: RequestContext;
  /** The principal only stands in for somebody whom IAM does not know: its keys, as `aws:PrincipalAccount`, are missing. */
  unnamed?: boolean;
}

/** A policy is malformed, or the action or resource is not one IAM knows. */
export class Undecidable extends Error {
  override name = 'Undecidable';
}

/**
 * Decides one request.
 * Throws `Undecidable` when a policy is malformed or the action or resource is not one IAM knows: on AWS the template would not deploy.
 */
export async function decide(question: Question): Promise<Decision> {
  const { principal, action, resourcePolicy, unnamed = false } = question;
  const wild = wildApi([...(principal?.policies ?? []), resourcePolicy]);
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
        contextVariables: { ...contextOf(unnamed ? undefined : principal), ...question.context },
      },
      identityPolicies: (principal?.policies ?? []).map((policy, index) => ({ name: `policy-${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy !== undefined && { resourcePolicy }),
    },
    {},
  );
  if (result.resultType === 'error') {
    throw new Undecidable(`${action} on ${resource} cannot be decided: ${JSON.stringify(result.errors)}`);
  }
  return { allowed: result.overallResult === 'Allowed', explicitDeny: result.overallResult === 'ExplicitlyDenied' };
}

const WILD_API = /"(arn:[^:"]*:execute-api:[^:"]*:[^:"]*:[^/"]*[*?][^/"]*\/[^"]*)"/;
const wildApi = (policies: unknown[]): string | undefined => WILD_API.exec(JSON.stringify(policies))?.[1];

/** `decide`, for callers that only want yes or no. */
export async function isAllowed(
  principal: Principal,
  action: string,
  resource: string,
  resourcePolicy?: unknown,
): Promise<boolean> {
  return (await decide({ principal, action, resource, resourcePolicy })).allowed;
}

function contextOf(principal: Principal | undefined): RequestContext {
  if (principal === undefined) return {};
  return {
    'aws:PrincipalAccount': principal.account,
    'aws:PrincipalArn': principalArn(principal.arn),
    'aws:userid': principal.userId,
    ...(principal.organizationId !== undefined && { 'aws:PrincipalOrgID': principal.organizationId }),
  };
}

/** For a role session `aws:PrincipalArn` is the role's ARN (documented); the role's path is not known here. */
function principalArn(arn: string): string {
  return arn.replace(/^(arn:[^:]+):sts:(:\d+):assumed-role\/([^/]+)\/.*$/, '$1:iam:$2:role/$3');
}
