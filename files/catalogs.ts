import { createCatalogs } from '../airflow/catalogs.ts';
import { listCatalogReleases, readCatalogText, readOperationsText } from './catalog-files.ts';

/** The catalogs in `airflow/catalogs/` and the operations in `airflow/operations/`. */
export const CATALOGS = createCatalogs(listCatalogReleases, readCatalogText, readOperationsText);
