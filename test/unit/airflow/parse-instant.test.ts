import { describe, expect, test } from 'vitest';
import { type IsoDate, MICROSECONDS_PER_HOUR, parseInstant, parseIsoDate } from '../../../airflow/parse-instant.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { RECORDED_DATES, RECORDED_RELEASES } from '../../fixtures/dates/read-readings.ts';

const DAY = 1_772_323_200_000_000n; // 2026-03-01

describe('parses a date', () => {
  test.each<[text: string, expected: IsoDate]>([
    ['2026-03-01', { wallClock: DAY }],
    ['2026-03-01T00:00', { wallClock: DAY }],
    ['2026-03-01 00:00:01', { wallClock: DAY + 1_000_000n }],
    ['2026-03-01T00:00:00.5', { wallClock: DAY + 500_000n }],
    ['2026-03-01T00:00:00.000001Z', { wallClock: DAY + 1n, offset: 0n }],
    ['2026-03-01T00:00+01:30', { wallClock: DAY, offset: MICROSECONDS_PER_HOUR + MICROSECONDS_PER_HOUR / 2n }],
    ['2026-03-01T00:00-12:00', { wallClock: DAY, offset: -12n * MICROSECONDS_PER_HOUR }],
  ])('%s', (text, expected) => expect(parseIsoDate(text)).toEqual(expected));

  test.each([
    '2026-02-29',
    '2026-03-1',
    '20260301',
    '2026-03-01T24:00',
    '2026-03-01T00:00:60',
    '2026-03-01T00',
    '2026-03-01Z',
    '2026-03-01T00:00+0100',
    '2026-03-01T00:00+24:00',
    '2026-03-01T00:00+00:60',
    '2026-03-01T00:00:00.1234567',
    '2026-03-01T00:00:00,5',
    ' 2026-03-01',
    '2026-03-01\n',
    '2026-11-Jan',
    '2026-W48',
    'now',
    '',
  ])('not %j', (text) => expect(parseIsoDate(text)).toBeUndefined());

  test('as an instant, in UTC without an offset', () => {
    expect(parseInstant('2026-03-01')).toBe(DAY);
    expect(parseInstant('2026-03-01T01:00+01:00')).toBe(DAY);
    expect(parseInstant('2026-02-28T23:30-00:30')).toBe(DAY);
    expect(parseInstant('2026-03')).toBeUndefined();
  });
});

describe('the date parsers of the releases', () => {
  test('are all recorded', () => expect(RECORDED_RELEASES.toSorted()).toEqual(CATALOGS.releases().toSorted()));

  test('read every date that is parsed here alike: the same instant in every default time zone', () => {
    const parsed = RECORDED_DATES.filter(({ text }) => parseIsoDate(text));
    const wrong = parsed.filter(({ text, byParser }) => {
      const { wallClock, offset } = parseIsoDate(text)!;
      const expected = [0n, 14n, -12n].map((hours) => wallClock - (offset ?? hours * MICROSECONDS_PER_HOUR));
      return !byParser.every((byZone) =>
        byZone.every((reading, zone) => reading !== null && parseInstant(reading) === expected[zone]),
      );
    });
    // Airflow rejects the first two. pendulum 2.1 reads the others as another day if the default time zone is not UTC.
    const exceptions = /^000[01]-01-01$|^1[0-8]\d\d-[^Z+]*$/;
    expect(wrong.map(({ text }) => text).filter((text) => !exceptions.test(text))).toEqual([]);
    expect(parsed.length).toBeGreaterThan(400);
  });

  test('read other forms too, some of them differently', () => {
    const readings = (text: string) => RECORDED_DATES.find((date) => date.text === text)!.byParser.map(([utc]) => utc);
    expect(new Set(readings('2026-11-Jan'))).toEqual(new Set(['2026-01-11T00:00:00+00:00']));
    expect(new Set(readings('2026W48_'))).toEqual(new Set(['2026-12-27T00:00:00+00:00', null]));
    expect(new Set(readings('P1D'))).toEqual(new Set(['other', null]));
  });
});
