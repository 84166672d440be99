import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { formatCatalog, makeCatalog } from '../../tools/catalogs/make-catalog.ts';

// Those whose real parsers our own is held against.
for (const release of ['1.10.12', '2.7.2', '2.10.3', '2.11.2', '3.0.6', '3.3.1']) {
  const installed = await installAirflow(release, { onProgress: console.log });
  if ('unavailable' in installed) console.log(`SKIPPED: the catalog of Airflow ${release}: ${installed.unavailable}`);

  describe.skipIf('unavailable' in installed)(`the parser of Airflow ${release}`, () => {
    test('gives the catalog that is kept, but for the patch of Python', async () => {
      const kept = readFileSync(new URL(`../../airflow/catalogs/${release}.json`, import.meta.url), 'utf8');

      const made = await makeCatalog(installed as InstalledAirflow);

      const { python } = JSON.parse(kept) as { python: string };
      expect(made.python.split('.').slice(0, 2)).toEqual(python.split('.').slice(0, 2));
      expect(formatCatalog({ ...made, python })).toBe(kept);
    });
  });
}
