import type { Operation, OperationCatalog, QueryParameter, Schema } from '../../airflow/rest/operation.ts';

type Json = Record<string, unknown>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The members of a schema that stay as they are. */
const KEPT = [
  'type',
  'enum',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'minItems',
  'maxItems',
  'required',
] as const;

/** Members that say nothing about which requests are valid. */
const DROPPED = new Set([
  'title',
  'description',
  'default',
  'example',
  'examples',
  'deprecated',
  'discriminator',
  'writeOnly',
  'readOnly',
  'nullable',
  'externalDocs',
]);

/** Members that are converted. */
const CONVERTED = new Set([
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
  'const',
  'items',
  'prefixItems',
  'properties',
  'additionalProperties',
]);

/**
 * Reads the operations of a release from its OpenAPI document, with the schemas that their requests use.
 *
 * @throws Error a member of a schema that this function does not know
 */
export function readOpenApi(release: string, document: Json): OperationCatalog {
  const schemas: Record<string, Schema> = {};
  const isAirflow2 = release.startsWith('2.');
  const resolve = <Value extends Json>(value: Value): Value => {
    if (typeof value.$ref !== 'string') return value;
    const target = value.$ref
      .split('/')
      .slice(1)
      .reduce<unknown>(
        (node, key) => (node as Json | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')],
        document,
      );
    if (target === undefined) throw new Error(`Airflow ${release}: ${value.$ref} does not exist`);
    return resolve(target as Value);
  };

  function convert(source: Json): Schema {
    if (typeof source.$ref === 'string') {
      const name = source.$ref.slice(source.$ref.lastIndexOf('/') + 1);
      if (schemas[name] === undefined) {
        schemas[name] = {};
        schemas[name] = convert(resolve(source));
      }
      return { $ref: name };
    }
    for (const key of Object.keys(source)) {
      if (!KEPT.includes(key as never) && !DROPPED.has(key) && !CONVERTED.has(key) && !key.startsWith('x-')) {
        throw new Error(`Airflow ${release}: a schema has "${key}", which the proxy does not know`);
      }
    }
    const schema = convertMembers(source);
    return source.nullable === true && !('anyOf' in schema) ? { anyOf: [schema, { type: 'null' }] } : schema;
  }

  function convertMembers(source: Json): Schema {
    if (Array.isArray(source.allOf)) return mergeSchemas([...source.allOf, omit(source, 'allOf')] as Json[]);
    const alternatives = (source.anyOf ?? source.oneOf) as Json[] | undefined;
    if (alternatives !== undefined) return { anyOf: alternatives.map(convert) };
    const kept: Json = Object.fromEntries(KEPT.filter((key) => key in source).map((key) => [key, source[key]]));
    if ('const' in source) kept.enum = [source.const];
    if (source.items !== undefined) kept.items = convert(source.items as Json);
    // Tuples: as many items as there are schemas, each as one of them allows.
    else if (Array.isArray(source.prefixItems))
      kept.items = { anyOf: source.prefixItems.map((item: Json) => convert(item)) };
    if (source.properties !== undefined) {
      const writable = Object.entries(source.properties as Record<string, Json>).filter(
        ([, it]) => it.readOnly !== true && resolve(it).readOnly !== true,
      );
      kept.properties = Object.fromEntries(writable.map(([name, it]) => [name, convert(it)]));
      kept.type ??= 'object';
    }
    const additional = source.additionalProperties;
    if (additional === true) kept.additionalProperties = true;
    else if (typeof additional === 'object' && additional !== null)
      kept.additionalProperties = convert(additional as Json);
    else if (additional === false) kept.properties ??= {};
    return kept as Schema;
  }

  /** The schema of a value that satisfies all of these: their properties together. */
  function mergeSchemas(parts: readonly Json[]): Schema {
    const converted = parts.map((part) => convertMembers(resolve(part)));
    const merged: Json = {};
    for (const part of converted) {
      for (const [key, value] of Object.entries(part)) {
        merged[key] =
          key === 'properties'
            ? { ...(merged.properties as Json | undefined), ...(value as Json) }
            : key === 'required'
              ? [...((merged.required as string[] | undefined) ?? []), ...(value as string[])]
              : value;
      }
    }
    return merged as Schema;
  }

  const operations = Object.entries(document.paths as Record<string, Json>).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method): Operation => {
      const source = item[method] as Json;
      const parameters = [...((item.parameters as Json[]) ?? []), ...((source.parameters as Json[]) ?? [])].map(
        resolve,
      );
      const pathParameters: Record<string, Schema> = {};
      const query: Record<string, QueryParameter> = {};
      for (const parameter of parameters) {
        const name = parameter.name as string;
        const schema = convert(parameter.schema as Json);
        if (parameter.in === 'path') pathParameters[name] = schema;
        else if (parameter.in === 'query') {
          query[name] = {
            schema,
            ...(parameter.required === true ? { required: true } : {}),
            // Connexion, the framework of Airflow 2, splits each value of a list at its commas.
            ...(parameter.explode === false || (isAirflow2 && resolve(parameter.schema as Json).type === 'array')
              ? { joined: true }
              : {}),
          };
        } // Headers choose a form of the answer. The proxy decides on that itself.
      }
      const body = source.requestBody === undefined ? undefined : resolve(source.requestBody as Json);
      return {
        operationId: source.operationId as string,
        method: method.toUpperCase() as Operation['method'],
        path: stripBasePath(path),
        pathParameters,
        query,
        ...(body === undefined ? {} : { body: readBody(body) }),
      };
    }),
  );

  function readBody(body: Json): NonNullable<Operation['body']> {
    const content = body.content as Record<string, Json>;
    const json = content['application/json'];
    if (json === undefined) throw new Error(`Airflow ${release}: a body is ${Object.keys(content).join(', ')}`);
    return { schema: convert(json.schema as Json), ...(body.required === true ? { required: true } : {}) };
  }

  return {
    airflow: release,
    basePath: isAirflow2 ? '/api/v1' : '/api/v2',
    operations: operations.filter(({ operationId }) => operationId !== undefined),
    schemas: sortKeys(schemas),
  };
}

/** From 3.0 on the paths of the document contain the base path. */
const stripBasePath = (path: string): string => path.replace(/^\/api\/v2(?=\/)/, '');

const omit = (source: Json, key: string): Json =>
  Object.fromEntries(Object.entries(source).filter(([name]) => name !== key));

const sortKeys = <Value>(record: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
