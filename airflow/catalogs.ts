import type { Catalog } from './catalog.ts';
import { compareReleases, isReleaseAtLeast } from './compare-releases.ts';
import { addHints } from './release-hints.ts';

/** The catalogs of all supported Airflow releases. */
export interface CommandCatalogs {
  /** The supported releases, oldest first. */
  releases(): readonly string[];
  /** Returns the catalog of one release, parsed once. Throws if the release is not supported. */
  read(release: string): Catalog;
}

/**
 * Creates `CommandCatalogs` from any storage. Calls `listNames` and `readText` only on demand, because in the packaged clients the first
 * call decompresses all catalogs.
 *
 * @param listNames returns the releases that have a catalog, in any order
 * @param readText returns the JSON text of one catalog
 */
export function createCatalogs(
  listNames: () => readonly string[],
  readText: (release: string) => string,
): CommandCatalogs {
  const cache = new Map<string, Catalog>();
  return {
    releases: () => listNames().toSorted(compareReleases),
    read(release) {
      const catalog = cache.get(release) ?? addHints(JSON.parse(readText(release)) as Catalog);
      cache.set(release, catalog);
      return catalog;
    },
  };
}

/**
 * Returns the catalog of a release. For a release that is not supported, returns the catalog of the newest release before it, or of
 * the oldest one.
 */
export function findNearestCatalog(
  catalogs: CommandCatalogs,
  release: string,
): { readonly catalog: Catalog; readonly exact: boolean } {
  const releases = catalogs.releases();
  const nearest = releases.filter((candidate) => isReleaseAtLeast(release, candidate)).at(-1) ?? releases[0]!;
  return { catalog: catalogs.read(nearest), exact: nearest === release };
}
