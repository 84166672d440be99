import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type OperationCall, parseCall } from '../../../airflow/rest/parse-call.ts';
import { createRestCatalog } from '../../../airflow/rest/rest-catalog.ts';
import { readTriggerCall } from '../../../airflow/rest/trigger-call.ts';
import { Problem } from '../../../contract/problem.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { createRunSeries, DAY_MS, REPEAT_MS, SETTLE_MS } from '../../../lambda/command/call-run-id.ts';
import { relayTrigger } from '../../../lambda/rest/relay-trigger.ts';
import type { RestEnvironment } from '../../../lambda/rest/rest-environment.ts';
import type { CallAnswer } from '../../../mwaa/rest/send-call-types.ts';
import { createRandom } from '../../fuzz/random.ts';
import { TEAM_CALLER } from './relay-fixture.ts';

const operations = createRestCatalog(CATALOGS.readOperations('2.10.3')!);
const environment = { name: 'prod', airflow: '2.10.3', notes: true, operations } as unknown as RestEnvironment;

const DAG = 'reporting_daily';
const BODY = { conf: { a: 1 } };

/** The beginning of a day of the triggers with `BODY`. */
const START = findStart();

function findStart(): number {
  const { principal } = TEAM_CALLER;
  const series = createRunSeries({
    principal,
    environment: 'prod',
    dagId: DAG,
    trigger: readTriggerCall(createCall(BODY))!,
  });
  return series.getStart(series.getDay(Date.UTC(2026, 10, 29)));
}

interface Trigger {
  /** Milliseconds after the beginning of the day. */
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
  const counts = { reads: 0 };
  const answer = (status: number, body: object): CallAnswer => ({
    status,
    contentType: 'application/json',
    body: JSON.stringify(body),
  });
  async function send({ operation, path, body }: OperationCall): Promise<CallAnswer> {
    await wait(10);
    if (operation.method === 'GET') {
      counts.reads += 1;
      const run = runs.get(path.dag_run_id!);
      return run === undefined ? answer(404, { title: 'not found' }) : answer(200, run);
    }
    const execution_date = new Date().toISOString();
    await wait(createMs);
    const run = { execution_date, ...(body as { dag_run_id: string }) };
    if (runs.has(run.dag_run_id)) return answer(409, { title: 'exists' });
    runs.set(run.dag_run_id, run);
    if (losesAnswers) throw new Problem('outcome-unknown', 'lost');
    return answer(200, run);
  }
  return { runs, counts, send };
}

function createRequest(body: object) {
  return {
    kind: 'call' as const,
    method: 'POST',
    path: `/api/v1/dags/${DAG}/dagRuns`,
    query: [],
    body: JSON.stringify(body),
  };
}

function createCall(body: object): OperationCall {
  return parseCall(operations, createRequest(body));
}

async function trigger(
  { send }: ReturnType<typeof createAirflow>,
  { at, heldUpMs = 0, loginMs = 0, body = BODY, key }: Trigger,
) {
  await wait(START + at + heldUpMs - Date.now());
  const request = {
    ...createRequest(body),
    receivedAt: START + at,
    ...(key === undefined ? {} : { idempotencyKey: key }),
  };
  const call = createCall(body);
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
  vi.setSystemTime(START + Math.min(...triggers.map(({ at }) => at)));
  const results = Promise.all(triggers.map((each) => trigger(airflow, each)));
  await vi.runAllTimersAsync();
  return results;
}

const NOON = 12 * 3_600_000;

