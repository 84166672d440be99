import { createPost } from '../connection/create-post.ts';
import type { Remedies } from '../remedies.ts';
import { type CreateCliToken, createCliTokenSource } from '../token/create-cli-token-source.ts';
import { createTokenCache } from '../token/create-token-cache.ts';
import { deriveTokenTimeouts, type TokenTimeouts } from '../token/derive-token-timeouts.ts';
import { requireTrustedHost } from '../token/require-trusted-host.ts';
import type { Upstream } from './send-command-types.ts';

export interface UpstreamOptions {
  /** Connects to MWAA's API. The timeouts are those of each attempt to get a token. */
  readonly connectTokenApi: (timeouts: TokenTimeouts) => CreateCliToken;
  /** Release, as in `2.10.3`. */
  readonly airflow: string;
  /** Overrides the web server host that MWAA returns. */
  readonly webServerHostname: string | undefined;
  /** Domains of the web server that are accepted in addition to MWAA's own. */
  readonly webServerDomains: readonly string[];
  readonly timeoutsMs: {
    readonly connect: number;
    readonly token: number;
    readonly post: number;
    readonly busy: number;
    readonly request: number;
  };
  /** Largest response that is read. */
  readonly maxResponseBytes: number;
  readonly remedies: Remedies;
}

/** Connects to one real MWAA environment: its token API and its web server. */
export function createUpstream({
  connectTokenApi,
  airflow,
  webServerHostname,
  webServerDomains,
  timeoutsMs,
  maxResponseBytes,
  remedies,
}: UpstreamOptions): Upstream {
  const now = Date.now;
  const tokenTimeouts = deriveTokenTimeouts(timeoutsMs.connect, timeoutsMs.token);
  const requestToken = createCliTokenSource(connectTokenApi(tokenTimeouts), remedies);
  // A configured host replaces the host that MWAA returns, so the returned host is not checked.
  const requestTrustedToken =
    webServerHostname === undefined ? requireTrustedHost(requestToken, webServerDomains, remedies) : requestToken;
  return {
    tokens: createTokenCache(requestTrustedToken, now, timeoutsMs.token, remedies),
    post: createPost(
      airflow,
      { connectTimeoutMs: timeoutsMs.connect, postTimeoutMs: timeoutsMs.post, maxResponseBytes },
      now,
    ),
    remedies,
    webServerHostname,
    busyRetryMs: timeoutsMs.busy,
    requestTimeoutMs: timeoutsMs.request,
    now,
  };
}
