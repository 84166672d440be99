/** The order in which CloudFormation creates resources (documented: `DependsOn`, `Ref`, `Fn::GetAtt`, `Fn::Sub`). */
import type { RawResource } from './raw-template.ts';

/** A resource and those that it waits for, by logical id. */
export interface OrderedResource {
  readonly logicalId: string;
  readonly dependencies: readonly string[];
}

/** Returns the logical ids that a resource waits for: those in `DependsOn` and those that its properties refer to. */
export function listDependencies({ Properties, DependsOn }: RawResource): string[] {
  const found = new Set([DependsOn ?? []].flat());
  collect(Properties);
  return [...found].filter((id) => !id.startsWith('AWS::'));

  function collect(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, child] of Object.entries(value)) {
      if (name === 'Ref') found.add(String(child));
      else if (name === 'Fn::GetAtt')
        found.add((Array.isArray(child) ? String(child[0]) : String(child)).split('.')[0]!);
      else if (name === 'Fn::Sub')
        for (const [, id = ''] of String([child].flat()[0]).matchAll(/\$\{([^!.}]+)/g)) found.add(id);
      collect(child);
    }
  }
}

/** Whether CloudFormation creates `logicalId` before `from`, whatever else is in the template. */
export function isCreatedBefore(
  logicalId: string,
  from: OrderedResource,
  resources: readonly OrderedResource[],
  seen = new Set<string>(),
): boolean {
  seen.add(from.logicalId);
  return from.dependencies.some((name) => {
    if (name === logicalId) return true;
    const next = resources.find((resource) => resource.logicalId === name);
    return next !== undefined && !seen.has(name) && isCreatedBefore(logicalId, next, resources, seen);
  });
}
