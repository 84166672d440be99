import type { EnvironmentFile } from '../lambda/environment-file.ts';
import { readCatalogue } from './catalogues.ts';
import type { Config, Environment, Grant } from './config.ts';
import { covers } from './where.ts';

/** The grants in force in one environment. */
export function grantsOf(config: Config, name: string): Grant[] {
  return config.grants.filter((grant) => grant.enabled && grant.where.some((where) => covers(where, name)));
}

/** Who may run what, a sentence a line, for the template's metadata: so a changed grant reads as one in `cdk diff`. */
export function grantSentences(grants: readonly Grant[]): string[] {
  return grants.flatMap(({ who, may }) => may.map((command) => `${who.join(', ')} may: ${command}`));
}

/** The content of `environment.json` for one environment of the configuration. */
export function environmentFile(config: Config, name: string, environment: Environment): EnvironmentFile {
  const { airflow, mwaaName, webServerHostname, timeouts, limits } = environment;
  const { abortSeconds, postSeconds, connectSeconds, tokenSeconds, busySeconds } = timeouts;
  return {
    name,
    mwaaName: mwaaName ?? name,
    airflow,
    catalogue: readCatalogue(airflow),
    grants: grantsOf(config, name).map(({ who, may, line }) => ({ who, may, line })),
    ...(webServerHostname === undefined ? {} : { webServerHostname }),
    timeouts: { abortSeconds, postSeconds, connectSeconds, tokenSeconds, busySeconds },
    limits,
  };
}
