import { describe, expect, test } from 'vitest';
import { isNumberType, NUMBER_BOUNDS } from '../../../airflow/cost-bounds.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

const parse = (release: string, ...argv: string[]) => parseInvocation(CATALOGS.read(release), argv);

test.each(CATALOGS.releases())('every number of Airflow %s is bounded, or decided to need no bound', (release) => {
  const numbers = CATALOGS.read(release)
    .commands.flatMap((command) => command.arguments)
    .filter(({ type }) => isNumberType(type));
  expect(numbers.filter(({ dest }) => !Object.hasOwn(NUMBER_BOUNDS, dest)).map(({ dest }) => dest)).toEqual([]);
});

test('every bound belongs to a number of a release, and no default exceeds it', () => {
  const numbers = CATALOGS.releases().flatMap((release) =>
    CATALOGS.read(release)
      .commands.flatMap((command) => command.arguments)
      .filter(({ type }) => isNumberType(type)),
  );
  expect(Object.keys(NUMBER_BOUNDS).filter((dest) => !numbers.some((number) => number.dest === dest))).toEqual([]);
  const exceeded = numbers.filter((number) => Number(number.default ?? 0) > (NUMBER_BOUNDS[number.dest] ?? Infinity));
  expect(exceeded).toEqual([]);
});

describe('a number that costs the web server is refused above its maximum', () => {
  test.each<[release: string, argv: string, name: string, maximum: number]>([
    ['2.10.3', 'dags next-execution daily -n 999999999999', '--num-executions', 1000],
    ['3.3.1', 'dags next-execution daily --num-executions=1001', '--num-executions', 1000],
    ['2.0.2', 'dags next-execution daily -n1001', '--num-executions', 1000],
    ['2.10.3', 'dags next-execution daily -n 1001 -n 1', '--num-executions', 1000],
    ['2.10.3', 'db check --retry 100000', '--retry', 10],
    ['2.10.3', 'db check --retry 1 --retry-delay 86400', '--retry-delay', 10],
    ['2.10.3', 'db check-migrations -t 86400', '--migration-wait-timeout', 60],
    ['2.10.3', 'dags backfill daily --delay-on-limit 1e6', '--delay-on-limit', 60],
    ['1.10.12', 'backfill daily --delay_on_limit 86400.5', '--delay_on_limit', 60],
    ['2.10.3', 'webserver --workers 10000', '--workers', 16],
    ['2.10.3', 'celery worker --concurrency 10000', '--concurrency', 16],
  ])('Airflow %s: %s', (release, argv, name, maximum) => {
    const message = `${name} must be at most ${maximum}, because the web server does the work, not "`;
    expect(() => parse(release, ...argv.split(' '))).toThrow(
      expect.objectContaining({ code: 'invalid-value', message: expect.stringContaining(message) }),
    );
  });
});

test.each<[release: string, argv: string]>([
  ['2.10.3', 'dags next-execution daily -n 1000'],
  ['2.10.3', 'dags next-execution daily -n +0001000'],
  ['2.10.3', 'db check --retry 10 --retry-delay 10'],
  ['2.10.3', 'db check-migrations -t 60'],
  ['2.10.3', 'dags backfill daily --delay-on-limit 6e1'],
  ['2.10.3', 'pools set team 100000 text'],
  ['3.0.6', 'backfill create --dag-id daily --from-date 2026-01-01 --to-date 2026-01-02 --max-active-runs 100000'],
])('Airflow %s: %s is accepted', (release, argv) => {
  expect(() => parse(release, ...argv.split(' '))).not.toThrow();
});
