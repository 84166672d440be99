import { formatDidYouMean } from '../did-you-mean.ts';
import { parseJsonKeepingNumbers, parseNumberKeepingIt } from '../parse-json.ts';
import { Refusal, truncateForMessage } from '../refusal.ts';
import { checkBodyNames } from './check-body-names.ts';
import { checkMaskedValues } from './check-masked-values.ts';
import { readValue } from './check-schema.ts';
import { matchPath, splitTemplate } from './match-path.ts';
import type { Operation, OperationCatalog, QueryParameter, Schema } from './operation.ts';
import { findOperationFacts } from './operation-facts.ts';
import { suggestPath } from './suggest-path.ts';

/** A request for Airflow's REST API, as it arrives. */
export interface RestRequest {
  readonly method: string;
  /** Percent-encoded, from `/api/` on: `/api/v1/dags/daily_report`. */
  readonly path: string;
  /** The parameters in their order, decoded. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Absent or empty: no body. */
  readonly body?: string;
}

/** One parsed request: the operation with its values. What is authorized, and what is sent is rendered from it. */
export interface OperationCall {
  readonly operation: Operation;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, QueryValue>>;
  /** JSON. Numbers keep their spelling. Absent: the operation has no body, or none was sent. */
  readonly body?: unknown;
}

export type QueryValue = string | readonly string[];

/**
 * Parses a request strictly by the operation of the release that it names. Accepts only requests that Airflow reads in the same way.
 *
 * @throws Refusal
 */
export function parseCall(catalog: OperationCatalog, request: RestRequest): OperationCall {
  const { operation, path } = findOperation(catalog, request);
  const { notOffered } = findOperationFacts(operation.method, operation.path) ?? {};
  if (notOffered !== undefined) {
    throw new Refusal('unknown-operation', `The proxy does not offer ${describeOperation(operation)}. ${notOffered}`);
  }
  for (const [name, value] of Object.entries(path)) {
    checkText(catalog.schemas, operation.pathParameters[name] ?? {}, `{${name}} in the path`, value);
  }
  const query = parseQuery(catalog, operation, request.query);
  const body = parseBody(catalog, operation, request.body ?? '');
  checkBodyNames(path, body);
  checkMaskedValues(operation.path, body);
  return { operation, path, query, ...(body === undefined ? {} : { body }) };
}

/** The words in which a message names an operation. */
const describeOperation = ({ method, path }: Operation): string => `${method} ${path}`;

function findOperation({ airflow, basePath, operations }: OperationCatalog, { method, path }: RestRequest) {
  const other = basePath === '/api/v1' ? '/api/v2' : '/api/v1';
  if (path === other || path.startsWith(`${other}/`)) {
    throw new Refusal('unknown-operation', `Airflow ${airflow} has the API ${basePath}, not ${other}.`);
  }
  if (!path.startsWith(`${basePath}/`)) {
    throw new Refusal('unknown-operation', `The path must begin with ${basePath}/.`);
  }
  if (path.endsWith('/')) throw new Refusal('unreadable', 'The path ends with a slash. Remove it.');
  const segments = path
    .slice(basePath.length + 1)
    .split('/')
    .map(decodeSegment);
  const matches = operations.flatMap((operation) => {
    const parameters = readParameters(operation.path, segments);
    return parameters === undefined ? [] : [{ operation, path: parameters }];
  });
  // A name in the path of an operation wins over a parameter, as in the routers of Flask and FastAPI.
  const [best] = matches
    .filter((match) => match.operation.method === method)
    .sort((a, b) => Object.keys(a.path).length - Object.keys(b.path).length);
  if (best !== undefined) return best;
  if (matches.length > 0) {
    const methods = [...new Set(matches.map(({ operation }) => operation.method))].join(', ');
    throw new Refusal('unknown-operation', `This path has ${methods}, not ${truncateForMessage(method)}.`);
  }
  const text = `/${segments.join('/')}`;
  const suggestion = suggestPath(
    segments,
    operations.map((operation) => operation.path),
  );
  throw new Refusal(
    'unknown-operation',
    `Airflow ${airflow} has no operation for ${truncateForMessage(text)}.${suggestion}`,
  );
}

