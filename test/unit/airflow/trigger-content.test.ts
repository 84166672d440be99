import { describe, expect, test } from 'vitest';
import { canonicalizeJson } from '../../../airflow/canonical-json.ts';
import { parseInstant } from '../../../airflow/parse-instant.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { compareConfs, compareDates, listHiddenContent, readTriggerContent } from '../../../airflow/trigger-content.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

describe('canonicalizeJson', () => {
  test.each([
    ['{"b":1,"a":[true,null]}', ' { "a" : [ true , null ] , "b" : 1 } '],
    ['"x"', '"\\u0078"'],
    ['1', '1.0'],
    ['100', '1e2'],
    ['0', '-0.0'],
    ['"\\ud800"', '"\\uD800"'],
    ['{"__proto__":1}', '{ "__proto__" : 1 }'],
    ['{"a":1,"a":2}', '{"a":2}'],
    ['NaN', ' NaN '],
    ['-Infinity', '-1e400'],
  ])('%s and %s are the same', (a, b) => expect(canonicalizeJson(a)).toBe(canonicalizeJson(b)));

  test.each([
    ['1', '"1"'],
    ['"n1"', '1'],
    ['10000000000000001', '10000000000000000'],
    ['123456789012345678901', '123456789012345678902'],
    ['0.1', '0.10000000000000001e1'],
    ['[1,2]', '[2,1]'],
    ['null', '"null"'],
    ['{"a":1}', '{"b":1}'],
    ['{"a":{}}', '{"a":[]}'],
    ['"NaN"', 'NaN'],
    ['"a\\"b"', '"ab"'],
  ])('%s and %s are different', (a, b) => expect(canonicalizeJson(a)).not.toBe(canonicalizeJson(b)));

  test.each(['', '{', '{a:1}', 'nul', '[1,]'])('rejects %s', (text) =>
    expect(() => canonicalizeJson(text)).toThrow(SyntaxError),
  );
});

describe('parseInstant', () => {
  test.each([
    ['2026-11-28', '2026-11-28T00:00:00+00:00'],
    ['2026-11-28T00:00', '2026-11-28 00:00:00Z'],
    ['2026-11-28T05:30:00+05:30', '2026-11-28'],
    ['2026-11-27T19:00:00.5-05:00', '2026-11-28T00:00:00.500000'],
  ])('%s is %s', (a, b) => {
    expect(parseInstant(a)).toBeDefined();
    expect(parseInstant(a)).toBe(parseInstant(b));
  });

  test('keeps microseconds', () => {
    expect(parseInstant('1970-01-01T00:00:01.000001Z')).toBe(1_000_001n);
    expect(parseInstant('1969-12-31T23:59:59.999999')).toBe(-1n);
  });

  test.each(['2026-11-31', '2026-02-29', '2026-11-28T24:00', '2026-11-28T00:60', '2026-11-28T00:00+25:00', '20261128'])(
    'has no exact meaning: %s',
    (text) => expect(parseInstant(text)).toBeUndefined(),
  );
  test.each(['2026-11-Jan', '2026-W48', 'now', '', ' 2026-11-28', '2026-11-28T00:00:00.1234567', '2026-1-2'])(
    'has no exact meaning: %s',
    (text) => expect(parseInstant(text)).toBeUndefined(),
  );
});

const readTrigger = (release: string, options: string) => {
  const catalog = CATALOGS.read(release);
  const [name, date] =
    release === '1.10.12'
      ? ['trigger_dag', '--exec_date']
      : ['dags trigger', release.startsWith('3') ? '--logical-date' : '--exec-date'];
  const trigger = parseInvocation(catalog, splitCommandLine(`${name} d ${options.replace('--date', date!)}`));
  return { catalog, trigger, content: readTriggerContent(trigger) };
};
const listHidden = (release: string, options: string) => {
  const { catalog, trigger, content } = readTrigger(release, options);
  return JSON.stringify(listHiddenContent(catalog, trigger, content));
};

const CONF = `--conf '{"a": 1}'`;
const DATE = '--date 2026-11-28';
const DATE_WITH_MICROSECONDS = '--date 2026-11-28T00:00:00.000001';
const DATE_AS_TEXT = '--date 2026-11-Jan';

