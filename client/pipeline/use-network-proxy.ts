import http from 'node:http';
import https from 'node:https';

/**
 * Lets all requests go through the network proxy that `https_proxy`, `http_proxy`, and `no_proxy` name. Node.js reads these variables by
 * itself only if it was started with `NODE_USE_ENV_PROXY`, and a pipeline's runner starts it without.
 *
 * Documented: the option `proxyEnv` of agents, from Node.js 24.5 on. Older versions ignore it.
 */
export function useNetworkProxy(variables: NodeJS.ProcessEnv): void {
  const names = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
  if (!names.some((name) => variables[name])) return;
  http.globalAgent = new http.Agent({ keepAlive: true, proxyEnv: variables } as http.AgentOptions);
  https.globalAgent = new https.Agent({ keepAlive: true, proxyEnv: variables } as https.AgentOptions);
}
