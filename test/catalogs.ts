import { readCatalog } from '../files/catalogs.ts';

/** The catalogs that most tests use. `readCatalog` reads that of any other release. */
export const AIRFLOW_1_10 = readCatalog('1.10.12');
export const AIRFLOW_2_2 = readCatalog('2.2.2');
export const AIRFLOW_2 = readCatalog('2.10.3');
export const AIRFLOW_3 = readCatalog('3.0.6');
