import { describe, expect, test } from 'vitest';
import { judgeLine } from '../../../../client/mwaa/explain/judge-upgrade.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';

const judge = (from: string, to: string, line: string) => {
  const [restFrom, restTo] = [CATALOGS.readOperations(from), CATALOGS.readOperations(to)];
  const catalogs = { from: CATALOGS.read(from), to: CATALOGS.read(to) };
  return judgeLine({ ...catalogs, ...(restFrom && { restFrom }), ...(restTo && { restTo }) }, line);
};

describe('a request for the REST API after an upgrade', () => {
  test.each<[from: string, to: string, line: string, result: string, request: string | undefined]>([
    ['2.10.3', '2.11.2', 'GET /api/v1/dags?limit=5', 'same', undefined],
    ['2.10.3', '3.0.6', 'GET /api/v1/dags?limit=5', 'changed', 'GET /api/v2/dags?limit=5'],
    [
      '2.10.3',
      '3.0.6',
      'POST /api/v1/dags/d/dagRuns {"conf": {"a": 1}}',
      'changed',
      'POST /api/v2/dags/d/dagRuns {"conf":{"a":1},"logical_date":null}',
    ],
    [
      '2.4.3',
      '3.3.1',
      'POST /api/v1/dags/d/dagRuns {"execution_date":"2026-11-01T00:00:00Z"}',
      'changed',
      'POST /api/v2/dags/d/dagRuns {"logical_date":"2026-11-01T00:00:00Z"}',
    ],
    [
      '2.10.3',
      '3.0.6',
      'GET /api/v1/dags/d/dagRuns?execution_date_gte=2026-11-01T00:00:00Z',
      'changed',
      'GET /api/v2/dags/d/dagRuns?logical_date_gte=2026-11-01T00%3A00%3A00Z',
    ],
    ['2.10.3', '3.0.6', 'GET /api/v1/datasets/events?dataset_id=1', 'changed', 'GET /api/v2/assets/events?asset_id=1'],
    ['2.10.3', '3.0.6', 'GET /api/v1/roles', 'gone', undefined],
    ['3.0.6', '3.2.1', 'GET /api/v2/dagReports?subdir=/x', 'gone', undefined],
    ['2.10.3', '2.2.2', 'GET /api/v1/dags', 'gone', undefined],
    ['2.2.2', '2.10.3', 'GET /api/v1/dags', 'invalid', undefined],
    ['2.10.3', '3.0.6', 'GET /api/v2/dags', 'invalid', undefined],
    ['2.10.3', '3.0.6', 'POST /api/v1/dags/d/dagRuns {"conf": ', 'invalid', undefined],
  ])('%s to %s: %s', (from, to, line, result, request) => {
    const judgment = judge(from, to, line);
    expect({ result: judgment.result, request: judgment.request }).toEqual({ result, request });
    if (result !== 'same') expect(judgment.notes.join(' ')).toMatch(/^[A-Z].*\.$/);
  });

  test('says what differs', () => {
    expect(judge('2.4.3', '3.0.6', 'POST /api/v1/dags/d/dagRuns {}').notes).toEqual([
      'Airflow 3.0.6 requires logical_date. null leaves the choice to Airflow.',
      'The answer has the form of /api/v2, whose members differ.',
    ]);
    expect(judge('2.10.3', '3.0.6', 'GET /api/v1/roles').notes).toEqual(['Airflow 3.0.6 has no operation GET /roles.']);
  });
});
