/** From a cloud assembly to what the gateway plays. */
import { type Environment, loadAssembly } from './assembly.ts';
import { resolveTemplate } from './intrinsics.ts';
import { checkKnown } from './known-resources.ts';
import type { GatewayModel } from './model.ts';
import { placeOf } from './physical-ids.ts';
import { readApi } from './read-api.ts';
import { readFunctions, readPermissions } from './read-functions.ts';
import { readSchedules } from './read-schedules.ts';

/**
 * Loads one stack of a cloud assembly.
 * Throws a `TemplateRefusal` for everything in it that is not known, not honoured, or would not deploy.
 *
 * @param fallback account and region where the stack was synthesised without
 * @param stackName left out: the only one there is
 * @param imports what other stacks export, by name
 */
export async function loadTemplate(
  assemblyDir: string,
  fallback?: Environment,
  stackName?: string,
  imports: Readonly<Record<string, string>> = {},
): Promise<GatewayModel> {
  const assembly = loadAssembly(assemblyDir, fallback, stackName);
  const place = placeOf(assembly.stackName, assembly.account, assembly.region);
  for (const [logicalId, resource] of Object.entries(assembly.template.Resources)) checkKnown(logicalId, resource);
  const { resources, outputs } = resolveTemplate(assembly.template, place, imports);
  const functions = await readFunctions(resources, place, assembly);
  const parts = readApi(resources, place, functions);
  const { warnings } = parts;
  for (const { logicalId, mayLog, logGroup } of functions.values()) {
    if (!mayLog) warnings.push(`${logicalId}: its role may not write to ${logGroup}, so its lines are lost`);
  }
  return {
    ...parts,
    place,
    functions,
    schedules: readSchedules(resources, functions),
    permissions: readPermissions(resources, functions),
    outputs,
  };
}
