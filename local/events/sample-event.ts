/** Creates an event for a rule, as an example. */
export interface SampleRule {
  /** As EventBridge matches it. */
  readonly pattern: Readonly<Record<string, unknown>>;
  /** The command, with placeholders. */
  readonly run: string | readonly string[];
}

type Json = { [name: string]: unknown };

/** Placeholders of objects in S3. */
const S3_PATHS: Readonly<Record<string, string>> = { bucket: 'detail.bucket.name', key: 'detail.object.key' };

/** Returns an event that a pattern with plain values, prefixes or suffixes matches, with a value for each placeholder. */
export function createSampleEvent({ pattern, run }: SampleRule): Json {
  const event: Json = { source: 'example', 'detail-type': 'example', detail: {}, ...fill(pattern) };
  for (const [, name = ''] of [run]
    .flat()
    .join(' ')
    .matchAll(/\{([\w.-]+)\}/g)) {
    const path = (S3_PATHS[name] ?? name).split('.');
    if (path[0] === 'detail') setDefault(event, path, name === 'key' ? 'in/example.csv' : 'example');
  }
  return event;
}

const fill = (pattern: Readonly<Record<string, unknown>>): Json =>
  Object.fromEntries(
    Object.entries(pattern).map(([name, value]) => [
      name,
      Array.isArray(value) ? chooseValue(value[0]) : fill(value as Json),
    ]),
  );

function chooseValue(filter: unknown): unknown {
  if (typeof filter !== 'object' || filter === null) return filter;
  const { prefix, suffix } = filter as { prefix?: unknown; suffix?: unknown };
  return typeof prefix === 'string' ? `${prefix}example` : typeof suffix === 'string' ? `example${suffix}` : 'example';
}

function setDefault(event: Json, path: readonly string[], value: string): void {
  let parent = event;
  for (const name of path.slice(0, -1)) {
    parent[name] ??= {};
    parent = parent[name] as Json;
  }
  parent[path.at(-1)!] ??= value;
}
