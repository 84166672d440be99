import { expect, test } from 'vitest';
import { readRuleCatalog } from '../../../airflow/rest/rule-catalogs.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { findMissingOperationWord, findOperation } from '../../../policy/find-operation.ts';

const CATALOG = readRuleCatalog(CATALOGS, { airflow: '3.0.6', rest: true });

test.each<[words: readonly string[], hint: string | undefined]>([
  [['GET', '/dags'], 'A rule for an operation begins with "api": api GET /dags'],
  [['delete', '/dags/*'], 'A rule for an operation begins with "api": api DELETE /dags/*'],
  [['GET', 'dags'], undefined],
  [['list', '/dags'], undefined],
  [['GET'], undefined],
  [[], undefined],
])('the hint for %j is %s', (words, hint) => {
  expect(findMissingOperationWord(words)).toBe(hint);
});

test.each<[rule: string, template: string, parameters: readonly string[], rest: readonly string[]]>([
  ['api GET /assets/aliases --limit=*', '/assets/aliases', [], ['--limit=*']],
  ['api GET /assets/events', '/assets/events', [], []],
  ['api GET /assets/*', '/assets/{asset_id}', ['*'], []],
  ['api GET /dags/a/dagRuns/b', '/dags/{dag_id}/dagRuns/{dag_run_id}', ['a', 'b'], []],
])('%s, in any order of the operations', (rule, template, parameters, rest) => {
  for (const operations of [CATALOG.operations!, CATALOG.operations!.toReversed()]) {
    const found = findOperation({ ...CATALOG, operations }, rule.split(' '));
    expect(found).toMatchObject({ command: { path: ['api', 'GET', template] }, parameters, rest });
  }
});

test.each<[rule: string, message: string]>([
  // Only operations with this method are suggested, and all of them for a method that does not exist.
  ['api DELETE /dags/a/dagRun', 'Airflow 3.0.6 has no operation "DELETE /dags/a/dagRun".'],
  ['api POST /dags/a/dagRun', 'Airflow 3.0.6 has no operation "POST /dags/a/dagRun". Did you mean "/dags/a/dagRuns"?'],
  ['api X /dags/a/dagRun', 'Airflow 3.0.6 has no operation "X /dags/a/dagRun". Did you mean "/dags/a/dagRuns"?'],
  // The id of a DAG is no name of the API.
  ['api GET /plugins/importErrors', 'Airflow 3.0.6 has no operation "GET /plugins/importErrors".'],
  ['api GET /dags/?state=x', 'Write query parameters as options: api GET /dags/ --state=x'],
  ['api GET /dags?a=1&b=', 'Write query parameters as options: api GET /dags --a=1 --b=*'],
])('%s: %s', (rule, message) => {
  expect(() => findOperation(CATALOG, rule.split(' '))).toThrow(new Error(message));
});
