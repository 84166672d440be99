import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/*
 * The build of the packaged clients replaces this module with `bin/build/unpack.ts`, which exports the same functions.
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

const OPERATION_FOLDER = join(ROOT, 'airflow/operations');

/** Returns the JSON text of the operations of one release, or undefined if there is no such file. */
export function readOperationsText(release: string): string | undefined {
  const file = join(OPERATION_FOLDER, `${release}.json`);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
