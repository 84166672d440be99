import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findNearestCatalog } from '../../../airflow/catalogs.ts';
import { compareReleases, isReleaseAtLeast } from '../../../airflow/compare-releases.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

test.each<[release: string, other: string, expected: boolean]>([
  ['2.10.3', '2.10.3', true],
  ['2.10.3', '2.9.2', true],
  ['2.9.2', '2.10.3', false],
  ['3.0.6', '3', true],
  ['2.11.2', '3', false],
  ['2.8', '2.8', true],
  ['1.10.12', '2.3', false],
])('%s is %s or newer: %s', (release, other, expected) => {
  expect(isReleaseAtLeast(release, other)).toBe(expected);
});

test('compareReleases orders releases by their numbers', () => {
  expect(['2.10.1', '3.0.6', '2.9.2', '1.10.12'].sort(compareReleases)).toEqual([
    '1.10.12',
    '2.9.2',
    '2.10.1',
    '3.0.6',
  ]);
});

test('compareReleases orders releases as a collation with numeric order does', () => {
  const releases = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(releases, releases, (a, b) => {
      expect(Math.sign(compareReleases(a, b))).toBe(a.localeCompare(b, 'en', { numeric: true }));
    }),
  );
});

test('findNearestCatalog returns the catalog of a release, or of the newest release before an unknown one', () => {
  for (const release of CATALOGS.releases()) {
    expect(findNearestCatalog(CATALOGS, release)).toMatchObject({ exact: true, catalog: { airflow: release } });
  }
  expect(findNearestCatalog(CATALOGS, '2.10.2')).toMatchObject({ exact: false, catalog: { airflow: '2.10.1' } });
  expect(findNearestCatalog(CATALOGS, '99.0.0')).toMatchObject({
    exact: false,
    catalog: { airflow: CATALOGS.releases().at(-1) },
  });
  expect(findNearestCatalog(CATALOGS, '1.0.0')).toMatchObject({ exact: false, catalog: { airflow: '1.10.12' } });
});
