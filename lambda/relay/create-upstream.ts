import type { RelayFile } from '../../config/relay-file.ts';
import type { Upstream } from '../../mwaa/cli/send-command.ts';
import { createPost } from '../../mwaa/connection/create-post.ts';
import { createCliTokenSource } from '../../mwaa/token/create-cli-token-source.ts';
import { createTokenCache } from '../../mwaa/token/create-token-cache.ts';
import { deriveTokenTimeouts } from '../../mwaa/token/derive-token-timeouts.ts';
import { requireTrustedHost } from '../../mwaa/token/require-trusted-host.ts';

/** The real MWAA behind one environment's relay: its token API and its web server. */
export function createUpstream(environment: RelayFile): Upstream {
  const { mwaaName, airflow, webServerHostname, webServerDomains, timeouts, limits } = environment;
  const now = Date.now;
  const connectMs = timeouts.connectSeconds * 1000;
  const tokenMs = timeouts.tokenSeconds * 1000;
  const create = createCliTokenSource(mwaaName, deriveTokenTimeouts(connectMs, tokenMs));
  return {
    // Where the configuration names the host, it does not matter which one MWAA names.
    tokens: createTokenCache(
      webServerHostname === undefined ? requireTrustedHost(create, webServerDomains) : create,
      now,
      tokenMs,
    ),
    post: createPost(
      airflow,
      { connectTimeoutMs: connectMs, postTimeoutMs: timeouts.postSeconds * 1000, maxResponseBytes: limits.answerBytes },
      now,
    ),
    webServerHostname: webServerHostname,
    busyRetryMs: timeouts.busySeconds * 1000,
    requestTimeoutMs: timeouts.abortSeconds * 1000,
    now,
  };
}
