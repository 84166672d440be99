import { describe, expect, test } from 'vitest';
import { expandRule } from '../../../policy/rule.ts';
import { findRuleWarnings } from '../../../policy/rule-warnings.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';
import { createTestCatalog } from '../airflow/create-test-catalog.ts';

/** Airflow 1.10 spells the command `clear`. */
const CLEAR_1_10 = {
  ...createTestCatalog(),
  commands: [{ path: ['clear'], listed: true, arguments: [{ dest: 'dag_id' }] }],
};
const FILE_OPTIONS = createTestCatalog(
  { dest: 'here', flags: ['--here'], type: 'file' },
  { dest: 'there', flags: ['--there'], type: 'directory' },
);

describe('warns about a rule that allows more than it appears to', () => {
  test.each<[catalog: typeof AIRFLOW_2, text: string, warnings: RegExp[]]>([
    [AIRFLOW_2, 'dags list --subdir=*', [/--subdir lets the caller choose which files/]],
    [AIRFLOW_2, 'dags show * --save=*', [/--save reads or writes a file/]],
    [AIRFLOW_2, 'dags pause * --treat-dag-id-as-regex=*', [/covers every DAG that matches/]],
    [AIRFLOW_3, 'dags list --bundle-name=*', [/--bundle-name extends the command beyond its other arguments/]],
    [AIRFLOW_2, 'tasks clear *', [/clears every run/]],
    [AIRFLOW_2, 'tasks clear reporting_*', [/"tasks clear" without --start-date and --end-date clears every run/]],
    [AIRFLOW_2, 'tasks clear * --end-date=2024-01-01..', [/clears every run/]],
    [CLEAR_1_10, 'clear *', [/"clear" without --start-date/]],
    [FILE_OPTIONS, 'things do --here=*', [/^--here reads or writes a file on the web server\.$/]],
    [FILE_OPTIONS, 'things do --there=*', [/^--there reads or writes a file on the web server\.$/]],
    [AIRFLOW_2, 'tasks clear * --start-date=2024-01-01.. --end-date=*', [/clears every run/]],
    [
      AIRFLOW_2,
      'tasks clear * --start-date=2024-01-01.. --end-date=2024-01-01.. --dag-regex',
      [/--dag-regex .*every DAG/],
    ],
    [AIRFLOW_2, 'dags test *', [/runs DAG code/]],
    [AIRFLOW_3, 'dags test *', [/runs DAG code/]],
    [AIRFLOW_2, 'tasks test * *', [/runs DAG code/]],
    [AIRFLOW_3, 'tasks test * *', [/runs DAG code/, /deletes the runs/]],
    [AIRFLOW_2, 'variables get *', [/can print secrets/]],
    [AIRFLOW_2, 'pools list', [/AWS does not list "pools list" for Airflow 2\.10\.3/]],
    [AIRFLOW_2, 'dags trigger * --conf=*', []],
    [AIRFLOW_2, 'tasks clear * --start-date=2024-01-01.. --end-date=2024-01-01..', []],
    [AIRFLOW_2, '@secrets', []],
  ])('%#: %s', (catalog, text, warnings) => {
    const found = expandRule(catalog, text).flatMap((rule) => findRuleWarnings(rule, catalog.airflow));
    expect(found).toEqual(warnings.map((warning) => expect.stringMatching(warning)));
  });
});
