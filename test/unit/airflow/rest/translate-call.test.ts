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
    ['2.10.3', '3.0.6', 'GET /api/v1/datasets', 'changed', 'GET /api/v2/assets'],
    ['2.10.3', '3.0.6', 'GET /api/v1/datasets/s3%253A', 'invalid', undefined],
    ['2.10.3', '2.11.2', 'GET /api/v1/datasets', 'same', undefined],
    ['2.10.3', '3.0.6', 'GET /api/v1/dags/d/datasets/queuedEvent', 'changed', 'GET /api/v2/dags/d/assets/queuedEvents'],
    [
      '2.10.3',
      '3.0.6',
      'DELETE /api/v1/dags/d/datasets/queuedEvent',
      'changed',
      'DELETE /api/v2/dags/d/assets/queuedEvents',
    ],
    [
      '2.10.3',
      '3.0.6',
      'GET /api/v1/dags/d/dagRuns/r/upstreamDatasetEvents',
      'changed',
      'GET /api/v2/dags/d/dagRuns/r/upstreamAssetEvents',
    ],
    ['2.10.3', '3.0.6', 'GET /api/v1/dags?only_active=true', 'gone', undefined],
    [
      '2.10.3',
      '3.0.6',
      'POST /api/v1/dags/d/dagRuns {"conf":{"dataset":1},"state":null}',
      'changed',
      'POST /api/v2/dags/d/dagRuns {"conf":{"dataset":1},"logical_date":null}',
    ],
    ['3.0.6', '3.3.1', 'POST /api/v2/dags/d/dagRuns {"logical_date":null}', 'same', undefined],
    ['3.0.6', '3.3.1', 'PATCH /api/v2/pools/p {"slots":3}', 'same', undefined],
    ['3.3.1', '3.0.6', 'POST /api/v2/variables {"key":"k","value":"v","team_name":"t"}', 'gone', undefined],
    ['3.3.1', '3.0.6', 'POST /api/v2/assets/1/materialize {"conf":{}}', 'gone', undefined],
    ['3.3.1', '3.2.1', 'POST /api/v2/assets/1/materialize null', 'same', undefined],
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
    expect(
      judge('2.10.3', '3.0.6', 'GET /api/v1/dags/d/dagRuns?execution_date_gte=2026-11-01T00:00:00Z').notes[0],
    ).toBe('Airflow 3.0.6 calls execution_date_gte logical_date_gte.');
    expect(judge('2.10.3', '3.0.6', 'GET /api/v1/dags?only_active=true').notes).toEqual([
      expect.stringMatching(/^Airflow 3\.0\.6 does not accept it: GET \/dags has no query parameter "only_active"/),
    ]);
    expect(judge('2.10.3', '3.0.6', 'GET /api/v1/roles').notes).toEqual(['Airflow 3.0.6 has no operation GET /roles.']);
  });
});
