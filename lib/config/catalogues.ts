import type { Catalogue } from '../../airflow/catalogue.ts';
import { compareReleases, isFrom } from '../../airflow/releases.ts';
import { catalogueNames, catalogueText } from './catalogue-files.ts';

/** The Airflow releases an environment may run: those with a generated catalogue, in the order they came out. */
export const catalogueReleases = (): string[] => catalogueNames().sort(compareReleases);

const read = new Map<string, Catalogue>();

/**
 * The command tree of one release, read once: every sentence of every grant asks for it. Throws when there is none;
 * `parseConfig` has refused such a release before.
 */
export function readCatalogue(release: string): Catalogue {
  const found = read.get(release) ?? (JSON.parse(catalogueText(release)) as Catalogue);
  read.set(release, found);
  return found;
}

/** The command tree of a release, or of the newest one before it where MWAA offers what was not known here yet. */
export function catalogueNear(release: string): { readonly catalogue: Catalogue; readonly exact: boolean } {
  const releases = catalogueReleases();
  const notNewer = releases.filter((one) => isFrom(release, one));
  const nearest = notNewer.at(-1) ?? releases[0]!;
  return { catalogue: readCatalogue(nearest), exact: nearest === release };
}
