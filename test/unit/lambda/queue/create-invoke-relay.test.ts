import { describe, expect, test } from 'vitest';
import { Problem } from '../../../../contract/problem.ts';
import {
  createInvokeRelay,
  type QueueTrace,
  RelayOutcomeUnknownError,
} from '../../../../lambda/front/queue/create-invoke-relay.ts';
import type { InvokeResult } from '../../../../lambda/front/queue/invoke.ts';
import { NoResponseError } from '../../../../mwaa/connection/no-response-error.ts';

const START = 1_800_000_000_000;
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const response: InvokeResult = { kind: 'response', payload: encode({ status: 200 }) };
const fail = (name: string, status: number, reason?: string, retryAfterMs?: number): InvokeResult => ({
  kind: 'error',
  error: { name, status, reason },
  cause: new Error(`arn:aws:lambda:eu-west-1:111122223333:function:relay: ${name}`),
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
const slotTaken = fail('TooManyRequestsException', 429, 'ReservedFunctionConcurrentInvocationLimitExceeded');
const rateExceeded = fail('TooManyRequestsException', 429, 'ReservedFunctionInvocationRateLimitExceeded');
const pending = fail('CodeArtifactUserPendingException', 409);
const notSent: InvokeResult = {
  kind: 'no-response',
  error: new NoResponseError('ECONNREFUSED', false, { failure: 'connect' }),
};
const lost: InvokeResult = { kind: 'no-response', error: new NoResponseError('ECONNRESET', true) };
const failFunction = (error: object): InvokeResult => ({ kind: 'function-error', payload: encode(error) });

interface Setup {
  waitMs?: number;
  slowWaitMs?: number;
  deadlineMs?: number;
  /** How long each call takes. */
  callMs?: number;
}

/** Runs a request against scripted answers, of which the last one repeats, in virtual time. */
async function run(
  answers: readonly InvokeResult[],
  { waitMs = 60_000, slowWaitMs = waitMs, deadlineMs = 286_000, callMs = 0 }: Setup = {},
) {
  let now = START;
  const calls: { at: number; functionName: string; payload: string }[] = [];
  const sleeps: number[] = [];
  const invokeRelay = createInvokeRelay({
    invoke: async (functionName, payload) => {
      calls.push({ at: now - START, functionName, payload });
      now += callMs;
      return answers[Math.min(calls.length, answers.length) - 1]!;
    },
    now: () => now,
    random: () => 0.5,
    sleep: async (milliseconds) => {
      sleeps.push(milliseconds);
      now += milliseconds;
    },
  });
  const trace: QueueTrace = {};
  const result = await invokeRelay(
    { functionName: 'relay-a', slots: 2 },
    (queuedMs) => `queued ${queuedMs}`,
    { waitMs, slowWaitMs, deadline: START + deadlineMs },
    trace,
  ).catch((error: unknown) => error);
  return { result, calls, sleeps, trace, elapsedMs: now - START };
}

const expectProblem = (result: unknown, code: string): Problem => {
  expect(result).toBeInstanceOf(Problem);
  expect(result).toMatchObject({ code });
  expect(JSON.stringify({ ...(result as Problem).data, detail: (result as Problem).message })).not.toContain('arn:');
  return result as Problem;
};
const expectUnknown = (result: unknown): string => {
  expect(result).toBeInstanceOf(RelayOutcomeUnknownError);
  return (result as RelayOutcomeUnknownError).clause;
};

test('a free slot: one call, without waiting', async () => {
  const { result, calls, trace } = await run([response]);
  expect(result).toEqual(encode({ status: 200 }));
  expect(calls).toEqual([{ at: 0, functionName: 'relay-a', payload: 'queued 0' }]);
  expect(trace).toEqual({ queuedMs: 0, throttles: 0, attempts: 1 });
});

test('waits for a slot, and tells the relay how long', async () => {
  const { result, calls, trace } = await run([slotTaken, slotTaken, response], { callMs: 20 });
  expect(result).toEqual(encode({ status: 200 }));
  expect(calls.map(({ payload }) => payload)).toEqual(['queued 0', 'queued 1020', 'queued 2040']);
  expect(trace).toEqual({ queuedMs: 2040, throttles: 2, attempts: 3 });
});

test('no slot in time: busy, within the patience', async () => {
  const { result, trace, calls, elapsedMs } = await run([slotTaken], { waitMs: 5000 });
  const { message, data } = expectProblem(result, 'busy');
  expect(message).toBe(
    'All slots of the environment are taken. The request waited 4.8 seconds, and nothing was run. Send it again later, ' +
      'or with the header Prefer: wait=SECONDS if it may wait longer.',
  );
  expect(data).toEqual({ queuedMs: 4750, retryAfterSeconds: 5 });
  expect(trace).toEqual({ queuedMs: 4750, throttles: calls.length, attempts: calls.length });
  expect(elapsedMs).toBeLessThanOrEqual(5000);
});

test('wait=0: one try', async () => {
  const { result, calls, sleeps } = await run([slotTaken], { waitMs: 0 });
  expectProblem(result, 'busy');
  expect([calls.length, sleeps]).toEqual([1, []]);
});

test('the patience ends at the deadline', async () => {
  const { elapsedMs } = await run([slotTaken], { waitMs: 600_000, deadlineMs: 10_000 });
  expect(elapsedMs).toBeLessThanOrEqual(10_000);
});

test('exceeding the rate: waits in large steps, and asks callers to return later', async () => {
  const { result, sleeps } = await run([rateExceeded], { waitMs: 30_000 });
  expect(sleeps.slice(0, 2)).toEqual([3000, 12_000]);
  expect(expectProblem(result, 'busy').data).toMatchObject({ retryAfterSeconds: 30 });
});

test("waits as long as Lambda's Retry-After says", async () => {
  const { sleeps } = await run([fail('TooManyRequestsException', 429, 'CallerRateLimitExceeded', 8000), response]);
  expect(sleeps).toEqual([9000]);
});

test('a relay that was idle for two weeks: waits until Lambda has prepared it', async () => {
  const { result, calls, trace } = await run([...Array(25).fill(pending), response]);
  expect(result).toEqual(encode({ status: 200 }));
  expect(calls.at(-1)!.at).toBe(50_000);
  expect(trace).toMatchObject({ throttles: 0, attempts: 26 });
});

test('waits longer while Lambda prepares the relay than for a slot', async () => {
  const { result, elapsedMs } = await run([pending], { waitMs: 60_000, slowWaitMs: 130_000 });
  expectProblem(result, 'relay-unavailable');
  expect(elapsedMs).toBeGreaterThan(95_000);
  expect(elapsedMs).toBeLessThanOrEqual(130_000);
  const busy = await run([slotTaken], { waitMs: 60_000, slowWaitMs: 130_000 });
  expect(busy.elapsedMs).toBeLessThanOrEqual(60_000);
});

test('a relay that is not prepared in time: relay-unavailable, with a time to return', async () => {
  const { result } = await run([pending]);
  const { message, data } = expectProblem(result, 'relay-unavailable');
  expect(message).toContain('up to two minutes');
  expect(data).toMatchObject({ lambdaError: 'CodeArtifactUserPendingException', retryAfterSeconds: 30 });
});

test("the account's limit: waits, then names the quota", async () => {
  const { result, calls } = await run([fail('TooManyRequestsException', 429, 'ConcurrentInvocationLimitExceeded')]);
  expect(calls.length).toBeGreaterThan(5);
  expect(expectProblem(result, 'relay-unavailable').message).toContain('"Concurrent executions"');
});

test('an error that waiting does not clear: one call, and its remedy', async () => {
  const { result, calls } = await run([fail('SubnetIPAddressLimitReachedException', 502)]);
  const { message, data } = expectProblem(result, 'relay-unavailable');
  expect(message).toContain('no free IP addresses');
  expect(data).toEqual({ queuedMs: 0, lambdaError: 'SubnetIPAddressLimitReachedException' });
  expect(calls).toHaveLength(1);
});

test('an error while waiting ends the wait', async () => {
  const { result, trace } = await run([slotTaken, fail('KMSDisabledException', 502)]);
  expectProblem(result, 'relay-unavailable');
  expect(trace).toEqual({ queuedMs: 1000, throttles: 1, attempts: 2 });
});

test('no connection: two more tries, then relay-unavailable', async () => {
  expect((await run([notSent, response])).result).toEqual(encode({ status: 200 }));
  const { result, calls } = await run([notSent]);
  expect(expectProblem(result, 'relay-unavailable').message).toContain('connect: ECONNREFUSED');
  expect(calls).toHaveLength(3);
});

test('a request that cannot be signed: relay-unavailable', async () => {
  const { result, calls } = await run([{ kind: 'not-prepared', cause: new Error('secret') }]);
  expect(expectProblem(result, 'relay-unavailable').message).not.toContain('secret');
  expect(calls).toHaveLength(1);
});

describe('an unknown outcome is never repeated', () => {
  test.each<[name: string, answer: InvokeResult, clause: string]>([
    ['a lost connection', lost, 'the connection to the relay was lost (ECONNRESET)'],
    [
      'no response in time',
      { kind: 'no-response', error: new NoResponseError('timed out', true, { failure: 'timeout' }) },
      'the relay did not respond in time',
    ],
    ['an error of Lambda', fail('ServiceException', 500), 'Lambda failed (ServiceException, 500)'],
    ['an unknown error', fail('NewException', 418), 'Lambda failed (NewException, 418)'],
    [
      'an exit',
      failFunction({ errorType: 'Runtime.ExitError' }),
      'the relay ended before it responded (Runtime.ExitError)',
    ],
    [
      'a timeout',
      failFunction({ errorType: 'Sandbox.Timedout' }),
      'the relay was stopped at its timeout (Sandbox.Timedout)',
    ],
    [
      'a timeout without a type',
      failFunction({ errorMessage: '2026-11-28T20:00:00.000Z 1-2-3 Task timed out after 220.05 seconds' }),
      'the relay was stopped at its timeout (Sandbox.Timedout)',
    ],
    [
      'a large response',
      failFunction({ errorType: 'Function.ResponseSizeTooLarge' }),
      'the response of the relay exceeded the limit of Lambda (Function.ResponseSizeTooLarge)',
    ],
    [
      'a module that is missing',
      failFunction({ errorType: 'Runtime.ImportModuleError', errorMessage: 'secret' }),
      'the relay failed (Runtime.ImportModuleError)',
    ],
    [
      'an exception',
      failFunction({ errorType: 'Error', errorMessage: 'secret', trace: ['secret'] }),
      'the relay failed',
    ],
    ['a type that is text', failFunction({ errorType: 'Runtime.secret token' }), 'the relay failed'],
    ['a payload without JSON', { kind: 'function-error', payload: new Uint8Array([255]) }, 'the relay failed'],
    ['a payload without an object', failFunction(null as unknown as object), 'the relay failed'],
  ])('%s', async (_name, answer, clause) => {
    const { result, trace } = await run([slotTaken, answer]);
    expect(expectUnknown(result)).toBe(clause);
    expect(trace).toEqual({ queuedMs: 1000, throttles: 1, attempts: 2 });
  });
});

test('the signal of a call aborts at the deadline', async () => {
  const invokeRelay = createInvokeRelay({
    invoke: (_name, _payload, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () =>
          resolve({ kind: 'no-response', error: new NoResponseError('timed out', true, { failure: 'timeout' }) }),
        );
      }),
    now: Date.now,
    random: Math.random,
    sleep: async () => {},
  });
  const limits = { waitMs: 0, slowWaitMs: 0, deadline: Date.now() + 50 };
  await expect(invokeRelay({ functionName: 'relay', slots: 1 }, () => '', limits, {})).rejects.toThrow(
    'the relay did not respond in time',
  );
});
