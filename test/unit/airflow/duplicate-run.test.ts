import { describe, expect, test } from 'vitest';
import { createListRunsInvocation, findDuplicateRun, findRunRow } from '../../../airflow/duplicate-run.ts';
import { renderCommandLine } from '../../../airflow/render-command-line.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';
import { createTestCatalog } from './create-test-catalog.ts';

const TRACEBACK = 'Traceback (most recent call last):\n  File "/usr/local/bin/airflow", line 8, in <module>\n';
const LOGICAL_DATE = '2026-03-04T05:06:07+00:00';

describe('findDuplicateRun', () => {
  test.each<[source: string, exception: string, expected: ReturnType<typeof findDuplicateRun>]>([
    ['1.10.12', 'airflow.exceptions.DagRunAlreadyExists: Run id r already exists for dag id d', 'run-id'],
    ['2.0.2', 'airflow.exceptions.DagRunAlreadyExists: Run id r already exists for dag id d', 'run-id'],
    [
      '2.2.2',
      `airflow.exceptions.DagRunAlreadyExists: A Dag Run already exists for dag id d at ${LOGICAL_DATE} with run id r`,
      'either',
    ],
    [
      '2.10.3',
      `airflow.exceptions.DagRunAlreadyExists: A DAG Run already exists for DAG d at ${LOGICAL_DATE} with run id r`,
      'either',
    ],
    ['3.0.6', 'airflow.exceptions.DagRunAlreadyExists: A DAG Run already exists for DAG d with run id r', 'run-id'],
    [
      'SQLite, 1.10',
      'sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: dag_run.dag_id, dag_run.execution_date',
      'date',
    ],
    [
      'SQLite, 3',
      'sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: dag_run.dag_id, dag_run.logical_date',
      'date',
    ],
    [
      'SQLite, the run id',
      'sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: dag_run.dag_id, dag_run.run_id',
      'run-id',
    ],
    [
      'PostgreSQL',
      'sqlalchemy.exc.IntegrityError: (psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint "dag_run_dag_id_execution_date_key"',
      'date',
    ],
    [
      'PostgreSQL, the run id',
      'sqlalchemy.exc.IntegrityError: (psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint "dag_run_dag_id_run_id_key"',
      'run-id',
    ],
    ['another run id', 'airflow.exceptions.DagRunAlreadyExists: Run id s already exists for dag id d', 'either'],
    ['another DAG', 'airflow.exceptions.DagRunAlreadyExists: Run id r already exists for dag id e', 'either'],
    ['another table', 'x.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: pool.pool', undefined],
    [
      'a DAG whose name looks like the message',
      'airflow.exceptions.DagNotFound: Dag id AlreadyExists: Run id r already exists',
      undefined,
    ],
    [
      'a parameter whose value looks like the exception',
      "airflow.exceptions.ParamValidationError: 'IntegrityError: x' is not one of",
      undefined,
    ],
    ['a DAG that does not exist', 'airflow.exceptions.DagNotFound: Dag id d not found', undefined],
    ['a locked database', 'sqlite3.OperationalError: database is locked', undefined],
  ])('%s: %s', (_source, exception, expected) => {
    expect(findDuplicateRun({ stdout: '', stderr: `${TRACEBACK}${exception}\n` }, 'd', 'r')).toBe(expected);
  });

  test('ignores an earlier traceback printed by a DAG file', () => {
    const stderr = `${TRACEBACK}x.IntegrityError: \n${TRACEBACK}airflow.exceptions.DagNotFound: d\n`;
    expect(findDuplicateRun({ stdout: '', stderr }, 'd', 'r')).toBeUndefined();
  });
});

describe('createListRunsInvocation and findRunRow', () => {
  test.each([
    [AIRFLOW_2, 'dags list-runs --dag-id=d --output=json'],
    [AIRFLOW_3, 'dags list-runs --output=json d'],
  ])('%#: uses the arguments of the release', (catalog, line) => {
    expect(renderCommandLine(createListRunsInvocation(catalog, 'd')!)).toBe(line);
  });

  test('createListRunsInvocation returns undefined for a command that AWS does not list, or without JSON', () => {
    const command = { path: ['dags', 'list-runs'], arguments: [{ dest: 'dag_id' }] };
    const json = { dest: 'output', flags: ['--output'], choices: ['json'] };
    const createCatalog = (members: object) => ({ ...createTestCatalog(), commands: [{ ...command, ...members }] });
    expect(
      createListRunsInvocation(createCatalog({ listed: true, arguments: [{ dest: 'dag_id' }, json] }), 'd'),
    ).toBeDefined();
    expect(createListRunsInvocation(createCatalog({ arguments: [{ dest: 'dag_id' }, json] }), 'd')).toBeUndefined();
    expect(createListRunsInvocation(createCatalog({ listed: true }), 'd')).toBeUndefined();
    expect(createListRunsInvocation(createCatalog({ listed: true, arguments: [json] }), 'd')).toBeUndefined();
    const others = [{ dest: 'output' }, { dest: 'color', flags: ['--color'], choices: ['json'] }];
    expect(
      createListRunsInvocation(createCatalog({ listed: true, arguments: [{ dest: 'dag_id' }, ...others] }), 'd'),
    ).toBeUndefined();
    expect(createListRunsInvocation(createTestCatalog(), 'd')).toBeUndefined();
  });

  test('findRunRow finds a run by its exact id', () => {
    const rows = [null, { run_id: 'a' }, { run_id: 'b' }];
    expect(findRunRow(rows, 'b')).toBe(rows[2]);
    expect(findRunRow(rows, 'c')).toBeUndefined();
    expect(findRunRow(null, 'a')).toBeUndefined();
    expect(findRunRow({ run_id: 'a' }, 'a')).toBeUndefined();
  });
});
