/** Who calls, and may they: what API Gateway asks before a request reaches an integration. */
import { type Decision, decide, type RequestContext, Undecidable } from '../iam/evaluate.ts';
import type { Principal, Principals } from '../iam/principals.ts';
import { verify } from '../iam/sigv4.ts';
import type { Authorizers } from './authorizers.ts';
import type { Exchange } from './exchange.ts';
import { executionArn } from './execution-arn.ts';
import { faults, type GatewayFault } from './faults.ts';
import type { GatewayModel } from './model.ts';
import type { Route } from './routes.ts';

/** The caller of a method with IAM authorisation. Throws a `GatewayFault` where the signature is refused. */
export async function authenticate(
  exchange: Exchange,
  model: GatewayModel,
  principals: Principals,
  now: () => number,
): Promise<Principal> {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of exchange.headers) {
    const key = name.toLowerCase();
    headers[key] = [...(headers[key] ?? []), value];
  }
  const { httpMethod: method, rawPath, rawQuery, body } = exchange;
  const verification = await verify(
    { method, rawPath, rawQuery, headers, body },
    { service: 'execute-api', region: model.place.region, principals, now },
  );
  if (!verification.ok) throw faults.signature(verification.code, verification.message);
  return verification.principal;
}

/**
 * Asks the method's authoriser who calls. First the resource policy may refuse, by an explicit deny; then both policies are taken
 * together as within one account: an allow in either, and a deny in none (documented: API Gateway, "How API Gateway resource
 * policies affect authorization workflow", table A). Nobody is a principal here, so keys of principals are missing.
 * Throws a `GatewayFault` unless they let the caller in.
 */
export async function authorizeByToken(
  exchange: Exchange,
  route: Route,
  model: GatewayModel,
  authorizers: Authorizers,
  context: RequestContext,
): Promise<void> {
  const resource = executionArn(model, exchange.httpMethod, exchange.resourceRawPath);
  const question = { action: 'execute-api:Invoke', resource, context: conditionKeys(exchange, context) };
  const { policy } = model.api;
  const byResource: Decision | undefined =
    policy === undefined ? undefined : await decide({ ...question, principal: undefined, resourcePolicy: policy });
  if (byResource?.explicitDeny) throw refused(exchange, resource, byResource);

  const authorizer = model.authorizers.get(route.method.authorizer ?? '');
  if (authorizer === undefined) throw faults.authorizerConfiguration();
  exchange.authorizer = await authorizers.ask(exchange, authorizer, resource);
  const principal = standIn(model, exchange.authorizer.policy);
  const byAuthorizer = await decide({ ...question, principal, unnamed: true }).catch((error: Error) => {
    throw error instanceof Undecidable ? faults.authorizerConfiguration() : error;
  });
  if (byAuthorizer.explicitDeny || !(byAuthorizer.allowed || byResource?.allowed)) {
    // Seen by users of AWS, not documented.
    throw faults.accessDenied(`User is not authorized to access this resource${how(byAuthorizer)}`);
  }
}

/** In whose place the authoriser's policy is read, as an identity policy is. No key of it is there. */
const standIn = ({ place }: GatewayModel, policy: unknown): Principal => ({
  ...{ accessKeyId: '', secretAccessKey: '', userId: '', account: place.account, policies: [policy] },
  arn: `arn:${place.partition}:iam::${place.account}:user/authorised`,
});

/**
 * Throws a `GatewayFault` unless policies let the caller invoke this method on this path. Without IAM authorisation only
 * the resource policy speaks, and only where there is one.
 */
export async function checkPolicies(
  exchange: Exchange,
  route: Route,
  model: GatewayModel,
  context: RequestContext,
): Promise<void> {
  const { api } = model;
  if (route.method.authorization === 'NONE' && api.policy === undefined) return;
  const resource = executionArn(model, exchange.httpMethod, exchange.resourceRawPath);
  const decision = await decide({
    principal: exchange.principal,
    action: 'execute-api:Invoke',
    resource,
    ...(api.policy !== undefined && { resourcePolicy: api.policy }),
    context: conditionKeys(exchange, context),
  });
  if (!decision.allowed) throw refused(exchange, resource, decision);
}

/** Requests are plain HTTP here, and play HTTPS. */
const conditionKeys = (exchange: Exchange, context: RequestContext): RequestContext => ({
  'aws:SourceIp': exchange.sourceIp,
  'aws:SecureTransport': 'true',
  ...(exchange.vpcEndpoint === undefined ? {} : { 'aws:SourceVpce': exchange.vpcEndpoint }),
  ...context,
});

function refused(exchange: Exchange, resource: string, decision: Decision): GatewayFault {
  const user = exchange.principal === undefined ? 'anonymous' : exchange.principal.arn;
  return faults.accessDenied(
    `User: ${user} is not authorized to perform: execute-api:Invoke on resource: ${resource}${how(decision)}`,
  );
}

const how = ({ explicitDeny }: Decision): string => (explicitDeny ? ' with an explicit deny' : '');
