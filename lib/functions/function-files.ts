import type { AuthorizerFile } from '../../lambda/authorizer-file.ts';
import type { DirectoryFile } from '../../lambda/directory-file.ts';
import type { EnvironmentFile } from '../../lambda/environment-file.ts';
import { readCatalogue } from '../config/catalogues.ts';
import type { Config, Environment, Grant } from '../config/config-types.ts';
import { covers } from '../config/where.ts';

type Granted = Pick<Config, 'grants'>;

/** The grants in force in one environment. */
export function grantsOf(config: Granted, name: string): Grant[] {
  return config.grants.filter((grant) => grant.enabled && grant.where.some((where) => covers(where, name)));
}

/** Who may run what, a sentence a line, for the template's metadata: so a changed grant reads as one in `cdk diff`. */
export function grantSentences(grants: readonly Grant[]): string[] {
  return grants.flatMap(({ who, may }) => may.map((command) => `${who.join(', ')} may: ${command}`));
}

/** The content of `environment.json` for one environment of the configuration. */
export function environmentFile(config: Granted, name: string, environment: Environment): EnvironmentFile {
  const { airflow, mwaaName, webServerHostname, webServerDomains, timeouts, limits } = environment;
  const { abortSeconds, postSeconds, connectSeconds, tokenSeconds, busySeconds } = timeouts;
  return {
    name,
    mwaaName: mwaaName ?? name,
    airflow,
    catalogue: readCatalogue(airflow),
    grants: told(grantsOf(config, name)),
    ...(webServerHostname === undefined ? {} : { webServerHostname }),
    webServerDomains,
    timeouts: { abortSeconds, postSeconds, connectSeconds, tokenSeconds, busySeconds },
    limits,
  };
}

/** The environments that are on. */
type Environments = Readonly<Record<string, Environment>>;

/** The content of `directory.json`. */
export const directoryFile = (config: Granted, environments: Environments): DirectoryFile => ({
  environments: Object.fromEntries(
    Object.entries(environments).map(([name, { airflow }]) => [
      name,
      { airflow, grants: told(grantsOf(config, name)) },
    ]),
  ),
});

/** The content of `authorizer.json`. */
export function authorizerFile(
  config: Granted,
  environments: Environments,
  { issuer, audience, jwksUri, requiredClaims }: NonNullable<Config['api']['oidc']>,
): AuthorizerFile {
  const named = Object.keys(environments).flatMap((name) => grantsOf(config, name).flatMap(({ who }) => who));
  return {
    issuer,
    audience,
    jwksUri: jwksUri ?? `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`,
    requiredClaims: Object.fromEntries(
      Object.entries(requiredClaims).map(([claim, values]) => [claim, [values].flat()]),
    ),
    who: [...new Set(named)].filter((who) => who.startsWith('oidc:')),
  };
}

const told = (grants: readonly Grant[]) => grants.map(({ who, may, line }) => ({ who, may, line }));

/** A file's text. */
export const fileText = (content: object): string => `${JSON.stringify(content)}\n`;
