import type { Catalog } from '../../airflow/catalog.ts';
import { addHints } from '../../airflow/release-hints.ts';
import type { FrontFile, FrontFileEnvironment } from '../../config/front-file.ts';
import { CATALOG_FOLDER, FRONT_FUNCTION } from '../../contract/function-names.ts';
import { Problem } from '../../contract/problem.ts';
import type { Caller } from '../../policy/caller.ts';
import { type CallerIndex, findGrantedCallers, indexCallers } from '../../policy/caller-index.ts';
import { compilePolicy, hasRules } from '../../policy/compile-policy.ts';
import { hasEntriesForCaller } from '../../policy/find-entries.ts';
import type { Grant } from '../../policy/grant.ts';
import type { Policy } from '../../policy/policy.ts';
import { readDeployedJson } from '../read-deployed-json.ts';

/** One environment with its compiled grants. */
export interface FrontEnvironment extends Omit<FrontFileEnvironment, 'grants'> {
  readonly name: string;
  readonly catalog: Catalog;
  readonly policy: Policy;
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

/** @param readCatalog reads the catalog of a release that an environment of the file runs */
export function createFrontEnvironments(
  { environments, grants }: Pick<FrontFile, 'environments' | 'grants'>,
  readCatalog: (release: string) => Catalog,
): FrontEnvironments {
  const names = Object.keys(environments).sort();
  const catalogs = new Map<string, Catalog>();
  const compiled = new Map<string, FrontEnvironment>();
  const getCatalog = (release: string): Catalog => {
    const catalog = catalogs.get(release) ?? readCatalog(release);
    catalogs.set(release, catalog);
    return catalog;
  };
  const compile = (name: string, entry: FrontFileEnvironment): FrontEnvironment => {
    const catalog = getCatalog(entry.airflow);
    const ownGrants = entry.grants.flatMap((position) => grants[position] ?? []);
    const environment = { ...entry, name, catalog, policy: compilePolicy(ownGrants, catalog).policy };
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
    const grantsAnything = createRuleCheck(getCatalog);
    return names.flatMap((name) => {
      const { airflow, grants: positions } = environments[name]!;
      const isUsable = positions.some((position) => {
        const grant = grants[position];
        return grant !== undefined && granted.has(grant) && grantsAnything(airflow, grant);
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

/** Checks whether a grant has any rule of a release, once for each. */
function createRuleCheck(getCatalog: (release: string) => Catalog): (release: string, grant: Grant) => boolean {
  const checked = new Map<string, Map<Grant, boolean>>();
  return (release, grant) => {
    const byGrant = checked.get(release) ?? new Map<Grant, boolean>();
    checked.set(release, byGrant);
    const isUsable = byGrant.get(grant) ?? hasRules(grant, getCatalog(release));
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

/** Reads the catalogs next to the running code. */
export const loadFrontEnvironments = (file: FrontFile): FrontEnvironments =>
  createFrontEnvironments(file, (release) => addHints(readDeployedJson(`${CATALOG_FOLDER}/${release}.json`)));

/** Reads the data file next to the running code. */
export const loadFrontFile = (): FrontFile => readDeployedJson(FRONT_FUNCTION.dataFile);
