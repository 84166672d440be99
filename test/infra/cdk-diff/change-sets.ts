import { isDeepStrictEqual } from 'node:util';
import { type DeployedStack, NESTED_STACK, type TemplateResource } from './deployed-stacks.ts';

/** A change of a resource, as `DescribeChangeSet` lists it. */
export interface ResourceChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly type: string;
  /** The changed properties. */
  readonly properties: readonly string[];
  /** The changes of a nested stack. */
  readonly nested?: readonly ResourceChange[];
}

const NOTHING: DeployedStack = { template: { Resources: {} }, nested: {} };

/**
 * Lists the changes of an update as CloudFormation does: changed properties, and no changes of metadata. It compares nested stacks
 * too, and lists each nested stack, whether it changes or not.
 */
export function listChanges(before: DeployedStack = NOTHING, after: DeployedStack = NOTHING): ResourceChange[] {
  const [oldResources, newResources] = [before.template.Resources, after.template.Resources];
  return [...new Set([...Object.keys(oldResources), ...Object.keys(newResources)])].flatMap((logicalId) => {
    const [oldResource, newResource] = [oldResources[logicalId], newResources[logicalId]];
    const { Type: type } = (newResource ?? oldResource) as TemplateResource;
    const properties = listChangedProperties(oldResource, newResource);
    const isNested = type === NESTED_STACK;
    if (oldResource !== undefined && newResource !== undefined && properties.length === 0 && !isNested) return [];
    const action = oldResource === undefined ? 'Add' : newResource === undefined ? 'Remove' : 'Modify';
    const nested = isNested ? { nested: listChanges(before.nested[logicalId], after.nested[logicalId]) } : {};
    return [{ action, logicalId, type, properties: action === 'Modify' ? properties : [], ...nested } as const];
  });
}

const listChangedProperties = (
  { Properties: oldProperties = {} }: Partial<TemplateResource> = {},
  { Properties: newProperties = {} }: Partial<TemplateResource> = {},
): string[] =>
  [...new Set([...Object.keys(oldProperties), ...Object.keys(newProperties)])].filter(
    (name) => !isDeepStrictEqual(oldProperties[name], newProperties[name]),
  );
