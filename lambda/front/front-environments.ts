import type { Catalog } from '../../airflow/catalog.ts';
import { addHints } from '../../airflow/release-hints.ts';
import { addOperations, createRestCatalog, type RestCatalog } from '../../airflow/rest/rest-catalog.ts';
import type { FrontFile, FrontFileEnvironment, FrontFileRest } from '../../config/front-file.ts';
import { CATALOG_FOLDER, FRONT_FUNCTION, OPERATION_FOLDER } from '../../contract/function-names.ts';
import { Problem } from '../../contract/problem.ts';
import type { Caller } from '../../policy/caller.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import { findEntriesForCaller } from '../../policy/find-entries.ts';
import type { Policy } from '../../policy/policy.ts';
import { readDeployedJson } from '../read-deployed-json.ts';

/** One environment with its compiled grants. */
export interface FrontEnvironment extends Omit<FrontFileEnvironment, 'grants' | 'rest'> {
  readonly name: string;
  /** With REST operations, if the environment offers them. */
  readonly catalog: Catalog;
  readonly policy: Policy;
  readonly rest?: FrontFileRest & { readonly operations: RestCatalog };
}

/** Reads what is known of a release. */
export interface ReleaseFiles {
  readCatalog(release: string): Catalog;
  readOperations(release: string): RestCatalog;
}

/** The environments of the API. Each is compiled on first use and cached. */
export interface FrontEnvironments {
  /** The environments in which a caller has a grant, sorted by name. */
  list(caller: Caller): FrontEnvironment[];
  /**
   * Returns an environment in which the caller has a grant.
   *
   * @throws Problem `not-found`, the same for an environment that does not exist, is disabled, or has no grant for the caller
   */
  get(name: string, caller: Caller): FrontEnvironment;
}

/** @param files for the releases that the environments of the file run */
export function createFrontEnvironments(
  { environments, grants }: Pick<FrontFile, 'environments' | 'grants'>,
  files: ReleaseFiles,
): FrontEnvironments {
  const names = Object.keys(environments).sort();
  const compiled = new Map<string, FrontEnvironment>();
  const getCatalog = rememberByRelease(files.readCatalog);
  const getOperations = rememberByRelease(files.readOperations);
  const compile = (name: string, entry: FrontFileEnvironment): FrontEnvironment => {
    const { rest, ...others } = entry;
    const operations = rest && getOperations(entry.airflow);
    const commands = getCatalog(entry.airflow);
    const catalog = operations === undefined ? commands : addOperations(commands, operations);
    const ownGrants = entry.grants.flatMap((position) => grants[position] ?? []);
    const environment: FrontEnvironment = {
      ...others,
      name,
      catalog,
      policy: compilePolicy(ownGrants, catalog).policy,
      ...(rest && operations && { rest: { ...rest, operations } }),
    };
    compiled.set(name, environment);
    return environment;
  };
  const findForCaller = (name: string, caller: Caller): FrontEnvironment | undefined => {
    const entry = Object.hasOwn(environments, name) ? environments[name] : undefined;
    if (entry === undefined) return undefined;
    const environment = compiled.get(name) ?? compile(name, entry);
    return findEntriesForCaller(environment.policy, caller).length > 0 ? environment : undefined;
  };
  const list = (caller: Caller) => names.flatMap((name) => findForCaller(name, caller) ?? []);
  return {
    list,
    get(name, caller) {
      const environment = findForCaller(name, caller);
      if (environment !== undefined) return environment;
      throw createNotFoundProblem(
        caller,
        list(caller).map((usable) => usable.name),
      );
    },
  };
}

function rememberByRelease<T>(read: (release: string) => T): (release: string) => T {
  const values = new Map<string, T>();
  return (release) => {
    const value = values.get(release) ?? read(release);
    values.set(release, value);
    return value;
  };
}

function createNotFoundProblem({ label }: Caller, usable: readonly string[]): Problem {
  const detail =
    usable.length === 0
      ? 'This caller has no grants in any environment of this API. Ask the owner of the API for one.'
      : `This API has no such environment for this caller. It can use: ${usable.join(', ')}.`;
  return new Problem('not-found', detail, { caller: label, environments: usable });
}

/** Reads the catalogs and operations next to the running code. */
export const loadFrontEnvironments = (file: FrontFile): FrontEnvironments =>
  createFrontEnvironments(file, {
    readCatalog: (release) => addHints(readDeployedJson(`${CATALOG_FOLDER}/${release}.json`)),
    readOperations: (release) => createRestCatalog(readDeployedJson(`${OPERATION_FOLDER}/${release}.json`)),
  });

/** Reads the data file next to the running code. */
export const loadFrontFile = (): FrontFile => readDeployedJson(FRONT_FUNCTION.dataFile);
