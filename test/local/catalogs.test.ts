import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { formatCatalog, makeCatalog } from '../../tools/catalogs/make-catalog.ts';
import { selectReleases } from './select-releases.ts';

/** The releases whose own parser the fuzz and parser tests compare with ours. */
const RELEASES = ['1.10.12', '2.7.2', '2.10.3', '2.11.2', '3.0.6', '3.3.1'];

for (const release of selectReleases(RELEASES, (name) => ['2.10.3', '3.3.1'].includes(name))) {
  const installed = await installAirflow(release, { onProgress: console.log });
  if ('unavailable' in installed) console.log(`SKIPPED: the catalog of Airflow ${release}: ${installed.unavailable}`);

  describe.skipIf('unavailable' in installed)(`the catalog of Airflow ${release}`, () => {
    test('is what the parser of this release generates, except for the patch version of Python', async () => {
      const stored = readFileSync(new URL(`../../airflow/catalogs/${release}.json`, import.meta.url), 'utf8');

      const generated = await makeCatalog(installed as InstalledAirflow);

      const { python } = JSON.parse(stored) as { python: string };
      expect(generated.python.split('.').slice(0, 2)).toEqual(python.split('.').slice(0, 2));
      expect(formatCatalog({ ...generated, python })).toBe(stored);
    });
  });
}
