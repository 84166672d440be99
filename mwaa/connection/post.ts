import type { CliToken } from '../cli-token.ts';
import type { ExchangeLimits } from './exchange.ts';

/** The web server's response to one command. */
export interface CliResponse {
  readonly status: number;
  /** Bytes if it is large. */
  readonly body: string | Uint8Array;
}

/**
 * Posts one command line to the web server. `create-post.ts` implements it over HTTPS. Tests implement it with scripted responses.
 *
 * @throws NoResponseError
 */
export type Post = (token: CliToken, commandLine: string, signal: AbortSignal) => Promise<CliResponse>;

export interface PostLimits extends ExchangeLimits {
  /** For one post, up to the last byte of the response, a redirect included. */
  readonly postTimeoutMs: number;
}
