/** From a cloud assembly to what the gateway plays. */
import { type Environment, loadAssembly } from './assembly.ts';
import { resolveTemplate } from './intrinsics.ts';
import { checkKnown } from './known-resources.ts';
import type { GatewayModel } from './model.ts';
import { placeOf } from './physical-ids.ts';
import { readApi } from './read-api.ts';
import { readFunctions, readPermissions } from './read-functions.ts';

/**
 * Loads the one stack of a cloud assembly.
 * Throws a `TemplateRefusal` for everything in it that is not known, not honoured, or would not deploy.
 *
 * @param fallback account and region where the stack was synthesised without
 */
export async function loadTemplate(assemblyDir: string, fallback?: Environment): Promise<GatewayModel> {
  const assembly = loadAssembly(assemblyDir, fallback);
  const place = placeOf(assembly.stackName, assembly.account, assembly.region);
  for (const [logicalId, resource] of Object.entries(assembly.template.Resources)) checkKnown(logicalId, resource);
  const { resources, outputs } = resolveTemplate(assembly.template, place);
  const functions = await readFunctions(resources, place, assembly);
  const { api, stage, methods, gatewayResponses, warnings } = readApi(resources, place, functions);
  for (const { logicalId, mayLog, logGroup } of functions.values()) {
    if (!mayLog) warnings.push(`${logicalId}: its role may not write to ${logGroup}, so its lines are lost`);
  }
  return {
    place,
    api,
    stage,
    methods,
    gatewayResponses,
    functions,
    permissions: readPermissions(resources, functions),
    outputs,
    warnings,
  };
}
