import { readFileSync } from 'node:fs';
import type { Catalog } from '../../../airflow/catalog.ts';

const readCatalogFile = (release: string): Catalog =>
  JSON.parse(readFileSync(new URL(`../../../airflow/catalogs/${release}.json`, import.meta.url), 'utf8'));

export const AIRFLOW_2 = readCatalogFile('2.10.3');
export const AIRFLOW_3 = readCatalogFile('3.0.6');
