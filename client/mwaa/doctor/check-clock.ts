/** Signature Version 4 allows five minutes. Source: IAM User Guide, "Elements of an AWS API request signature". */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/**
 * How far this machine's clock is ahead of the one of whoever answered, in milliseconds; undefined where the answer has no date.
 *
 * @param date of the header, to the second
 */
export function measureClockSkewMs(
  date: string | null | undefined,
  sentAt: number,
  receivedAt: number,
): number | undefined {
  const there = Date.parse(date ?? '');
  return Number.isNaN(there) ? undefined : (sentAt + receivedAt) / 2 - (there + 500);
}

/**
 * What is found of a clock that is right.
 *
 * @throws Error that says what to change
 */
export function checkClock(ahead: number | undefined): string {
  if (ahead === undefined) return 'the answer has no date to compare with';
  if (Math.abs(ahead) <= CLOCK_TOLERANCE_MS) return `${formatClockSkew(ahead)} AWS's`;
  throw new Error(
    `This machine's clock is ${formatClockSkew(ahead)} AWS's, and signatures hold for 5 minutes: ${SET_CLOCK_REMEDY}. Tokens that are made ` +
      'here are taken for expired or not yet valid too.',
  );
}

export const SET_CLOCK_REMEDY = 'set it by a time server (NTP, chrony; in a virtual machine after it has slept)';

function formatClockSkew(ahead: number): string {
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const amount = [hours && `${hours} h`, minutes % 60 && `${minutes % 60} min`, `${seconds % 60} s`].filter(
    (part) => part,
  );
  return `${amount.join(' ')} ${ahead < 0 ? 'behind' : 'ahead of'}`;
}
