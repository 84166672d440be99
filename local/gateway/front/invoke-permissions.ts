/** Which services a function's own policy lets call it (documented: Lambda, "Using resource-based policies"). */

import { gatewayErrors } from '../gateway-errors.ts';
import type { GatewayModel, Method, Schedule } from '../template/gateway-model.ts';
import { formatExecutionArn } from './execution-arn.ts';
import { matchesArn } from './matches-arn.ts';

/**
 * Throws a `GatewayError` unless the function's own policy lets API Gateway call it for this method.
 * Assumed: the source ARN names the resource's path with its parameters in braces.
 */
export function checkMethodPermission(method: Method, httpMethod: string, model: GatewayModel): void {
  const source = formatExecutionArn(model, httpMethod, method.resourcePath);
  if (!isInvokePermitted(model, method.integration.function, 'apigateway.amazonaws.com', source))
    throw gatewayErrors.notPermitted();
}

/** Throws unless the function's own policy lets a schedule call it. */
export function checkSchedulePermission(
  { logicalId, arn, enabled, function: target }: Schedule,
  model: GatewayModel,
): void {
  if (!enabled) throw new Error(`${logicalId} is switched off`);
  if (!isInvokePermitted(model, target, 'events.amazonaws.com', arn))
    throw new Error(`${target} does not let ${logicalId} call it`);
}

/** Whether a service may call a function for one of its resources. */
export const isInvokePermitted = (
  { permissions, location }: GatewayModel,
  target: string,
  service: string,
  source: string,
): boolean =>
  permissions.some(
    ({ function: permitted, action, principal, sourceArn, sourceAccount }) =>
      permitted === target &&
      ['lambda:InvokeFunction', 'lambda:*'].includes(action) &&
      principal === service &&
      (sourceArn === undefined || matchesArn(sourceArn, source)) &&
      (sourceAccount === undefined || sourceAccount === location.account),
  );
