import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findPeakRate, type Scenario, simulateQueue } from '../../../../bench/simulate-queue.ts';
import { type BackoffState, getNextTry, type WaitReason } from '../../../../lambda/front/queue/slot-backoff.ts';

const circumstances = { slots: 2, remainingMs: 60_000, random: 0.5 };
const after = (intervalMs: number): BackoffState => ({ intervalMs, last: false });

test.each<[name: string, state: BackoffState | undefined, reason: WaitReason, delayMs: number]>([
  ['all slots are taken: an interval that 20 requests can share', undefined, 'slot', 1000],
  ['all slots are still taken: the same interval', after(1000), 'slot', 1000],
  ['the rate is exceeded: a large step', undefined, 'rate', 3000],
  ['the rate is exceeded again: a larger step', after(3000), 'rate', 12_000],
  ['the rate is exceeded for long: the largest interval', after(20_000), 'rate', 30_000],
  ['the rate is no longer exceeded: a small step back', after(10_000), 'slot', 9400],
  ['Lambda prepares the relay', undefined, 'slow', 2000],
  ['there is no connection', undefined, 'connection', 1000],
])('%s', (_name, state, reason, delayMs) => {
  expect(getNextTry(state, reason, circumstances)).toEqual({ state: after(delayMs), delayMs });
});

test('the interval depends on the number of slots, and unreserved relays have one too', () => {
  const getDelay = (slots: number | 'unreserved') =>
    getNextTry(undefined, 'slot', { ...circumstances, slots })?.delayMs;
  expect([1, 2, 4, 100, 'unreserved' as const].map(getDelay)).toEqual([2000, 1000, 500, 250, 1000]);
});

test("the delay is never shorter than Lambda's Retry-After, unless the patience is", () => {
  const getDelay = (retryAfterMs: number, random: number) =>
    getNextTry(undefined, 'slot', { ...circumstances, retryAfterMs, random })?.delayMs;
  expect(getDelay(7000, 0)).toBe(7000);
  expect(getDelay(7000, 0.8)).toBeCloseTo(8400);
  expect(getDelay(100_000, 0.5)).toBe(45_000);
});

test('the last try is in the second half of the remaining patience, and no other follows', () => {
  const next = getNextTry(undefined, 'slot', { ...circumstances, remainingMs: 400, random: 0.5 });
  expect(next).toEqual({ state: { intervalMs: 1000, last: true }, delayMs: 300 });
  expect(getNextTry(next!.state, 'slot', { ...circumstances, remainingMs: 100 })).toBeUndefined();
  expect(getNextTry(undefined, 'slot', { ...circumstances, remainingMs: 0 })).toBeUndefined();
});

test('no delay exceeds the remaining patience', () => {
  fc.assert(
    fc.property(
      fc.option(fc.record({ intervalMs: fc.double({ min: 0, max: 1e6, noNaN: true }), last: fc.boolean() }), {
        nil: undefined,
      }),
      fc.constantFrom<WaitReason>('slot', 'rate', 'slow', 'connection'),
      fc.record({
        slots: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constant('unreserved' as const)),
        remainingMs: fc.integer({ min: -1000, max: 300_000 }),
        retryAfterMs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
        random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      }),
      (state, reason, given) => {
        const next = getNextTry(state, reason, given);
        if (next === undefined) return given.remainingMs <= 0 || state?.last === true;
        return next.delayMs > 0 && next.delayMs <= given.remainingMs;
      },
    ),
  );
});

describe('simulated callers', () => {
  const SLOTS = 2;
  const RATE = 10 * SLOTS;
  const SEEDS = [1, 2, 3];
  const common = { slots: SLOTS, serviceMs: 4000, patienceMs: Number.POSITIVE_INFINITY } as const;
  const scenarios = (['bucket', 'window'] as const).flatMap((rate) =>
    (['fixed', 'random'] as const).flatMap((service) =>
      [0, 10].flatMap((arrivals) =>
        [1, 6, 20, 200, 600].map((callers): Scenario => ({ ...common, rate, service, arrivals, callers })),
      ),
    ),
  );
  const simulate = (scenario: Scenario) => SEEDS.map((seed) => simulateQueue(scenario, seed));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  test.each(scenarios)(
    '$callers callers ($arrivals a second), $service service, $rate: slots stay busy',
    (scenario) => {
      const results = simulate(scenario);
      for (const { served, gaveUp } of results)
        expect({ served, gaveUp }).toEqual({ served: scenario.callers, gaveUp: 0 });
      if (scenario.callers < 6) return;
      expect(mean(results.map(({ busy }) => busy))).toBeGreaterThanOrEqual(0.8);
      const last = mean(results.map(({ waits, idealWaits }) => Math.max(...waits) / Math.max(...idealWaits)));
      expect(last).toBeLessThan(scenario.callers > 20 ? 1.2 : 1.6);
    },
  );

  // At the largest interval, 600 callers share the rate. Arrivals also make one try each, which no back-off can avoid.
  test.each(scenarios.filter(({ callers }) => callers <= 200))(
    '$callers callers ($arrivals a second), $service service, $rate: the rate is kept after the first 30 seconds',
    (scenario) => {
      for (const { tryTimes } of simulate(scenario)) {
        expect(findPeakRate(tryTimes, 30_000, 60_000)).toBeLessThanOrEqual(1.1 * RATE);
      }
    },
  );

  test.each(scenarios.filter(({ callers }) => callers <= 20))(
    '$callers callers ($arrivals a second), $service service, $rate: the rate is kept after the first seconds',
    (scenario) => {
      for (const { tryTimes } of simulate(scenario)) {
        expect(findPeakRate(tryTimes, 2_000, 10_000)).toBeLessThanOrEqual(RATE);
      }
    },
  );

  test('far too many callers cost tries, but no slots', () => {
    const results = simulate({ ...common, rate: 'window', service: 'random', arrivals: 0, callers: 600 });
    for (const { tryTimes, busy } of results) {
      expect(findPeakRate(tryTimes, 30_000, 60_000)).toBeLessThanOrEqual(2 * RATE);
      expect(busy).toBeGreaterThan(0.8);
    }
  });

  test('a queue that its slots can serve leaves few callers without a slot in a minute', () => {
    const scenario = {
      ...common,
      rate: 'bucket',
      service: 'random',
      arrivals: 0.4,
      callers: 1000,
      patienceMs: 60_000,
    } as const;
    for (const { gaveUp, waits, busy } of simulate(scenario)) {
      expect(gaveUp).toBeLessThanOrEqual(5);
      expect(mean(waits)).toBeLessThan(15_000);
      expect(busy).toBeGreaterThan(0.8);
    }
  });

  test('a caller that finds a free slot does not wait', () => {
    const [result] = simulate({ ...common, rate: 'bucket', service: 'fixed', arrivals: 0.1, callers: 20 });
    expect(Math.max(...result!.waits)).toBe(0);
    expect(result!.tryTimes).toHaveLength(20);
  });
});
