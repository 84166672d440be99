import { createHash } from 'node:crypto';

/** Lambda limits function names to this length. */
const MAX_FUNCTION_NAME_LENGTH = 64;
const MAX_DEPLOYMENT_LENGTH = 24;
const HASH_LENGTH = 8;

/**
 * The start of the names of all relays of one deployment. The front may invoke every function whose name begins with it. The names
 * are fixed, because the front must know them before they exist.
 *
 * @param stackName of the stack that contains the API
 * @param path of the construct in its app, which distinguishes several deployments in one stack
 */
export const getRelayPrefix = (stackName: string, path: string): string => `${getPrefix(stackName, path)}-relay-`;

/** The start of the names of the functions of all deployments. */
export const getDeploymentFunctionPrefix = (stackName: string, path: string): string =>
  `${getPrefix(stackName, path)}-deploy-`;

const getPrefix = (stackName: string, path: string): string =>
  `${stackName.slice(0, MAX_DEPLOYMENT_LENGTH - HASH_LENGTH - 1)}-${hash(`${stackName} ${path}`)}`;

/** The name of the relay function of an environment, or of the function of a deployment. Long names are shortened and made unique by a hash. */
export function getRelayName(prefix: string, environment: string): string {
  const maxLength = MAX_FUNCTION_NAME_LENGTH - prefix.length;
  if (environment.length <= maxLength) return prefix + environment;
  return `${prefix}${environment.slice(0, maxLength - HASH_LENGTH - 1)}-${hash(environment)}`;
}

/** The name of the REST relay function of an environment. `/` is in no name of an environment, so it equals no name of a relay. */
export function getRestRelayName(prefix: string, environment: string): string {
  const maxLength = MAX_FUNCTION_NAME_LENGTH - prefix.length - HASH_LENGTH - 1;
  return `${prefix}${environment.slice(0, maxLength)}-${hash(`${environment}/rest`)}`;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
