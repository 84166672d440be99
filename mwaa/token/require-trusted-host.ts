import { Problem } from '../../contract/problem.ts';
import { RELAY_REMEDIES } from '../cli/remedies.ts';
import type { CliTokenSource } from './create-token-cache.ts';

/**
 * Where MWAA's own web servers are. `.on.aws` since August 2025.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-web.html
 */
const MWAA_DOMAINS = ['airflow.amazonaws.com', 'airflow.amazonaws.com.cn', 'on.aws'];

/**
 * A token may do anything, so it goes to a host that MWAA itself may have or that the configuration names, and to no other. What
 * MWAA answered was signed and encrypted: this is the second lock.
 *
 * @param domains beside MWAA's own; a host is the domain itself or lies below it
 * @throws Problem `host-refused`
 */
export function requireTrustedHost(
  create: CliTokenSource,
  domains: readonly string[],
  { untrustedHost } = RELAY_REMEDIES,
): CliTokenSource {
  return async (signal) => {
    const token = await create(signal);
    if (isTrustedHost(token.hostname, [...MWAA_DOMAINS, ...domains])) return token;
    const shown = /^[\w.-]{1,255}$/.test(token.hostname) ? token.hostname : 'what is no host name';
    throw new Problem(
      'host-refused',
      `MWAA names ${shown} as the web server, which is not of its own domains. Nothing was sent there. ${untrustedHost}`,
    );
  };
}

export function isTrustedHost(hostname: string, domains: readonly string[]): boolean {
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(hostname)) return false;
  const host = hostname.toLowerCase();
  return domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
