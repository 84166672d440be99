/** Authentication and authorization of a request, before it reaches an integration. */
import {
  type ConditionKeys,
  evaluatePolicies,
  type PolicyEvaluation,
  UndecidableError,
} from '../../iam/evaluate-policies.ts';
import type { Principal, PrincipalStore } from '../../iam/principal-store.ts';
import { verifySignature } from '../../iam/verify-signature.ts';
import { type GatewayError, gatewayErrors } from '../gateway-errors.ts';
import type { GatewayModel } from '../template/gateway-model.ts';
import { formatExecutionArn } from './execution-arn.ts';
import type { Route } from './find-route.ts';
import type { GatewayRequest } from './gateway-request.ts';
import type { LambdaAuthorizers } from './lambda-authorizers.ts';

/** Returns the caller of a method with IAM authorization. Throws a `GatewayError` if the signature is not valid. */
export async function authenticateIam(
  request: GatewayRequest,
  model: GatewayModel,
  principals: PrincipalStore,
  now: () => number,
): Promise<Principal> {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    headers[key] = [...(headers[key] ?? []), value];
  }
  const { httpMethod: method, rawPath, rawQuery, body } = request;
  const verification = await verifySignature(
    { method, rawPath, rawQuery, headers, body },
    { service: 'execute-api', region: model.location.region, principals, now },
  );
  if (!verification.ok) throw gatewayErrors.signature(verification.code, verification.message);
  return verification.principal;
}

/**
 * Authorizes a caller with a token by the method's authorizer. An explicit deny of the resource policy rejects the request before the
 * authorizer is invoked. Then both policies are evaluated together, as within one account: at least one must allow, none may deny
 * (documented: API Gateway, "How API Gateway resource policies affect authorization workflow", table A). The caller is not an
 * IAM principal, so condition keys of principals are absent. Throws a `GatewayError` unless the request is allowed.
 */
export async function authorizeToken(
  request: GatewayRequest,
  route: Route,
  model: GatewayModel,
  authorizers: LambdaAuthorizers,
  context: ConditionKeys,
): Promise<void> {
  const resource = formatExecutionArn(model, request.httpMethod, request.resourceRawPath);
  const query = { action: 'execute-api:Invoke', resource, conditionKeys: toConditionKeys(request, context) };
  const { policy } = model.api;
  const resourceEvaluation: PolicyEvaluation | undefined =
    policy === undefined
      ? undefined
      : await evaluatePolicies({ ...query, principal: undefined, resourcePolicy: policy });
  if (resourceEvaluation?.explicitDeny) throw createAccessDenied(request, resource, resourceEvaluation);

  const authorizer = model.authorizers.get(route.method.authorizer ?? '');
  if (authorizer === undefined) throw gatewayErrors.authorizerConfiguration();
  request.authorizerResult = await authorizers.authorize(request, authorizer, resource);
  const principal = createPlaceholderPrincipal(model, request.authorizerResult.policy);
  const authorizerEvaluation = await evaluatePolicies({ ...query, principal, isPlaceholder: true }).catch(
    (error: Error) => {
      throw error instanceof UndecidableError ? gatewayErrors.authorizerConfiguration() : error;
    },
  );
  if (authorizerEvaluation.explicitDeny || !(authorizerEvaluation.allowed || resourceEvaluation?.allowed)) {
    // Reported by users of AWS, not documented.
    throw gatewayErrors.accessDenied(
      `User is not authorized to access this resource${describeDenial(authorizerEvaluation)}`,
    );
  }
}

/** A principal whose identity policy is the authorizer's policy. It has no condition keys. */
const createPlaceholderPrincipal = ({ location }: GatewayModel, policy: unknown): Principal => ({
  accessKeyId: '',
  secretAccessKey: '',
  userId: '',
  account: location.account,
  policies: [policy],
  arn: `arn:${location.partition}:iam::${location.account}:user/authorized`,
});

/**
 * Throws a `GatewayError` unless the policies allow the caller to invoke this method on this path. Without IAM authorization only
 * the resource policy applies, if the API has one.
 */
export async function checkPolicies(
  request: GatewayRequest,
  route: Route,
  model: GatewayModel,
  context: ConditionKeys,
): Promise<void> {
  const { api } = model;
  if (route.method.authorization === 'NONE' && api.policy === undefined) return;
  const resource = formatExecutionArn(model, request.httpMethod, request.resourceRawPath);
  const evaluation = await evaluatePolicies({
    principal: request.principal,
    action: 'execute-api:Invoke',
    resource,
    ...(api.policy !== undefined && { resourcePolicy: api.policy }),
    conditionKeys: toConditionKeys(request, context),
  });
  if (!evaluation.allowed) throw createAccessDenied(request, resource, evaluation);
}

/** Requests are plain HTTP here, but count as HTTPS. */
const toConditionKeys = (request: GatewayRequest, context: ConditionKeys): ConditionKeys => ({
  'aws:SourceIp': request.sourceIp,
  'aws:SecureTransport': 'true',
  ...(request.vpcEndpoint === undefined ? {} : { 'aws:SourceVpce': request.vpcEndpoint }),
  ...context,
});

function createAccessDenied(request: GatewayRequest, resource: string, evaluation: PolicyEvaluation): GatewayError {
  const user = request.principal === undefined ? 'anonymous' : request.principal.arn;
  return gatewayErrors.accessDenied(
    `User: ${user} is not authorized to perform: execute-api:Invoke on resource: ${resource}${describeDenial(evaluation)}`,
  );
}

const describeDenial = ({ explicitDeny }: PolicyEvaluation): string => (explicitDeny ? ' with an explicit deny' : '');
