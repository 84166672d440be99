import type { GatewayModel } from '../template/gateway-model.ts';

/** The ARN of a method and path in policies: `…:API/STAGE/METHOD/path`. */
export function formatExecutionArn({ location, api, stage }: GatewayModel, httpMethod: string, path: string): string {
  return `arn:${location.partition}:execute-api:${location.region}:${location.account}:${api.id}/${stage.name}/${httpMethod}${path}`;
}
