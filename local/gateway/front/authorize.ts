/** Who calls, and may they: what API Gateway asks before a request reaches an integration. */
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

/** The caller of a method with IAM authorization. Throws a `GatewayError` where the signature is refused. */
export async function authenticateIam(
  exchange: GatewayRequest,
  model: GatewayModel,
  principals: PrincipalStore,
  now: () => number,
): Promise<Principal> {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of exchange.headers) {
    const key = name.toLowerCase();
    headers[key] = [...(headers[key] ?? []), value];
  }
  const { httpMethod: method, rawPath, rawQuery, body } = exchange;
  const verification = await verifySignature(
    { method, rawPath, rawQuery, headers, body },
    { service: 'execute-api', region: model.location.region, principals, now },
  );
  if (!verification.ok) throw gatewayErrors.signature(verification.code, verification.message);
  return verification.principal;
}

/**
 * Asks the method's authorizer who calls. First the resource policy may refuse, by an explicit deny; then both policies are taken
 * together as within one account: an allow in either, and a deny in none (documented: API Gateway, "How API Gateway resource
 * policies affect authorization workflow", table A). Nobody is a principal here, so keys of principals are missing.
 * Throws a `GatewayError` unless they let the caller in.
 */
export async function authorizeToken(
  exchange: GatewayRequest,
  route: Route,
  model: GatewayModel,
  authorizers: LambdaAuthorizers,
  context: ConditionKeys,
): Promise<void> {
  const resource = formatExecutionArn(model, exchange.httpMethod, exchange.resourceRawPath);
  const question = { action: 'execute-api:Invoke', resource, conditionKeys: toConditionKeys(exchange, context) };
  const { policy } = model.api;
  const byResource: PolicyEvaluation | undefined =
    policy === undefined
      ? undefined
      : await evaluatePolicies({ ...question, principal: undefined, resourcePolicy: policy });
  if (byResource?.explicitDeny) throw createAccessDenied(exchange, resource, byResource);

  const authorizer = model.authorizers.get(route.method.authorizer ?? '');
  if (authorizer === undefined) throw gatewayErrors.authorizerConfiguration();
  exchange.authorizerResult = await authorizers.authorize(exchange, authorizer, resource);
  const principal = createPlaceholderPrincipal(model, exchange.authorizerResult.policy);
  const byAuthorizer = await evaluatePolicies({ ...question, principal, isPlaceholder: true }).catch((error: Error) => {
    throw error instanceof UndecidableError ? gatewayErrors.authorizerConfiguration() : error;
  });
  if (byAuthorizer.explicitDeny || !(byAuthorizer.allowed || byResource?.allowed)) {
    // Seen by users of AWS, not documented.
    throw gatewayErrors.accessDenied(`User is not authorized to access this resource${describeDenial(byAuthorizer)}`);
  }
}

/** In whose place the authorizer's policy is read, as an identity policy is. No key of it is there. */
const createPlaceholderPrincipal = ({ location }: GatewayModel, policy: unknown): Principal => ({
  accessKeyId: '',
  secretAccessKey: '',
  userId: '',
  account: location.account,
  policies: [policy],
  arn: `arn:${location.partition}:iam::${location.account}:user/authorized`,
});

/**
 * Throws a `GatewayError` unless policies let the caller invoke this method on this path. Without IAM authorization only
 * the resource policy speaks, and only where there is one.
 */
export async function checkPolicies(
  exchange: GatewayRequest,
  route: Route,
  model: GatewayModel,
  context: ConditionKeys,
): Promise<void> {
  const { api } = model;
  if (route.method.authorization === 'NONE' && api.policy === undefined) return;
  const resource = formatExecutionArn(model, exchange.httpMethod, exchange.resourceRawPath);
  const decision = await evaluatePolicies({
    principal: exchange.principal,
    action: 'execute-api:Invoke',
    resource,
    ...(api.policy !== undefined && { resourcePolicy: api.policy }),
    conditionKeys: toConditionKeys(exchange, context),
  });
  if (!decision.allowed) throw createAccessDenied(exchange, resource, decision);
}

/** Requests are plain HTTP here, and play HTTPS. */
const toConditionKeys = (exchange: GatewayRequest, context: ConditionKeys): ConditionKeys => ({
  'aws:SourceIp': exchange.sourceIp,
  'aws:SecureTransport': 'true',
  ...(exchange.vpcEndpoint === undefined ? {} : { 'aws:SourceVpce': exchange.vpcEndpoint }),
  ...context,
});

function createAccessDenied(exchange: GatewayRequest, resource: string, decision: PolicyEvaluation): GatewayError {
  const user = exchange.principal === undefined ? 'anonymous' : exchange.principal.arn;
  return gatewayErrors.accessDenied(
    `User: ${user} is not authorized to perform: execute-api:Invoke on resource: ${resource}${describeDenial(decision)}`,
  );
}

const describeDenial = ({ explicitDeny }: PolicyEvaluation): string => (explicitDeny ? ' with an explicit deny' : '');
