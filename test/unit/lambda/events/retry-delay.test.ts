import { expect, test } from 'vitest';
import { getRetryDelay } from '../../../../lambda/events/retry-delay.ts';

test.each<[receiveCount: number, shortest: number, longest: number, retryAfterSeconds?: number]>([
  [1, 5, 10],
  [2, 10, 20],
  [5, 80, 160],
  [8, 450, 900],
  [1000, 450, 900],
  [1, 30, 60, 30],
  [1, 450, 900, 100_000],
])('after try %i: %i to %i seconds', (receiveCount, shortest, longest, retryAfterSeconds) => {
  expect(getRetryDelay({ receiveCount, random: 0, retryAfterSeconds })).toBe(shortest);
  expect(getRetryDelay({ receiveCount, random: 0.999_999, retryAfterSeconds })).toBe(longest);
});
