import { describe, expect, test } from 'vitest';
import { toOperationInvocation } from '../../../airflow/rest/operation-command.ts';
import { parseCall } from '../../../airflow/rest/parse-call.ts';
import { readRuleCatalog } from '../../../airflow/rest/rule-catalogs.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { expandRule, findMismatch } from '../../../policy/rule.ts';

const readRest = (airflow: string) => {
  const rest = CATALOGS.readOperations(airflow)!;
  return { rest, catalog: readRuleCatalog(CATALOGS, { airflow, rest: true }) };
};

function readCall(airflow: string, text: string, body?: unknown) {
  const { rest } = readRest(airflow);
  const [method = '', target = ''] = text.split(' ');
  const [path = '', query = ''] = target.split('?');
  const call = parseCall(rest, {
    method,
    path: `${rest.basePath}${path}`,
    query: [...new URLSearchParams(query)],
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return toOperationInvocation(rest.commands.get(call.operation)!, call);
}

const REFUSED_LIMIT = 'The rule does not allow --state.';

describe('a rule for an operation', () => {
  test.each<[airflow: string, rule: string, call: string, body: unknown, mismatch: string | undefined]>([
    ['2.10.3', 'api GET /dags/a_*/dagRuns', 'GET /dags/a_1/dagRuns', undefined, undefined],
    ['2.10.3', 'api GET /dags/a_*/dagRuns', 'GET /dags/b/dagRuns', undefined, 'dag_id must match a_*.'],
    ['2.10.3', 'api GET /dags/a_*/dagRuns', 'GET /dags/~/dagRuns', undefined, 'dag_id must match a_*.'],
    ['2.10.3', 'api GET /dags/*/dagRuns', 'GET /dags/~/dagRuns', undefined, undefined],
    ['2.10.3', 'api GET /dags/a_*/dagRuns', 'GET /dags/a_1/dagRuns?limit=5&offset=1&order_by=x', undefined, undefined],
    ['2.10.3', 'api GET /dags/a_*/dagRuns', 'GET /dags/a_1/dagRuns?state=failed', undefined, REFUSED_LIMIT],
    ['2.10.3', 'api GET /dags/a_*/dagRuns --*', 'GET /dags/a_1/dagRuns?state=failed', undefined, undefined],
    [
      '2.10.3',
      'api GET /dags/a/dagRuns --state=success',
      'GET /dags/a/dagRuns?state=success,failed',
      undefined,
      '--state must match success.',
    ],
    ['2.10.3', 'api GET /dags/a/dagRuns --state=success', 'GET /dags/a/dagRuns', undefined, '--state is required.'],
    [
      '3.0.6',
      'api GET /dags/a/dagRuns --logical_date_gte=2026-11-01T00:00:00Z..',
      'GET /dags/a/dagRuns?logical_date_gte=2026-11-02T00:00:00Z',
      undefined,
      undefined,
    ],
    [
      '3.0.6',
      'api GET /dags/a/dagRuns --logical_date_gte=2026-11-01T00:00:00Z..',
      'GET /dags/a/dagRuns?logical_date_gte=2026-10-02T00:00:00Z',
      undefined,
      '--logical_date_gte must be within "2026-11-01T00:00:00Z..".',
    ],
    [
      '2.10.3',
      'api PATCH /dags/a/dagRuns/* --state=success',
      'PATCH /dags/a/dagRuns/r',
      { state: 'success' },
      undefined,
    ],
    [
      '2.10.3',
      'api PATCH /dags/a/dagRuns/* --state=success',
      'PATCH /dags/a/dagRuns/r',
      { state: 'failed' },
      '--state must match success.',
    ],
    [
      '2.10.3',
      'api POST /dags/a/dagRuns',
      'POST /dags/a/dagRuns',
      { conf: { x: 1 } },
      'The rule does not allow --conf.',
    ],
    ['2.10.3', `api POST /dags/a/dagRuns '--conf={"x":1}'`, 'POST /dags/a/dagRuns', { conf: { x: 1 } }, undefined],
    [
      '2.10.3',
      'api POST /dags/~/dagRuns/list --dag_ids=a_*',
      'POST /dags/~/dagRuns/list',
      { dag_ids: ['a_1', 'a_2'] },
      undefined,
    ],
    [
      '2.10.3',
      'api POST /dags/~/dagRuns/list --dag_ids=a_*',
      'POST /dags/~/dagRuns/list',
      { dag_ids: ['a_1', 'b'] },
      '--dag_ids must match a_*.',
    ],
    [
      '2.10.3',
      'api POST /dags/~/dagRuns/list --dag_ids=a_*',
      'POST /dags/~/dagRuns/list',
      {},
      '--dag_ids is required.',
    ],
    [
      '2.10.3',
      'api POST /dags/~/dagRuns/list --dag_ids=a_*',
      'POST /dags/~/dagRuns/list',
      { dag_ids: [] },
      '--dag_ids is required.',
    ],
    [
      '3.0.6',
      'api POST /dags/~/dagRuns/list --dag_ids=a_*',
      'POST /dags/~/dagRuns/list',
      { dag_ids: ['a_1'], page_limit: 5 },
      undefined,
    ],
    [
      '2.10.3',
      `api POST /dags/a/dagRuns '--conf={ "x": " 1 ", "y":[1, 2] }'`,
      'POST /dags/a/dagRuns',
      { conf: { x: ' 1 ', y: [1, 2] } },
      undefined,
    ],
    [
      '2.10.3',
      `api POST /dags/a/dagRuns '--conf={"x": " 1 "}'`,
      'POST /dags/a/dagRuns',
      { conf: { x: '1' } },
      '--conf must match {"x": " 1 "}.',
    ],
    ['2.10.3', 'api PATCH /variables/x --value=*', 'PATCH /variables/x', { key: 'x', value: '1' }, undefined],
    [
      '2.10.3',
      'api PATCH /variables/x',
      'PATCH /variables/x',
      { key: 'x', value: '1' },
      'The rule does not allow --value.',
    ],
    [
      '3.0.6',
      'api PATCH /pools/x --description=y',
      'PATCH /pools/x',
      { pool: 'x', description: null },
      '--description must match y.',
    ],
    ['3.0.6', 'api PATCH /pools/x', 'PATCH /pools/x', { pool: 'x' }, undefined],
    ['2.10.3', 'api GET /version', 'GET /version', undefined, undefined],
    // A name in the path of an operation wins over a parameter.
    ['3.0.6', 'api GET /assets/aliases', 'GET /assets/aliases', undefined, undefined],
    ['3.0.6', 'api GET /assets/*', 'GET /assets/12', undefined, undefined],
    // The document of the release lists the parameters in another order than the path.
    ['3.3.1', 'api GET /assets/12/state-store/mine', 'GET /assets/12/state-store/mine', undefined, undefined],
    [
      '3.3.1',
      'api GET /assets/12/state-store/*',
      'GET /assets/13/state-store/12',
      undefined,
      'asset_id must match 12.',
    ],
    [
      '3.0.6',
      'api GET /dags/a/dagRuns/r1/taskInstances/*/xcomEntries/*',
      'GET /dags/a/dagRuns/r2/taskInstances/r1/xcomEntries/k',
      undefined,
      'dag_run_id must match r1.',
    ],
  ])('%s: %s and %s %j', (airflow, rule, call, body, mismatch) => {
    const [parsed] = expandRule(readRest(airflow).catalog, rule);
    expect(findMismatch(parsed!, readCall(airflow, call, body))).toBe(mismatch);
  });

  test.each<[airflow: string, rule: string, message: string]>([
    ['2.10.3', 'api GET /dag', 'Airflow 2.10.3 has no operation "GET /dag". Did you mean "/dags"?'],
    ['2.10.3', 'api DELETE /dags', 'Airflow 2.10.3 has GET, PATCH for /dags, not "DELETE".'],
    ['2.10.3', 'api GET /dags/a*/dagRun', 'has no operation "GET /dags/a*/dagRun". Did you mean "/dags/a*/dagRuns"?'],
    ['2.10.3', 'api PSOT /dags/a/dagRuns', 'has GET, POST for /dags/a/dagRuns, not "PSOT". Did you mean "POST"?'],
    ['3.3.1', 'api GET /dags/a/dagRuns/b/wait', 'The proxy does not offer GET /dags/a/dagRuns/b/wait. Airflow keeps'],
    ['2.10.3', 'api GET /api/v10/dags', 'Remove /api/v1 from the path'],
    ['2.10.3', 'api GET /api/v2', 'Remove /api/v2 from the path'],
    ['2.10.3', 'api GET /x/api/v1/dags', 'has no operation "GET /x/api/v1/dags".'],
    ['2.10.3', 'api GET /api/v1x/dags', 'has no operation "GET /api/v1x/dags".'],
    // Only names of operations with this method are suggested.
    ['2.10.3', 'api DELETE /dags/a/clearTaskInstance', 'has no operation "DELETE /dags/a/clearTaskInstance".'],
    ['2.10.3', 'api GET dags', 'Write a rule for an operation as "api METHOD /PATH", such as "api GET /dags".'],
    ['2.10.3', 'api', 'Write a rule for an operation as "api METHOD /PATH", such as "api GET /dags".'],
    [
      '2.10.3',
      'api GET /api/v1/dags',
      'Remove /api/v1 from the path: rules are the same for every version of the API.',
    ],
    ['2.10.3', 'GET /dags', 'A rule for an operation begins with "api": api GET /dags'],
    ['2.10.3', 'get /dags/a_*/dagRuns', 'A rule for an operation begins with "api": api GET /dags/a_*/dagRuns'],
    [
      '3.0.6',
      'api GET /dags/{dag_id}/dagRuns',
      'Replace {dag_id} in the path by a value, a pattern such as reporting_*, or "*".',
    ],
    ['2.10.3', 'api GET /dags --nothing=*', '"api GET /dags" has no option "--nothing".'],
    ['2.10.3', 'api GET /dags --dag_id_pattern=a*', '--dag_id_pattern must be "*" or one exact value, not "a*".'],
    ['3.0.6', 'api GET /dags --paused=maybe', '--paused must be true, false, or "*", not "maybe".'],
    ['2.10.3', 'dags list --output=jsn', '--output must be json, plain, table, yaml, or "*", not "jsn".'],
    ['2.10.3', 'api GET /dags/ /tasks', '"api GET /dags/{dag_id}" does not accept the argument "/tasks".'],
    ['2.10.3', 'api GET /dags/a extra', '"api GET /dags/{dag_id}" does not accept the argument "extra".'],
    ['2.10.3', `api POST /dags/*/dagRuns '--conf={"a":*}'`, '--conf must be "*" or one exact value, not "{"a":*}".'],
  ])('%s: %s', (airflow, rule, message) => {
    expect(() => expandRule(readRest(airflow).catalog, rule)).toThrow(message);
  });

  test('an environment without REST operations has no such rules', () => {
    const catalog = readRuleCatalog(CATALOGS, { airflow: '2.10.3', rest: false });
    expect(() => expandRule(catalog, 'api GET /dags')).toThrow(
      'Rules that begin with "api" need "rest: true" on the environment.',
    );
  });
});

describe('a set', () => {
  const listOperations = (airflow: string, set: string): string[] =>
    expandRule(readRest(airflow).catalog, set).flatMap(({ command: { path } }) =>
      path[0] === 'api' ? [path.slice(1).join(' ')] : [],
    );

  test('contains operations by their effects', () => {
    expect(listOperations('2.10.3', '@trigger')).toEqual(['POST /dags/{dag_id}/dagRuns', 'POST /datasets/events']);
    expect(listOperations('2.10.3', '@read')).toContain('GET /dags');
    expect(listOperations('2.10.3', '@read')).not.toContain('GET /variables');
    expect(listOperations('2.10.3', '@secrets')).toContain('GET /variables');
  });

  test.each(['2.4.3', '2.10.3', '3.0.6', '3.3.1'])('of %s contains no operation for administrators', (airflow) => {
    const operations = ['@read', '@secrets', '@trigger', '@operate'].flatMap((set) => listOperations(airflow, set));
    expect(operations.length).toBeGreaterThan(30);
    for (const path of ['/roles', '/permissions', '/users', ...(airflow === '2.4.3' ? [] : ['/eventLogs'])])
      expect(operations.filter((operation) => operation.includes(path))).toEqual([]);
  });
});
