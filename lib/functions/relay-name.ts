import { getDeploymentPrefix, hashName } from '../../files/resource-names.ts';

/** Lambda limits function names to this length. */
const MAX_FUNCTION_NAME_LENGTH = 64;

/**
 * The start of the names of all relays of one deployment. The front may invoke every function whose name begins with it. The names
 * are fixed, because the front must know them before they exist.
 *
 * @param stackName of the stack that contains the API
 * @param path of the construct in its app, which distinguishes several deployments in one stack
 */
export const getRelayPrefix = (stackName: string, path: string): string =>
  `${getDeploymentPrefix(stackName, path)}-relay-`;

/** The start of the names of all event relays of one deployment, which the events function may invoke. */
export const getEventRelayPrefix = (stackName: string, path: string): string =>
  `${getDeploymentPrefix(stackName, path)}-events-`;

/** The start of the names of the functions of all deployments. */
export const getDeploymentFunctionPrefix = (stackName: string, path: string): string =>
  `${getDeploymentPrefix(stackName, path)}-deploy-`;

/** The name of the relay or event relay of an environment, or of the function of a deployment. Long names of environments are shortened and made unique by a hash. */
export function getRelayName(prefix: string, environment: string): string {
  const maxLength = MAX_FUNCTION_NAME_LENGTH - prefix.length;
  if (environment.length <= maxLength) return prefix + environment;
  const hash = hashName(environment);
  return `${prefix}${environment.slice(0, maxLength - hash.length - 1)}-${hash}`;
}

/** The name of the REST relay function of an environment. `/` is in no name of an environment, so it equals no name of a relay. */
export function getRestRelayName(prefix: string, environment: string): string {
  const hash = hashName(`${environment}/rest`);
  const maxLength = MAX_FUNCTION_NAME_LENGTH - prefix.length - hash.length - 1;
  return `${prefix}${environment.slice(0, maxLength)}-${hash}`;
}