describe('the content that is part of the run id', () => {
  test.each(CATALOGS.releases())('%s: is the same for each spelling', (release) => {
    expect(listHidden(release, '')).toBe(listHidden(release, "--conf '{ }'"));
    expect(listHidden(release, CONF)).toBe(listHidden(release, `--conf '{"a":1}'`));
    expect(listHidden(release, DATE)).toBe(listHidden(release, '--date 2026-11-28T01:00:00+01:00'));
  });

  /** The triggers that get another run id than a trigger without conf and date. */
  test.each<[releases: RegExp, others: string[]]>([
    [/^(?:1\.10|2\.0)\./, [CONF, DATE, DATE_WITH_MICROSECONDS, DATE_AS_TEXT]],
    [/^2\.[245]\./, [DATE, DATE_WITH_MICROSECONDS, DATE_AS_TEXT]],
    [/^2\.(?:[6-9]|1[01])\./, [DATE_WITH_MICROSECONDS, DATE_AS_TEXT]],
    [/^3\./, [DATE_AS_TEXT]],
  ])('releases %s: distinguishes only what they cannot show', (releases, others) => {
    const matching = CATALOGS.releases().filter((release) => releases.test(release));
    expect(matching.length).toBeGreaterThan(1);
    for (const release of matching) {
      const plain = listHidden(release, '');
      const all = [CONF, DATE, DATE_WITH_MICROSECONDS, DATE_AS_TEXT];
      expect(all.filter((options) => listHidden(release, options) !== plain)).toEqual(others);
    }
  });
});

describe('compareDates', () => {
  const AUTO = '2026-11-28T12:00:00.123456+00:00';
  test.each<[release: string, options: string, shown: string, expected: string]>([
    ['2.2.2', '', '2026-11-28T12:00:00+00:00', 'same'],
    ['2.2.2', DATE, '2026-11-28T00:00:00+00:00', 'same'],
    ['2.2.2', '--date 2026-11-28T00:00:00.9', '2026-11-28T00:00:00+00:00', 'same'],
    ['2.2.2', DATE, '2026-11-29T00:00:00+00:00', 'different'],
    ['2.10.3', '', AUTO, 'same'],
    ['2.10.3', '', '2026-11-28T00:00:00+00:00', 'different'],
    ['2.10.3', DATE, '2026-11-28T00:00:00+00:00', 'same'],
    ['2.10.3', DATE, AUTO, 'different'],
    ['2.10.3', DATE_WITH_MICROSECONDS, '2026-11-28T00:00:00.000001+00:00', 'same'],
    ['2.10.3', DATE_AS_TEXT, AUTO, 'same'],
    ['2.10.3', DATE, 'yesterday', 'unknown'],
    ['3.0.6', '', '', 'same'],
    ['3.0.6', '', AUTO, 'different'],
    ['3.0.6', DATE, '', 'different'],
    ['3.0.6', DATE, '2026-11-28T00:00:00+00:00', 'same'],
    ['3.0.6', DATE, AUTO, 'different'],
  ])('%s: %s beside a run at %j: %s', (release, options, shown, expected) => {
    const { trigger, content } = readTrigger(release, options);
    const row = release.startsWith('3') ? { logical_date: shown } : { execution_date: shown };
    expect(compareDates(trigger, content, row)).toBe(expected);
  });
});

describe('compareConfs', () => {
  test.each([
    ['', 'queued', 'same'],
    ["--conf '{}'", 'success', 'same'],
    ['', 'queued, {"a": 1}', 'different'],
    [CONF, 'queued', 'different'],
    [CONF, 'running, {"a": 1}', 'same'],
    [CONF, 'noise\nrunning, {"a": 1.0}\n', 'same'],
    [CONF, 'running, {"a": 2}', 'different'],
    [CONF, 'None', 'unknown'],
    [CONF, 'running, {"a": 1', 'unknown'],
    [CONF, '', 'unknown'],
    [CONF, 'DAG: d does not exist', 'unknown'],
  ])('%s beside a run that is shown as %j: %s', (options, stdout, expected) => {
    expect(compareConfs(readTrigger('2.10.3', options).content, stdout)).toBe(expected);
  });
});
