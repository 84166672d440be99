import { isJsonObject } from '../parse-json.ts';
import { Refusal } from '../refusal.ts';

/** Members of a body that repeat a parameter of the path under another name. */
export const SAME_AS_PATH: Readonly<Record<string, readonly string[]>> = {
  pool_name: ['name', 'pool'],
  role_name: ['name'],
  variable_key: ['key'],
};

/** Parameters for which `~` stands for all. Elsewhere it is a name like others. */
const STAND_FOR_ALL = new Set(['dag_id', 'dag_run_id', 'task_id']);

/** Members whose value is data of the caller: a `dag_id` in it names nothing. */
const FREE_MEMBERS = new Set(['conf', 'dag_run_conf', 'extra', 'params_input', 'value']);

/**
 * Checks that a body acts on what its path names. Airflow 3.3.1 changes the DAG runs that the entities of a bulk request name, whatever
 * DAG is in the path. A `~` in place of a DAG, run, or task stands for all.
 *
 * @throws Refusal `invalid-value`
 */
export function checkBodyNames(path: Readonly<Record<string, string>>, body: unknown): void {
  for (const [parameter, value] of Object.entries(path)) {
    if (value === '~' && STAND_FOR_ALL.has(parameter)) continue;
    const aliases = isJsonObject(body) ? (SAME_AS_PATH[parameter] ?? []) : [];
    for (const alias of aliases) checkMember(parameter, value, alias, (body as Record<string, unknown>)[alias]);
    checkMembers(parameter, value, body);
  }
}

function checkMembers(parameter: string, value: string, body: unknown): void {
  if (Array.isArray(body)) for (const item of body) checkMembers(parameter, value, item);
  if (!isJsonObject(body)) return;
  for (const [key, member] of Object.entries(body)) {
    if (key === parameter) checkMember(parameter, value, key, member);
    else if (key === `${parameter}s` && Array.isArray(member)) {
      for (const item of member) checkMember(parameter, value, key, item);
    } else if (!FREE_MEMBERS.has(key)) checkMembers(parameter, value, member);
  }
}

function checkMember(parameter: string, value: string, key: string, member: unknown): void {
  if (member === undefined || member === null || toText(member) === value) return;
  throw new Refusal(
    'invalid-value',
    `"${key}" in the body must be the {${parameter}} of the path. Send one request for each, or leave it out.`,
  );
}

const toText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
