import { readdirSync, readFileSync } from 'node:fs';

const CATALOGS_URL = new URL('../airflow/catalogs/', import.meta.url);

/** The releases that have a catalog, in no order. A client of one file has another module in the place of this one. */
export const listCatalogReleases = (): string[] =>
  readdirSync(CATALOGS_URL)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));

/** The text of one. Throws where there is none. */
export const readCatalogText = (release: string): string =>
  readFileSync(new URL(`${release}.json`, CATALOGS_URL), 'utf8');
