import { describe, expect, test } from 'vitest';
import { type Clock, type PollResult, type WaitLimits, waitForRun } from '../../../../client/mwaa/wait/wait-for-run.ts';

const MINUTE = 60_000;
const createPollResult = (state: string): PollResult => ({ run: { state } });
const NOT_LISTED: PollResult = { run: undefined };
const BUSY: PollResult = { transientError: 'busy' };

/** Waits on a clock of its own, on which a look takes 2 s. What is not listed goes on as the last one. */
async function runWait(looks: readonly PollResult[], bounds: Partial<WaitLimits> = {}, random = 0.5) {
  let time = 0;
  const pauses: number[] = [];
  const told: string[] = [];
  const clock: Clock = {
    now: () => time,
    sleep: async (ms) => {
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
  const watcher = { onState: (state: string) => told.push(state), onTransientError: (text: string) => told.push(text) };
  const end = await waitForRun(
    look,
    { timeoutMs: 30 * MINUTE, initialIntervalMs: 5000, appearanceTimeoutMs: 0, ...bounds },
    watcher,
    clock,
    new AbortController().signal,
  );
  return { end, pauses, told, looks: next, lastLook, time };
}

describe('waiting', () => {
  test.each(['success', 'failed'] as const)('ends with the run: %s', async (state) => {
    const { end, told } = await runWait([
      createPollResult('queued'),
      createPollResult('running'),
      createPollResult(state),
    ]);
    expect(end).toEqual({ ended: state, run: { state } });
    expect(told).toEqual(['queued', 'running']);
  });

  test('looks at once, then ever less often, and at last once a minute', async () => {
    const { pauses } = await runWait([...Array(9).fill(createPollResult('running')), createPollResult('success')]);
    expect(pauses).toEqual([5, 7.5, 11.3, 16.9, 25.3, 38, 57, 60, 60]);
  });

  test('those who began together do not stay together', async () => {
    expect((await runWait([createPollResult('running'), createPollResult('success')], {}, 0)).pauses).toEqual([4]);
    expect((await runWait([createPollResult('running'), createPollResult('success')], {}, 1)).pauses).toEqual([6]);
  });

  test('a longer interval than a minute is kept', async () => {
    const { pauses } = await runWait([...Array(3).fill(createPollResult('running')), createPollResult('success')], {
      initialIntervalMs: 2 * MINUTE,
    });
    expect(pauses).toEqual([120, 120, 120]);
  });

  test('ends when the time is up, after a last look just before', async () => {
    const { end, time, pauses, lastLook } = await runWait([createPollResult('running')], { timeoutMs: MINUTE });
    expect(end).toEqual({ ended: 'timed out', state: 'running' });
    expect(lastLook).toBeGreaterThan(MINUTE - 10_000);
    expect(time).toBeLessThanOrEqual(MINUTE);
    expect(pauses.length).toBeLessThan(7);
  });

  test('a run that ends just before the time is up has ended', async () => {
    const { looks } = await runWait([createPollResult('running')], { timeoutMs: MINUTE });
    const { end } = await runWait(
      [...Array(looks - 1).fill(createPollResult('running')), createPollResult('success')],
      { timeoutMs: MINUTE },
    );
    expect(end).toMatchObject({ ended: 'success' });
  });

  test('what is only busy is waited out', async () => {
    const { end, told } = await runWait([BUSY, createPollResult('running'), BUSY, BUSY, createPollResult('success')]);
    expect(end).toMatchObject({ ended: 'success' });
    expect(told).toEqual(['busy', 'running', 'busy', 'busy']);
    expect((await runWait([BUSY], { timeoutMs: MINUTE })).end).toEqual({ ended: 'timed out', state: undefined });
  });

  test('a run that is not there is not waited for, unless it may still appear', async () => {
    const appears = 5 * MINUTE;
    expect(await runWait([NOT_LISTED])).toMatchObject({ end: { ended: 'not there', wasSeen: false }, looks: 1 });
    expect(
      (await runWait([NOT_LISTED, NOT_LISTED, createPollResult('success')], { appearanceTimeoutMs: appears })).end,
    ).toMatchObject({ ended: 'success' });
    const never = await runWait([NOT_LISTED], { appearanceTimeoutMs: appears });
    expect(never.end).toEqual({ ended: 'not there', wasSeen: false });
    expect(never.time).toBeGreaterThanOrEqual(appears);
    // Once seen it appears no more.
    expect(
      await runWait([NOT_LISTED, createPollResult('queued'), NOT_LISTED], { appearanceTimeoutMs: appears }),
    ).toMatchObject({
      end: { ended: 'not there', wasSeen: true },
      looks: 3,
    });
  });

  test('a look that hangs is cut off when the time is up; Ctrl-C ends it at once', async () => {
    const hangs = (signal: AbortSignal) =>
      new Promise<PollResult>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const clock: Clock = { now: () => performance.now(), sleep: async () => {}, random: Math.random };
    const watcher = { onState() {}, onTransientError() {} };
    const wait = (timeoutMs: number, signal: AbortSignal) =>
      waitForRun(hangs, { timeoutMs, initialIntervalMs: 1, appearanceTimeoutMs: 0 }, watcher, clock, signal);
    expect(await wait(50, new AbortController().signal)).toEqual({ ended: 'timed out', state: undefined });
    const enough = new Error('enough');
    const stopping = new AbortController();
    const waiting = wait(MINUTE, stopping.signal);
    stopping.abort(enough);
    await expect(waiting).rejects.toBe(enough);
  });
});
