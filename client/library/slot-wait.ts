import { RETRY_LIMITS, SLOT_LIMITS } from './retry-rules.ts';

/** How long one command has waited for a free slot, and how long it keeps waiting. */
export class SlotWait {
  readonly #patienceSeconds: number;
  readonly #onWait: (() => void) | undefined;
  #waitedSeconds = 0;
  #isFirst = true;

  constructor(patienceSeconds: number = SLOT_LIMITS.waitSeconds, onWait?: () => void) {
    this.#patienceSeconds = patienceSeconds;
    this.#onWait = onWait;
  }

  /** The header that says how long the next request may wait (RFC 7240). Without it, the proxy waits as long as it is configured to. */
  get headers(): Readonly<Record<string, string>> {
    const left = Math.max(this.#patienceSeconds - this.#waitedSeconds, 0);
    const seconds = this.#isFirst && this.#onWait !== undefined ? Math.min(left, SLOT_LIMITS.firstWaitSeconds) : left;
    return seconds > SLOT_LIMITS.requestSeconds ? {} : { prefer: `wait=${Math.floor(seconds)}` };
  }

  /**
   * Called after a request that got no slot.
   *
   * @param requestSeconds how long the request took
   * @returns seconds until the next request. Undefined if the command has waited long enough
   */
  getPauseSeconds(requestSeconds: number, retryAfterSeconds = 0): number | undefined {
    const pauseSeconds = addJitter(Math.max(retryAfterSeconds, SLOT_LIMITS.minPauseSeconds));
    this.#waitedSeconds += requestSeconds + pauseSeconds;
    if (this.#waitedSeconds >= this.#patienceSeconds) return undefined;
    if (this.#isFirst) this.#onWait?.();
    this.#isFirst = false;
    return pauseSeconds;
  }
}

/** Lengthens a pause, so that clients that failed together do not come back together. */
export const addJitter = (seconds: number): number => seconds * (1 + RETRY_LIMITS.jitter * Math.random());
