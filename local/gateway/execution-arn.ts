import type { GatewayModel } from './model.ts';

/** As policies name it: `…:API/STAGE/METHOD/path`. */
export function executionArn({ place, api, stage }: GatewayModel, httpMethod: string, path: string): string {
  return `arn:${place.partition}:execute-api:${place.region}:${place.account}:${api.id}/${stage.name}/${httpMethod}${path}`;
}
