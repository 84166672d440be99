import { expect, test } from 'vitest';
import { AIRFLOW_ROLES, getGreaterRole } from '../../../../airflow/rest/airflow-role.ts';
import {
  findOperationFacts,
  getRoleNeeded,
  OPERATION_FACTS,
  type OperationFacts,
} from '../../../../airflow/rest/operation-facts.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';

const OPERATION_CATALOGS = CATALOGS.releases()
  .map((release) => CATALOGS.readOperations(release))
  .filter((operations) => operations !== undefined);
const nameOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`;
const ROWS = Object.entries(OPERATION_FACTS);
const getFacts = (name: string): OperationFacts => findOperationFacts(...(name.split(' ') as [string, string]))!;
const hasMethod =
  (method: string) =>
  ([name]: readonly [string, unknown]): boolean =>
    name.startsWith(`${method} `);
const namesOf = (rows: typeof ROWS): string[] => rows.map(([name]) => name);
/** Operations that change nothing although their method says so. */
const READS_BY_POST = /\/(?:list|dry_run)$/;

test('every operation of every release has a row', () => {
  expect(OPERATION_CATALOGS.length).toBe(13);
  const missing = OPERATION_CATALOGS.flatMap(({ operations }) =>
    operations.filter(({ method, path }) => findOperationFacts(method, path) === undefined).map(nameOf),
  );
  expect(missing).toEqual([]);
  expect(findOperationFacts('GET', '/dags/{dag_id}/secrets')).toBeUndefined();
  expect(findOperationFacts('GET', '/constructor')).toBeUndefined();
});

test('every row is an operation of a release', () => {
  const names = new Set(OPERATION_CATALOGS.flatMap(({ operations }) => operations.map(nameOf)));
  expect(Object.keys(OPERATION_FACTS).filter((name) => !names.has(name))).toEqual([]);
});

test('an operation that reads has no effect but printing secrets', () => {
  const wrong = ROWS.filter(
    ([, { effects }]) =>
      effects.includes('reads') && effects.some((effect) => effect !== 'reads' && effect !== 'prints-secrets'),
  );
  expect(namesOf(wrong)).toEqual([]);
});

test('exactly GET, lists, and dry runs read', () => {
  const wrong = ROWS.filter(([name, { effects }]) => {
    const reads = name.startsWith('GET ') || READS_BY_POST.test(name);
    return effects.includes('reads') !== reads;
  });
  expect(namesOf(wrong)).toEqual([]);
});

test('exactly DELETE and bulk operations destroy data', () => {
  const destroying = ROWS.filter(([, { effects }]) => effects.includes('destroys-data'));
  expect(namesOf(destroying.filter((row) => !hasMethod('DELETE')(row)))).toEqual([
    'PATCH /connections',
    'PATCH /dags/{dag_id}/dagRuns',
    'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances',
    'PATCH /pools',
    'PATCH /variables',
  ]);
  expect(namesOf(destroying.filter(hasMethod('DELETE')))).toEqual(namesOf(ROWS.filter(hasMethod('DELETE'))));
});

test('every operation has an effect, none twice', () => {
  const wrong = ROWS.filter(([, { effects }]) => effects.length === 0 || new Set(effects).size < effects.length);
  expect(namesOf(wrong)).toEqual([]);
});

test('statements are sentences', () => {
  const texts = ROWS.flatMap(([, { beyond, notOffered }]) => [beyond, notOffered]).filter((text) => text !== undefined);
  expect(texts.length).toBeGreaterThan(100);
  expect(texts.filter((text) => !/^[A-Z].*\.$/.test(text))).toEqual([]);
});

test.each<[name: string, effects: string]>([
  ['GET /dags', 'reads'],
  ['GET /variables', 'reads prints-secrets'],
  ['GET /dags/{dag_id}/dagRuns', 'reads prints-secrets'],
  ['POST /dags/{dag_id}/dagRuns', 'starts-runs'],
  ['POST /assets/events', 'starts-runs'],
  ['PATCH /dags', 'controls-runs'],
  ['PATCH /dags/{dag_id}/dagRuns/{dag_run_id}', 'controls-runs changes-state prints-secrets'],
  ['PUT /parseDagFile/{file_token}', 'changes-state'],
  ['POST /connections', 'changes-access'],
  ['POST /connections/test', 'runs-code'],
  ['DELETE /users/{username}', 'changes-access destroys-data'],
  ['POST /backfills', 'controls-runs costs-web-server'],
  ['POST /backfills/dry_run', 'reads'],
])('%s: %s', (name, effects) => {
  expect(getFacts(name).effects.join(' ')).toBe(effects);
});

test.each<[name: string, airflow: string, role: string]>([
  ['GET /version', '2.4.3', 'Public'],
  ['GET /dags', '3.3.1', 'Viewer'],
  ['GET /eventLogs', '2.8.1', 'Viewer'],
  ['GET /eventLogs', '2.9.2', 'Admin'],
  ['GET /eventLogs', '3.3.1', 'Admin'],
  ['GET /plugins', '2.8.1', 'Viewer'],
  ['GET /plugins', '2.10.3', 'Op'],
  ['GET /pools', '2.7.2', 'Op'],
  ['GET /pools', '2.8.1', 'Viewer'],
  ['POST /backfills', '3.0.6', 'Op'],
  ['POST /backfills', '3.2.1', 'User'],
  ['POST /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries', '3.0.6', 'none'],
  ['POST /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries', '3.3.1', 'Op'],
  ['DELETE /dags/{dag_id}', '2.10.3', 'User'],
  ['GET /users', '2.10.3', 'Admin'],
])('%s on Airflow %s asks for %s', (name, airflow, role) => {
  expect(getRoleNeeded(getFacts(name), airflow)).toBe(role);
});

test('of two roles, the later one may do more', () => {
  expect(AIRFLOW_ROLES).toEqual(['Public', 'Viewer', 'User', 'Op', 'Admin']);
  expect(getGreaterRole('Viewer', 'Op')).toBe('Op');
  expect(getGreaterRole('Admin', 'User')).toBe('Admin');
  expect(getGreaterRole('User', 'User')).toBe('User');
});
