import { Problem } from '../../contract/problem.ts';
import type { Remedies } from '../remedies.ts';
import type { IssuedToken } from './create-token-source.ts';

/**
 * Hosts of MWAA's own web servers: one or two labels of the environment, and a domain that belongs to MWAA alone. The parent domains
 * (`amazonaws.com`, `on.aws`) do not count: Lambda, S3, API Gateway, EC2 and load balancers give everyone names in them.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html and call-mwaa-apis-web.html (`.on.aws` since
 * August 2025), and the section of AWS in the Public Suffix List (https://publicsuffix.org/list/)
 */
const ENVIRONMENT = '(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.){1,2}';
const REGION = '(?!cn-)[a-z]{2,4}(?:-[a-z]+){1,3}-\\d{1,2}';
const CHINA_REGION = 'cn-[a-z]+-\\d{1,2}';
export const MWAA_HOSTS: readonly RegExp[] = [
  `${REGION}\\.airflow\\.amazonaws\\.com`,
  `airflow\\.${REGION}\\.on\\.aws`,
  `${CHINA_REGION}\\.airflow\\.amazonaws\\.com\\.cn`,
  `airflow\\.${CHINA_REGION}\\.on\\.amazonwebservices\\.com\\.cn`,
].map((domain) => new RegExp(`^${ENVIRONMENT}${domain}$`));

/**
 * Rejects a token whose web server host is neither one of MWAA nor in a configured domain. A CLI token allows everything on the
 * environment, so it is sent nowhere else. MWAA's response is already signed and encrypted: this is a second line of defense.
 *
 * @param domains accepted in addition to MWAA's hosts. A domain matches itself and its subdomains
 * @throws Problem `host-refused`
 */
export function requireTrustedHost(
  requestToken: (signal: AbortSignal) => Promise<IssuedToken>,
  domains: readonly string[],
  { untrustedHost }: Pick<Remedies, 'untrustedHost'>,
): (signal: AbortSignal) => Promise<IssuedToken> {
  return async (signal) => {
    const token = await requestToken(signal);
    if (isTrustedHost(token.hostname, domains)) return token;
    const host = /^[\w.-]{1,255}$/.test(token.hostname) ? token.hostname : 'an invalid host name';
    throw new Problem(
      'host-refused',
      `MWAA returned ${host} as the web server, which is not a host of MWAA. Nothing was sent to it. ${untrustedHost}`,
    );
  };
}

function isTrustedHost(hostname: string, domains: readonly string[]): boolean {
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(hostname)) return false;
  const host = hostname.toLowerCase();
  return (
    MWAA_HOSTS.some((form) => form.test(host)) ||
    domains.some((domain) => host === domain.toLowerCase() || host.endsWith(`.${domain.toLowerCase()}`))
  );
}
