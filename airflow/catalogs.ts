import type { Catalog } from './catalog.ts';
import { compareReleases, isReleaseAtLeast } from './compare-releases.ts';

/** The catalogs of all supported Airflow releases. */
export interface Catalogs {
  /** The supported releases, oldest first. */
  releases(): readonly string[];
  /** Returns the catalog of one release, parsed once. Throws if the release is not supported. */
  read(release: string): Catalog;
}

/**
 * Creates `Catalogs` from any storage. Calls `listNames` and `readText` only when they are needed, because the packaged clients
 * decompress their catalogs for them.
 *
 * @param listNames returns the releases that have a catalog, in any order
 * @param readText returns the JSON text of one catalog
 */
export function createCatalogs(listNames: () => readonly string[], readText: (release: string) => string): Catalogs {
  const cache = new Map<string, Catalog>();
  return {
    releases: () => listNames().toSorted(compareReleases),
    read(release) {
      const catalog = cache.get(release) ?? (JSON.parse(readText(release)) as Catalog);
      cache.set(release, catalog);
      return catalog;
    },
  };
}

/** Returns the catalog of a release. If MWAA offers a release that is not supported yet: of the newest older release. */
export function findNearestCatalog(
  catalogs: Catalogs,
  release: string,
): { readonly catalog: Catalog; readonly exact: boolean } {
  const releases = catalogs.releases();
  const nearest = releases.filter((candidate) => isReleaseAtLeast(release, candidate)).at(-1) ?? releases[0]!;
  return { catalog: catalogs.read(nearest), exact: nearest === release };
}
