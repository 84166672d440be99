/** From a cloud assembly to what the gateway plays. */

import type { GatewayModel } from './gateway-model.ts';
import { checkKnownResource } from './known-resources.ts';
import { type AccountAndRegion, loadAssembly } from './load-assembly.ts';
import { readApi } from './read-api.ts';
import { readFunctions, readInvokePermissions } from './read-functions.ts';
import { readSchedules } from './read-schedules.ts';
import { resolveTemplate } from './resolve-template.ts';
import { createStackLocation } from './resource-identity.ts';

/**
 * Loads one stack of a cloud assembly.
 * Throws a `UnsupportedTemplateError` for everything in it that is not known, not honored, or would not deploy.
 *
 * @param fallback account and region where the stack was synthesized without
 * @param stackName left out: the only one there is
 * @param imports what other stacks export, by name
 */
export async function loadTemplate(
  assemblyDir: string,
  fallback?: AccountAndRegion,
  stackName?: string,
  imports: Readonly<Record<string, string>> = {},
): Promise<GatewayModel> {
  const assembly = loadAssembly(assemblyDir, fallback, stackName);
  const place = createStackLocation(assembly.stackName, assembly.account, assembly.region);
  for (const [logicalId, resource] of Object.entries(assembly.template.Resources))
    checkKnownResource(logicalId, resource);
  const { resources, outputs } = resolveTemplate(assembly.template, place, imports);
  const functions = await readFunctions(resources, place, assembly);
  const parts = readApi(resources, place, functions);
  const { warnings } = parts;
  for (const { logicalId, canWriteLogs, logGroup } of functions.values()) {
    if (!canWriteLogs) warnings.push(`${logicalId}: its role may not write to ${logGroup}, so its lines are lost`);
  }
  return {
    ...parts,
    location: place,
    functions,
    schedules: readSchedules(resources, functions),
    permissions: readInvokePermissions(resources, functions),
    outputs,
  };
}
