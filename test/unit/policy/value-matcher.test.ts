import { describe, expect, test } from 'vitest';
import type { Grammar } from '../../../airflow/argument-grammar.ts';
import { parseIsoDate } from '../../../airflow/parse-instant.ts';
import { parseValueMatcher } from '../../../policy/value-matcher.ts';
import { RECORDED_DATES } from '../../fixtures/dates/read-readings.ts';
import { createRandom } from '../../fuzz/random.ts';

const NOVEMBER = '2026-11-01..2026-11-30';

describe('the value of an argument in a rule', () => {
  test.each<[grammar: Grammar | undefined, text: string, matching: string[], notMatching: string[]]>([
    ['name', 'reporting_*', ['reporting_', 'reporting_daily'], ['billing', 'reporting_/../x']],
    ['name', 'a..b', ['a..b'], ['a', 'b', 'ab']],
    ['text', '*', ['', 'a'], []],
    ['choice', '*ed', ['failed', 'queued'], ['running']],

    ['date', '2026-11-01', ['2026-11-01'], ['2026-11-01T00:00', '2026-11-01Z', '20261101']],
    ['date', 'now', ['now'], ['today', '2026-11-01']],
    ['date', '*', ['2026-11-Jan', 'now'], []],
    [
      'date',
      NOVEMBER,
      ['2026-11-01', '2026-11-01T00:00', '2026-11-15 12:30:00.5', '2026-11-30T00:00:00'],
      ['2026-10-31T23:59:59.999999', '2026-11-30T00:00:00.000001', '2026-12-01', ''],
    ],
    // Forms that Airflow reads, some of them as dates in November.
    [
      'date',
      NOVEMBER,
      [],
      [
        '2026-11-Jan',
        '2026-11-5',
        '20261115',
        '2026-W47',
        '2026-W47-1',
        '2026-320',
        '15 Nov 2026',
        '11/15/2026',
        'now',
        '2026-11',
      ],
    ],
    ['date', NOVEMBER, [], [' 2026-11-15', '2026-11-15\n', '2026-11-15/2026-11-16', '2026-11-15T24:00', '2026-11-31']],
    // One of the two has an offset: the value must be inside in every time zone from -12:00 to +14:00.
    [
      'date',
      NOVEMBER,
      ['2026-11-01T12:00Z', '2026-11-29T10:00Z', '2026-11-02T02:00+14:00'],
      ['2026-11-01T11:59Z', '2026-11-29T10:00:00.000001Z', '2026-11-01T12:00+00:01'],
    ],
    [
      'date',
      '2026-11-01T00:00Z..2026-11-30T00:00Z',
      ['2026-11-01T14:00', '2026-11-29T12:00', '2026-11-01T00:00Z', '2026-11-01T01:00+01:00', '2026-11-29T19:00-05:00'],
      ['2026-11-01T13:59', '2026-11-29T12:00:00.1', '2026-11-01T00:59+01:00', '2026-11-29T19:01-05:00', '2026-11-01'],
    ],
    ['date', '2026-11-01..', ['2026-11-01', '9999-12-31'], ['2026-10-31', '0001-01-01']],
    ['date', '..2026-11-01', ['2026-11-01', '1900-01-01'], ['2026-11-02', '1899-12-31', '0000-01-01']],
    ['date', '2026-11-01..2026-11-01', ['2026-11-01', '2026-11-01 00:00'], ['2026-11-01T00:00:01']],

    ['wall-clock-date', NOVEMBER, ['2026-11-15', '2026-11-15T12:00'], ['2026-11-15T12:00Z', '2026-12-01']],
    [
      'wall-clock-date',
      '2026-11-01T00:00Z..2026-11-30T00:00Z',
      ['2026-11-15T12:00Z', '2026-11-15T12:00+00:00'],
      ['2026-11-15T12:00', '2026-11-15T12:00+01:00', '2026-10-31T18:00-12:00'],
    ],

    ['date-or-run-id', 'manual__*', ['manual__', 'manual__2026-11-01T00:00:00+00:00'], ['2026-11-01', 'scheduled__x']],
    ['date-or-run-id', 'team_a*_x', ['team_a_x', 'team_ab_x'], ['team_a']],
    ['date-or-run-id', '2026-11-01', ['2026-11-01'], ['2026-11-01T00:00']],
    ['date-or-run-id', NOVEMBER, [NOVEMBER], ['2026-11-15']],

    ['number', '5', ['5'], ['05', '+5', '55']],
    [
      'number',
      '1..100',
      ['1', '100', '+7', '007', '99.5'],
      ['0', '101', '-1', '1e1', '100.1', '1999999', '', 'x', '१'],
    ],
    ['number', '-1..', ['-1', '0', '999999999999999'], ['-2', '9999999999999999']],
    ['number', '..0.5', ['0.5', '-3'], ['0.6', '1']],

    ['list', 'log,x*', ['log', 'xcom', 'log,xcom', ' log , xcom '], ['log,dag_run', 'dag', 'log,', '']],
    ['list', 'a*', ['a', 'ab', 'a1,a2'], ['a,b', 'b,a']],
    ['list', '*', ['', 'a,b'], []],

    [
      'path',
      '/tmp/*',
      ['/tmp/x', '/tmp/x/y', '/tmp//x', '/tmp/..x'],
      ['/tmp/../etc', '/tmp/..', '//tmp/x', 'tmp/x', '~/tmp/x'],
    ],
    ['path', '*/dags', ['/opt/dags', 'x/dags'], ['~/dags', '~root/dags', '../dags']],
    ['path', '~/dags/*', ['~/dags/x'], ['~root/dags/x', '~/dags/../x']],
    ['path', '../x', ['../x'], ['x', './../x']],

    ['json', '{"a":1}', ['{"a":1}', '{"a": 1}', '{ "a":\n1}'], ['{"a":1.0}', '{"a":11}', '{"a ":1}', '{}']],
    ['regular-expression', 'load', ['load'], ['load|x', 'loa']],
    ['uri', 'postgres://host', ['postgres://host'], ['postgres://host@evil']],
    ['exclusion-list', 'a,b', ['a,b'], ['a', 'b', 'a,b,c']],
    ['expression', 'head', ['head'], ['head-1', 'heads']],
    [undefined, 'x', ['x'], ['xx']],
    [undefined, '*', ['', 'x'], []],
  ])('%s: %s', (grammar, text, matching, notMatching) => {
    const matcher = parseValueMatcher(grammar, text);
    expect(matching.filter((value) => !matcher.matches(value))).toEqual([]);
    expect(notMatching.filter((value) => matcher.matches(value))).toEqual([]);
  });

  test.each<[grammar: Grammar | undefined, text: string, message: RegExp]>([
    [
      'date',
      '2026-11-*',
      /^must be "\*", one exact value, or a range such as 2026-11-01\.\. or .*, not "2026-11-\*"\.$/,
    ],
    ['date', '2*', /a range such as/],
    ['date', '**-01', /a range such as/],
    ['date', '2026-11-*..', /^must be a range between dates from 1900 on, such as .*, not "2026-11-\*\.\."\.$/],
    ['date', '2026-11-Jan..', /^must be a range between dates/],
    ['date', '20261101..', /^must be a range between dates/],
    ['date', '1899-12-31..', /^must be a range between dates/],
    ['date', '2026-11-01..2026-11-02..2026-11-03', /^must be a range between dates/],
    ['date', '..', /^must be "\*" for any value, not "\.\."\.$/],
    ['date', '2026-12-01..2026-11-01', /^must be a range whose start is not after its end in any time zone, not /],
    ['date', '2026-11-01T00:00Z..2026-11-01', /in any time zone/],
    ['date', '2026-11-01T00:00:00.5..', /^must be a range that begins at a full second, .* Remove the fraction\.$/],
    ['wall-clock-date', '2026-11-01T00:00Z..2026-11-30', /in any time zone/],
    ['wall-clock-date', '2026-11-*', /a range such as/],
    [
      'date-or-run-id',
      '2026-11-*',
      /^must be "\*", one exact value, or the beginning of a run id .*, such as manual__\*, not /,
    ],
    ['date-or-run-id', '*_x', /the beginning of a run id/],
    ['date-or-run-id', '2026W48_*', /the beginning of a run id/],
    ['date-or-run-id', 'report*_', /the beginning of a run id/],
    ['number', '1*', /^must be "\*", one exact value, or a range such as 1\.\.100, not "1\*"\.$/],
    ['number', '5..1', /start is not after its end/],
    ['number', '1..x', /^must be a range between numbers of at most 15 digits/],
    ['number', '..1e9', /^must be a range between numbers/],
    ['json', '{*', /^must be "\*" or one exact value, not "\{\*"\.$/],
    ['regular-expression', 'load_*', /^must be "\*" or one exact value/],
    ['uri', 'postgres://host*', /^must be "\*" or one exact value/],
    ['exclusion-list', 'a*', /^must be "\*" or one exact value/],
    ['expression', 'head*', /^must be "\*" or one exact value/],
    [undefined, 'x*', /^must be "\*" or one exact value/],
  ])('%s: %s is rejected', (grammar, text, message) => {
    expect(() => parseValueMatcher(grammar, text)).toThrow(message);
  });
});

