import type { EnvironmentFile } from '../environment-file.ts';
import { createCliToken } from './create-cli-token.ts';
import { poster } from './post.ts';
import type { Upstream } from './send-command.ts';
import { tokenCache } from './token.ts';

/** The real MWAA behind one environment's relay: its token API and its web server. */
export function upstreamOf(environment: EnvironmentFile): Upstream {
  return {
    tokens: tokenCache(createCliToken(environment.mwaaName), Date.now),
    post: poster(environment.airflow, Date.now),
    hostname: environment.webServerHostname,
  };
}
