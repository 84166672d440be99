import type { Operation, OperationCatalog, Schema } from '../../../airflow/rest/operation.ts';
import type { RestRequest } from '../../../airflow/rest/parse-call.ts';
import type { Random } from '../random.ts';

/** Texts that servers have read as something else, and names that grants are about. */
const TEXTS = [
  'reporting_daily',
  'finance_daily',
  'REPORTING_DAILY',
  'collect',
  'manual__2026-11-22T00:00:00+00:00',
  '~',
  '~~',
  '*',
  '%',
  '_',
  '.',
  '..',
  '...',
  'a.b',
  'a/b',
  'a\\b',
  'a;b=1',
  'a%2Fb',
  '%2e%2e',
  'a?b',
  'a#b',
  'a&b=c',
  'a=b',
  'a+b',
  'a b',
  ' a',
  'a ',
  'a,b',
  ',',
  'a:b',
  "it's",
  '"',
  '<dag_id>',
  '{dag_id}',
  '@file',
  '-x',
  '--conf',
  '0',
  '-0',
  '00',
  '1',
  '1.0',
  '1e3',
  'true',
  'True',
  'null',
  'None',
  'nan',
  '[]',
  '{}',
  '***',
  '\u0000',
  '\u0085',
  '\u2028',
  '\u202e',
  '\ufeffa',
  '\ufffd',
  'é',
  'e\u0301',
  'ﬁ',
  'İ',
  'ａ',
  '🙂',
  '\ud800',
  '__proto__',
  'constructor',
  'list',
  'details',
  'aliases',
  'events',
  'dependencies',
  'dagRuns',
];
const NUMBERS = ['0', '-0', '1', '-1', '7', '50', '1.0', '1.5', '1e2', '1E400', '-1e999', '9007199254740993'];
const LONG_NUMBERS = ['12345678901234567890', '9223372036854775808', '0.1000000000000000055', '1e-400'];
const DATES = [
  '2026-11-22T00:00:00Z',
  '2026-11-22T00:00:00.123456+05:30',
  '2026-11-22T00:00:00.123456789Z',
  '2026-11-22 00:00:00-12:00',
  '2026-11-22T00:00Z',
  '2026-11-22T24:00:00Z',
  '2026-11-22T23:59:60Z',
  '2026-02-30T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-14:00',
  '2026-11-22T00:00:00+24:00',
  '2026-11-22T00:00:00+23:59',
  '2026-11-22',
  '2026-11-22T00:00:00',
  '1764547200',
];

/** Objects that exist. Half of the values with such a name name one. */
const LIKELY: Readonly<Record<string, string>> = {
  dag_id: 'reporting_daily',
  dag_ids: 'reporting_daily',
  dag_run_id: 'manual__2026-11-22T00:00:00+00:00',
  task_id: 'collect',
  task_ids: 'collect',
  map_index: '-1',
  variable_key: 'reporting_daily',
  connection_id: 'reporting_daily',
  pool_name: 'reporting_daily',
  key: 'reporting_daily',
  pool: 'reporting_daily',
  asset_id: '1',
};

/** A JSON value, with the spelling of its numbers and the order of its members; a member may be there twice. */
type Json =
  | string
  | boolean
  | null
  | { readonly number: string }
  | readonly Json[]
  | { readonly members: [string, Json][] };

/** Generates a request near an operation. Most can be accepted, others have one or more hostile changes. */
export function generateRequest(catalog: OperationCatalog, random: Random): RestRequest {
  const operation = random.pick(catalog.operations);
  const level = random.pick([0, 0, 1, 2]);
  const context = { catalog, random, isHostile: () => level > 0 && random.oneIn(level === 1 ? 8 : 3) };
  const values = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeRandomly(random, toText(generateNamed(context, name, operation.pathParameters[name] ?? {}))),
  );
  const path = `${catalog.basePath}${values}`;
  const query = generateQuery(context, operation);
  const body = generateBody(context, operation);
  return {
    method:
      context.isHostile() && random.oneIn(4)
        ? random.pick(['GET', 'POST', 'PATCH', 'PUT', 'DELETE'])
        : operation.method,
    path: context.isHostile() ? changePath(random, path) : path,
    query,
    ...(body === undefined ? {} : { body }),
  };
}

