import { CATALOGS } from '../files/catalogs.ts';

/** The catalogs that most tests use. `CATALOGS` has those of the other releases. */
export const AIRFLOW_1_10 = CATALOGS.read('1.10.12');
export const AIRFLOW_2_2 = CATALOGS.read('2.2.2');
export const AIRFLOW_2 = CATALOGS.read('2.10.3');
export const AIRFLOW_3 = CATALOGS.read('3.0.6');
