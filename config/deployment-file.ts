import { callerFromDeclaredName } from '../policy/caller.ts';
import { parseCallerPattern } from '../policy/caller-pattern.ts';
import { selectActiveGrants, selectGrantsOfAny } from './active-grants.ts';
import type { Config, ConfigGrant, EnvironmentConfig } from './config-types.ts';
import type { FrontFile } from './front-file.ts';
import { createFrontFile } from './function-files.ts';

/** The data file of the function of one deployment. `lib/` writes it at synthesis. The function reads it when it starts. */
export interface DeploymentFile extends Pick<FrontFile, 'grants' | 'environments'> {
  /** As in `deployment:settings`. */
  readonly caller: string;
}

/** The timeouts of a deployment's function, in seconds. Each event waits for the earlier ones before the function gets it. */
export const DEPLOYMENT_TIMEOUTS = {
  /** The longest time that Lambda lets a function run. */
  functionSeconds: 900,
  /** How long Lambda keeps an event that waits for the function. */
  eventSeconds: 900,
} as const;

/**
 * How long CloudFormation waits for a response by default: longer than an event can wait and run, so that nothing runs after
 * CloudFormation has given up.
 */
export const DEFAULT_SERVICE_TIMEOUT_SECONDS =
  DEPLOYMENT_TIMEOUTS.eventSeconds + DEPLOYMENT_TIMEOUTS.functionSeconds + 60;

/** The name of the caller of a deployment. */
export const getDeploymentCaller = (name: string): string => `deployment:${name}`;

/** The grants that name a declared caller. */
export function selectGrantsOfCaller(grants: readonly ConfigGrant[], declared: string): ConfigGrant[] {
  const { identities = [] } = callerFromDeclaredName(declared) ?? {};
  const matches = (who: string): boolean => {
    try {
      const pattern = parseCallerPattern(who);
      return identities.some(({ realm, name }) => realm === pattern.realm && pattern.name.matches(name));
    } catch {
      return false;
    }
  };
  return grants.filter(({ who }) => who.some(matches));
}

/** Creates the data file of the function of one deployment: only its own grants, and the environments that they cover. */
export function createDeploymentFile(
  { api, grants }: Pick<Config, 'api' | 'grants'>,
  name: string,
  enabledEnvironments: Readonly<Record<string, EnvironmentConfig>>,
  getRelayName: (environment: string) => string,
): DeploymentFile {
  const caller = getDeploymentCaller(name);
  const ownGrants = selectGrantsOfCaller(selectGrantsOfAny(grants, Object.keys(enabledEnvironments)), caller);
  const own = { api, grants: ownGrants };
  const environments = Object.fromEntries(
    Object.entries(enabledEnvironments)
      .filter(([environment]) => selectActiveGrants(own, environment).length > 0)
      .map(([environment, config]) => [environment, { ...config, rest: false }]),
  );
  const front = createFrontFile(own, environments, getRelayName, getRelayName);
  return { caller, grants: front.grants, environments: front.environments };
}
