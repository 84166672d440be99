import { callerFromArn } from '../../../policy/caller.ts';
import { HEALTH } from '../../../policy/sets.ts';
import { type ApiAnswer, textOf } from './api-answer.ts';

/** One row of `GET /environments/{environment}/commands`, as far as it is read. */
export type GrantedRow = Readonly<Record<string, unknown>>;

const isHealth = ({ command }: GrantedRow): boolean => command === HEALTH.path.join(' ');

/** How much may be run, in words. */
export function countOf(rows: readonly GrantedRow[]): string {
  const commands = new Set(rows.filter((row) => !isHealth(row)).map(({ command }) => command));
  return `may run ${commands.size} command${commands.size === 1 ? '' : 's'}`;
}

export const grantsHealth = (rows: readonly GrantedRow[]): boolean => rows.some(isHealth);

/**
 * What to have granted.
 *
 * @param refusal of the relay: it names the caller
 */
export function askForGrant(may: readonly string[], environment: string, refusal: ApiAnswer): string {
  const caller = textOf(refusal.body.caller);
  const who = callerFromArn(caller)?.principal ?? `oidc:sub=${caller.replace(/^oidc:\S+ /, '')}`;
  const grant = `- { who: ${JSON.stringify(who)}, where: ${environment}, may: ${JSON.stringify(may)} }`;
  return (
    `The caller is ${caller || 'not told'}. If that is the wrong role or account, use other credentials. Else ask the owner of the ` +
    `proxy for this grant:\n${grant}`
  );
}
