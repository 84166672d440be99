import { expect, test } from 'vitest';
import type { RunState } from '../../../../client/library/api-types.ts';
import { type WaitTask, waitAndReport } from '../../../../client/mwaa/wait/wait-and-report.ts';

/** Waits with a simulated clock, on which a pause takes no time. Returns everything that was printed, with the time in seconds. */
async function waitWithStates(states: RunState['state'][], timeoutMs: number) {
  let now = 0;
  const printed: [seconds: number, text: string][] = [];
  const print = (text: string) => void printed.push([now / 1000, text]);
  const task = {
    session: {
      cli: { runState: async () => ({ state: states.length > 1 ? states.shift() : states[0] }) },
      settings: { environment: 'prod' },
      printMessage: print,
      signal: new AbortController().signal,
      terminal: { stderr: () => {}, columns: undefined },
    },
    run: { dagId: 'daily', runId: 'r-1' },
    limits: { timeoutMs, initialIntervalMs: 10_000, appearanceTimeoutMs: 0 },
    printVerdict: print,
  } as unknown as WaitTask;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
    random: () => 0.5,
  };
  const exitCode = await waitAndReport(task, clock);
  return { exitCode, printed };
}

test('says once, and long before the timeout, why a run may stay queued', async () => {
  const { exitCode, printed } = await waitWithStates(
    ['queued', 'queued', 'queued', 'queued', 'queued', 'success'],
    1_800_000,
  );
  expect(exitCode).toBe(0);
  expect(printed).toEqual([
    [expect.any(Number), 'A run stays queued while its DAG is paused, or while other runs are ahead of it.'],
    [expect.any(Number), expect.stringContaining('success')],
  ]);
  expect(printed[0]![0]).toBeLessThan(60);
});

test('does not explain a run that was queued only briefly', async () => {
  const { printed } = await waitWithStates(['queued', 'queued', 'running', 'running', 'running', 'success'], 1_800_000);
  expect(printed).toEqual([[expect.any(Number), expect.stringContaining('success')]]);
});
