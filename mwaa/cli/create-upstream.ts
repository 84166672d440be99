import type { MWAAClientConfig } from '@aws-sdk/client-mwaa';
import { createPost } from '../connection/create-post.ts';
import type { Remedies } from '../remedies.ts';
import { createCliTokenSource } from '../token/create-cli-token-source.ts';
import { createTokenCache } from '../token/create-token-cache.ts';
import { deriveTokenTimeouts } from '../token/derive-token-timeouts.ts';
import { requireTrustedHost } from '../token/require-trusted-host.ts';
import type { Upstream } from './send-command-types.ts';

export interface UpstreamOptions {
  /** Name of the environment in MWAA. */
  readonly mwaaName: string;
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
  /** Region and credentials. Default: those of the AWS SDK. */
  readonly aws?: MWAAClientConfig;
  readonly remedies: Remedies;
}

/** Connects to one real MWAA environment: its token API and its web server. */
export function createUpstream({
  mwaaName,
  airflow,
  webServerHostname,
  webServerDomains,
  timeoutsMs,
  maxResponseBytes,
  aws = {},
  remedies,
}: UpstreamOptions): Upstream {
  const now = Date.now;
  const tokenTimeouts = deriveTokenTimeouts(timeoutsMs.connect, timeoutsMs.token);
  const requestToken = createCliTokenSource(mwaaName, tokenTimeouts, aws, remedies);
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