/** @throws Refusal for what a server could read as another path */
function decodeSegment(encoded: string): string {
  let segment: string;
  try {
    segment = decodeURIComponent(encoded);
  } catch (error) {
    throw new Refusal('unreadable', 'The path has a percent-encoding that is not UTF-8.', { cause: error });
  }
  if (segment === '') throw new Refusal('unreadable', 'The path has two slashes in a row. Remove one.');
  if (segment === '.' || segment === '..')
    throw new Refusal('forbidden-character', 'A segment of the path cannot be . or ..');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
  const found = /[/\\%?#;\x00-\x1f\x7f-\x9f]/.exec(segment);
  if (found !== null) {
    throw new Refusal(
      'forbidden-character',
      `A segment of the path cannot contain ${describeCharacter(found[0])}, encoded or not: the web server would read another path.`,
    );
  }
  return segment;
}

const describeCharacter = (character: string): string =>
  character > ' ' && character < '\x7f'
    ? character
    : `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/** The values of the parameters, or undefined if the path is another one. */
function readParameters(template: string, segments: readonly string[]): Record<string, string> | undefined {
  const values = matchPath(template, segments);
  if (values === undefined) return undefined;
  const names = splitTemplate(template).filter((name) => name.startsWith('{'));
  return Object.fromEntries(names.map((name, index) => [name.slice(1, -1), values[index]!]));
}

function parseQuery(
  catalog: OperationCatalog,
  operation: Operation,
  pairs: RestRequest['query'],
): Readonly<Record<string, QueryValue>> {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    if (!Object.hasOwn(operation.query, name)) {
      const suggestion = formatDidYouMean(name, Object.keys(operation.query));
      throw new Refusal(
        'unknown-option',
        `${describeOperation(operation)} has no query parameter "${truncateForMessage(name)}" in Airflow ${catalog.airflow}.${suggestion}`,
      );
    }
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  for (const [name, { required }] of Object.entries(operation.query)) {
    if (required && !values.has(name)) {
      throw new Refusal('missing-argument', `${describeOperation(operation)} needs the query parameter "${name}".`);
    }
  }
  return Object.fromEntries(
    [...values].map(([name, all]) => [name, readQueryValue(catalog, operation.query[name]!, name, all)]),
  );
}

function readQueryValue(
  { schemas }: OperationCatalog,
  { schema, joined }: QueryParameter,
  name: string,
  values: readonly string[],
): QueryValue {
  const list = findListItems(schemas, schema);
  if (list === undefined && values.length > 1) {
    throw new Refusal(
      'unexpected-value',
      `The query parameter "${name}" is there ${values.length} times. Write it once.`,
    );
  }
  const items = list !== undefined && joined ? values.flatMap((value) => value.split(',')) : values;
  for (const item of items) checkText(schemas, list ?? schema, `The query parameter "${name}"`, item);
  return list === undefined ? items[0]! : items;
}

/** The schema of the items of a list, or undefined for a parameter with one value. */
function findListItems(schemas: OperationCatalog['schemas'], schema: Schema): Schema | undefined {
  if (schema.$ref !== undefined) return findListItems(schemas, schemas[schema.$ref] ?? {});
  if (schema.type === 'array') return schema.items ?? {};
  return schema.anyOf?.map((alternative) => findListItems(schemas, alternative)).find((items) => items !== undefined);
}

/** What a query can spell besides text. */
const SPELLED_VALUE = /^(?:true|false|-?(?:0|[1-9]\d{0,17})(?:\.\d{1,18})?)$/;

/**
 * A value in a path or query is text. It is valid if its text is, or the JSON value that it spells.
 *
 * @throws Refusal
 */
function checkText(schemas: OperationCatalog['schemas'], schema: Schema, name: string, text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
  if (/[\x00-\x1f\x7f-\x9f]/.test(text)) {
    throw new Refusal('forbidden-character', `${name} contains a control character. Remove it.`);
  }
  if (text === '') throw new Refusal('invalid-value', `${name} is empty. Remove it, or write a value.`);
  // `1.0` is no integer: some releases read it as one, others do not.
  const spelled = SPELLED_VALUE.test(text) ? [text.includes('.') ? parseNumberKeepingIt(text) : JSON.parse(text)] : [];
  const faults = [text, ...spelled].map((value) => readValue(schemas, schema, value, name).fault);
  if (faults.includes(undefined)) return;
  const hint = LOST_PLUS.test(text) ? ' In a query, + means a space. Write %2B.' : '';
  throw new Refusal('invalid-value', `${faults.at(-1)}, not "${truncateForMessage(text)}".${hint}`);
}

/** Each takes up to 500 bytes of memory, and the front has 256 MB. A list of 450,000 numbers has less than a megabyte. */
const MAX_VALUES = 50_000;

/** Whether a JSON text has more values than are parsed. Commas in strings do not count. */
function hasTooManyValues(text: string): boolean {
  if (text.length < MAX_VALUES) return false;
  let count = 0;
  let inString = false;
  for (let at = 0; at < text.length && count <= MAX_VALUES; at++) {
    const character = text[at];
    if (character === '"') inString = !inString;
    else if (inString) at += Number(character === '\\');
    else if (character === ',' || character === '[' || character === '{') count += 1;
  }
  return count > MAX_VALUES;
}

/** A time whose offset began with an unencoded `+`. */
const LOST_PLUS = /T[\d:.]+ \d\d:?\d\d$/;

function parseBody(catalog: OperationCatalog, operation: Operation, text: string): unknown {
  const { body } = operation;
  if (body === undefined) {
    if (text !== '')
      throw new Refusal('unexpected-argument', `${describeOperation(operation)} has no body. Remove it.`);
    return undefined;
  }
  if (text === '') {
    if (body.required) throw new Refusal('missing-argument', `${describeOperation(operation)} needs a body in JSON.`);
    return undefined;
  }
  if (hasTooManyValues(text)) {
    throw new Refusal('invalid-value', `The body has more than ${MAX_VALUES} values. Send fewer in one request.`);
  }
  let value: unknown;
  try {
    value = parseJsonKeepingNumbers(text);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('unreadable', 'The body is not valid JSON.', { cause: error });
  }
  const { value: known, fault } = readValue(catalog.schemas, body.schema, value, 'body');
  if (fault !== undefined) throw new Refusal('invalid-value', `${fault.charAt(0).toUpperCase()}${fault.slice(1)}.`);
  return known;
}
