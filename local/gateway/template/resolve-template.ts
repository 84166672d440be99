/** Resolves a template to plain values. */

import { listDependencies } from './dependencies.ts';
import {
  createResolutionContext,
  getIdentity,
  isPresent,
  type ResolutionContext,
  resolveValue,
} from './intrinsic-functions.ts';
import type { RawResource, RawTemplate } from './raw-template.ts';
import type { ResourceIdentity, StackLocation } from './resource-identity.ts';

/** A resource whose properties are plain values. */
export interface ResolvedResource {
  logicalId: string;
  type: string;
  properties: Record<string, unknown>;
  identity: ResourceIdentity;
  /** Logical ids of the resources that CloudFormation creates before it. */
  dependencies: string[];
}

/** A template without references. */
export interface ResolvedTemplate {
  resources: ResolvedResource[];
  outputs: Record<string, unknown>;
}

/**
 * Resolves a template. Resources and outputs whose condition is false are omitted.
 *
 * @param imports values that other stacks export, by export name
 * @param parameters values of the template's parameters, by name
 * @throws UnsupportedTemplateError for a function or reference that cannot be resolved here: dynamic references, parameters
 *   without a value, imports that `imports` does not contain
 */
export function resolveTemplate(
  template: RawTemplate,
  location: StackLocation,
  imports: Readonly<Record<string, string>> = {},
  parameters: Readonly<Record<string, string>> = {},
): ResolvedTemplate {
  const context = createResolutionContext(template, location, imports, parameters);
  return {
    resources: Object.entries(template.Resources)
      .filter(([, resource]) => isPresent(resource, context))
      .map(([logicalId, resource]) => ({
        logicalId,
        type: resource.Type,
        properties: resolveProperties(resource, context),
        identity: getIdentity(logicalId, context),
        dependencies: listDependencies(resource),
      })),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs ?? {})
        .filter(([, output]) => isPresent(output, context))
        .map(([name, { Value }]) => [name, resolveValue(Value, context)]),
    ),
  };
}

function resolveProperties({ Properties = {} }: RawResource, context: ResolutionContext): Record<string, unknown> {
  const properties = resolveValue(Properties, context);
  return typeof properties === 'object' && properties !== null ? { ...properties } : {};
}
