import { OPERATION_WORD } from '../../../airflow/rest/operation-word.ts';
import { callerFromArn } from '../../../policy/caller.ts';
import { HEALTH_COMMAND } from '../../../policy/command-sets.ts';
import { type ApiResponse, stringOrEmpty } from './api-response.ts';

/** One row of `GET /environments/{environment}/commands`. Only `command` is read. */
export type GrantedCommandRow = Readonly<Record<string, unknown>>;

const isHealthRow = ({ command }: GrantedCommandRow): boolean => command === HEALTH_COMMAND.path.join(' ');

/** How many commands and operations of the REST API are granted, not counting the health check. */
export function formatCommandCount(rows: readonly GrantedCommandRow[]): string {
  const granted = [...new Set(rows.filter((row) => !isHealthRow(row)).map(({ command }) => stringOrEmpty(command)))];
  const operations = granted.filter((command) => command.startsWith(`${OPERATION_WORD} `)).length;
  const sent = operations === 0 ? '' : ` and send ${formatCount(operations, 'REST operation')}`;
  return `may run ${formatCount(granted.length - operations, 'command')}${sent}`;
}

const formatCount = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export const includesHealth = (rows: readonly GrantedCommandRow[]): boolean => rows.some(isHealthRow);

/**
 * The caller, and the grant to request from the owner of the proxy.
 *
 * @param refusal the relay's problem, which names the caller
 */
export function formatGrantRequest(may: readonly string[], environment: string, refusal: ApiResponse): string {
  const caller = stringOrEmpty(refusal.body.caller);
  const who = callerFromArn(caller)?.principal ?? `oidc:sub=${caller.replace(/^oidc:\S+ /, '')}`;
  const grant = `- { who: ${JSON.stringify(who)}, where: ${environment}, may: ${JSON.stringify(may)} }`;
  return (
    `The caller is ${caller || 'not known'}. If this is the wrong role or account, use other credentials. Otherwise request this grant ` +
    `from the owner of the proxy:\n${grant}`
  );
}
