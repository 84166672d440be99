import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { coversEnvironment } from '../config/active-grants.ts';
import type { Config, EnvironmentConfig } from '../config/config-types.ts';
import { groupByTarget } from '../config/deployment-targets.ts';

export interface EnvironmentChoice {
  readonly environment?: string | undefined;
  /** An Airflow release, such as `2.10.3`. */
  readonly airflow?: string | undefined;
}

export interface ChosenEnvironments {
  /** The configuration, with the environment that was added, or whose release was changed. */
  readonly config: Config;
  readonly stackName: string;
  /** The environments to try, in this order: the first one whose Airflow can be installed is started. */
  readonly candidates: readonly string[];
  /** The other enabled environments of the stack. */
  readonly others: readonly string[];
  /** How the configuration differs from the file, for people. */
  readonly changes: readonly string[];
}

/** What was asked for does not exist. The message says what does. */
export class EnvironmentChoiceError extends Error {
  override readonly name = 'EnvironmentChoiceError';
}

/**
 * Chooses the environment that `npm start` starts: the named one, the first enabled one that runs the release, or the first enabled
 * one. Adds an environment for a release that none runs.
 *
 * @throws EnvironmentChoiceError
 */
export function chooseEnvironments(
  file: string,
  config: Config,
  { environment, airflow }: EnvironmentChoice,
): ChosenEnvironments {
  const enabled = Object.keys(config.environments).filter((name) => config.environments[name]!.enabled);
  if (environment !== undefined) {
    checkName(file, config, environment);
    const own = config.environments[environment]!;
    if (airflow === undefined || airflow === own.airflow) return choose(config, [environment]);
    const changed = withEnvironment(config, environment, { ...own, airflow });
    return choose(changed, [environment], [`${environment} runs Airflow ${airflow} instead of ${own.airflow}.`]);
  }
  const [first] = enabled;
  if (first === undefined) {
    const remedy = 'Set enabled: true for one of them.';
    throw new EnvironmentChoiceError(
      `${file} has no environment that is enabled. ${Object.keys(config.environments).length > 0 ? remedy : 'Add one.'}`,
    );
  }
  if (airflow === undefined) return choose(config, enabled);
  const runsRelease = enabled.filter((name) => config.environments[name]!.airflow === airflow);
  if (runsRelease[0] !== undefined) return choose(config, [runsRelease[0]]);
  const added = `airflow-${airflow.replaceAll('.', '-')}`;
  return choose(
    addEnvironment(config, first, added, airflow),
    [added],
    [`No environment of ${file} runs Airflow ${airflow}. Added ${added}, a copy of ${first}.`],
  );
}

function checkName(file: string, { environments }: Config, name: string): void {
  if (!Object.hasOwn(environments, name)) {
    const names = Object.keys(environments);
    const list = names.length === 0 ? 'It has none' : `It has: ${names.join(', ')}`;
    throw new EnvironmentChoiceError(`${file} has no environment ${name}.${formatDidYouMean(name, names)} ${list}.`);
  }
  if (environments[name]!.enabled) return;
  throw new EnvironmentChoiceError(`${name} is disabled in ${file}. Remove its line "enabled: false".`);
}

/** The candidates are reduced to those in the stack of the first one: one stack runs. */
function choose(config: Config, names: readonly string[], changes: readonly string[] = []): ChosenEnvironments {
  const target = groupByTarget(config, config.environments).find(({ environments }) =>
    Object.hasOwn(environments, names[0]!),
  )!;
  const candidates = names.filter((name) => Object.hasOwn(target.environments, name));
  const others = Object.entries(target.environments).flatMap(([name, { enabled }]) =>
    enabled && !candidates.includes(name) ? [name] : [],
  );
  return { config, stackName: target.stackName, candidates, others, changes };
}

const withEnvironment = (config: Config, name: string, environment: EnvironmentConfig): Config => ({
  ...config,
  environments: { ...config.environments, [name]: environment },
});

/** Adds a copy of an environment that runs another release. The grants of the original cover the copy. */
function addEnvironment(config: Config, original: string, name: string, airflow: string): Config {
  const { mwaaName: _, ...copy } = config.environments[original]!;
  const grants = config.grants.map((grant) =>
    coversEnvironment(grant.where, original) ? { ...grant, where: [...grant.where, name] } : grant,
  );
  return { ...withEnvironment(config, name, { ...copy, airflow }), grants };
}

/** Disables all environments that do not run, so that callers do not see them. */
export const keepEnvironments = (config: Config, names: readonly string[]): Config => ({
  ...config,
  environments: Object.fromEntries(
    Object.entries(config.environments).map(([name, environment]) => [
      name,
      { ...environment, enabled: names.includes(name) },
    ]),
  ),
});

/**
 * Removes what this machine cannot simulate for clients on it: a custom domain and a private API, whose names do not resolve here.
 *
 * @returns the configuration, and what was removed, for people
 */
export function removeNetworkSettings(config: Config): { config: Config; changes: string[] } {
  const { domain, vpcEndpoint: _, ...api } = config.api;
  const { vpcEndpoints: __, ...callers } = api.callers;
  const changes = [
    ...(domain === undefined ? [] : [`The custom domain ${domain.name} is left out.`]),
    ...(api.endpoint === 'private' ? ['The private API is a regional one on this machine.'] : []),
  ];
  return { config: { ...config, api: { ...api, callers, endpoint: 'regional' } }, changes };
}
