import type { Catalog } from './catalog.ts';
import { compareReleases, isReleaseAtLeast } from './compare-releases.ts';
import { addHints } from './release-hints.ts';
import type { OperationCatalog } from './rest/operation.ts';
import { addOperations, createRestCatalog, type RestCatalog } from './rest/rest-catalog.ts';

/** The catalogs of all supported Airflow releases. */
export interface Catalogs {
  /** The supported releases, oldest first. */
  releases(): readonly string[];
  /** Returns the catalog of one release, parsed once. Throws if the release is not supported. */
  read(release: string): Catalog;
  /** Returns the REST operations of one release, parsed once, or undefined: the proxy does not offer those of this release. */
  readOperations(release: string): RestCatalog | undefined;
}

/**
 * Creates `Catalogs` from any storage. Calls `listNames` and `readText` only on demand, because in the packaged clients the first
 * call decompresses all catalogs.
 *
 * @param listNames returns the releases that have a catalog, in any order
 * @param readText returns the JSON text of one catalog
 * @param readOperationsText returns the JSON text of the operations of a release, or undefined if it has none
 */
export function createCatalogs(
  listNames: () => readonly string[],
  readText: (release: string) => string,
  readOperationsText: (release: string) => string | undefined = () => undefined,
): Catalogs {
  const cache = new Map<string, Catalog>();
  const operations = new Map<string, RestCatalog | undefined>();
  return {
    releases: () => listNames().toSorted(compareReleases),
    read(release) {
      const catalog = cache.get(release) ?? addHints(JSON.parse(readText(release)) as Catalog);
      cache.set(release, catalog);
      return catalog;
    },
    readOperations(release) {
      if (!operations.has(release)) {
        const text = readOperationsText(release);
        operations.set(
          release,
          text === undefined ? undefined : createRestCatalog(JSON.parse(text) as OperationCatalog),
        );
      }
      return operations.get(release);
    },
  };
}

/** What decides which rules an environment can have. */
export interface RuleTarget {
  /** The release, as in `2.10.3`. */
  readonly airflow: string;
  /** Whether the environment offers REST operations. */
  readonly rest: boolean;
}

/** Returns the catalog for the rules of an environment. */
export function readRuleCatalog(catalogs: Catalogs, { airflow, rest }: RuleTarget): Catalog {
  const catalog = catalogs.read(airflow);
  const operations = rest ? catalogs.readOperations(airflow) : undefined;
  return operations === undefined ? catalog : addOperations(catalog, operations);
}

/**
 * Returns the catalog of a release. For a release that is not supported, returns the catalog of the newest release before it, or of
 * the oldest one.
 */
export function findNearestCatalog(
  catalogs: Catalogs,
  release: string,
): { readonly catalog: Catalog; readonly exact: boolean } {
  const releases = catalogs.releases();
  const nearest = releases.filter((candidate) => isReleaseAtLeast(release, candidate)).at(-1) ?? releases[0]!;
  return { catalog: catalogs.read(nearest), exact: nearest === release };
}
