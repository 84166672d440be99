import type { Catalog } from '../airflow/catalog.ts';
import { compareReleases, isReleaseAtLeast } from '../airflow/compare-releases.ts';
import { listCatalogReleases, readCatalogText } from './catalog-files.ts';

/** The Airflow releases an environment may run: those with a generated catalog, in the order they came out. */
export const listReleases = (): string[] => listCatalogReleases().sort(compareReleases);

const catalogCache = new Map<string, Catalog>();

/**
 * The command tree of one release, read once: every sentence of every grant asks for it. Throws when there is none;
 * `parseConfig` has refused such a release before.
 */
export function readCatalog(release: string): Catalog {
  const found = catalogCache.get(release) ?? (JSON.parse(readCatalogText(release)) as Catalog);
  catalogCache.set(release, found);
  return found;
}

/** The command tree of a release, or of the newest one before it where MWAA offers what was not known here yet. */
export function findNearestCatalog(release: string): { readonly catalog: Catalog; readonly exact: boolean } {
  const releases = listReleases();
  const notNewer = releases.filter((one) => isReleaseAtLeast(release, one));
  const nearest = notNewer.at(-1) ?? releases[0]!;
  return { catalog: readCatalog(nearest), exact: nearest === release };
}
