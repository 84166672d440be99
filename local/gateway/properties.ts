/** Typed reading of a resource's resolved properties. Everything here throws a `TemplateRefusal` that names the place. */
import type { ResolvedResource } from './intrinsics.ts';
import { refuseTemplate } from './refusal.ts';

/** The value at a dotted path. */
export function propertyAt(resource: ResolvedResource, path: string): unknown {
  let value: unknown = resource.properties;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** Text, where there is any. */
export function optionalText(resource: ResolvedResource, path: string): string | undefined {
  const value = propertyAt(resource, path);
  if (value === undefined || typeof value === 'string') return value;
  return refuse(resource, path, 'text');
}

/** Text that must be there. */
export function textOf(resource: ResolvedResource, path: string): string {
  return optionalText(resource, path) ?? refuse(resource, path, 'text');
}

/** A number, also where it is written as text. */
export function optionalNumber(resource: ResolvedResource, path: string): number | undefined {
  const value = propertyAt(resource, path);
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : refuse(resource, path, 'a number');
}

/** A list; none is an empty one. */
export function listOf(resource: ResolvedResource, path: string): unknown[] {
  const value = propertyAt(resource, path) ?? [];
  return Array.isArray(value) ? value : refuse(resource, path, 'a list');
}

/** A list of texts. */
export function textsOf(resource: ResolvedResource, path: string): string[] {
  return listOf(resource, path).map((item) => (typeof item === 'string' ? item : refuse(resource, path, 'texts')));
}

/** A table of texts; numbers and booleans become text, as CloudFormation makes them. */
export function tableOf(resource: ResolvedResource, path: string): Record<string, string> {
  const value = propertyAt(resource, path) ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) return refuse(resource, path, 'a table');
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([name, item]) =>
      item === null || typeof item === 'object' ? refuse(resource, `${path}.${name}`, 'text') : [name, String(item)],
    ),
  );
}

function refuse(resource: ResolvedResource, path: string, wanted: string): never {
  refuseTemplate(`${resource.logicalId} (${resource.type}): ${path} must be ${wanted}`);
}
