import type { GatewayModel } from '../template/gateway-model.ts';

/** As policies name it: `…:API/STAGE/METHOD/path`. */
export function formatExecutionArn({ location, api, stage }: GatewayModel, httpMethod: string, path: string): string {
  return `arn:${location.partition}:execute-api:${location.region}:${location.account}:${api.id}/${stage.name}/${httpMethod}${path}`;
}
