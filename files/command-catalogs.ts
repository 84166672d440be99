import { createCatalogs } from '../airflow/catalogs.ts';
import { listCatalogReleases, readCatalogText } from './catalog-files.ts';

/** The catalogs in `airflow/catalogs/`. A program that needs no rules loads them without the code of REST operations. */
export const COMMAND_CATALOGS = createCatalogs(listCatalogReleases, readCatalogText);
