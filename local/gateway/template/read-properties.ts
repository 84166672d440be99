/** Typed reading of a resource's resolved properties. Everything here throws a `UnsupportedTemplateError` that names the place. */
import type { ResolvedResource } from './resolve-template.ts';
import { rejectTemplate } from './unsupported-template.ts';

/** The value at a dotted path. */
export function getProperty(resource: ResolvedResource, path: string): unknown {
  let value: unknown = resource.properties;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** Text, where there is any. */
export function getOptionalString(resource: ResolvedResource, path: string): string | undefined {
  const value = getProperty(resource, path);
  if (value === undefined || typeof value === 'string') return value;
  return rejectProperty(resource, path, 'text');
}

/** Text that must be there. */
export function getString(resource: ResolvedResource, path: string): string {
  return getOptionalString(resource, path) ?? rejectProperty(resource, path, 'text');
}

/** A number, also where it is written as text. */
export function getOptionalNumber(resource: ResolvedResource, path: string): number | undefined {
  const value = getProperty(resource, path);
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : rejectProperty(resource, path, 'a number');
}

/** A list; none is an empty one. */
export function getList(resource: ResolvedResource, path: string): unknown[] {
  const value = getProperty(resource, path) ?? [];
  return Array.isArray(value) ? value : rejectProperty(resource, path, 'a list');
}

/** A list of texts. */
export function getStringList(resource: ResolvedResource, path: string): string[] {
  return getList(resource, path).map((item) =>
    typeof item === 'string' ? item : rejectProperty(resource, path, 'texts'),
  );
}

/** A table of texts; numbers and booleans become text, as CloudFormation makes them. */
export function getStringMap(resource: ResolvedResource, path: string): Record<string, string> {
  const value = getProperty(resource, path) ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) return rejectProperty(resource, path, 'a table');
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([name, item]) =>
      item === null || typeof item === 'object'
        ? rejectProperty(resource, `${path}.${name}`, 'text')
        : [name, String(item)],
    ),
  );
}

function rejectProperty(resource: ResolvedResource, path: string, wanted: string): never {
  rejectTemplate(`${resource.logicalId} (${resource.type}): ${path} must be ${wanted}`);
}
