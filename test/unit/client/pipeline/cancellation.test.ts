import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Cancellation } from '../../../../client/pipeline/cancellation.ts';

test('ends a wait at once', () => {
  const cancellation = new Cancellation();
  expect(cancellation.isRequested).toBe(false);
  cancellation.request();
  expect([cancellation.isRequested, cancellation.signal.aborted]).toEqual([true, true]);
});

test('lets a command that was sent answer, and then sends no other one', async () => {
  const cancellation = new Cancellation(60_000);
  const answer = await cancellation.whileSending(async () => {
    cancellation.request();
    expect(cancellation.signal.aborted).toBe(false);
    return 'answer';
  });
  expect(answer).toBe('answer');
  expect(cancellation.isRequested).toBe(true);
  cancellation.request();
  await expect(cancellation.whileSending(async () => 'another')).rejects.toThrow();
});

test('interrupts a command that does not answer in time, or when the runner asks again', async () => {
  const slow = new Cancellation(1);
  await slow.whileSending(async () => {
    slow.request();
    while (!slow.signal.aborted) await delay(5);
  });
  const twice = new Cancellation(60_000);
  await twice.whileSending(async () => {
    twice.request();
    twice.request();
    expect(twice.signal.aborted).toBe(true);
  });
});
