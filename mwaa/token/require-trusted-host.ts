import { Problem } from '../../contract/problem.ts';
import type { CliTokenSource } from '../cli-token.ts';
import type { Remedies } from '../remedies.ts';

/**
 * Domains of MWAA's own web servers. `.on.aws` since August 2025.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-web.html
 */
const MWAA_DOMAINS = ['airflow.amazonaws.com', 'airflow.amazonaws.com.cn', 'on.aws'];

/**
 * Rejects a token whose web server host is neither in a domain of MWAA nor in a configured one. A token allows everything on the
 * environment, so it is sent nowhere else. MWAA's response is already signed and encrypted: this is a second line of defense.
 *
 * @param domains accepted in addition to MWAA's own. A domain matches itself and its subdomains
 * @throws Problem `host-refused`
 */
export function requireTrustedHost(
  requestToken: CliTokenSource,
  domains: readonly string[],
  { untrustedHost }: Pick<Remedies, 'untrustedHost'>,
): CliTokenSource {
  return async (signal) => {
    const token = await requestToken(signal);
    if (isTrustedHost(token.hostname, [...MWAA_DOMAINS, ...domains])) return token;
    const host = /^[\w.-]{1,255}$/.test(token.hostname) ? token.hostname : 'an invalid host name';
    throw new Problem(
      'host-refused',
      `MWAA returned ${host} as the web server, which is not in a domain of MWAA. Nothing was sent to it. ${untrustedHost}`,
    );
  };
}

export function isTrustedHost(hostname: string, domains: readonly string[]): boolean {
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(hostname)) return false;
  const host = hostname.toLowerCase();
  return domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
