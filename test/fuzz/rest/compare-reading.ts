import { isJsonObject } from '../../../airflow/parse-json.ts';
import { SAME_AS_PATH } from '../../../airflow/rest/check-body-names.ts';
import { toOperationInvocation } from '../../../airflow/rest/operation-command.ts';
import type { OperationCall } from '../../../airflow/rest/parse-call.ts';
import type { RestCatalog } from '../../../airflow/rest/rest-catalog.ts';

/** How a web server has read a request: see `record_requests.py`. */
export interface Reading {
  readonly route: string;
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly cookie?: Readonly<Record<string, unknown>>;
  /** As Airflow's code receives it. On Airflow 2, its code converts what Python reads. */
  readonly body: unknown;
  /** As Python reads it. Absent on Airflow 2. */
  readonly json?: unknown;
}

/** Airflow 2 ignores them where it lists the tries of a task instance. */
const PAGING = new Set(['limit', 'offset', 'order_by']);

/** What Airflow has read otherwise than the proxy has parsed it, or undefined. */
export function findDifference(catalog: RestCatalog, call: OperationCall, reading: Reading): string | undefined {
  const route = reading.route.replace(/<(?:\w+:)?(\w+)>/g, '{$1}').replace(/:path\}/g, '}');
  if (route !== `${catalog.basePath}${call.operation.path}`) return `the operation ${route}`;
  for (const [name, value] of Object.entries(call.path)) {
    if (!isSame(value, reading.path[name])) return `{${name}} as ${JSON.stringify(reading.path[name])}`;
  }
  for (const name of new Set([...Object.keys(call.query), ...Object.keys(reading.query)])) {
    if (PAGING.has(name) && reading.query[name] === undefined) continue;
    if (!isSame(call.query[name], reading.query[name]))
      return `the parameter ${name} as ${JSON.stringify(reading.query[name])}`;
  }
  const body = call.body === undefined ? null : (JSON.parse(JSON.stringify(call.body)) as unknown);
  if (reading.json !== undefined && JSON.stringify(body) !== JSON.stringify(reading.json))
    return `the body as ${JSON.stringify(reading.json)}`;
  if (reading.json === undefined && JSON.stringify(body) !== JSON.stringify(reading.body))
    return `the body as ${JSON.stringify(reading.body)}`;
  if (reading.json !== undefined) {
    const difference = findIn(body, reading.body, 'body');
    if (difference !== undefined) return difference;
  }
  return findUnauthorized(catalog, call);
}

/** Members that Airflow's models make themselves if they are absent. */
const MADE_BY_AIRFLOW = new Set(['dag_run_id', 'from_rest_api']);

/** What a model has read otherwise than what was sent. Members that are absent or null are the same. */
function findIn(sent: unknown, read: unknown, name: string): string | undefined {
  if (isJsonObject(sent) && isJsonObject(read)) {
    for (const key of new Set([...Object.keys(sent), ...Object.keys(read)])) {
      if (MADE_BY_AIRFLOW.has(key) && (sent[key] ?? '') === '') continue;
      const difference = findIn(sent[key], read[key], `${name}.${key}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (Array.isArray(sent) && Array.isArray(read) && sent.length === read.length) {
    return sent
      .map((item, index) => findIn(item, read[index], `${name}[${index}]`))
      .find((found) => found !== undefined);
  }
  return isSame(sent, read) ? undefined : `${name} as ${JSON.stringify(read)}`;
}

function isSame(sent: unknown, read: unknown): boolean {
  if (sent === undefined || sent === null) return read === undefined || read === null;
  if (Array.isArray(sent))
    return Array.isArray(read) && sent.length === read.length && sent.every((item, index) => isSame(item, read[index]));
  if (typeof sent === 'string' && typeof read === 'string')
    return sent === read || (toInstant(sent) ?? sent) === (toInstant(read) ?? read);
  if (typeof sent === 'string' && (typeof read === 'number' || typeof read === 'boolean'))
    return Number(sent) === read || sent === String(read);
  return JSON.stringify(sent) === JSON.stringify(read);
}

/** Microseconds: more digits are dropped by every release. */
function toInstant(text: string): string | undefined {
  const [date, start = '', fraction = '', offset = ''] =
    /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  if (date === undefined) return undefined;
  const time = Date.parse(`${start.replace(' ', 'T')}${offset}`);
  return Number.isNaN(time) ? undefined : `${time}.${fraction.padEnd(6, '0').slice(0, 6)}`;
}

/** A value of the request that no rule sees. */
function findUnauthorized(catalog: RestCatalog, call: OperationCall): string | undefined {
  const { values } = toOperationInvocation(catalog.commands.get(call.operation)!, call);
  const authorized = new Map([...values].map(([{ dest }, given]) => [dest, given]));
  const isPathName = new Set(Object.keys(call.path).flatMap((name) => [name, ...(SAME_AS_PATH[name] ?? [])]));
  const given = [...Object.entries(call.query), ...(isJsonObject(call.body) ? Object.entries(call.body) : [])];
  const missing = given.find(
    ([name, value]) => value !== null && !authorized.has(name) && !authorized.has('body') && !isPathName.has(name),
  );
  return missing && `${missing[0]}, which no rule sees`;
}
