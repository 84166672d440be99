import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../airflow/catalogues/', import.meta.url);

/** The releases that have a catalogue, in no order. A client of one file has another module in the place of this one. */
export const catalogueNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));

/** The text of one. Throws where there is none. */
export const catalogueText = (release: string): string => readFileSync(new URL(`${release}.json`, FOLDER), 'utf8');
