/** Whether API Gateway may invoke the function of a method. */
import { gatewayErrors } from '../gateway-errors.ts';
import { isServicePermitted } from '../lambda/authorize-invoke.ts';
import type { GatewayModel, Method } from '../template/gateway-model.ts';
import { formatExecutionArn } from './execution-arn.ts';

/** The principal with which API Gateway invokes functions (documented). */
export const API_GATEWAY = 'apigateway.amazonaws.com';

/**
 * Throws a `GatewayError` unless the function's policy allows API Gateway to invoke it for this method. Assumed: the source ARN
 * contains the resource's path with its parameters in braces.
 */
export async function checkMethodPermission(method: Method, httpMethod: string, model: GatewayModel): Promise<void> {
  const sourceArn = formatExecutionArn(model, httpMethod, method.resourcePath);
  if (!(await isServicePermitted(model, method.integration.function, API_GATEWAY, sourceArn)))
    throw gatewayErrors.notPermitted();
}
