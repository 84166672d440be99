import { readFileSync } from 'node:fs';
import type { Catalogue } from '../../../airflow/catalogue.ts';

const read = (release: string): Catalogue =>
  JSON.parse(readFileSync(new URL(`../../../airflow/catalogues/${release}.json`, import.meta.url), 'utf8'));

export const AIRFLOW_2 = read('2.10.3');
export const AIRFLOW_3 = read('3.0.6');
