/** Typed access to a resource's resolved properties. Every function throws an `UnsupportedTemplateError` that names the property. */
import type { ResolvedResource } from './resolve-template.ts';
import { createRejectResource } from './unsupported-template.ts';

/** Returns the value at a dotted path. */
export function getProperty(resource: ResolvedResource, path: string): unknown {
  let value: unknown = resource.properties;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** Returns the text at a path, or undefined if the property is missing. */
export function getOptionalString(resource: ResolvedResource, path: string): string | undefined {
  const value = getProperty(resource, path);
  if (value === undefined || typeof value === 'string') return value;
  return rejectProperty(resource, path, 'text');
}

/** Returns the text at a path. The property is required. */
export function getString(resource: ResolvedResource, path: string): string {
  return getOptionalString(resource, path) ?? rejectProperty(resource, path, 'text');
}

/** Returns the number at a path, or undefined. A number may be written as text. */
export function getOptionalNumber(resource: ResolvedResource, path: string): number | undefined {
  const value = getProperty(resource, path);
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : rejectProperty(resource, path, 'a number');
}

/** Returns the list at a path. A missing property is an empty list. */
export function getList(resource: ResolvedResource, path: string): unknown[] {
  const value = getProperty(resource, path) ?? [];
  return Array.isArray(value) ? value : rejectProperty(resource, path, 'a list');
}

/** Returns the list of texts at a path. */
export function getStringList(resource: ResolvedResource, path: string): string[] {
  return getList(resource, path).map((item) =>
    typeof item === 'string' ? item : rejectProperty(resource, path, 'a list of texts'),
  );
}

/** Returns the map of texts at a path. Converts numbers and booleans to text, as CloudFormation does. */
export function getStringMap(resource: ResolvedResource, path: string): Record<string, string> {
  const value = getProperty(resource, path) ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) return rejectProperty(resource, path, 'a map');
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([name, item]) =>
      item === null || typeof item === 'object'
        ? rejectProperty(resource, `${path}.${name}`, 'text')
        : [name, String(item)],
    ),
  );
}

function rejectProperty(resource: ResolvedResource, path: string, expected: string): never {
  return createRejectResource(resource)(`${path} must be ${expected}`);
}
