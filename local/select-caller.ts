import { selectActiveGrants } from '../config/active-grants.ts';
import type { Config } from '../config/config-types.ts';

/** A role of an account, in which a session is opened. */
export interface LocalCaller {
  readonly account: string;
  readonly role: string;
}

const ROLE_ARN = /^arn:[\w-]+:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/;

/**
 * Returns the role of an ARN, or else the first role that a grant of the environment names. Replaces `*` in its name.
 *
 * @returns undefined if no grant names a role
 */
export function selectCaller(
  config: Pick<Config, 'grants'>,
  environment: string,
  arn?: string,
): LocalCaller | undefined {
  const callers = arn === undefined ? selectActiveGrants(config, environment).flatMap(({ who }) => who) : [arn];
  for (const caller of callers) {
    const [, account, role] = ROLE_ARN.exec(caller) ?? [];
    if (account !== undefined && role !== undefined) return { account, role: role.replaceAll('*', 'local') };
  }
  return undefined;
}

/** Whether the ARN of a grant names this role. It may contain `*`. */
export function isRoleOf(arn: string, { account, role }: LocalCaller): boolean {
  const [, ofAccount, name] = ROLE_ARN.exec(arn) ?? [];
  if (ofAccount !== account || name === undefined) return false;
  const parts = name.split('*').map((part) => part.replace(/[+.]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(role);
}
