import type { Catalog } from '../catalog.ts';
import type { CommandCatalogs } from '../catalogs.ts';
import type { OperationCatalog } from './operation.ts';
import { addOperations, createRestCatalog, type RestCatalog } from './rest-catalog.ts';

/** The catalogs of all supported Airflow releases, with the operations of those whose REST API the proxy offers. */
export interface Catalogs extends CommandCatalogs {
  /** Returns the REST operations of one release, parsed once, or undefined: the proxy does not offer those of this release. */
  readOperations(release: string): RestCatalog | undefined;
}

/** @param readText returns the JSON text of the operations of a release, or undefined if it has none */
export function createRuleCatalogs(
  catalogs: CommandCatalogs,
  readText: (release: string) => string | undefined,
): Catalogs {
  const operations = new Map<string, RestCatalog | undefined>();
  return {
    ...catalogs,
    readOperations(release) {
      if (!operations.has(release)) {
        const text = readText(release);
        operations.set(
          release,
          text === undefined ? undefined : createRestCatalog(JSON.parse(text) as OperationCatalog),
        );
      }
      return operations.get(release);
    },
  };
}

/** What decides which rules an environment can have. */
export interface RuleTarget {
  /** The release, as in `2.10.3`. */
  readonly airflow: string;
  /** Whether the environment offers REST operations. */
  readonly rest: boolean;
}

/** Returns the catalog for the rules of an environment. */
export function readRuleCatalog(catalogs: Catalogs, { airflow, rest }: RuleTarget): Catalog {
  const catalog = catalogs.read(airflow);
  const operations = rest ? catalogs.readOperations(airflow) : undefined;
  return operations === undefined ? catalog : addOperations(catalog, operations);
}
