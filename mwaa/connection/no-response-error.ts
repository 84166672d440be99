import type { ConnectionStep } from './connection-step.ts';

/**
 * Why there is no response: the connection step that failed, `timeout`, `redirect` if the web server returned a redirect that is not
 * followed, or `size` if the response exceeds the size limit.
 */
export type PostFailure = ConnectionStep | 'timeout' | 'redirect' | 'size';

interface NoResponseOptions extends ErrorOptions {
  /** Default: `exchange`, the connection was lost. */
  readonly failure?: PostFailure;
  /** The connection had served an earlier request. */
  readonly reused?: boolean;
}

/** A post that received no complete response. */
export class NoResponseError extends Error {
  override readonly name = 'NoResponseError';
  readonly failure: PostFailure;
  /** False only if it is certain that no byte of the command was sent, or that the web server did not accept it. */
  readonly sent: boolean;
  readonly reused: boolean;
  /** An error code or a clause, to follow a colon. */
  readonly reason: string;

  constructor(reason: string, sent: boolean, { failure = 'exchange', reused = false, cause }: NoResponseOptions = {}) {
    super(reason, { cause });
    this.reason = reason;
    this.failure = failure;
    this.sent = sent;
    this.reused = reused;
  }
}
