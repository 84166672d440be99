/** Reads a cloud assembly into the model that the gateway runs. */

import { checkDeployment } from './check-deployment.ts';
import type { GatewayModel } from './gateway-model.ts';
import { checkKnownResource } from './known-resources.ts';
import { type AccountAndRegion, loadAssembly } from './load-assembly.ts';
import { readApi } from './read-api.ts';
import { listEventWarnings, readEventRules, readEventSources, readQueues } from './read-event-sources.ts';
import { readFunctions } from './read-functions.ts';
import { readResourcePolicies } from './read-resource-policies.ts';
import { readSchedules } from './read-schedules.ts';
import { resolveTemplate } from './resolve-template.ts';
import { createStackLocation } from './resource-identity.ts';

/**
 * Loads one stack of a cloud assembly.
 *
 * @param fallback account and region of a stack that was synthesized without them
 * @param stackName may be omitted if the assembly contains one stack
 * @param imports values that other stacks export, by export name
 * @throws UnsupportedTemplateError for everything that is not supported or would not deploy
 */
export async function loadTemplate(
  assemblyDir: string,
  fallback?: AccountAndRegion,
  stackName?: string,
  imports: Readonly<Record<string, string>> = {},
): Promise<GatewayModel> {
  const assembly = loadAssembly(assemblyDir, fallback, stackName);
  const location = createStackLocation(assembly.stackName, assembly.account, assembly.region);
  for (const [logicalId, resource] of Object.entries(assembly.template.Resources))
    checkKnownResource(logicalId, resource);
  const { resources, outputs } = resolveTemplate(assembly.template, location, imports);
  const functions = await readFunctions(resources, location, assembly);
  const parts = readApi(resources, location, functions);
  const { warnings } = parts;
  for (const { logicalId, canWriteLogs, logGroup } of functions.values()) {
    if (!canWriteLogs) warnings.push(`${logicalId}: log lines are lost because its role cannot write to ${logGroup}`);
  }
  const queues = await readQueues(resources);
  const eventRules = readEventRules(resources, queues);
  const model = {
    ...parts,
    location,
    functions,
    schedules: readSchedules(resources, functions),
    queues,
    eventRules,
    eventSources: await readEventSources(resources, queues, functions, location),
    resourcePolicies: await readResourcePolicies(resources, functions),
    outputs,
  };
  warnings.push(...(await checkDeployment(resources, model)));
  warnings.push(...(await listEventWarnings(eventRules, queues, location.account)));
  return model;
}
