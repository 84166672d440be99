import { readCatalog } from '../files/catalogs.ts';
import type { AuthorizerFile } from './authorizer-file.ts';
import type { Config, ConfigGrant, EnvironmentConfig } from './config-types.ts';
import type { FrontFile } from './front-file.ts';
import { matchesEnvironment } from './matches-environment.ts';
import type { RelayFile } from './relay-file.ts';

type HasGrants = Pick<Config, 'grants'>;

/** The grants in force in one environment. */
export function selectActiveGrants(config: HasGrants, name: string): ConfigGrant[] {
  return config.grants.filter((grant) => grant.enabled && grant.where.some((where) => matchesEnvironment(where, name)));
}

/** Who may run what, a sentence a line, for the template's metadata: so a changed grant reads as one in `cdk diff`. */
export function formatGrantRules(grants: readonly ConfigGrant[]): string[] {
  return grants.flatMap(({ who, may }) => may.map((command) => `${who.join(', ')} may: ${command}`));
}

/** The content of `environment.json` for one environment of the configuration. */
export function createRelayFile(config: HasGrants, name: string, environment: EnvironmentConfig): RelayFile {
  const { airflow, mwaaName, webServerHostname, webServerDomains, timeouts, limits } = environment;
  const { abortSeconds, postSeconds, connectSeconds, tokenSeconds, busySeconds } = timeouts;
  return {
    name,
    mwaaName: mwaaName ?? name,
    airflow,
    catalog: readCatalog(airflow),
    grants: toFunctionGrants(selectActiveGrants(config, name)),
    ...(webServerHostname === undefined ? {} : { webServerHostname }),
    webServerDomains,
    timeouts: { abortSeconds, postSeconds, connectSeconds, tokenSeconds, busySeconds },
    limits,
  };
}

/** The environments that are on. */
type EnabledEnvironments = Readonly<Record<string, EnvironmentConfig>>;

/** The content of `directory.json`. */
export const createFrontFile = (config: HasGrants, environments: EnabledEnvironments): FrontFile => ({
  environments: Object.fromEntries(
    Object.entries(environments).map(([name, { airflow }]) => [
      name,
      { airflow, grants: toFunctionGrants(selectActiveGrants(config, name)) },
    ]),
  ),
});

/** The content of `authorizer.json`. */
export function createAuthorizerFile(
  config: HasGrants,
  environments: EnabledEnvironments,
  { issuer, audience, jwksUri, requiredClaims }: NonNullable<Config['api']['oidc']>,
): AuthorizerFile {
  const named = Object.keys(environments).flatMap((name) => selectActiveGrants(config, name).flatMap(({ who }) => who));
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

const toFunctionGrants = (grants: readonly ConfigGrant[]) => grants.map(({ who, may, line }) => ({ who, may, line }));

/** A file's text. */
export const serializeFile = (content: object): string => `${JSON.stringify(content)}\n`;
