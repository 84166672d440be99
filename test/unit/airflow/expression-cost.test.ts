import { expect, test } from 'vitest';
import { isCostlyExpression } from '../../../airflow/expression-cost.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

test.each([
  '(.+)+!',
  '(.*)*!',
  '(a|a)*!',
  '(a|b)+',
  '((a+)b)+',
  '(?:a+){2,}',
  '(?P<x>a?){30}a',
  '(\\w+\\s?)*$',
  '(a+)+?$',
  '([a]+)*',
  '.*.*.*.*!',
  'a{1,9}a{1,9}a{1,9}a{1,9}',
  'a?a?a?a?a?a?a?a?a?aaaaaaaaa',
  '(((((a*)))))*',
  '([]a]*)*',
  '(?x)(a+) +',
  '(?ix)( a+ ) *',
  '(a+)(?#comment)+',
  '(a+){0000000000000000000000000000000000000000030}',
  '(?=(a+)+)b',
])('%s can take very long', (expression) => expect(isCostlyExpression(expression)).toBe(true));

test.each([
  'load_orders',
  'load_.*',
  '^(load|extract)_.*_daily$',
  '^load_[a-z0-9_]+$',
  'load\\(.+\\)+',
  '(abc)+',
  '(?i)load_.*',
  '(?:a|b)_x',
  '[*+?(|]+',
  '[^*+?]+',
  '(a+)?',
  '\\[(a|b)',
  'a{3}',
  ')',
  '(',
  '[',
  '\\',
  '',
])('%s is cheap', (expression) => expect(isCostlyExpression(expression)).toBe(false));

test('takes linear time itself', () => {
  const started = performance.now();
  for (const part of ['(', '[', '(a', 'a|', '\\', '{1', '[^]', '(?']) isCostlyExpression(part.repeat(100_000));
  expect(performance.now() - started).toBeLessThan(5000);
});

test.each(CATALOGS.releases())(
  'Airflow %s: a costly expression is refused wherever the release takes one',
  (release) => {
    const catalog = CATALOGS.read(release);
    const parse = (argv: string) => () => parseInvocation(catalog, argv.split(' '));
    const [clear, flag] = release.startsWith('1.') ? ['clear', '--task_regex'] : ['tasks clear', '--task-regex'];
    const refusal = expect.objectContaining({
      code: 'invalid-value',
      message: expect.stringContaining('a regular expression without nested repetitions'),
    });
    expect(parse(`${clear} daily ${flag}=(.+)+!`)).toThrow(refusal);
    expect(parse(`${clear} (.+)+!`)).toThrow(refusal);
    expect(parse(`${clear} daily ${flag}=^load_.*`)).not.toThrow();
  },
);
