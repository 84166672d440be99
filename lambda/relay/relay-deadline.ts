import type { RelayFile } from '../../config/relay-file.ts';
import { Problem } from '../../contract/problem.ts';

/** With less time left, nothing is sent: the outcome would be unknown. */
const MIN_REQUEST_MS = 3000;

/**
 * @param deadline when the front stops waiting: milliseconds since the epoch
 * @throws Problem `relay-unavailable` if it is too late to send anything
 */
export function requireTime(deadline: number): void {
  if (deadline - Date.now() >= MIN_REQUEST_MS) return;
  throw new Problem('relay-unavailable', 'The relay started too late. Nothing was run. Send the request again.', {
    retryAfterSeconds: 1,
  });
}

/** The time after which the relay returns a problem: before Lambda ends it, and before the front stops waiting. */
export const getAbortMs = (
  { timeouts }: { readonly timeouts: Pick<RelayFile['timeouts'], 'abortSeconds'> },
  deadline = Number.POSITIVE_INFINITY,
): number => Math.min(timeouts.abortSeconds * 1000, Math.floor(deadline - Date.now()));
