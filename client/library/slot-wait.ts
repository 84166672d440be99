/** How long a command waits for a free slot by default. */
const DEFAULT_WAIT_SECONDS = 600;
/** What the first request of a command waits at most if a listener wants to know that it waits. */
const FIRST_WAIT_SECONDS = 3;
/** Longer than any request waits. The API limits a request to 290 seconds. */
const LONGEST_REQUEST_SECONDS = 290;
const MIN_PAUSE_SECONDS = 0.25;

/** How long one command has waited for a free slot, and how long it keeps waiting. */
export class SlotWait {
  readonly #patienceSeconds: number;
  readonly #onWait: (() => void) | undefined;
  #waitedSeconds = 0;
  #isFirst = true;

  constructor(patienceSeconds = DEFAULT_WAIT_SECONDS, onWait?: () => void) {
    this.#patienceSeconds = patienceSeconds;
    this.#onWait = onWait;
  }

  /** The header that says how long the next request may wait (RFC 7240). Without it, the proxy waits as long as it is configured to. */
  get headers(): Readonly<Record<string, string>> {
    const left = Math.max(this.#patienceSeconds - this.#waitedSeconds, 0);
    const seconds = this.#isFirst && this.#onWait !== undefined ? Math.min(left, FIRST_WAIT_SECONDS) : left;
    return seconds > LONGEST_REQUEST_SECONDS ? {} : { prefer: `wait=${Math.floor(seconds)}` };
  }

  /**
   * Called after a request that got no slot.
   *
   * @param requestSeconds how long the request took
   * @returns seconds until the next request. Undefined if the command has waited long enough
   */
  getPauseSeconds(requestSeconds: number, retryAfterSeconds = 0): number | undefined {
    const pauseSeconds = addJitter(Math.max(retryAfterSeconds, MIN_PAUSE_SECONDS));
    this.#waitedSeconds += requestSeconds + pauseSeconds;
    if (this.#waitedSeconds >= this.#patienceSeconds) return undefined;
    if (this.#isFirst) this.#onWait?.();
    this.#isFirst = false;
    return pauseSeconds;
  }
}

/** Lengthens a pause by up to a quarter, so that clients that failed together do not come back together. */
export const addJitter = (seconds: number): number => seconds * (1 + Math.random() / 4);
