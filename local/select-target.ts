import type { Config, EnvironmentConfig } from '../config/config-types.ts';
import { groupByTarget } from '../config/deployment-targets.ts';
import type { Timeouts } from '../config/timeouts.ts';
import { loadConfig } from '../files/load-config.ts';

/** The account that is used if the configuration names none. AWS uses it in examples. */
const DEFAULT_ACCOUNT = '111122223333';

export interface TargetSelection {
  /** The configuration to deploy. */
  readonly configFile: string;
  /** The configuration itself, if it differs from the file. */
  readonly config?: Config;
  /** The stack to run if the configuration creates several. Default: the first. */
  readonly stackName?: string;
  /** Names of the environments that get an Airflow. Default: all environments of the stack. */
  readonly environments?: readonly string[];
  /** Timeouts that replace those of every environment, so that a test of a fault takes seconds. */
  readonly timeouts?: Partial<Timeouts>;
}

/** One stack of a configuration. */
export interface StackTarget {
  readonly config: Config;
  readonly stackName: string;
  readonly region: string;
  readonly account: string;
  /** The selected environments by name. */
  readonly environments: ReadonlyMap<string, EnvironmentConfig>;
}

/**
 * Loads a configuration and selects one of its stacks.
 *
 * @throws ConfigError, and an Error for a stack or an environment that the configuration does not contain
 */
export function selectTarget(selection: TargetSelection): StackTarget {
  const { configFile, stackName } = selection;
  const config = overrideTimeouts(selection.config ?? loadConfig(configFile), selection.timeouts);
  const targets = groupByTarget(config, config.environments);
  const target = stackName === undefined ? targets[0] : targets.find((candidate) => candidate.stackName === stackName);
  if (target === undefined) throw new Error(`${configFile} creates no stack ${stackName}.`);
  const names = selection.environments ?? Object.keys(target.environments);
  const environments = names.map((name) => {
    const environment = target.environments[name];
    if (environment === undefined) throw new Error(`${configFile} has no environment ${name}.`);
    return [name, environment] as const;
  });
  const { region, account = DEFAULT_ACCOUNT } = target;
  return { config, stackName: target.stackName, region, account, environments: new Map(environments) };
}

function overrideTimeouts(config: Config, timeouts: Partial<Timeouts> = {}): Config {
  const environments = Object.entries(config.environments).map(([name, environment]) => [
    name,
    { ...environment, timeouts: { ...environment.timeouts, ...timeouts } },
  ]);
  return { ...config, environments: Object.fromEntries(environments) };
}
