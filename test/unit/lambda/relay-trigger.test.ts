import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type OperationCall, parseCall } from '../../../airflow/rest/parse-call.ts';
import { createRestCatalog } from '../../../airflow/rest/rest-catalog.ts';
import { readTriggerCall } from '../../../airflow/rest/trigger-call.ts';
import { Problem } from '../../../contract/problem.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { REPEAT_MS } from '../../../lambda/command/call-run-id.ts';
import { relayTrigger } from '../../../lambda/rest/relay-trigger.ts';
import type { RestEnvironment } from '../../../lambda/rest/rest-environment.ts';
import type { CallAnswer } from '../../../mwaa/rest/send-call-types.ts';
import { TEAM_CALLER } from './relay-fixture.ts';

const operations = createRestCatalog(CATALOGS.readOperations('2.10.3')!);
const environment = { name: 'prod', airflow: '2.10.3', notes: true, operations } as unknown as RestEnvironment;

/** The beginning of a period. */
const START = REPEAT_MS * 1_000_000;

interface Trigger {
  /** Milliseconds after `START`. */
  readonly at: number;
  /** How long the call waited for a slot, and for the start of the function. */
  readonly heldUpMs?: number;
  /** How long the first request of the function takes, which logs in. */
  readonly loginMs?: number;
  readonly body?: object;
  readonly key?: string;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** An Airflow that creates a run some time after a POST has arrived. */
function createAirflow({ createMs = 50, losesAnswers = false } = {}) {
  const runs = new Map<string, object>();
  const answer = (status: number, body: object): CallAnswer => ({
    status,
    contentType: 'application/json',
    body: JSON.stringify(body),
  });
  async function send({ operation, path, body }: OperationCall): Promise<CallAnswer> {
    await wait(10);
    if (operation.method === 'GET') {
      const run = runs.get(path.dag_run_id!);
      return run === undefined ? answer(404, { title: 'not found' }) : answer(200, run);
    }
    await wait(createMs);
    const run = body as { dag_run_id: string };
    if (runs.has(run.dag_run_id)) return answer(409, { title: 'exists' });
    runs.set(run.dag_run_id, run);
    if (losesAnswers) throw new Problem('outcome-unknown', 'lost');
    return answer(200, run);
  }
  return { runs, send };
}

async function trigger(
  { send }: ReturnType<typeof createAirflow>,
  { at, heldUpMs = 0, loginMs = 0, body = { conf: { a: 1 } }, key }: Trigger,
) {
  await wait(at + heldUpMs);
  const request = {
    kind: 'call' as const,
    method: 'POST',
    path: '/api/v1/dags/reporting_daily/dagRuns',
    query: [],
    body: JSON.stringify(body),
    receivedAt: START + at,
    ...(key === undefined ? {} : { idempotencyKey: key }),
  };
  const call = parseCall(operations, request);
  let isLoggedIn = false;
  const record = { requestId: 'r', extendedRequestId: 'x', lambdaRequestId: 'l', environment: 'prod' };
  const context = {
    environment,
    caller: TEAM_CALLER,
    request,
    record,
    now: Date.now,
    wait,
    send: async (sent: OperationCall) => {
      if (!isLoggedIn) await wait(loginMs);
      isLoggedIn = true;
      return send(sent);
    },
  };
  return relayTrigger(context, call, readTriggerCall(call)!).catch((error: unknown) => {
    if (error instanceof Problem) return error;
    throw error;
  });
}

async function run(airflow: ReturnType<typeof createAirflow>, triggers: readonly Trigger[]) {
  vi.setSystemTime(START);
  const results = Promise.all(triggers.map((each) => trigger(airflow, each)));
  await vi.runAllTimersAsync();
  return results;
}

describe('equal triggers without a run id, a date, or a key', () => {
  test.each<[what: string, triggers: Trigger[], runs: number]>([
    ['at once', [{ at: 5000 }, { at: 5000 }, { at: 5001 }], 1],
    ['three times, 5 seconds apart', [{ at: 100 }, { at: 5100 }, { at: 10_100 }], 1],
    ['5 seconds apart around the end of a period', [{ at: 28_000 }, { at: 33_000 }], 1],
    ['a moment before and after the end of a period', [{ at: 29_995 }, { at: 30_005 }], 1],
    ['ten around the end', Array.from({ length: 10 }, (_, index) => ({ at: 29_900 + index * 20 })), 1],
    ['the first waits for a slot until the next period', [{ at: 29_000, heldUpMs: 4000 }, { at: 33_000 }], 1],
    ['the first logs in over the end', [{ at: 29_800, loginMs: 3000 }, { at: 30_100 }], 1],
    [
      'both log in over the end',
      [
        { at: 29_000, loginMs: 3000 },
        { at: 29_500, loginMs: 2500 },
      ],
      1,
    ],
    ['the repeat waits for a slot for two periods', [{ at: 1000 }, { at: 6000, heldUpMs: 70_000 }], 1],
    [
      'both wait for different times',
      [
        { at: 1000, heldUpMs: 61_000 },
        { at: 6000, heldUpMs: 95_000 },
      ],
      1,
    ],
    ['two periods apart', [{ at: 1000 }, { at: 61_001 }], 2],
    ['another conf', [{ at: 1000 }, { at: 1001, body: { conf: { a: 2 } } }], 2],
  ])('%s', async (_what, triggers, count) => {
    const airflow = createAirflow();
    const results = await run(airflow, triggers);
    expect(airflow.runs.size).toBe(count);
    expect(results.filter((result) => !(result instanceof Problem) && result.answer.status === 200)).toHaveLength(
      triggers.length,
    );
    expect(results.filter((result) => !(result instanceof Problem) && !result.replayed)).toHaveLength(count);
  });

  test('a trigger at the start of a period waits until the runs of the period before are created, and others do not', async () => {
    for (const [at, latest] of [
      [0, 1100],
      [900, 1100],
      [1000, 1100],
      [15_000, 15_100],
    ] as const) {
      vi.setSystemTime(START);
      const ended = trigger(createAirflow(), { at }).then(() => Date.now() - START);
      await vi.runAllTimersAsync();
      expect(await ended).toBeLessThanOrEqual(latest);
    }
  });
});

describe('a trigger with a key', () => {
  const conf = { conf: { a: 1, b: ['x', 1e3] } };

  test.each<[what: string, first: object, second: object, isReused: boolean]>([
    ['the same conf', conf, conf, false],
    ['the same conf in another spelling', conf, { conf: { b: ['x', 1000], a: 1 } }, false],
    ['no conf', {}, { conf: {} }, false],
    ['another value', conf, { conf: { a: 2 } }, true],
    ['a conf after none', {}, conf, true],
    ['none after a conf', conf, {}, true],
    ['a text after a number', { conf: { a: 1 } }, { conf: { a: '1' } }, true],
  ])('and %s', async (_what, first, second, isReused) => {
    const airflow = createAirflow();
    const [, result] = await run(airflow, [
      { at: 0, body: first, key: 'k' },
      { at: 50_000, body: second, key: 'k' },
    ]);
    expect(airflow.runs.size).toBe(1);
    expect(result).toMatchObject(isReused ? { code: 'key-reused' } : { replayed: true, answer: { status: 200 } });
  });

  test('whose answer is lost is answered with its run', async () => {
    const [result] = await run(createAirflow({ losesAnswers: true }), [{ at: 0, body: conf, key: 'k' }]);
    expect(result).toMatchObject({ replayed: false, answer: { status: 200 } });
  });
});
