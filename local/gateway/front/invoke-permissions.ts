/** Which services the resource-based policy of a function allows to invoke it (documented: Lambda, "Using resource-based policies"). */

import { gatewayErrors } from '../gateway-errors.ts';
import type { GatewayModel, Method, Schedule } from '../template/gateway-model.ts';
import { formatExecutionArn } from './execution-arn.ts';
import { matchesArn } from './matches-arn.ts';

/**
 * Throws a `GatewayError` unless the function's policy allows API Gateway to invoke it for this method. Assumed: the source ARN
 * contains the resource's path with its parameters in braces.
 */
export function checkMethodPermission(method: Method, httpMethod: string, model: GatewayModel): void {
  const sourceArn = formatExecutionArn(model, httpMethod, method.resourcePath);
  if (!isInvokePermitted(model, method.integration.function, 'apigateway.amazonaws.com', sourceArn))
    throw gatewayErrors.notPermitted();
}

/** Throws unless the schedule is enabled and the function's policy allows EventBridge to invoke it. */
export function checkSchedulePermission(
  { logicalId, arn, enabled, function: target }: Schedule,
  model: GatewayModel,
): void {
  if (!enabled) throw new Error(`The schedule ${logicalId} is disabled.`);
  if (!isInvokePermitted(model, target, 'events.amazonaws.com', arn))
    throw new Error(`The policy of ${target} does not allow the schedule ${logicalId} to invoke it.`);
}

/** Whether a function's policy allows a service to invoke it for the resource `sourceArn`. */
export const isInvokePermitted = (
  { permissions, location }: GatewayModel,
  target: string,
  service: string,
  sourceArn: string,
): boolean =>
  permissions.some(
    (permission) =>
      permission.function === target &&
      ['lambda:InvokeFunction', 'lambda:*'].includes(permission.action) &&
      permission.principal === service &&
      (permission.sourceArn === undefined || matchesArn(permission.sourceArn, sourceArn)) &&
      (permission.sourceAccount === undefined || permission.sourceAccount === location.account),
  );
