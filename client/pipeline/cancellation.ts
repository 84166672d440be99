/** How long a command that was sent may still answer after the pipeline has cancelled the step. GitHub's runner waits 7.5 seconds. */
const GRACE_MS = 5000;

/** Ends a step that its pipeline cancels: with SIGINT and then SIGTERM (GitHub), or with SIGTERM (GitLab). */
export class Cancellation {
  readonly #controller = new AbortController();
  readonly #graceMs: number;
  #isRequested = false;
  #isSending = false;

  constructor(graceMs: number = GRACE_MS) {
    this.#graceMs = graceMs;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isRequested(): boolean {
    return this.#isRequested;
  }

  /** The first request lets a command that was sent answer. The second one does not. */
  request(): void {
    if (this.#isSending && !this.#isRequested) setTimeout(() => this.#controller.abort(), this.#graceMs);
    else this.#controller.abort();
    this.#isRequested = true;
  }

  /** Runs a command, whose outcome is unknown if it is interrupted. */
  async whileSending<Result>(send: () => Promise<Result>): Promise<Result> {
    this.#controller.signal.throwIfAborted();
    this.#isSending = true;
    try {
      return await send();
    } finally {
      this.#isSending = false;
    }
  }
}
