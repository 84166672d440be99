import type { EnvironmentFile } from '../environment-file.ts';
import { createCliToken } from './create-cli-token.ts';
import { poster } from './post.ts';
import type { Upstream } from './send-command.ts';
import { tokenCache } from './token.ts';

/** The real MWAA behind one environment's relay: its token API and its web server. */
export function upstreamOf({ mwaaName, airflow, webServerHostname, timeouts, limits }: EnvironmentFile): Upstream {
  const now = Date.now;
  const connectMs = timeouts.connectSeconds * 1000;
  const tokenMs = timeouts.tokenSeconds * 1000;
  // An attempt may take half the time, so that there is a second one when the first meets a connection that died.
  const create = createCliToken(mwaaName, { connectMs: Math.min(connectMs, tokenMs / 2), answerMs: tokenMs / 2 });
  return {
    tokens: tokenCache(create, now, tokenMs),
    post: poster(airflow, { connectMs, postMs: timeouts.postSeconds * 1000, answerBytes: limits.answerBytes }, now),
    hostname: webServerHostname,
    busyMs: timeouts.busySeconds * 1000,
    requestMs: timeouts.abortSeconds * 1000,
    now,
  };
}
