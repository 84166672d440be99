/** A proxy of the network, which the variables name. */
export interface NetworkProxy {
  readonly variable: string;
  readonly address: URL;
  /** Node goes through it only where it is told to. */
  readonly usedByNode: boolean;
}

/**
 * The proxy of the network that the variables name for an address, as Node reads them: in small letters first.
 * Source: Node.js, "Command-line API", `NODE_USE_ENV_PROXY`; undici, `EnvHttpProxyAgent`.
 */
export function findNetworkProxy(
  { protocol, hostname, port }: URL,
  environment: NodeJS.ProcessEnv,
): NetworkProxy | undefined {
  const name = protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const variable = [name, name.toUpperCase()].find((one) => environment[one]);
  const value = variable === undefined ? undefined : environment[variable];
  if (variable === undefined || value === undefined || !URL.canParse(value)) return undefined;
  if (
    matchesNoProxy(
      hostname,
      port || (protocol === 'https:' ? '443' : '80'),
      environment.no_proxy ?? environment.NO_PROXY ?? '',
    )
  ) {
    return undefined;
  }
  const heeded = environment.NODE_USE_ENV_PROXY === '1' || /--use-env-proxy\b/.test(environment.NODE_OPTIONS ?? '');
  return { variable, address: new URL(value), usedByNode: heeded };
}

function matchesNoProxy(hostname: string, port: string, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((one) => one !== '')
    .some((one) => {
      const [, name = '', only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(one.toLowerCase()) ?? [];
      if (one === '*') return true;
      return (only === undefined || only === port) && (hostname === name || hostname.endsWith(`.${name}`));
    });
}
