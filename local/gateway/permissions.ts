/** Which services a function's own policy lets call it (documented: Lambda, "Using resource-based policies"). */
import { arnMatches } from './arn-pattern.ts';
import { executionArn } from './execution-arn.ts';
import { faults } from './faults.ts';
import type { GatewayModel, Method, Schedule } from './model.ts';

/**
 * Throws a `GatewayFault` unless the function's own policy lets API Gateway call it for this method.
 * Assumed: the source ARN names the resource's path with its parameters in braces.
 */
export function checkPermission(method: Method, httpMethod: string, model: GatewayModel): void {
  const source = executionArn(model, httpMethod, method.resourcePath);
  if (!isPermitted(model, method.integration.function, 'apigateway.amazonaws.com', source)) throw faults.notPermitted();
}

/** Throws unless the function's own policy lets a schedule call it. */
export function checkSchedule({ logicalId, arn, enabled, function: target }: Schedule, model: GatewayModel): void {
  if (!enabled) throw new Error(`${logicalId} is switched off`);
  if (!isPermitted(model, target, 'events.amazonaws.com', arn))
    throw new Error(`${target} does not let ${logicalId} call it`);
}

/** Whether a service may call a function for one of its resources. */
export const isPermitted = (
  { permissions, place }: GatewayModel,
  target: string,
  service: string,
  source: string,
): boolean =>
  permissions.some(
    ({ function: permitted, action, principal, sourceArn, sourceAccount }) =>
      permitted === target &&
      ['lambda:InvokeFunction', 'lambda:*'].includes(action) &&
      principal === service &&
      (sourceArn === undefined || arnMatches(sourceArn, source)) &&
      (sourceAccount === undefined || sourceAccount === place.account),
  );
