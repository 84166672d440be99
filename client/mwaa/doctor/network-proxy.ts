/** A proxy of the network that an environment variable names. */
export interface NetworkProxy {
  readonly variable: string;
  readonly address: URL;
  /** Node.js ignores the variables unless it is configured to use them. */
  readonly usedByNode: boolean;
}

/**
 * The network proxy that the variables name for an address. Lower-case variables take precedence, as in Node.js.
 * Source: Node.js, "Command-line API", `NODE_USE_ENV_PROXY`; undici, `EnvHttpProxyAgent`.
 */
export function findNetworkProxy(
  { protocol, hostname, port }: URL,
  variables: NodeJS.ProcessEnv,
): NetworkProxy | undefined {
  const isSecure = protocol === 'https:';
  const name = isSecure ? 'https_proxy' : 'http_proxy';
  const variable = [name, name.toUpperCase()].find((candidate) => variables[candidate]);
  const value = variable === undefined ? undefined : variables[variable];
  if (variable === undefined || value === undefined || !URL.canParse(value)) return undefined;
  const exceptions = variables.no_proxy ?? variables.NO_PROXY ?? '';
  if (matchesNoProxy(hostname, port || (isSecure ? '443' : '80'), exceptions)) return undefined;
  const usedByNode = variables.NODE_USE_ENV_PROXY === '1' || /--use-env-proxy\b/.test(variables.NODE_OPTIONS ?? '');
  return { variable, address: new URL(value), usedByNode };
}

function matchesNoProxy(hostname: string, port: string, exceptions: string): boolean {
  return exceptions
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, domain = '', onlyPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      return (onlyPort === undefined || onlyPort === port) && (hostname === domain || hostname.endsWith(`.${domain}`));
    });
}
