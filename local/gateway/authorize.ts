/** Who calls, and may they: what API Gateway asks before a request reaches an integration. */
import { decide, type RequestContext } from '../iam/evaluate.ts';
import type { Principal, Principals } from '../iam/principals.ts';
import { verify } from '../iam/sigv4.ts';
import { arnMatches } from './arn-pattern.ts';
import type { Exchange } from './exchange.ts';
import { faults } from './faults.ts';
import type { GatewayModel, Method } from './model.ts';
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
    context: { 'aws:SourceIp': exchange.sourceIp, ...context },
  });
  if (decision.allowed) return;
  const user = exchange.principal === undefined ? 'anonymous' : exchange.principal.arn;
  const why = decision.explicitDeny ? ' with an explicit deny' : '';
  throw faults.accessDenied(
    `User: ${user} is not authorized to perform: execute-api:Invoke on resource: ${resource}${why}`,
  );
}

/**
 * Throws a `GatewayFault` unless the function's own policy lets API Gateway call it for this method (documented: Lambda,
 * "Using resource-based policies"). Assumed: the source ARN names the resource's path with its parameters in braces.
 */
export function checkPermission(method: Method, httpMethod: string, model: GatewayModel): void {
  const source = executionArn(model, httpMethod, method.resourcePath);
  const permitted = model.permissions.some(
    ({ function: target, action, principal, sourceArn, sourceAccount }) =>
      target === method.integration.function &&
      ['lambda:InvokeFunction', 'lambda:*'].includes(action) &&
      principal === 'apigateway.amazonaws.com' &&
      (sourceArn === undefined || arnMatches(sourceArn, source)) &&
      (sourceAccount === undefined || sourceAccount === model.place.account),
  );
  if (!permitted) throw faults.notPermitted();
}

/** As policies name it: `…:API/STAGE/METHOD/path`. */
function executionArn({ place, api, stage }: GatewayModel, httpMethod: string, path: string): string {
  return `arn:${place.partition}:execute-api:${place.region}:${place.account}:${api.id}/${stage.name}/${httpMethod}${path}`;
}
