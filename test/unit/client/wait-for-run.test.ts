import { describe, expect, test } from 'vitest';
import { type Bounds, type Clock, type Seen, waitForRun } from '../../../client/operator/wait/wait-for-run.ts';

const MINUTE = 60_000;
const seen = (state: string): Seen => ({ run: { state } });
const GONE: Seen = { run: undefined };
const BUSY: Seen = { trouble: 'busy' };

/** Waits on a clock of its own, on which a look takes 2 s. What is not listed goes on as the last one. */
async function waited(looks: readonly Seen[], bounds: Partial<Bounds> = {}, random = 0.5) {
  let time = 0;
  const pauses: number[] = [];
  const told: string[] = [];
  const clock: Clock = {
    now: () => time,
    pause: async (ms) => {
      pauses.push(Math.round(ms / 100) / 10);
      time += ms;
    },
    random: () => random,
  };
  let next = 0;
  let lastLook = 0;
  const look = async () => {
    lastLook = time;
    time += 2000;
    return looks[Math.min(next++, looks.length - 1)]!;
  };
  const watcher = { state: (state: string) => told.push(state), trouble: (text: string) => told.push(text) };
  const end = await waitForRun(
    look,
    { timeout: 30 * MINUTE, interval: 5000, appears: 0, ...bounds },
    watcher,
    clock,
    new AbortController().signal,
  );
  return { end, pauses, told, looks: next, lastLook, time };
}

describe('waiting', () => {
  test.each(['success', 'failed'] as const)('ends with the run: %s', async (state) => {
    const { end, told } = await waited([seen('queued'), seen('running'), seen(state)]);
    expect(end).toEqual({ ended: state, run: { state } });
    expect(told).toEqual(['queued', 'running']);
  });

  test('looks at once, then ever less often, and at last once a minute', async () => {
    const { pauses } = await waited([...Array(9).fill(seen('running')), seen('success')]);
    expect(pauses).toEqual([5, 7.5, 11.3, 16.9, 25.3, 38, 57, 60, 60]);
  });

  test('those who began together do not stay together', async () => {
    expect((await waited([seen('running'), seen('success')], {}, 0)).pauses).toEqual([4]);
    expect((await waited([seen('running'), seen('success')], {}, 1)).pauses).toEqual([6]);
  });

  test('a longer interval than a minute is kept', async () => {
    const { pauses } = await waited([...Array(3).fill(seen('running')), seen('success')], { interval: 2 * MINUTE });
    expect(pauses).toEqual([120, 120, 120]);
  });

  test('ends when the time is up, after a last look just before', async () => {
    const { end, time, pauses, lastLook } = await waited([seen('running')], { timeout: MINUTE });
    expect(end).toEqual({ ended: 'timed out', state: 'running' });
    expect(lastLook).toBeGreaterThan(MINUTE - 10_000);
    expect(time).toBeLessThanOrEqual(MINUTE);
    expect(pauses.length).toBeLessThan(7);
  });

  test('a run that ends just before the time is up has ended', async () => {
    const { looks } = await waited([seen('running')], { timeout: MINUTE });
    const { end } = await waited([...Array(looks - 1).fill(seen('running')), seen('success')], { timeout: MINUTE });
    expect(end).toMatchObject({ ended: 'success' });
  });

  test('what is only busy is waited out', async () => {
    const { end, told } = await waited([BUSY, seen('running'), BUSY, BUSY, seen('success')]);
    expect(end).toMatchObject({ ended: 'success' });
    expect(told).toEqual(['busy', 'running', 'busy', 'busy']);
    expect((await waited([BUSY], { timeout: MINUTE })).end).toEqual({ ended: 'timed out', state: undefined });
  });

  test('a run that is not there is not waited for, unless it may still appear', async () => {
    const appears = 5 * MINUTE;
    expect(await waited([GONE])).toMatchObject({ end: { ended: 'not there', wasThere: false }, looks: 1 });
    expect((await waited([GONE, GONE, seen('success')], { appears })).end).toMatchObject({ ended: 'success' });
    const never = await waited([GONE], { appears });
    expect(never.end).toEqual({ ended: 'not there', wasThere: false });
    expect(never.time).toBeGreaterThanOrEqual(appears);
    // Once seen it appears no more.
    expect(await waited([GONE, seen('queued'), GONE], { appears })).toMatchObject({
      end: { ended: 'not there', wasThere: true },
      looks: 3,
    });
  });

  test('a look that hangs is cut off when the time is up; Ctrl-C ends it at once', async () => {
    const hangs = (signal: AbortSignal) =>
      new Promise<Seen>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const clock: Clock = { now: () => performance.now(), pause: async () => {}, random: Math.random };
    const watcher = { state() {}, trouble() {} };
    const wait = (timeout: number, signal: AbortSignal) =>
      waitForRun(hangs, { timeout, interval: 1, appears: 0 }, watcher, clock, signal);
    expect(await wait(50, new AbortController().signal)).toEqual({ ended: 'timed out', state: undefined });
    const enough = new Error('enough');
    const stopping = new AbortController();
    const waiting = wait(MINUTE, stopping.signal);
    stopping.abort(enough);
    await expect(waiting).rejects.toBe(enough);
  });
});
