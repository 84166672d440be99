/** A date and time as written. */
export interface IsoDate {
  /** Microseconds from the epoch to the time on the clock, as if the offset were zero. */
  readonly wallClock: bigint;
  /** Microseconds to subtract for the instant. Absent: the time is in Airflow's default time zone. */
  readonly offset?: bigint;
}

/**
 * Parses a date and time. Parses only ISO 8601 forms that every release reads alike: a test compares them with what Airflow's own parser
 * read. Airflow reads more (`2026-11-Jan`, `20261128`, `2026-W48`), and its releases differ.
 *
 * @returns undefined for every other form
 */
export function parseIsoDate(text: string): IsoDate | undefined {
  const match = ISO_FORMS.exec(text);
  if (match === null) return undefined;
  const [, date = '', hourAndMinute = '00:00', second = '00', fraction = '', offsetText] = match;
  // Date.parse accepts the 31st of every month, and 24:00.
  const milliseconds = Date.parse(`${date}T${hourAndMinute}:${second}Z`);
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, 10) !== date) return undefined;
  const wallClock = BigInt(milliseconds) * 1000n + BigInt(fraction.padEnd(6, '0'));
  if (offsetText === undefined) return { wallClock };
  const offset = parseOffset(offsetText);
  return offset === undefined ? undefined : { wallClock, offset };
}

/** Parses a date and time to microseconds since the epoch. Without an offset the time is UTC, Airflow's default time zone. */
export function parseInstant(text: string): bigint | undefined {
  const date = parseIsoDate(text);
  return date && date.wallClock - (date.offset ?? 0n);
}

export const MICROSECONDS_PER_HOUR = 3_600_000_000n;

const ISO_FORMS = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:\d\d)?)?$/;

function parseOffset(offset: string): bigint | undefined {
  if (offset === 'Z') return 0n;
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
  if (hours > 23 || minutes > 59) return undefined;
  return (BigInt(offset.startsWith('-') ? -1 : 1) * BigInt(hours * 60 + minutes) * MICROSECONDS_PER_HOUR) / 60n;
}