describe('equal triggers without a run id, a date, or a key', () => {
  // The times are relative to the middle of a day, and then to its end.
  test.each<[what: string, triggers: Trigger[], runs: number]>([
    ['at once', [{ at: 5000 }, { at: 5000 }, { at: 5001 }], 1],
    ['three times, 5 seconds apart', [{ at: 100 }, { at: 5100 }, { at: 10_100 }], 1],
    ['5 seconds apart', [{ at: -2000 }, { at: 3000 }], 1],
    ['a moment apart', [{ at: -5 }, { at: 5 }], 1],
    ['ten', Array.from({ length: 10 }, (_, index) => ({ at: -100 + index * 20 })), 1],
    ['30 seconds apart', [{ at: -29_000 }, { at: 1000 }], 1],
    ['30 seconds apart, later', [{ at: 1000 }, { at: 31_000 }], 1],
    ['the first waits for a slot', [{ at: -1000, heldUpMs: 4000 }, { at: 3000 }], 1],
    ['the first logs in', [{ at: -200, loginMs: 3000 }, { at: 100 }], 1],
    [
      'both log in',
      [
        { at: -1000, loginMs: 3000 },
        { at: -500, loginMs: 2500 },
      ],
      1,
    ],
    ['the repeat waits for a slot', [{ at: 1000 }, { at: 6000, heldUpMs: 70_000 }], 1],
    [
      'both wait for different times',
      [
        { at: -30_000, heldUpMs: 61_000 },
        { at: -25_000, heldUpMs: 95_000 },
      ],
      1,
    ],
    ['more than 30 seconds apart', [{ at: -15_000 }, { at: 16_000 }], 2],
    ['three, each more than 30 seconds after the last', [{ at: -31_000 }, { at: 0 }, { at: 42_000 }], 3],
    ['another conf', [{ at: 1000 }, { at: 1001, body: { conf: { a: 2 } } }], 2],
  ])('%s', async (_what, triggers, count) => {
    for (const [moment, createMs] of [
      [NOON, 50],
      [DAY_MS, 50],
      // Airflow is slow, but at the end of a day no slower than `SETTLE_MS`.
      [NOON, 20_000],
      [DAY_MS, SETTLE_MS - 500],
    ] as const) {
      const airflow = createAirflow({ createMs });
      const results = await run(
        airflow,
        triggers.map((each) => ({ ...each, at: moment + each.at })),
      );
      expect(airflow.runs.size, `${moment}, ${createMs}`).toBe(count);
      expect(results.filter((result) => !(result instanceof Problem) && result.answer.status === 200)).toHaveLength(
        triggers.length,
      );
      expect(results.filter((result) => !(result instanceof Problem) && !result.replayed)).toHaveLength(count);
    }
  });

  test('whenever they arrive, however slow Airflow is: as many runs as the window says', async () => {
    const { integerBelow: random } = createRandom(17);
    for (let round = 0; round < 300; round += 1) {
      const isEndOfDay = round % 2 === 0;
      const createMs = random(isEndOfDay ? SETTLE_MS - 100 : 60_000);
      const airflow = createAirflow({ createMs });
      const at = (isEndOfDay ? DAY_MS : NOON) - random(REPEAT_MS);
      const repeats = Array.from({ length: 1 + random(5) }, () => ({
        at: at + random(REPEAT_MS),
        loginMs: random(2) * random(4000),
      }));
      await run(airflow, [{ at, loginMs: random(3000) }, ...repeats]);
      expect(airflow.runs.size, JSON.stringify({ at, createMs, repeats })).toBe(1);
      await run(airflow, [{ at: at + createMs + REPEAT_MS + 10_000 + random(REPEAT_MS) }]);
      expect(airflow.runs.size).toBe(2);
    }
  });

  test('many in one day need few requests', async () => {
    const airflow = createAirflow();
    await run(
      airflow,
      Array.from({ length: 300 }, (_, index) => ({ at: NOON + index * 31_000 })),
    );
    expect(airflow.runs.size).toBe(300);
    expect(airflow.counts.reads / 300).toBeLessThan(18);
    airflow.counts.reads = 0;
    await run(airflow, [{ at: 2 * DAY_MS + NOON }]);
    expect(airflow.counts.reads).toBe(1);
  });

  test('only one at the start of a day waits, until the runs of the day before are created', async () => {
    for (const [at, latest] of [
      [0, SETTLE_MS + 100],
      [SETTLE_MS - 100, SETTLE_MS + 100],
      [SETTLE_MS, SETTLE_MS + 100],
      [NOON, NOON + 100],
    ] as const) {
      vi.setSystemTime(START);
      const ended = trigger(createAirflow(), { at }).then(() => Date.now() - START);
      await vi.runAllTimersAsync();
      expect(await ended).toBeLessThanOrEqual(latest);
    }
  });

  test('a run that does not say when it was created: nothing is run', async () => {
    const airflow = createAirflow();
    await run(airflow, [{ at: NOON }]);
    for (const [id] of airflow.runs) airflow.runs.set(id, {});
    expect((await run(airflow, [{ at: NOON + 60_000 }]))[0]).toMatchObject({
      code: 'airflow-error',
      data: { retrySafe: true },
    });
    expect(airflow.runs.size).toBe(1);
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

describe('a request to materialize an asset', () => {
  const catalog = createRestCatalog(CATALOGS.readOperations('3.3.1')!);

  /** @param producers of the asset: the ids of DAGs */
  async function materialize(producers: readonly string[], count: number) {
    const runs = new Map<string, object>();
    const request = { kind: 'call' as const, method: 'POST', path: '/api/v2/assets/7/materialize', query: [] };
    const answer = (status: number, body: object): CallAnswer => ({ status, body: JSON.stringify(body) });
    const send = async ({ operation, path, body }: OperationCall): Promise<CallAnswer> => {
      if (operation.path === '/assets/{asset_id}')
        return answer(200, { producing_tasks: producers.map((dag_id) => ({ dag_id, task_id: 't' })) });
      if (operation.method === 'GET') {
        const run = path.dag_id === 'maker' ? runs.get(path.dag_run_id!) : undefined;
        return run === undefined ? answer(404, {}) : answer(200, run);
      }
      const { dag_run_id: id = `own-${runs.size}` } = (body ?? {}) as { dag_run_id?: string };
      const run = { dag_run_id: id, run_after: new Date().toISOString() };
      runs.set(id, run);
      return answer(200, run);
    };
    const call = parseCall(catalog, request);
    const context = {
      environment: { ...environment, airflow: '3.3.1', operations: catalog },
      caller: TEAM_CALLER,
      request: { ...request, receivedAt: START + NOON },
      record: { requestId: 'r', extendedRequestId: 'x', lambdaRequestId: 'l', environment: 'prod' },
      now: Date.now,
      wait,
      send,
    };
    vi.setSystemTime(START + NOON);
    const results = [];
    for (let n = 0; n < count; n += 1) {
      const result = relayTrigger(context, call, readTriggerCall(call)!);
      await vi.runAllTimersAsync();
      results.push((await result).replayed);
    }
    return { runs: [...runs.keys()], results };
  }

  test('is a run of the DAG that produces it, and its repeat is the same run', async () => {
    const { runs, results } = await materialize(['maker', 'maker'], 2);
    expect(runs).toEqual([expect.stringMatching(/rest-[0-9a-f]{64}$/)]);
    expect(results).toEqual([false, true]);
  });

  test.each([[[]], [['maker', 'other']]])(
    'is sent as it is if %j produce it: Airflow says what is wrong',
    async (producers) => {
      expect((await materialize(producers, 2)).runs).toEqual(['own-0', 'own-1']);
    },
  );
});
