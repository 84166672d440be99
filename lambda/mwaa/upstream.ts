import type { EnvironmentFile } from '../environment-file.ts';
import { createCliToken } from './create-cli-token.ts';
import { poster } from './post.ts';
import type { Upstream } from './send-command.ts';
import { tokenCache } from './token.ts';
import { onlyTrustedHosts } from './trusted-host.ts';

/** The real MWAA behind one environment's relay: its token API and its web server. */
export function upstreamOf(environment: EnvironmentFile): Upstream {
  const { mwaaName, airflow, webServerHostname, webServerDomains, timeouts, limits } = environment;
  const now = Date.now;
  const connectMs = timeouts.connectSeconds * 1000;
  const tokenMs = timeouts.tokenSeconds * 1000;
  const create = createCliToken(mwaaName, tokenLimits(connectMs, tokenMs));
  return {
    // Where the configuration names the host, it does not matter which one MWAA names.
    tokens: tokenCache(
      webServerHostname === undefined ? onlyTrustedHosts(create, webServerDomains) : create,
      now,
      tokenMs,
    ),
    post: poster(airflow, { connectMs, postMs: timeouts.postSeconds * 1000, answerBytes: limits.answerBytes }, now),
    hostname: webServerHostname,
    busyMs: timeouts.busySeconds * 1000,
    requestMs: timeouts.abortSeconds * 1000,
    now,
  };
}

/**
 * The time-outs of one attempt. All attempts at connecting end before the token's time does, so that the answer can say
 * that there is no connection; and there is time for a second attempt when the first meets a connection that died.
 */
export const tokenLimits = (connectMs: number, tokenMs: number) => ({
  connectMs: Math.min(connectMs, tokenMs / 5),
  answerMs: tokenMs / 2,
});
