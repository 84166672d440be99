/** Timeouts of one attempt to get a CLI token, in milliseconds. */
export interface TokenTimeouts {
  /** For name resolution, connecting and TLS. */
  readonly connectTimeoutMs: number;
  /** How long MWAA may stay silent. */
  readonly responseTimeoutMs: number;
}

/**
 * Derives the timeouts of one attempt from the time limit of all attempts. All attempts to connect end before that limit, so that
 * the error can say that the connection failed. There is time for a second attempt if the first uses a dead connection.
 */
export const deriveTokenTimeouts = (connectTimeoutMs: number, tokenTimeoutMs: number): TokenTimeouts => ({
  connectTimeoutMs: Math.min(connectTimeoutMs, tokenTimeoutMs / 5),
  responseTimeoutMs: tokenTimeoutMs / 2,
});
