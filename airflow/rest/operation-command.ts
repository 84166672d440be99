import type { Argument, Command, OperationSummary } from '../catalog.ts';
import type { Invocation } from '../invocation.ts';
import { isJsonObject } from '../parse-json.ts';
import { truncateForMessage } from '../refusal.ts';
import { SAME_AS_PATH } from './check-body-names.ts';
import type { Operation, OperationCatalog, Schema } from './operation.ts';
import { OPERATION_WORD } from './operation-word.ts';
import type { OperationCall } from './parse-call.ts';

/**
 * An operation as a command, so that grants apply to it like to a command. Its path is `["api", "GET", "/dags/{dag_id}"]`. The parameters
 * in the path are positional arguments. The query parameters and the members of a body are options (`--limit`).
 */
export function createOperationCommand(
  { schemas }: Pick<OperationCatalog, 'schemas'>,
  operation: Operation,
  summary: OperationSummary,
): Command {
  // A function that starts uses few of its operations, and describing the arguments of all of them takes milliseconds.
  let known: readonly Argument[] | undefined;
  return {
    path: [OPERATION_WORD, operation.method, operation.path],
    listed: true,
    operation: summary,
    get arguments() {
      known ??= createArguments(schemas, operation);
      return known;
    },
  };
}

function createArguments(
  schemas: OperationCatalog['schemas'],
  { path, pathParameters, query, body }: Operation,
): readonly Argument[] {
  const members = body === undefined ? undefined : findMembers(schemas, body.schema);
  const names = new Set(Object.keys(pathParameters).flatMap((name) => [name, ...(SAME_AS_PATH[name] ?? [])]));
  const isNeeded = createIsNeeded(schemas, body);
  const options = [
    ...Object.entries(query).map(([name, { schema, required }]) => ({
      ...createArgument(schemas, name, schema),
      ...(required && { required }),
    })),
    ...Object.entries(members ?? {})
      .filter(([name]) => !names.has(name))
      .map(([name, schema]) => ({
        ...createArgument(schemas, name, schema),
        ...(isNeeded(name, schema) && { required: true }),
      })),
    ...(body !== undefined && members === undefined ? [createArgument(schemas, BODY, {})] : []),
  ];
  return [
    // In the order of the path, which is that of a rule. Documents may list them in another one.
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
      const schema = pathParameters[name] ?? {};
      // Some documents give no type.
      return createArgument(schemas, name, Object.keys(schema).length === 0 ? { type: 'string' } : schema);
    }),
    ...options.map((argument) => ({ ...argument, flags: [`--${argument.dest}`] })),
  ];
}

/** Whether no request can be without a member of the body. One that may be `null` can be absent in what is authorized. */
function createIsNeeded(schemas: OperationCatalog['schemas'], body: Operation['body']) {
  const required = new Set(body?.required ? (resolve(schemas, body.schema).required ?? []) : []);
  return (name: string, schema: Schema): boolean =>
    required.has(name) && !resolve(schemas, schema).anyOf?.some(({ type }) => type === 'null');
}

const resolve = (schemas: OperationCatalog['schemas'], schema: Schema): Schema =>
  schema.$ref === undefined ? schema : resolve(schemas, schemas[schema.$ref] ?? {});

/** The name of the option for a body that is no object. */
const BODY = 'body';

/** The members that a body can have, or undefined if it is no object. */
function findMembers(
  schemas: OperationCatalog['schemas'],
  schema: Schema,
): Readonly<Record<string, Schema>> | undefined {
  if (schema.$ref !== undefined) return findMembers(schemas, schemas[schema.$ref] ?? {});
  if (schema.anyOf !== undefined) {
    const found = schema.anyOf.map((alternative) => findMembers(schemas, alternative)).filter((members) => members);
    return found.length === 1 ? found[0] : undefined;
  }
  return schema.properties;
}

function createArgument(schemas: OperationCatalog['schemas'], name: string, schema: Schema): Argument {
  const kind = findKind(schemas, name, schema);
  return { dest: name, ...kind, ofOperation: true };
}

type Kind = Pick<Argument, 'type' | 'arity' | 'choices'>;

function findKind(schemas: OperationCatalog['schemas'], name: string, schema: Schema): Kind {
  if (schema.$ref !== undefined) return findKind(schemas, name, schemas[schema.$ref] ?? {});
  if (schema.anyOf !== undefined) {
    const others = schema.anyOf.filter(({ type }) => type !== 'null');
    if (others.length === 1) return findKind(schemas, name, others[0]!);
    // Alternatives of different types are compared as JSON.
    return others.every(({ type, enum: values }) => type === 'string' || values?.every(isText)) ? {} : { type: 'json' };
  }
  if (schema.enum !== undefined) return { choices: schema.enum.map(String) };
  switch (schema.type) {
    case 'boolean':
      return { choices: ['true', 'false'] };
    case 'integer':
    case 'number':
      return { type: schema.type };
    case 'string':
      return /^date-?time$/.test(schema.format ?? '') ? { type: 'date' } : {};
    case 'array': {
      const { arity, ...items } = findKind(schemas, name, schema.items ?? {});
      return arity === undefined && items.type !== 'json' ? { ...items, arity: '*' } : { type: 'json' };
    }
    default:
      return { type: 'json' };
  }
}

const isText = (value: unknown): boolean => typeof value === 'string';

export const isOperation = ({ operation }: Command): boolean => operation !== undefined;

/** The words of an operation: `api`, its method, its path with the values, its options. */
export function renderOperation({ command, values }: Invocation): string[] {
  const [word = '', method = '', template = ''] = command.path;
  const parameters = new Map(
    command.arguments.flatMap((argument) => (argument.flags ? [] : [[argument.dest, values.get(argument)?.[0]]])),
  );
  const path = template.replace(/\{(\w+)\}/g, (placeholder, name: string) => parameters.get(name) ?? placeholder);
  const options = command.arguments.flatMap((argument) =>
    (argument.flags ? (values.get(argument) ?? []) : []).map((value) => `--${argument.dest}=${value}`),
  );
  return [word, method, path, ...options];
}

/** What a message calls a request: the name of the command, or the method and path of the operation. */
export const formatRequestName = (invocation: Invocation): string =>
  isOperation(invocation.command)
    ? truncateForMessage(renderOperation(invocation).slice(0, 3).join(' '), 300)
    : invocation.command.path.join(' ');

/** Converts a call to an invocation of the command of its operation. @param command from `createOperationCommand` */
export function toOperationInvocation(command: Command, call: OperationCall): Invocation {
  const values = new Map<Argument, readonly string[]>();
  const isUpdate = call.operation.method === 'PATCH' || call.operation.method === 'PUT';
  for (const argument of command.arguments) {
    const given = argument.flags === undefined ? call.path[argument.dest] : readOption(call, argument, isUpdate);
    if (given !== undefined) values.set(argument, typeof given === 'string' ? [given] : given);
  }
  return { command, values, addedByProxy: new Set() };
}

/** `null` in the body of an update sets a value to nothing. Elsewhere it is the same as no value. */
function readOption(
  { query, body }: OperationCall,
  { dest, arity, type }: Argument,
  isUpdate: boolean,
): string | readonly string[] | undefined {
  if (Object.hasOwn(query, dest)) return query[dest];
  const value = isJsonObject(body) ? getOwn(body, dest) : dest === BODY ? body : undefined;
  if (value === undefined || (value === null && !isUpdate)) return undefined;
  if (arity !== undefined && Array.isArray(value)) return value.map(formatValue);
  return type === 'json' ? JSON.stringify(value) : formatValue(value);
}

const getOwn = (object: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

const formatValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
