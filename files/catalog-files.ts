import { readdirSync, readFileSync } from 'node:fs';

/*
 * The build of the packaged clients replaces this module with `bin/build/unpack.ts`, which exports the same two functions.
 */

const CATALOGS_URL = new URL('../airflow/catalogs/', import.meta.url);

/** Returns the releases that have a catalog, in no particular order. */
export const listCatalogReleases = (): string[] =>
  readdirSync(CATALOGS_URL)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));

/** Returns the JSON text of one catalog. Throws if the release has none. */
export const readCatalogText = (release: string): string =>
  readFileSync(new URL(`${release}.json`, CATALOGS_URL), 'utf8');
