import { readFileSync } from 'node:fs';
import type { Catalog } from '../../airflow/catalog.ts';
import type { FrontFile } from '../../config/front-file.ts';
import { CATALOG_FOLDER, FRONT_FUNCTION } from '../../contract/function-names.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import type { Policy } from '../../policy/policy.ts';

/** One environment with its grants read. */
export interface FrontEnvironment {
  readonly name: string;
  /** Release, as in `2.10.3`. */
  readonly airflow: string;
  readonly catalog: Catalog;
  readonly policy: Policy;
}

/** The environments of the API, in the order of their names. Each is read when it is first asked for, and kept. */
export interface FrontEnvironments {
  readonly names: readonly string[];
  /** Undefined for one that is not there, or is switched off. */
  find(name: string): FrontEnvironment | undefined;
}

/** @param readCatalog the command tree of a release that an environment of the file runs */
export function createFrontEnvironments(
  { environments }: FrontFile,
  readCatalog: (release: string) => Catalog,
): FrontEnvironments {
  const catalogs = new Map<string, Catalog>();
  const read = new Map<string, FrontEnvironment>();
  const catalogOf = (release: string): Catalog => {
    const found = catalogs.get(release) ?? readCatalog(release);
    catalogs.set(release, found);
    return found;
  };
  return {
    names: Object.keys(environments).sort(),
    find(name) {
      const file = Object.hasOwn(environments, name) ? environments[name] : undefined;
      if (file === undefined) return undefined;
      const catalog = catalogOf(file.airflow);
      const policy = () => compilePolicy(file.grants, catalog).policy;
      const found = read.get(name) ?? { name, airflow: file.airflow, catalog, policy: policy() };
      read.set(name, found);
      return found;
    },
  };
}

/** Reads the files that lie beside the running code. */
export const loadFrontEnvironments = (): FrontEnvironments =>
  createFrontEnvironments(readDeployedJson(FRONT_FUNCTION.dataFile), (release) =>
    readDeployedJson(`${CATALOG_FOLDER}/${release}.json`),
  );

const readDeployedJson = (file: string) => JSON.parse(readFileSync(new URL(`./${file}`, import.meta.url), 'utf8'));
