import { createCatalogs } from '../airflow/catalogs.ts';
import { listCatalogReleases, readCatalogText } from './catalog-files.ts';

/** The catalogs in `airflow/catalogs/`. */
export const CATALOGS = createCatalogs(listCatalogReleases, readCatalogText);
