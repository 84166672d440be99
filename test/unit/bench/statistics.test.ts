import { describe, expect, test } from 'vitest';
import { compareRounds, findQuantile, measureRounds, summarize, timeRounds } from '../../../bench/statistics.ts';

test.each([
  [[3], 0.5, 3],
  [[4, 1, 3, 2], 0.5, 2.5],
  [[5, 1, 4, 2, 3], 0.25, 2],
  [[1, 2], 0.75, 1.75],
  [[10, 9, 2], 1, 10],
])('the quantile of %j at %d is %d', (values, share, expected) => {
  expect(findQuantile(values, share)).toBe(expected);
});

test('a summary has the median and the quartiles, and does not sort the values of the caller', () => {
  const values = [50, 10, 40, 20, 30];

  expect(summarize(values)).toEqual({ median: 30, lower: 20, upper: 40 });
  expect(values).toEqual([50, 10, 40, 20, 30]);
});

describe('comparing round by round', () => {
  test('a round in which both sides are slow does not change the ratio', () => {
    expect(compareRounds([2, 200, 20], [1, 100, 10], 'ratio')).toEqual({ median: 2, lower: 2, upper: 2 });
  });

  test('the difference is that of each round, not of the medians', () => {
    expect(compareRounds([1, 5, 9], [9, 1, 5], 'difference').median).toBe(4);
  });

  test('rejects lists of different lengths', () => {
    expect(() => compareRounds([1, 2], [1], 'ratio')).toThrow(RangeError);
  });
});

describe('rounds', () => {
  test('every round begins with another subject, and warm-up rounds are not counted', async () => {
    const order: string[] = [];
    const subject = (name: string) => () => {
      order.push(name);
      return `${name}${order.length}`;
    };

    const results = await measureRounds({ a: subject('a'), b: subject('b') }, { rounds: 2, warmUp: 1 });

    expect(order.join('')).toBe('abbaab');
    expect(results).toEqual({ a: ['a4', 'a5'], b: ['b3', 'b6'] });
  });

  test('a time of a round is the median of its samples, which alternate', async () => {
    const order: string[] = [];
    const delays = [1, 60, 1];
    const slow = async () => {
      order.push('slow');
      await new Promise((resolve) => setTimeout(resolve, delays.shift()));
    };

    const { slow: times } = await timeRounds(
      { slow, quick: () => order.push('quick') },
      { rounds: 1, samples: 3, warmUp: 0 },
    );

    expect(order).toEqual(['slow', 'quick', 'quick', 'slow', 'slow', 'quick']);
    expect(times).toHaveLength(1);
    expect(times[0]).toBeLessThan(60);
  });
});
