import { expect, test } from 'vitest';
import { parseCall } from '../../../../airflow/rest/parse-call.ts';
import {
  completeTriggerCall,
  formatConf,
  hasRoomForNote,
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
  ['3.0.6', { logical_date: null }, { dagId: 'daily_report', content: '{}', members: {} }],
  ['3.0.6', { logical_date: DATE, run_after: null }, { logicalDate: DATE, members: { logical_date: DATE } }],
  ['2.10.3', { execution_date: DATE }, { logicalDate: DATE }],
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

test.each<[additions: object, body: object, sent: object]>([
  [{ runId: 'made' }, { logical_date: null, run_after: null }, { logical_date: null, dag_run_id: 'made' }],
  [{ runId: 'made' }, { logical_date: null, dag_run_id: 'mine' }, { logical_date: null, dag_run_id: 'mine' }],
  [{ note: 'by jo' }, { logical_date: DATE }, { logical_date: DATE, note: 'by jo' }],
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
