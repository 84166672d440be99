import { expect, test } from 'vitest';
import { createCatalogs } from '../../../airflow/catalogs.ts';

/** Creates catalogs that record which texts are read. */
function createRecordedCatalogs() {
  const calls: string[] = [];
  const catalogs = createCatalogs(
    () => {
      calls.push('list');
      return ['2.10.3', '3.0.6', '2.9.2'];
    },
    (release) => {
      calls.push(release);
      return JSON.stringify({ airflow: release });
    },
  );
  return { catalogs, calls };
}

test('lists releases from the oldest to the newest', () => {
  expect(createRecordedCatalogs().catalogs.releases()).toEqual(['2.9.2', '2.10.3', '3.0.6']);
});

test('reads nothing before it is needed, and each catalog once', () => {
  const { catalogs, calls } = createRecordedCatalogs();
  expect(calls).toEqual([]);

  expect(catalogs.read('2.9.2')).toBe(catalogs.read('2.9.2'));
  expect(calls).toEqual(['2.9.2']);
});
