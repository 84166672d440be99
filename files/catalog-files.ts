import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/*
 * The build of the packaged clients replaces this module with `bin/build/unpack.ts`, which exports the same two functions.
 */

const CATALOG_FOLDER = join(ROOT, 'airflow/catalogs');

/** Returns the releases that have a catalog, in no particular order. */
export const listCatalogReleases = (): string[] =>
  readdirSync(CATALOG_FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));

/** Returns the JSON text of one catalog. Throws if the release has none. */
export const readCatalogText = (release: string): string =>
  readFileSync(join(CATALOG_FOLDER, `${release}.json`), 'utf8');
