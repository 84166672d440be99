import type { Catalog } from '../../airflow/catalog.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { INSTALLABLE_RELEASES } from '../../local/airflow/installable-releases.ts';

/** The releases that have a catalog and can be installed on this machine. `selected` narrows them to those it names. */
export function listFuzzReleases(selected?: readonly string[]): { release: string; catalog: Catalog }[] {
  const withCatalog = CATALOGS.releases();
  return (selected ?? Object.keys(INSTALLABLE_RELEASES))
    .filter((release) => withCatalog.includes(release))
    .map((release) => ({ release, catalog: CATALOGS.read(release) }));
}
