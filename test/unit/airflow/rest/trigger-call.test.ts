import { expect, test } from 'vitest';
import { parseCall } from '../../../../airflow/rest/parse-call.ts';
import {
  completeTriggerCall,
  formatConf,
  hasRoomForNote,
  isNamedByAirflow,
  readTriggerCall,
} from '../../../../airflow/rest/trigger-call.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';

function readCall(airflow: string, body: unknown) {
  const catalog = CATALOGS.readOperations(airflow)!;
  const path = `${catalog.basePath}/dags/daily_report/dagRuns`;
  return parseCall(catalog, { method: 'POST', path, query: [], body: JSON.stringify(body) });
}

const DATE = '2026-11-22T00:00:00Z';

test.each<[airflow: string, body: object, expected: object]>([
  ['3.0.6', { logical_date: null, conf: {} }, { content: '{}', members: { conf: {} } }],
  ['3.0.6', { logical_date: null }, { dagId: 'daily_report', content: '{}', members: {} }],
  ['3.0.6', { logical_date: DATE, run_after: null }, { logicalDate: DATE, members: { logical_date: DATE } }],
  ['2.10.3', { execution_date: DATE }, { logicalDate: DATE }],
  ['3.0.6', { logical_date: null, dag_run_id: '', note: 'n' }, { members: {}, content: '{}' }],
  ['3.0.6', { logical_date: null, dag_run_id: 'mwaa-cli-proxy' }, { runId: 'mwaa-cli-proxy' }],
  [
    '2.10.3',
    { dag_run_id: 'mine', conf: { b: 1, a: 2 } },
    { runId: 'mine', content: `{"sconf":${formatConf({ conf: { a: 2, b: 1 } })}}` },
  ],
])('%s: reads the trigger %j', (airflow, body, expected) => {
  expect(readTriggerCall(readCall(airflow, body))).toMatchObject(expected);
});

test.each<[airflow: string, body: object | undefined, expected: object | undefined]>([
  // A request cannot name the run.
  ['3.0.6', undefined, undefined],
  ['3.2.1', undefined, { assetId: '7', content: '{"sasset_id":"s7"}' }],
  ['3.3.1', { dag_run_id: 'mine', conf: null }, { assetId: '7', runId: 'mine', members: {} }],
])('%s: reads a request to materialize an asset with %j', (airflow, body, expected) => {
  const catalog = CATALOGS.readOperations(airflow)!;
  const path = `${catalog.basePath}/assets/7/materialize`;
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const trigger = readTriggerCall(parseCall(catalog, { method: 'POST', path, query: [], ...text }));
  if (expected === undefined) expect(trigger).toBeUndefined();
  else expect(trigger).toMatchObject(expected);
});

test.each<[airflow: string, line: string, body?: string]>([
  ['3.0.6', 'GET /dags/d/dagRuns'],
  ['3.0.6', 'POST /dags/d/clearTaskInstances', '{}'],
  // It starts no run, so it can name one of the proxy.
  ['3.0.6', 'POST /dags/d/clearTaskInstances', '{"dag_run_id":"mwaa-cli-proxy__x"}'],
  ['3.0.6', 'DELETE /dags/d/dagRuns/mwaa-cli-proxy__x'],
])('%s: %s %s starts no run that can be recognized', (airflow, line, body) => {
  const catalog = CATALOGS.readOperations(airflow)!;
  const [method = '', path = ''] = line.split(' ');
  const request = { method, path: `${catalog.basePath}${path}`, query: [], ...(body === undefined ? {} : { body }) };
  expect(readTriggerCall(parseCall(catalog, request))).toBeUndefined();
});

test('an asset cannot be materialized by a run with a reserved run id', () => {
  const catalog = CATALOGS.readOperations('3.3.1')!;
  const request = { method: 'POST', path: '/api/v2/assets/1/materialize', query: [] };
  const call = parseCall(catalog, { ...request, body: '{"dag_run_id":"mwaa-cli-proxy__x"}' });
  expect(() => readTriggerCall(call)).toThrow('reserved for the proxy');
});

test.each(['mwaa-cli-proxy__x', 'MWAA-CLI-PROXY__x', 'mwaa-cli-proxy__'])('the run id %s is reserved', (runId) => {
  expect(() => readTriggerCall(readCall('3.0.6', { logical_date: null, dag_run_id: runId }))).toThrow(
    'Run ids that begin with mwaa-cli-proxy__ are reserved for the proxy. Choose another run id.',
  );
});

test.each<[trigger: object, isNoted: boolean, hasKey: boolean, expected: boolean]>([
  [{ logicalDate: DATE }, true, false, true],
  [{ logicalDate: DATE }, false, false, false],
  [{ logicalDate: DATE }, true, true, false],
  [{ logicalDate: DATE, runId: 'mine' }, true, false, false],
  [{}, true, false, false],
])('Airflow names the run of %j with a note (%s) and a key (%s): %s', (trigger, isNoted, hasKey, expected) => {
  const call = { dagId: 'd', members: {}, content: '', ...trigger };
  expect(isNamedByAirflow(call, { isNoted, hasKey })).toBe(expected);
});

test.each<[additions: object, body: object, sent: object]>([
  [{ runId: 'made' }, { logical_date: null, run_after: null }, { logical_date: null, dag_run_id: 'made' }],
  [{ runId: 'made' }, { logical_date: null, dag_run_id: 'mine' }, { logical_date: null, dag_run_id: 'mine' }],
  [{ note: 'by jo' }, { logical_date: DATE }, { logical_date: DATE, note: 'by jo' }],
  [{}, { logical_date: null, conf: { a: null } }, { logical_date: null, conf: { a: null } }],
  [{ runId: 'made' }, { logical_date: null, dag_run_id: '' }, { logical_date: null, dag_run_id: 'made' }],
  [{ note: 'by jo' }, { logical_date: DATE, note: '' }, { logical_date: DATE, note: 'by jo' }],
  [
    { note: 'y'.repeat(5) },
    { logical_date: null, note: 'x'.repeat(993) },
    { logical_date: null, note: `${'x'.repeat(993)}\n\nyyyyy` },
  ],
  [{ note: 'by jo' }, { logical_date: DATE, note: 'mine' }, { logical_date: DATE, note: 'mine\n\nby jo' }],
])('adds %j to %j', (additions, body, sent) => {
  expect(completeTriggerCall(readCall('3.0.6', body), additions).body).toEqual(sent);
});

test('keeps a note that leaves no room for another', () => {
  const note = 'x'.repeat(995);
  const call = readCall('3.0.6', { logical_date: null, note });
  expect(hasRoomForNote(call, 'by jo')).toBe(false);
  expect(completeTriggerCall(call, { note: 'by jo' }).body).toEqual({ logical_date: null, note });
});
