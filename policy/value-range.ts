import { type IsoDate, MICROSECONDS_PER_HOUR, parseIsoDate } from '../airflow/parse-instant.ts';

/** A range in a rule: `A..B`, `A..` or `..B`. Both ends belong to it. */
export interface ValueRange {
  contains(value: string): boolean;
}

/** How values of a grammar are read and compared. */
interface Order<T> {
  /** @returns undefined for a value that no range contains */
  read(text: string): T | undefined;
  /** Whether `value` is certainly not before `other`, however Airflow is configured. */
  isAtOrAfter(value: T, other: T): boolean;
  /** What the ends of a range must be, for a message. */
  readonly expectedEnds: string;
}

const NUMBERS: Order<number> = {
  read: (text) => (/^[+-]?\d{1,15}(?:\.\d{1,6})?$/.test(text) ? Number(text) : undefined),
  isAtOrAfter: (value, other) => value >= other,
  expectedEnds: 'numbers of at most 15 digits',
};

/** Remembers the last value: a decision may compare one value with thousands of ranges. */
function rememberLast<T>(read: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly value: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, value: read(text) };
    return last.value;
  };
}

/** Airflow up to 2.7 (pendulum 2.1) reads a date before 1900 without an offset as another day, if its default time zone is not UTC. */
const FIRST_DAY = parseIsoDate('1900-01-01')!;

const readDate = rememberLast((text): IsoDate | undefined => {
  const date = parseIsoDate(text);
  return date && date.wallClock >= FIRST_DAY.wallClock ? date : undefined;
});

const EXPECTED_DATES = 'dates from 1900 on, such as 2026-11-01, 2026-11-01T06:00 or 2026-11-01T06:00:00+01:00';

/** Time zones reach from -12:00 to +14:00. A date without an offset is in the default time zone of its environment, which may be any. */
const EARLIEST_OFFSET = -12n * MICROSECONDS_PER_HOUR;
const LATEST_OFFSET = 14n * MICROSECONDS_PER_HOUR;

const INSTANTS: Order<IsoDate> = {
  read: readDate,
  isAtOrAfter(value, other) {
    if (value.offset === undefined && other.offset === undefined) return value.wallClock >= other.wallClock;
    return value.wallClock - (value.offset ?? LATEST_OFFSET) >= other.wallClock - (other.offset ?? EARLIEST_OFFSET);
  },
  expectedEnds: EXPECTED_DATES,
};

/** Airflow drops the offset, so times on the clock are compared. With the same offset, instants compare alike. */
const WALL_CLOCKS: Order<IsoDate> = {
  read: readDate,
  isAtOrAfter: (value, other) => value.offset === other.offset && value.wallClock >= other.wallClock,
  expectedEnds: EXPECTED_DATES,
};

export const parseNumberRange = (text: string): ValueRange | undefined => parseRange(NUMBERS, text);

export const parseWallClockRange = (text: string): ValueRange | undefined => parseRange(WALL_CLOCKS, text);

/** Airflow may drop the microseconds of a date (`dags trigger --exec-date`), so a range must not begin between two seconds. */
export function parseDateRange(text: string): ValueRange | undefined {
  const range = parseRange(INSTANTS, text);
  const start = parseIsoDate(text.split('..')[0]!);
  if (start && start.wallClock % 1_000_000n !== 0n)
    throw new Error(`must be a range that begins at a full second, not "${text}". Remove the fraction.`);
  return range;
}

/**
 * @returns undefined if the text has no `..` and thus is no range
 * @throws Error that says what to write instead. The message continues the name of the argument.
 */
function parseRange<T>({ read, isAtOrAfter, expectedEnds }: Order<T>, text: string): ValueRange | undefined {
  const [, startText = '', endText = ''] = /^(.*?)\.\.(.*)$/s.exec(text) ?? [];
  if (startText === '' && endText === '') {
    if (text === '..') throw new Error('must be "*" for any value, not "..".');
    return undefined;
  }
  const readEnd = (end: string): T | undefined => {
    if (end === '') return undefined;
    const value = read(end);
    if (value === undefined) throw new Error(`must be a range between ${expectedEnds}, not "${text}".`);
    return value;
  };
  const start = readEnd(startText);
  const end = readEnd(endText);
  if (start !== undefined && end !== undefined && !isAtOrAfter(end, start))
    throw new Error(`must be a range whose start is not after its end in any time zone, not "${text}".`);
  return {
    contains(text) {
      const value = read(text);
      if (value === undefined) return false;
      return (start === undefined || isAtOrAfter(value, start)) && (end === undefined || isAtOrAfter(end, value));
    },
  };
}
