/** A CLI token and the host that accepts it. The token allows everything on the environment: never log it, never return it to a caller. */
export interface CliToken {
  readonly token: string;
  /** Host name only, without scheme. */
  readonly hostname: string;
  /** When the token was requested, in milliseconds of the cache's clock. */
  readonly requestedAt?: number;
}

/** Requests a token from MWAA. Tests replace it, so that they do not need the AWS SDK. */
export type CliTokenSource = (signal: AbortSignal) => Promise<CliToken>;

/** Caches a token for as long as it can be used. */
export interface TokenCache {
  /**
   * Returns a token with enough lifetime left. Concurrent callers share one request for it; aborting the signal of one caller
   * ends only that caller's wait.
   *
   * @throws Problem
   */
  get(signal: AbortSignal): Promise<CliToken>;
  /** Drops a token that the web server rejected. A newer token is kept. */
  invalidate(rejected: CliToken): void;
}
