import { readFileSync } from 'node:fs';
import type { Catalogue } from '../../airflow/catalogue.ts';
import { compile, type Policy } from '../../policy/policy.ts';
import type { DirectoryFile } from '../directory-file.ts';
import { CATALOGUE_FOLDER, DIRECTORY } from '../names.ts';

/** One environment with its grants read. */
export interface ListedEnvironment {
  readonly name: string;
  /** Release, as in `2.10.3`. */
  readonly airflow: string;
  readonly catalogue: Catalogue;
  readonly policy: Policy;
}

/** The environments of the API, in the order of their names. Each is read when it is first asked for, and kept. */
export interface ListedEnvironments {
  readonly names: readonly string[];
  /** Undefined for one that is not there, or is switched off. */
  find(name: string): ListedEnvironment | undefined;
}

/** @param readCatalogue the command tree of a release that an environment of the file runs */
export function listedEnvironments(
  { environments }: DirectoryFile,
  readCatalogue: (release: string) => Catalogue,
): ListedEnvironments {
  const catalogues = new Map<string, Catalogue>();
  const read = new Map<string, ListedEnvironment>();
  const catalogueOf = (release: string): Catalogue => {
    const found = catalogues.get(release) ?? readCatalogue(release);
    catalogues.set(release, found);
    return found;
  };
  return {
    names: Object.keys(environments).sort(),
    find(name) {
      const file = Object.hasOwn(environments, name) ? environments[name] : undefined;
      if (file === undefined) return undefined;
      const catalogue = catalogueOf(file.airflow);
      const policy = () => compile(file.grants, catalogue).policy;
      const found = read.get(name) ?? { name, airflow: file.airflow, catalogue, policy: policy() };
      read.set(name, found);
      return found;
    },
  };
}

/** Reads the files that lie beside the running code. */
export const deployedEnvironments = (): ListedEnvironments =>
  listedEnvironments(parsed(DIRECTORY.data), (release) => parsed(`${CATALOGUE_FOLDER}/${release}.json`));

const parsed = (file: string) => JSON.parse(readFileSync(new URL(`./${file}`, import.meta.url), 'utf8'));
