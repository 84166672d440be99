/** Source: IAM User Guide, "Elements of an AWS API request signature". */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/**
 * How far this machine's clock is ahead of the server's, in milliseconds. Undefined if the response has no date.
 *
 * @param date the `Date` header, which has a resolution of one second
 */
export function measureClockSkewMs(
  date: string | null | undefined,
  sentAt: number,
  receivedAt: number,
): number | undefined {
  const serverTime = Date.parse(date ?? '');
  return Number.isNaN(serverTime) ? undefined : (sentAt + receivedAt) / 2 - (serverTime + 500);
}

/**
 * Returns a description of the skew.
 *
 * @throws Error with a remedy if the skew is larger than AWS tolerates
 */
export function checkClock(skewMs: number | undefined): string {
  if (skewMs === undefined) return 'the response has no date to compare with';
  if (Math.abs(skewMs) <= CLOCK_TOLERANCE_MS) return `${formatClockSkew(skewMs)} AWS's`;
  throw new Error(
    `The clock of this machine is ${formatClockSkew(skewMs)} AWS's, but AWS accepts at most 5 minutes: ${SET_CLOCK_REMEDY}. ` +
      'Tokens that are issued on this machine are rejected as expired or not yet valid too.',
  );
}

export const SET_CLOCK_REMEDY =
  'synchronize it with a time server (NTP, chrony; on a virtual machine, also after it was suspended)';

function formatClockSkew(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const amount = [hours && `${hours} h`, minutes % 60 && `${minutes % 60} min`, `${seconds % 60} s`].filter(
    (part) => part,
  );
  return `${amount.join(' ')} ${skewMs < 0 ? 'behind' : 'ahead of'}`;
}
