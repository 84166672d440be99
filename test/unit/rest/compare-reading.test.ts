import { describe, expect, test } from 'vitest';
import { parseCall } from '../../../airflow/rest/parse-call.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { createRandom } from '../../fuzz/random.ts';
import { findDifference, type Reading } from '../../fuzz/rest/compare-reading.ts';
import { generateRequest } from '../../fuzz/rest/generate-request.ts';

const CATALOG = CATALOGS.readOperations('3.0.6')!;
const READING: Reading = {
  route: '/api/v2/dags/{dag_id}/dagRuns',
  path: { dag_id: 'a' },
  query: {},
  json: { logical_date: '2026-11-22T00:00:00+01:00', conf: { n: 1 } },
  body: { dag_run_id: 'made', logical_date: '2026-11-21T23:00:00+00:00', conf: { n: 1 } },
};
const compare = (reading: Partial<Reading>) => {
  const body = '{"logical_date":"2026-11-22T00:00:00+01:00","conf":{"n":1}}';
  const call = parseCall(CATALOG, { method: 'POST', path: '/api/v2/dags/a/dagRuns', query: [], body });
  return findDifference(CATALOG, call, { ...READING, ...reading });
};

describe('the fuzzer', () => {
  test('accepts what Airflow has read as the proxy has parsed it', () => {
    expect(compare({})).toBeUndefined();
    expect(compare({ route: '/api/v2/dags/{dag_id:path}/dagRuns' })).toBeUndefined();
  });

  test.each<[reading: Partial<Reading>, difference: string]>([
    [{ route: '/api/v2/dags/{dag_id}' }, 'the operation /api/v2/dags/{dag_id}'],
    [{ path: { dag_id: 'A' } }, '{dag_id} as "A"'],
    [{ path: {} }, '{dag_id} as undefined'],
    [{ query: { dry_run: true } }, 'the parameter dry_run as true'],
    [{ json: { ...(READING.json as object), conf: null } }, 'the body as'],
    [{ body: { ...(READING.body as object), conf: { n: 2 } } }, 'body.conf.n as 2'],
    [{ body: { ...(READING.body as object), note: 'x' } }, 'body.note as "x"'],
    [{ body: { ...(READING.body as object), logical_date: '2026-11-22T00:00:00+00:00' } }, 'body.logical_date as'],
    [{ body: { conf: { n: 1 } } }, 'body.logical_date as undefined'],
  ])('finds the planted difference %j', (reading, difference) => {
    expect(compare(reading)).toContain(difference);
  });

  test('generates requests that are accepted, and requests that are refused', () => {
    const random = createRandom(1);
    const accepted = Array.from({ length: 500 }, () => generateRequest(CATALOG, random)).filter((request) => {
      try {
        return parseCall(CATALOG, request) !== undefined;
      } catch {
        return false;
      }
    });
    expect(accepted.length).toBeGreaterThan(150);
    expect(accepted.length).toBeLessThan(400);
    expect(new Set(accepted.map(({ method, path }) => `${method} ${path.split('/').length}`)).size).toBeGreaterThan(8);
  });
});
