import type { Catalog } from '../airflow/catalog.ts';
import type { OperationCatalog } from '../airflow/rest/operation.ts';
import type { RestCatalog } from '../airflow/rest/rest-catalog.ts';
import { selectActiveGrants, selectGrantsOfAny } from './active-grants.ts';
import type { AuthorizerFile } from './authorizer-file.ts';
import type { Config, ConfigGrant, EnvironmentConfig } from './config-types.ts';
import type { FrontFile } from './front-file.ts';
import type { RelayFile } from './relay-file.ts';
import type { RestFile } from './rest-file.ts';
import { resolveRestRole } from './rest-role.ts';
import { getMaxQueueSeconds, resolveFrontTimeouts } from './timeouts.ts';

type HasGrants = Pick<Config, 'grants'>;

type EnabledEnvironments = Readonly<Record<string, EnvironmentConfig>>;

/** Creates the data file of the relay of one environment. */
export function createRelayFile(
  config: HasGrants,
  name: string,
  environment: EnvironmentConfig,
  catalog: Catalog,
): RelayFile {
  const { airflow, mwaaName, webServerHostname, webServerDomains, timeouts, limits } = environment;
  const { abortSeconds, postSeconds, connectSeconds, tokenSeconds, busySeconds } = timeouts;
  return {
    name,
    mwaaName: mwaaName ?? name,
    airflow,
    catalog: toFunctionCatalog(catalog),
    grants: toFunctionGrants(selectActiveGrants(config, name)),
    ...(webServerHostname === undefined ? {} : { webServerHostname }),
    webServerDomains,
    timeouts: { abortSeconds, postSeconds, connectSeconds, tokenSeconds, busySeconds },
    limits,
  };
}

/**
 * Creates the data file of the front function.
 *
 * @param getRelayName returns the name of the relay function of an environment
 * @param getRestRelayName returns the name of its REST relay
 */
export function createFrontFile(
  config: HasGrants & Pick<Config, 'api'>,
  environments: EnabledEnvironments,
  getRelayName: (environment: string) => string,
  getRestRelayName: (environment: string) => string,
): FrontFile {
  const { respondSeconds } = resolveFrontTimeouts(config.api.responses, config.api.integrationSeconds);
  const grants = selectGrantsOfAny(config.grants, Object.keys(environments));
  const createEntry = (
    name: string,
    { airflow, concurrency, timeouts, rest, restConcurrency, restNotes }: EnvironmentConfig,
  ) => ({
    airflow,
    grants: selectActiveGrants(config, name).map((grant) => grants.indexOf(grant)),
    relay: getRelayName(name),
    slots: concurrency,
    ...(rest ? { rest: { relay: getRestRelayName(name), slots: restConcurrency, notes: restNotes } } : {}),
    queueSeconds: timeouts.queueSeconds,
    maxQueueSeconds: getMaxQueueSeconds(timeouts, respondSeconds),
  });
  return {
    acceptsTokens: config.api.oidc !== undefined,
    respondSeconds,
    grants: toFunctionGrants(grants),
    environments: Object.fromEntries(
      Object.entries(environments).map(([name, environment]) => [name, createEntry(name, environment)]),
    ),
  };
}

/**
 * Creates the data file of the REST relay of one environment.
 *
 * @param catalog of its release, with operations
 */
export function createRestFile(
  config: HasGrants,
  name: string,
  environment: EnvironmentConfig,
  operations: RestCatalog,
  catalog: Catalog,
): RestFile {
  const { limits, ...file } = createRelayFile(config, name, environment, catalog);
  return {
    ...file,
    operations: toFunctionOperations(operations),
    airflowRole: resolveRestRole(config, name, environment, catalog),
    notes: environment.restNotes,
    answerBytes: limits.answerBytes,
  };
}

/** Creates the data file of the authorizer. */
export function createAuthorizerFile(
  config: HasGrants,
  environments: EnabledEnvironments,
  { issuer, audience, jwksUri, requiredClaims }: NonNullable<Config['api']['oidc']>,
): AuthorizerFile {
  const callers = Object.keys(environments).flatMap((name) =>
    selectActiveGrants(config, name).flatMap(({ who }) => who),
  );
  return {
    issuer,
    audience,
    jwksUri: jwksUri ?? `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`,
    requiredClaims: Object.fromEntries(
      Object.entries(requiredClaims).map(([claim, values]) => [claim, [values].flat()]),
    ),
    who: [...new Set(callers)].filter((caller) => caller.startsWith('oidc:')),
  };
}

const toFunctionGrants = (grants: readonly ConfigGrant[]) => grants.map(({ who, may, line }) => ({ who, may, line }));

/** A catalog without its help texts: no function shows them, and they are half of its bytes. */
export const toFunctionCatalog = ({
  commands,
  operations: _operations,
  operationsNotOffered: _notOffered,
  ...catalog
}: Catalog): Catalog => ({
  ...catalog,
  commands: commands.map(({ help, ...command }) => ({
    ...command,
    arguments: command.arguments.map(({ help, ...argument }) => argument),
  })),
});

/** The operations without their commands, which the functions create. */
export const toFunctionOperations = ({ commands: _, ...operations }: RestCatalog): OperationCatalog => operations;

/** Serializes a data file. */
export const serializeFile = (content: object): string => `${JSON.stringify(content)}\n`;
