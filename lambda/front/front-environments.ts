import type { Catalog } from '../../airflow/catalog.ts';
import type { FrontFile } from '../../config/front-file.ts';
import { CATALOG_FOLDER, FRONT_FUNCTION } from '../../contract/function-names.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import type { Policy } from '../../policy/policy.ts';
import { readDeployedJson } from '../read-deployed-json.ts';

/** One environment with its compiled grants. */
export interface FrontEnvironment {
  readonly name: string;
  /** Release, as in `2.10.3`. */
  readonly airflow: string;
  readonly catalog: Catalog;
  readonly policy: Policy;
}

/** The environments of the API, sorted by name. Each is compiled on first use and cached. */
export interface FrontEnvironments {
  readonly names: readonly string[];
  /** Returns undefined for an environment that does not exist or is disabled. */
  find(name: string): FrontEnvironment | undefined;
}

/** @param readCatalog reads the catalog of a release that an environment of the file runs */
export function createFrontEnvironments(
  { environments }: FrontFile,
  readCatalog: (release: string) => Catalog,
): FrontEnvironments {
  const catalogs = new Map<string, Catalog>();
  const compiled = new Map<string, FrontEnvironment>();
  const getCatalog = (release: string): Catalog => {
    const catalog = catalogs.get(release) ?? readCatalog(release);
    catalogs.set(release, catalog);
    return catalog;
  };
  const compile = (name: string): FrontEnvironment | undefined => {
    const entry = Object.hasOwn(environments, name) ? environments[name] : undefined;
    if (entry === undefined) return undefined;
    const { airflow, grants } = entry;
    const catalog = getCatalog(airflow);
    return { name, airflow, catalog, policy: compilePolicy(grants, catalog).policy };
  };
  return {
    names: Object.keys(environments).sort(),
    find(name) {
      const environment = compiled.get(name) ?? compile(name);
      if (environment !== undefined) compiled.set(name, environment);
      return environment;
    },
  };
}

/** Reads the files next to the running code. */
export const loadFrontEnvironments = (): FrontEnvironments =>
  createFrontEnvironments(readDeployedJson(FRONT_FUNCTION.dataFile), (release) =>
    readDeployedJson(`${CATALOG_FOLDER}/${release}.json`),
  );
