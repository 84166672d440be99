import { existsSync, readFileSync } from 'node:fs';
import type { Catalog } from '../../airflow/catalog.ts';
import { INSTALLABLE_RELEASES } from '../../local/airflow/installable-releases.ts';

/** The releases that have a catalog and can be installed here, or those of them that are named. */
export function listFuzzReleases(named?: readonly string[]): { release: string; catalog: Catalog }[] {
  return (named ?? Object.keys(INSTALLABLE_RELEASES)).flatMap((release) => {
    const file = new URL(`../../airflow/catalogs/${release}.json`, import.meta.url);
    return existsSync(file) ? [{ release, catalog: JSON.parse(readFileSync(file, 'utf8')) }] : [];
  });
}
