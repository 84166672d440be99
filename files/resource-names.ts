import { createHash } from 'node:crypto';

/** The hash that makes a shortened name unique. */
const HASH_LENGTH = 8;
const MAX_DEPLOYMENT_LENGTH = 24;

export const hashName = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);

/**
 * The start of the names of the resources of one deployment whose names are fixed: others must know them before the resources exist. It has
 * at most 24 characters.
 *
 * @param stackName of the stack that contains the API
 * @param path of the construct in its app, which distinguishes several deployments in one stack
 */
export const getDeploymentPrefix = (stackName: string, path: string): string =>
  `${stackName.slice(0, MAX_DEPLOYMENT_LENGTH - HASH_LENGTH - 1)}-${hashName(`${stackName} ${path}`)}`;

/** The path of the proxy in the app of the CDK that is made from a configuration file. */
export const getProxyPath = (stackName: string): string => `${stackName}/Proxy`;

/** The names of what one event has in AWS. They begin with what `EVENT_PREFIXES` returns. */
export interface EventNames {
  /** Of the rule of EventBridge, which limits names to 64 characters. */
  readonly rule: string;
  readonly queue: string;
  readonly deadLetterQueue: string;
}

/** What the names of all queues of a deployment begin with, for policies with one wildcard. */
export const getEventPrefixes = (deployment: string) => ({
  queues: `${deployment}-event-`,
  deadLetterQueues: `${deployment}-dead-`,
});

/** @param event has at most 32 characters */
export function getEventNames(deployment: string, event: string): EventNames {
  const { queues, deadLetterQueues } = getEventPrefixes(deployment);
  return { rule: queues + event, queue: queues + event, deadLetterQueue: deadLetterQueues + event };
}
