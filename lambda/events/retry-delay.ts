const FIRST_DELAY_SECONDS = 10;
const MAX_DELAY_SECONDS = 900;

export interface RetryState {
  /** How often SQS has delivered the message, this time included. */
  readonly receiveCount: number;
  /** At least 0 and less than 1. */
  readonly random: number;
  /** When the problem may be over. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * How long a message stays hidden before its next try, in seconds: twice as long after each try, up to a quarter of an hour, and of that a
 * random part of at least half. SQS hides a message for twelve hours at most after it was received, which this never reaches.
 */
export function getRetryDelay({ receiveCount, random, retryAfterSeconds = 0 }: RetryState): number {
  const doublings = Math.min(Math.max(0, receiveCount - 1), 10);
  const longest = Math.min(MAX_DELAY_SECONDS, Math.max(FIRST_DELAY_SECONDS * 2 ** doublings, 2 * retryAfterSeconds));
  return Math.ceil((longest * (1 + random)) / 2);
}