interface Context {
  readonly catalog: OperationCatalog;
  readonly random: Random;
  isHostile(): boolean;
}

function changePath(random: Random, path: string): string {
  const segments = path.split('/');
  const at = 1 + random.integerBelow(segments.length - 1);
  const insert = (...added: string[]) => segments.toSpliced(at, 0, ...added).join('/');
  const changes: (() => string)[] = [
    () => `${path}/`,
    () => insert(''),
    () => insert('.'),
    () => insert(random.pick(['..', '%2e%2e', '%2E.', 'x'])),
    () => segments.with(at, encodeRandomly(random, segments[at]!, 1)).join('/'),
    () => segments.with(at, segments[at]!.toUpperCase()).join('/'),
    () => segments.with(at, `${segments[at]};x=1`).join('/'),
    () => segments.with(at, '~').join('/'),
    () => segments.with(at, random.pick(['list', 'details', 'tries', 'dependencies', 'dry_run', 'links'])).join('/'),
    () => path.replace(/\/([^/]*)$/, '%2F$1'),
  ];
  return random.pick(changes)();
}

/** Percent-encodes what must be, and one of `others` other characters. */
function encodeRandomly(random: Random, text: string, others = 12): string {
  const encoded = encodeURIComponent(text.toWellFormed());
  return encoded.replace(/%[\dA-F]{2}|[^%]/g, (character) => {
    if (character.startsWith('%')) return random.oneIn(4) ? character.toLowerCase() : character;
    if (!random.oneIn(others)) return character;
    return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

function generateQuery(context: Context, operation: Operation): [string, string][] {
  const { random } = context;
  const pairs = Object.entries(operation.query).flatMap(([name, { schema, required, joined }]): [string, string][] => {
    if (!required && !random.oneIn(4)) return [];
    const value = generateNamed(context, name, schema);
    if (!Array.isArray(value)) return [[name, toText(value)]];
    const items = value.map(toText);
    return joined && random.oneIn(2) ? [[name, items.join(',')]] : items.map((item): [string, string] => [name, item]);
  });
  if (pairs.length > 0 && context.isHostile()) pairs.push(random.pick(pairs));
  if (context.isHostile()) {
    const known = Object.keys(random.pick(context.catalog.operations).query);
    const name = random.pick([
      ...known,
      'limit[]',
      'LIMIT',
      '__proto__',
      'dag_id',
      '_method',
      'fields',
      'update_mask',
      '',
    ]);
    pairs.push([name, random.pick(TEXTS)]);
  }
  return random.shuffle(pairs);
}

function generateBody(context: Context, { body }: Operation): string | undefined {
  const { random } = context;
  if (body === undefined) return context.isHostile() && random.oneIn(3) ? '{}' : undefined;
  if (!body.required && random.oneIn(4)) return undefined;
  const value = generateValue(context, body.schema);
  const text = write(random, value);
  if (!context.isHostile()) return text;
  return random.pick([
    text,
    `\ufeff${text}`,
    ` ${text}\n`,
    `${text}${text}`,
    `[${text}]`,
    'null',
    '[]',
    '',
    text.slice(1),
  ]);
}

function generateNamed(context: Context, name: string, schema: Schema, depth = 0): Json {
  const likely = Object.hasOwn(LIKELY, name) && context.random.oneIn(2) ? LIKELY[name] : undefined;
  if (likely === undefined) return generateValue(context, schema, depth);
  if (/^-?\d+$/.test(likely)) return { number: likely };
  return name.endsWith('s') ? [likely] : likely;
}

function generateValue(context: Context, schema: Schema, depth = 0): Json {
  const { random, catalog } = context;
  if (schema.$ref !== undefined) return generateValue(context, catalog.schemas[schema.$ref] ?? {}, depth);
  if (context.isHostile() && random.oneIn(6)) return generateAny(random, depth);
  if (schema.anyOf !== undefined) return generateValue(context, random.pick(schema.anyOf), depth + 1);
  if (schema.enum !== undefined) {
    const value = random.pick(schema.enum);
    return typeof value === 'number' ? { number: String(value) } : value;
  }
  switch (schema.type) {
    case 'integer':
      return {
        number: context.isHostile() ? random.pick([...NUMBERS, ...LONG_NUMBERS]) : String(random.integerBelow(20)),
      };
    case 'number':
      return { number: random.pick(NUMBERS) };
    case 'boolean':
      return random.oneIn(2);
    case 'null':
      return null;
    case 'array': {
      const count = (schema.minItems ?? 0) + random.integerBelow(3);
      return Array.from({ length: count }, () => generateValue(context, schema.items ?? {}, depth + 1));
    }
    case 'object':
      return generateObject(context, schema, depth);
    case 'string':
      return generateText(context, schema);
    default:
      return generateAny(random, depth);
  }
}

function generateText({ random, isHostile }: Context, { format = '', minLength = 0 }: Schema): string {
  if (/^date-?time$/.test(format)) return isHostile() ? random.pick(DATES) : random.pick(DATES.slice(0, 4));
  if (format === 'uuid') return '0190d6f4-3c4e-7a1b-8a55-6ddc0a2a7f4b';
  const text = isHostile() ? random.pick(TEXTS) : random.pick(TEXTS.slice(0, 5));
  return text.padEnd(minLength, 'x');
}

function generateObject(
  context: Context,
  { properties, required = [], additionalProperties }: Schema,
  depth: number,
): Json {
  const { random } = context;
  const members = Object.entries(properties ?? {}).flatMap(([key, schema]): [string, Json][] => {
    if (!required.includes(key) && !random.oneIn(depth > 3 ? 8 : 3)) return [];
    return [[key, generateNamed(context, key, schema, depth + 1)]];
  });
  if (properties === undefined || additionalProperties !== undefined)
    members.push(['day', generateAny(random, depth + 1)]);
  if (context.isHostile()) {
    const key = random.pick([
      '__proto__',
      'constructor',
      'dag_id',
      'dag_ids',
      'dag_run_id',
      'DAG_ID',
      'partition_key',
      'note',
      '',
    ]);
    members.push([key, random.oneIn(2) ? null : generateAny(random, depth + 1)]);
  }
  // Python reads the last of two members with the same name.
  if (members.length > 0 && context.isHostile())
    members.push([random.pick(members)[0], generateAny(random, depth + 1)]);
  return { members: random.oneIn(2) ? random.shuffle(members) : members };
}

function generateAny(random: Random, depth: number): Json {
  const kind = random.integerBelow(depth > 4 ? 4 : 7);
  if (kind < 2) return random.pick(TEXTS);
  if (kind === 2) return random.pick([null, true, false]);
  if (kind === 3) return { number: random.pick([...NUMBERS, ...LONG_NUMBERS]) };
  if (kind === 4) return [generateAny(random, depth + 1), generateAny(random, depth + 1)].slice(random.integerBelow(3));
  if (kind === 5) return { members: [[random.pick(TEXTS), generateAny(random, depth + 1)]] };
  return Array.from({ length: random.pick([10, 50, 600]) }).reduce<Json>((inner) => [inner], null);
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** As in a path or query. */
const toText = (value: Json): string => (typeof value === 'string' ? value : write(undefined, value));

function write(random: Random | undefined, value: Json): string {
  const space = random?.oneIn(10) ? ' ' : '';
  if (isList(value)) return `[${value.map((item) => write(random, item)).join(`,${space}`)}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if ('number' in value) return value.number;
  return `{${value.members.map(([key, member]) => `${JSON.stringify(key)}:${space}${write(random, member)}`).join(',')}}`;
}
