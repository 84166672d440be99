import { existsSync, readFileSync } from 'node:fs';
import type { Catalogue } from '../../airflow/catalogue.ts';
import { RELEASES } from '../../local/airflow/releases.ts';

/** The releases that have a catalogue and can be installed here, or those of them that are named. */
export function releasesToFuzz(named?: readonly string[]): { release: string; catalogue: Catalogue }[] {
  return (named ?? Object.keys(RELEASES)).flatMap((release) => {
    const file = new URL(`../../airflow/catalogues/${release}.json`, import.meta.url);
    return existsSync(file) ? [{ release, catalogue: JSON.parse(readFileSync(file, 'utf8')) }] : [];
  });
}