/** Compares what a rule matches with what the date parsers of all releases read, in the time zones at both ends. */
describe('what Airflow reads', () => {
  const readAll = ({ byParser }: (typeof RECORDED_DATES)[number]) =>
    byParser.flat().map((reading) => (reading === null || reading === 'other' ? undefined : Date.parse(reading)));
  const ends = RECORDED_DATES.filter(({ text }) => {
    const { wallClock } = parseIsoDate(text) ?? {};
    return wallClock !== undefined && wallClock >= -2_208_988_800_000_000n && wallClock % 1_000_000n === 0n;
  });

  test('is within every range that a value matches', () => {
    const random = createRandom(15);
    let matches = 0;
    const wrong: string[] = [];
    for (let round = 0; round < 150; round++) {
      const [start, end] = [random.pick(ends), random.pick(ends)];
      const [starts, endReadings] = [readAll(start), readAll(end)];
      const shape = random.integerBelow(3);
      const text = [`${start.text}..${end.text}`, `${start.text}..`, `..${end.text}`][shape]!;
      let matcher: ReturnType<typeof parseValueMatcher>;
      try {
        matcher = parseValueMatcher('date', text);
      } catch {
        continue;
      }
      for (const value of RECORDED_DATES.filter((date) => matcher.matches(date.text))) {
        matches++;
        const isInside = readAll(value).every(
          (reading, at) =>
            // Rejected by Airflow: nothing happens. The year 9999 ends before some time zones.
            reading === undefined ||
            ((shape === 2 || starts[at] === undefined || reading >= starts[at]) &&
              (shape === 1 || endReadings[at] === undefined || reading <= endReadings[at])),
        );
        if (!isInside) wrong.push(`${text} matches ${value.text}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(matches).toBeGreaterThan(5_000);
  });

  test('is never a date where a star for run ids matches', () => {
    const matchers = ['manual__*', 'P_*', 'T_*', 'Jan_*', 'x2026-11-01_*', 'at_*'].map((text) =>
      parseValueMatcher('date-or-run-id', text),
    );
    const matched = RECORDED_DATES.filter(({ text }) => matchers.some((matcher) => matcher.matches(text)));
    expect(matched.length).toBeGreaterThan(100);
    expect(matched.filter((date) => readAll(date).some((reading) => reading !== undefined))).toEqual([]);
  });
});
