import { isDeepStrictEqual } from 'node:util';
import type { RawResource, RawTemplate } from '../../../local/gateway/template/raw-template.ts';

export interface Operation {
  readonly kind: 'create' | 'update' | 'replace' | 'delete';
  readonly id: string;
}

/** Properties that CloudFormation can change only with a new resource, of the types whose order matters here. */
const REPLACING_PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGateway::Resource': ['RestApiId', 'ParentId', 'PathPart'],
  'AWS::ApiGateway::Method': ['RestApiId', 'ResourceId', 'HttpMethod'],
  'AWS::ApiGateway::Deployment': ['RestApiId'],
  'AWS::Lambda::Function': ['FunctionName', 'PackageType'],
};

/**
 * Plans an update as CloudFormation runs it: it creates, updates, and replaces resources in the order of their dependencies, and
 * deletes what is no longer needed only after all of that (source: CloudFormation, "Update behaviors of stack resources").
 *
 * @param isLate Operations without a dependency between them run in parallel. Those for which this returns true come last.
 */
export function planUpdate(before: RawTemplate, after: RawTemplate, isLate: (id: string) => boolean): Operation[] {
  const [oldResources, newResources] = [before.Resources, after.Resources];
  const changes = sortByDependencies(newResources, isLate).flatMap((id): Operation[] => {
    const [oldResource, newResource] = [oldResources[id], newResources[id] as RawResource];
    if (oldResource === undefined) return [{ kind: 'create', id }];
    if (isDeepStrictEqual(oldResource.Properties, newResource.Properties)) return [];
    const isReplaced = (REPLACING_PROPERTIES[newResource.Type] ?? []).some(
      (name) => !isDeepStrictEqual(oldResource.Properties?.[name], newResource.Properties?.[name]),
    );
    return [{ kind: isReplaced ? 'replace' : 'update', id }];
  });
  const replaced = changes.filter(({ kind }) => kind === 'replace').map(({ id }) => id);
  const deletions = sortByDependencies(oldResources, () => false)
    .reverse()
    .filter((id) => replaced.includes(id) || newResources[id] === undefined);
  return [...changes, ...deletions.map((id): Operation => ({ kind: 'delete', id }))];
}

/** Returns the ids so that each follows those that it refers to. */
function sortByDependencies(resources: RawTemplate['Resources'], isLate: (id: string) => boolean): string[] {
  const waiting = new Map(
    Object.entries(resources).map(([id, resource]) => [id, listDependencies(id, resources, resource)]),
  );
  const sorted: string[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting.keys()].filter((id) => waiting.get(id)?.every((dependency) => !waiting.has(dependency)));
    const next = ready.find((id) => !isLate(id)) ?? ready[0];
    if (next === undefined) throw new Error(`Circular dependency: ${[...waiting.keys()].join(', ')}`);
    waiting.delete(next);
    sorted.push(next);
  }
  return sorted;
}

function listDependencies(id: string, resources: RawTemplate['Resources'], resource: RawResource): string[] {
  const references = JSON.stringify(resource.Properties ?? {}).matchAll(
    /"(?:Ref|Fn::GetAtt)":\["?([^",\]]+)|"Ref":"([^"]+)"/g,
  );
  const targets = [
    ...[...references].map(([, first, second]) => first ?? second ?? ''),
    ...[resource.DependsOn ?? []].flat(),
  ];
  return targets.filter((target) => target !== id && Object.hasOwn(resources, target));
}
