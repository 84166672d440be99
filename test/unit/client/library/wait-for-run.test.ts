import { describe, expect, test } from 'vitest';
import type { RunState } from '../../../../client/library/api-types.ts';
import { type Clock, type PollResult, type WaitLimits, waitForRun } from '../../../../client/library/wait-for-run.ts';

const MINUTE_MS = 60_000;
const createPollResult = (state: RunState['state']): PollResult => ({ run: { ...RUN, state } });
const RUN = { dagId: 'daily', runId: 'r-1' };
const NOT_LISTED: PollResult = { run: undefined };
const BUSY: PollResult = { transientError: 'busy' };

/** Waits with a simulated clock on which each poll takes 2 s. The last result repeats. */
async function runWait(results: readonly PollResult[], limits: Partial<WaitLimits> = {}, random = 0.5) {
  let timeMs = 0;
  const pauses: number[] = [];
  const events: string[] = [];
  const clock: Clock = {
    now: () => timeMs,
    sleep: async (ms) => {
      pauses.push(Math.round(ms / 100) / 10);
      timeMs += ms;
    },
    random: () => random,
  };
  let polls = 0;
  let lastPollMs = 0;
  const poll = async () => {
    lastPollMs = timeMs;
    timeMs += 2000;
    return results[Math.min(polls++, results.length - 1)]!;
  };
  const observer = {
    onState: (state: string) => events.push(state),
    onTransientError: (text: string) => events.push(text),
  };
  const result = await waitForRun(
    poll,
    { timeoutMs: 30 * MINUTE_MS, initialIntervalMs: 5000, appearanceTimeoutMs: 0, ...limits },
    observer,
    clock,
    new AbortController().signal,
  );
  return { result, pauses, events, polls, lastPollMs, timeMs };
}

describe('waitForRun', () => {
  test.each(['success', 'failed'] as const)('ends with the final state %s', async (state) => {
    const { result, events } = await runWait([
      createPollResult('queued'),
      createPollResult('running'),
      createPollResult(state),
    ]);
    expect(result).toEqual({ ended: state, run: { ...RUN, state } });
    expect(events).toEqual(['queued', 'running']);
  });

  test('polls immediately, then with increasing pauses of up to one minute', async () => {
    const { pauses } = await runWait([...Array(9).fill(createPollResult('running')), createPollResult('success')]);
    expect(pauses).toEqual([5, 7.5, 11.3, 16.9, 25.3, 38, 57, 60, 60]);
  });

  test('varies the pauses randomly', async () => {
    expect((await runWait([createPollResult('running'), createPollResult('success')], {}, 0)).pauses).toEqual([4]);
    expect((await runWait([createPollResult('running'), createPollResult('success')], {}, 1)).pauses).toEqual([6]);
  });

  test('keeps an interval that is longer than one minute', async () => {
    const { pauses } = await runWait([...Array(3).fill(createPollResult('running')), createPollResult('success')], {
      initialIntervalMs: 2 * MINUTE_MS,
    });
    expect(pauses).toEqual([120, 120, 120]);
  });

  test('ends at the timeout, after a last poll shortly before it', async () => {
    const { result, timeMs, pauses, lastPollMs } = await runWait([createPollResult('running')], {
      timeoutMs: MINUTE_MS,
    });
    expect(result).toEqual({ ended: 'timed out', state: 'running' });
    expect(lastPollMs).toBeGreaterThan(MINUTE_MS - 10_000);
    expect(timeMs).toBeLessThanOrEqual(MINUTE_MS);
    expect(pauses.length).toBeLessThan(7);
  });

  test('reports success if the run finishes before the last poll', async () => {
    const { polls } = await runWait([createPollResult('running')], { timeoutMs: MINUTE_MS });
    const { result } = await runWait(
      [...Array(polls - 1).fill(createPollResult('running')), createPollResult('success')],
      { timeoutMs: MINUTE_MS },
    );
    expect(result).toMatchObject({ ended: 'success' });
  });

  test('keeps polling after transient errors', async () => {
    const { result, events } = await runWait([
      BUSY,
      createPollResult('running'),
      BUSY,
      BUSY,
      createPollResult('success'),
    ]);
    expect(result).toMatchObject({ ended: 'success' });
    expect(events).toEqual(['busy', 'running', 'busy', 'busy']);
    const timedOut = await runWait([BUSY], { timeoutMs: MINUTE_MS });
    expect(timedOut.result).toEqual({ ended: 'timed out', state: undefined });
  });

  test('does not wait for a run that is not listed, unless it may still be created', async () => {
    const appearanceTimeoutMs = 5 * MINUTE_MS;
    expect(await runWait([NOT_LISTED])).toMatchObject({ result: { ended: 'not found', wasSeen: false }, polls: 1 });
    const late = await runWait([NOT_LISTED, NOT_LISTED, createPollResult('success')], { appearanceTimeoutMs });
    expect(late.result).toMatchObject({ ended: 'success' });
    const never = await runWait([NOT_LISTED], { appearanceTimeoutMs });
    expect(never.result).toEqual({ ended: 'not found', wasSeen: false });
    expect(never.timeMs).toBeGreaterThanOrEqual(appearanceTimeoutMs);
  });

  test('does not wait for a run that has been deleted', async () => {
    const deleted = await runWait([NOT_LISTED, createPollResult('queued'), NOT_LISTED], {
      appearanceTimeoutMs: 5 * MINUTE_MS,
    });
    expect(deleted).toMatchObject({ result: { ended: 'not found', wasSeen: true }, polls: 3 });
  });

  test('aborts a poll at the timeout, and immediately if the signal is aborted', async () => {
    const pollForever = (signal: AbortSignal) =>
      new Promise<PollResult>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const clock: Clock = { now: () => performance.now(), sleep: async () => {}, random: Math.random };
    const observer = { onState() {}, onTransientError() {} };
    const wait = (timeoutMs: number, signal: AbortSignal) =>
      waitForRun(pollForever, { timeoutMs, initialIntervalMs: 1, appearanceTimeoutMs: 0 }, observer, clock, signal);
    expect(await wait(50, new AbortController().signal)).toEqual({ ended: 'timed out', state: undefined });
    const reason = new Error('enough');
    const aborting = new AbortController();
    const waiting = wait(MINUTE_MS, aborting.signal);
    aborting.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
