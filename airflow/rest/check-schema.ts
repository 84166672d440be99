import { isJsonObject } from '../parse-json.ts';
import type { OperationCatalog, Schema } from './operation.ts';

/** Where a value is and what is wrong with it, or `undefined` if it is valid. */
export type SchemaFault = string | undefined;

type Schemas = OperationCatalog['schemas'];

/** No valid request is deeper. Airflow's own documents nest models at most five levels deep; `conf` is free. */
const MAX_DEPTH = 500;

/**
 * Returns the value as the release knows it, and what is wrong with it. Members that are null and that the release does not know are
 * left out, because newer clients send them. All other unknown members are faults.
 *
 * @param name how the message calls the value
 */
export function readValue(
  schemas: Schemas,
  schema: Schema,
  value: unknown,
  name: string,
  depth = 0,
): { readonly value: unknown; readonly fault?: string } {
  if (depth > MAX_DEPTH) return { value, fault: `${name} has more than ${MAX_DEPTH} levels` };
  if (schema.$ref !== undefined) return readValue(schemas, schemas[schema.$ref] ?? {}, value, name, depth);
  if (schema.anyOf !== undefined) return readAlternatives(schemas, schema.anyOf, value, name, depth);
  const fault = describeFault(schema, value, name);
  if (fault !== undefined) return { value, fault };
  if (Array.isArray(value)) return readItems(schemas, schema, value, name, depth);
  if (isJsonObject(value)) return readMembers(schemas, schema, value, name, depth);
  return { value };
}

/** The first alternative that accepts the value. If none does, the fault is that of the alternative for values of this type. */
function readAlternatives(
  schemas: Schemas,
  alternatives: readonly Schema[],
  value: unknown,
  name: string,
  depth: number,
): { readonly value: unknown; readonly fault?: string } {
  const read = alternatives.map((schema) => ({ schema, ...readValue(schemas, schema, value, name, depth + 1) }));
  const accepted = read.find(({ fault }) => fault === undefined);
  if (accepted !== undefined) return { value: accepted.value };
  const likely = read.find(({ schema }) => getTypes(schemas, schema).includes(getType(value))) ?? read[0];
  return { value, fault: likely?.fault ?? `${name} is not allowed` };
}

function getTypes(schemas: Schemas, schema: Schema): string[] {
  if (schema.$ref !== undefined) return getTypes(schemas, schemas[schema.$ref] ?? {});
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((alternative) => getTypes(schemas, alternative));
  return schema.type === undefined ? [] : [schema.type];
}

/** The JSON type of a value. A number that keeps its spelling is a frozen object. */
function getType(value: unknown): NonNullable<Schema['type']> {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isJsonObject(value)) return 'object';
  return typeof value === 'string' || typeof value === 'boolean' ? (typeof value as 'string' | 'boolean') : 'number';
}

function describeFault(schema: Schema, value: unknown, name: string): SchemaFault {
  const type = getType(value);
  if (schema.type !== undefined && schema.type !== type) {
    const text = type === 'number' ? JSON.stringify(value) : '';
    if (schema.type !== 'integer' || !/^-?\d{1,18}$/.test(text)) return `${name} must be ${WITH_ARTICLE[schema.type]}`;
  }
  if (schema.enum !== undefined && !schema.enum.some((allowed) => allowed === value)) {
    return `${name} must be ${schema.enum.length === 1 ? '' : 'one of '}${schema.enum.map(String).join(', ')}`;
  }
  if (type === 'string') return describeTextFault(schema, value as string, name);
  if (type === 'number') return describeNumberFault(schema, Number(JSON.stringify(value)), name);
  return undefined;
}

const WITH_ARTICLE: Readonly<Record<NonNullable<Schema['type']>, string>> = {
  string: 'text',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'an object',
};

function describeTextFault(schema: Schema, value: string, name: string): SchemaFault {
  if (!value.isWellFormed()) return `${name} contains an unpaired surrogate`;
  const length = [...value].length;
  if (schema.minLength !== undefined && length < schema.minLength)
    return `${name} must have at least ${schema.minLength} characters`;
  if (schema.maxLength !== undefined && length > schema.maxLength)
    return `${name} must have at most ${schema.maxLength} characters`;
  if (isDateTime(schema) && !DATE_TIME.test(value))
    return `${name} must be a date and time with an offset, such as 2026-11-22T00:00:00Z`;
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value))
    return `${name} must match ${schema.pattern}`;
  return undefined;
}

/** The documents of 2.x have both spellings. */
const isDateTime = ({ format }: Schema): boolean => format === 'date-time' || format === 'datetime';

/** RFC 3339. Without an offset, the releases answer 400, 422 or 500, or read the time zone of the environment. */
const DATE_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

function describeNumberFault(schema: Schema, value: number, name: string): SchemaFault {
  // Python reads `1e400` as Infinity, which is no JSON: no answer that shows it could be read.
  if (!Number.isFinite(value)) return `${name} is larger than numbers can be`;
  if (schema.minimum !== undefined && value < schema.minimum) return `${name} must be at least ${schema.minimum}`;
  if (schema.maximum !== undefined && value > schema.maximum) return `${name} must be at most ${schema.maximum}`;
  if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum)
    return `${name} must be greater than ${schema.exclusiveMinimum}`;
  return undefined;
}

function readItems(
  schemas: Schemas,
  { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY }: Schema,
  value: readonly unknown[],
  name: string,
  depth: number,
): { readonly value: unknown; readonly fault?: string } {
  if (value.length < minItems) return { value, fault: `${name} must have at least ${minItems} items` };
  if (value.length > maxItems) return { value, fault: `${name} must have at most ${maxItems} items` };
  const read = value.map((item, index) => readValue(schemas, items ?? {}, item, `${name}[${index}]`, depth + 1));
  const fault = read.find((item) => item.fault !== undefined)?.fault;
  return { value: read.map((item) => item.value), ...(fault === undefined ? {} : { fault }) };
}

/** Airflow 3 requires the logical date of a trigger, which can be null. */
function describeMissing(schemas: Schemas, schema: Schema | undefined, name: string): string {
  const canBeNull = schema !== undefined && getTypes(schemas, schema).includes('null');
  return `${name} is missing${canBeNull ? ': add it, null if it has no value' : ''}`;
}

function readMembers(
  schemas: Schemas,
  { properties, required = [], additionalProperties }: Schema,
  value: Readonly<Record<string, unknown>>,
  name: string,
  depth: number,
): { readonly value: unknown; readonly fault?: string } {
  const known = properties ?? {};
  const other = additionalProperties ?? (properties === undefined ? true : undefined);
  const missing = required.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) return { value, fault: describeMissing(schemas, known[missing], join(name, missing)) };
  const members: [string, unknown][] = [];
  for (const [key, member] of Object.entries(value)) {
    if (!key.isWellFormed()) return { value, fault: `a name of a member of ${name} contains an unpaired surrogate` };
    const schema = Object.hasOwn(known, key) ? known[key] : other === true ? {} : other;
    if (schema === undefined) {
      if (member === null) continue;
      return { value, fault: `${join(name, key)} is not a member that this release knows` };
    }
    const read = readValue(schemas, schema, member, join(name, key), depth + 1);
    if (read.fault !== undefined) return { value, fault: read.fault };
    members.push([key, read.value]);
  }
  return { value: Object.fromEntries(members) };
}

const join = (name: string, key: string): string => (/^\w{1,64}$/.test(key) ? `${name}.${key}` : `${name}[…]`);
