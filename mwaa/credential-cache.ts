/** Caches a credential, such as a CLI token, for as long as it can be used. */
export interface CredentialCache<Credential> {
  /**
   * Returns a credential with enough lifetime left. Concurrent callers share one request for it; aborting the signal of one caller
   * ends only that caller's wait.
   *
   * @throws Problem
   */
  get(signal: AbortSignal): Promise<Credential>;
  /** Drops a credential that the web server rejected. A newer one is kept. */
  invalidate(rejected: Credential): void;
}
