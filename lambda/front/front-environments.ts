import type { Catalog } from '../../airflow/catalog.ts';
import { addHints } from '../../airflow/release-hints.ts';
import { addOperations, createRestCatalog, type RestCatalog } from '../../airflow/rest/rest-catalog.ts';
import type { FrontFile, FrontFileEnvironment, FrontFileRest } from '../../config/front-file.ts';
import { CATALOG_FOLDER, FRONT_FUNCTION, OPERATION_FOLDER } from '../../contract/function-names.ts';
import { Problem } from '../../contract/problem.ts';
import type { Caller } from '../../policy/caller.ts';
import { type CallerIndex, findGrantedCallers, indexCallers } from '../../policy/caller-index.ts';
import { compilePolicy, hasRules } from '../../policy/compile-policy.ts';
import { hasEntriesForCaller } from '../../policy/find-entries.ts';
import type { Grant } from '../../policy/grant.ts';
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

/** What a caller sees of an environment in a list. */
export type ListedEnvironment = Pick<FrontEnvironment, 'name' | 'airflow'>;

/** The environments of the API. Each is compiled on first use and cached. */
export interface FrontEnvironments {
  /** The environments in which a caller has a grant, sorted by name. */
  list(caller: Caller): ListedEnvironment[];
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
  const getCommands = remember(files.readCatalog);
  const getOperations = remember(files.readOperations);
  const getWithOperations = remember((release) => addOperations(getCommands(release), getOperations(release)));
  /** The catalog for the rules of an environment. */
  const getCatalog = ({ airflow, rest }: FrontFileEnvironment): Catalog =>
    rest === undefined ? getCommands(airflow) : getWithOperations(airflow);
  const compile = (name: string, entry: FrontFileEnvironment): FrontEnvironment => {
    const { rest, ...others } = entry;
    const catalog = getCatalog(entry);
    const ownGrants = entry.grants.flatMap((position) => grants[position] ?? []);
    const environment: FrontEnvironment = {
      ...others,
      name,
      catalog,
      policy: compilePolicy(ownGrants, catalog).policy,
      ...(rest && { rest: { ...rest, operations: getOperations(entry.airflow) } }),
    };
    compiled.set(name, environment);
    return environment;
  };
  const findForCaller = (name: string, caller: Caller): FrontEnvironment | undefined => {
    const entry = Object.hasOwn(environments, name) ? environments[name] : undefined;
    if (entry === undefined) return undefined;
    const environment = compiled.get(name) ?? compile(name, entry);
    return hasEntriesForCaller(environment.policy, caller) ? environment : undefined;
  };
  // Compiling every environment to list a few would take seconds and hundreds of megabytes.
  let callers: CallerIndex | undefined;
  const list = (caller: Caller): ListedEnvironment[] => {
    callers ??= indexCallers(grants);
    const granted = new Set(findGrantedCallers(callers, caller).map(({ grant }) => grant));
    const grantsAnything = createRuleCheck();
    return names.flatMap((name) => {
      const entry = environments[name]!;
      const { airflow, grants: positions } = entry;
      const isUsable = positions.some((position) => {
        const grant = grants[position];
        return grant !== undefined && granted.has(grant) && grantsAnything(getCatalog(entry), grant);
      });
      return isUsable ? { name, airflow } : [];
    });
  };
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

function remember<T>(read: (release: string) => T): (release: string) => T {
  const values = new Map<string, T>();
  return (release) => {
    const value = values.get(release) ?? read(release);
    values.set(release, value);
    return value;
  };
}

/** Checks whether a grant has any rule of a catalog, once for each. */
function createRuleCheck(): (catalog: Catalog, grant: Grant) => boolean {
  const checked = new Map<Catalog, Map<Grant, boolean>>();
  return (catalog, grant) => {
    const byGrant = checked.get(catalog) ?? new Map<Grant, boolean>();
    checked.set(catalog, byGrant);
    const isUsable = byGrant.get(grant) ?? hasRules(grant, catalog);
    byGrant.set(grant, isUsable);
    return isUsable;
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
