import { isJsonObject } from '../parse-json.ts';
import { Refusal } from '../refusal.ts';
import type { Schema } from './operation.ts';
import { type OperationCall, parseCall } from './parse-call.ts';
import { type RenderedCall, renderCall } from './render-call.ts';
import type { RestCatalog } from './rest-catalog.ts';

/** A request of one release, as another release accepts it. */
export type CallTranslation =
  | { readonly call: RenderedCall; readonly notes: readonly string[] }
  /** The other release does not accept it. Sentences that say why. */
  | { readonly gone: readonly string[] };

/** What Airflow 3 calls what Airflow 2 calls otherwise, in names of parameters and in paths. */
const RENAMED: readonly (readonly [before: RegExp, after: string])[] = [
  [/^execution_date/, 'logical_date'],
  [/datasets?(?=$|_)/, 'asset'],
];
const RENAMED_PATHS: readonly (readonly [before: string, after: string])[] = [
  ['GET /datasets', '/assets'],
  ['GET /datasets/events', '/assets/events'],
  ['GET /dags/{dag_id}/datasets/queuedEvent', '/dags/{dag_id}/assets/queuedEvents'],
  ['DELETE /dags/{dag_id}/datasets/queuedEvent', '/dags/{dag_id}/assets/queuedEvents'],
  [
    'GET /dags/{dag_id}/dagRuns/{dag_run_id}/upstreamDatasetEvents',
    '/dags/{dag_id}/dagRuns/{dag_run_id}/upstreamAssetEvents',
  ],
];

/**
 * Translates a request to another release: the version of the API, names that Airflow has changed, and members that the other release
 * requires and accepts as `null`.
 */
export function translateCall(call: OperationCall, from: RestCatalog, to: RestCatalog): CallTranslation {
  const { method, path } = call.operation;
  const renamedPath = RENAMED_PATHS.find(([before]) => before === `${method} ${path}`)?.[1];
  const has = (candidate: string) => to.operations.some((other) => other.method === method && other.path === candidate);
  const target = renamedPath !== undefined && !has(path) && has(renamedPath) ? renamedPath : path;
  const operation = to.operations.find((other) => other.method === method && other.path === target);
  if (operation === undefined) return { gone: [`Airflow ${to.airflow} has no operation ${method} ${path}.`] };
  const known = new Set(to.commands.get(operation)!.arguments.map(({ dest }) => dest));
  const renames: string[] = [];
  const rename = (name: string): string => {
    if (known.has(name)) return name;
    const renamed = RENAMED.map(([before, after]) => name.replace(before, after)).find((other) => known.has(other));
    if (renamed === undefined) return name;
    renames.push(`Airflow ${to.airflow} calls ${name} ${renamed}.`);
    return renamed;
  };
  const renameAll = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [rename(name), value]));
  const draft: OperationCall = {
    operation,
    path: call.path,
    query: renameAll(call.query),
    ...(call.body === undefined ? {} : { body: isJsonObject(call.body) ? renameAll(call.body) : call.body }),
  };
  const missing = findMissingMembers(to, draft);
  const body =
    missing.length === 0
      ? draft.body
      : { ...(draft.body as object), ...Object.fromEntries(missing.map((name) => [name, null])) };
  return render(to, { ...draft, ...(body === undefined ? {} : { body }) }, [
    ...renames,
    ...missing.map((name) => `Airflow ${to.airflow} requires ${name}. null leaves the choice to Airflow.`),
    ...(from.basePath === to.basePath ? [] : [`The answer has the form of ${to.basePath}, whose members differ.`]),
  ]);
}

/** Renders the request, and parses it as the other release would. */
function render(to: RestCatalog, draft: OperationCall, notes: readonly string[]): CallTranslation {
  const { method, target, body } = renderCall(to, draft);
  const [path = '', query = ''] = target.split('?');
  try {
    const request = { method, path, query: [...new URLSearchParams(query)], ...(body === undefined ? {} : { body }) };
    return { call: renderCall(to, parseCall(to, request)), notes };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { gone: [`Airflow ${to.airflow} does not accept it: ${error.message}`] };
  }
}

/** The members that the body must have, does not have, and can have as `null`. */
function findMissingMembers({ schemas }: RestCatalog, { operation, body }: OperationCall): string[] {
  const resolve = (schema: Schema = {}): Schema => (schema.$ref === undefined ? schema : resolve(schemas[schema.$ref]));
  const { required = [], properties = {} } = resolve(operation.body?.schema);
  if (!isJsonObject(body)) return [];
  const acceptsNull = (name: string) => resolve(properties[name]).anyOf?.some(({ type }) => type === 'null') ?? false;
  return required.filter((name) => !Object.hasOwn(body, name) && acceptsNull(name));
}
