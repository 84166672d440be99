import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findQuantile } from '../../bench/statistics.ts';
import { createRunSeries, REPEAT_MS } from '../../lambda/command/call-run-id.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import type { FaultName, FaultOptions } from '../../local/mwaa/faults.ts';
import { readRunIds } from './faulty-stack.ts';
import { testRestHealth } from './rest-health.ts';
import { DAG, type RestStack, ROLE, startRestStack } from './rest-stack.ts';
import { findSecrets, listCredentials, listLogLines } from './search-secrets.ts';
import { RUNS_ALL, selectReleases } from './select-releases.ts';
import { type ApiResponse, getProblemCode } from './small-stack.ts';

/** The response that a caller gets. */
interface Expected {
  readonly status: number;
  /** The code of the problem, or `answer` of Airflow. */
  readonly name: string;
  readonly retrySafe?: boolean;
  readonly retryAfter?: boolean;
}

const ANSWER: Expected = { status: 200, name: 'answer' };
const expectProblem = (status: number, name: string, retrySafe: boolean, retryAfter = false): Expected => ({
  status,
  name,
  retrySafe,
  retryAfter,
});

/** Nothing says that a repeat is safe: the call has neither a run id, nor a date, nor a key. */
const UNKNOWN = expectProblem(424, 'outcome-unknown', false);
const UNREACHABLE = expectProblem(502, 'airflow-unreachable', true);
const FAILED = expectProblem(502, 'airflow-error', true);
const TIMED_OUT = expectProblem(504, 'airflow-timeout', true);
const TOO_LARGE = expectProblem(424, 'answer-too-large', true);
const SESSION_REFUSED = expectProblem(424, 'token-refused', true);
const REFUSED = expectProblem(424, 'call-refused', true);
const TOKEN_UNREACHABLE = expectProblem(502, 'token-unreachable', true);
const THROTTLED = expectProblem(503, 'token-throttled', true, true);
const NOT_PERMITTED = expectProblem(502, 'token-not-permitted', true);
const NOT_AVAILABLE = expectProblem(503, 'environment-not-available', true, true);
const NO_SLOT = expectProblem(503, 'busy', true, true);

interface FaultCase {
  readonly fault: FaultName;
  /** The response to a trigger whose POST meets the fault. */
  readonly trigger: Expected;
  /** How many runs are in the database by then. */
  readonly runs: 0 | 1;
  /** The response to a list of DAGs that meets the fault. */
  readonly read: Expected;
  readonly options?: FaultOptions;
  /** Only with `EVERY_RELEASE=1`. */
  readonly isRare?: true;
}

const createCase = (
  fault: FaultName,
  trigger: Expected,
  runs: 0 | 1,
  read: Expected,
  more: Partial<FaultCase> = {},
): FaultCase => ({ fault, trigger, runs, read, ...more });
const isRare = true;

const MATRIX: readonly FaultCase[] = [
  // The session
  createCase('rest-session-expired', ANSWER, 1, ANSWER),
  createCase('rest-session-damaged', ANSWER, 1, ANSWER),
  createCase('rest-401-once', ANSWER, 1, ANSWER),
  createCase('rest-401-always', SESSION_REFUSED, 0, SESSION_REFUSED),
  createCase('rest-403-page', REFUSED, 0, REFUSED),
  createCase('rest-login-page', UNKNOWN, 0, FAILED),
  createCase('rest-login-redirect', SESSION_REFUSED, 0, SESSION_REFUSED),

  // Nothing runs
  createCase('connect-refused', UNREACHABLE, 0, UNREACHABLE),
  createCase('tls-untrusted', UNREACHABLE, 0, UNREACHABLE, { isRare }),
  createCase('rest-reset-before-run', UNKNOWN, 0, FAILED),
  createCase('rest-hang-before-run', UNKNOWN, 0, TIMED_OUT, { isRare }),
  createCase('rest-503', UNKNOWN, 0, NOT_AVAILABLE),

  // The run is created after the response
  createCase('rest-late-run', UNKNOWN, 0, TIMED_OUT, { options: { delaySeconds: 12 }, isRare }),

  // Airflow runs, and its answer is lost: the relay looks for the run
  createCase('rest-reset-after-run', ANSWER, 1, FAILED),
  createCase('rest-reset-in-body', ANSWER, 1, FAILED, { isRare }),
  createCase('rest-hang-in-body', ANSWER, 1, TIMED_OUT, { isRare }),
  createCase('rest-slow-answer', ANSWER, 1, ANSWER, { options: { delaySeconds: 2 } }),
  createCase('rest-slow-answer', ANSWER, 1, TIMED_OUT, { options: { delaySeconds: 12 }, isRare }),
  createCase('rest-slow-body', ANSWER, 1, ANSWER, { options: { delaySeconds: 2 }, isRare }),
  createCase('rest-504-after-run', ANSWER, 1, TIMED_OUT),
  createCase('rest-html-after-run', ANSWER, 1, FAILED),
  createCase('rest-huge-answer', ANSWER, 1, TOO_LARGE),

  // The function and the token
  createCase('function-crash', UNKNOWN, 1, expectProblem(502, 'relay-failed', true)),
  createCase('function-concurrency-limit', NO_SLOT, 0, NO_SLOT, { isRare }),
  createCase('token-throttled', THROTTLED, 0, THROTTLED, { isRare }),
  createCase('token-missing-permission', NOT_PERMITTED, 0, NOT_PERMITTED, { isRare }),
  createCase('token-connect-refused', TOKEN_UNREACHABLE, 0, TOKEN_UNREACHABLE),
];

/** Calls whose repeat is safe, as the response says. */
const REPEATABLE: readonly [
  name: string,
  create: (fault: string) => [body: object, headers?: Record<string, string>],
][] = [
  ['a run id', (fault) => [{ conf: { fault }, dag_run_id: `own-${fault}` }]],
  ['an Idempotency-Key', (fault) => [{ conf: { fault } }, { 'idempotency-key': `key-${fault}` }]],
  ['a logical date', (fault) => [{ conf: { fault }, logical_date: createDate() }]],
];

const CROWD = RUNS_ALL ? 50 : 15;

let dates = 0;
/** Another one each time. */
function createDate(): string {
  dates += 1;
  return new Date(Date.UTC(2026, 0, 1) + 60_000 * dates).toISOString();
}

for (const release of selectReleases(['2.10.3', '3.0.6', '3.3.1'], (name) => name === '2.10.3')) {
  describe(`faults of the REST API of Airflow ${release}`, () => {
    let stack: RestStack;
    let unavailable: string | undefined;
    const isAirflow3 = release.startsWith('3.');
    const table: object[] = [];
    /** Milliseconds. */
    const crowd: object[] = [];
    const complete = (body: object) =>
      isAirflow3 && !('logical_date' in body) ? { ...body, logical_date: null } : body;

    beforeAll(async () => {
      stack = await startRestStack(release);
      unavailable = stack.environments[0]!.replayReason;
      if (unavailable === undefined) await stack.environments[0]!.webServer.get();
      else console.error(`SKIPPED: faults of the REST API of Airflow ${release}: ${unavailable}`);
    });
    afterAll(async () => {
      console.table(table);
      console.table(crowd);
      await stack?.close();
    });

    const list = () => stack.call({ path: '/dags?limit=1' });
    const trigger = (body: object, headers?: Record<string, string>, caller = stack.engineer) =>
      stack.trigger(complete(body), headers, caller);
    const countRuns = () => readRunIds(stack)!.length;
    const report = (name: string, response: ApiResponse, runs: number) =>
      table.push({ request: name, ...toExpected(response), runs });

    test.each(MATRIX.filter((row) => RUNS_ALL || !row.isRare))(
      '$fault: a trigger returns $trigger.status $trigger.name with $runs runs, a read $read.status $read.name',
      async ({ fault, options, trigger: expected, runs, read }) => {
        if (unavailable) return;
        expect((await list()).status, 'the request before').toBe(200);
        const before = countRuns();
        await stack.setFault(fault, { ...options, ...(isConnectionFault(fault) ? {} : { method: 'POST' }) });
        const triggered = await trigger({ conf: { fault, n: Math.random() } });
        await stack.setFault();
        const stored = countRuns() - before;
        report(`${fault}: trigger`, triggered, stored);
        expect.soft(toExpected(triggered), triggered.text).toEqual(expected);
        expect.soft(stored, "runs in Airflow's database").toBe(runs);
        checkHeaders(triggered);

        expect((await list()).status, 'the next request').toBe(200);
        await stack.setFault(fault, options);
        const answer = await list();
        await stack.setFault();
        report(`${fault}: read`, answer, 0);
        expect.soft(toExpected(answer), answer.text).toEqual(read);
        checkHeaders(answer);
      },
    );

    test.each(
      REPEATABLE.flatMap(([name, create]) =>
        (
          [
            'rest-session-expired',
            'rest-reset-before-run',
            'rest-reset-after-run',
            'function-crash',
          ] satisfies FaultName[]
        )
          .filter((fault) => RUNS_ALL || fault !== 'rest-session-expired' || name === 'a run id')
          .map((fault) => ({ name, fault, create })),
      ),
    )('$fault: a trigger with $name that is sent again is one run', async ({ name, fault, create }) => {
      if (unavailable) return;
      const before = countRuns();
      const [body, headers] = create(fault);
      await list();
      await stack.setFault(fault, { method: 'POST' });
      const first = await trigger(body, headers);
      await stack.setFault();
      const between = countRuns() - before;
      const again = await trigger(body, headers);
      report(`${fault}, ${name}: first`, first, between);
      report(`${fault}, ${name}: repeat`, again, countRuns() - before);

      if (first.status !== 200) expect.soft(toExpected(first), first.text).toEqual({ ...UNKNOWN, retrySafe: true });
      expect.soft(countRuns() - before, "runs in Airflow's database").toBe(1);
      // The caller's own run id meets Airflow's 409.
      expect.soft(again.status, again.text).toBe('dag_run_id' in body && between === 1 ? 409 : 200);
    });

    test("403 of Airflow's own role: nothing is changed, and the response names the role", async () => {
      if (unavailable) return;
      const response = await stack.call({ path: '/variables', body: { key: 'k', value: 'v' } });
      report('role refused', response, 0);
      expect(toExpected(response)).toEqual(expectProblem(403, 'role-refused', true));
      expect(response.body).toMatchObject({ airflowRole: 'User', upstreamStatus: 403 });
    });

    test.runIf(RUNS_ALL)(
      'airflowctl sends a trigger three times, 5 seconds apart, with the same body: one run',
      async () => {
        if (unavailable) return;
        const before = countRuns();
        const body = { conf: { as: 'airflowctl' } };
        const responses: ApiResponse[] = [];
        for (let attempt = 0; attempt < 3; attempt += 1) {
          if (attempt > 0) await wait(5000);
          responses.push(await trigger(body));
        }
        expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
        expect(new Set(responses.map(({ body }) => body.dag_run_id)).size).toBe(1);
        expect(countRuns() - before).toBe(1);
      },
    );

    test.each([
      ['without a run id', { conf: { crowd: 1 } }, {}],
      ['with a run id', { conf: { crowd: 2 }, dag_run_id: 'crowd' }, {}],
      ['with a date', { conf: { crowd: 3 }, logical_date: '2026-02-01T00:00:00Z' }, {}],
      ['with an Idempotency-Key', { conf: { crowd: 4 } }, { 'idempotency-key': 'crowd' }],
    ])('ten equal triggers %s at once are one run', async (name, body, headers) => {
      if (unavailable) return;
      const before = countRuns();
      const responses = await Promise.all(Array.from({ length: 10 }, () => trigger(body, headers)));
      const statuses = responses.map(({ status }) => status).sort();
      table.push({ request: `ten ${name}`, status: statuses.join(' '), runs: countRuns() - before });
      expect(countRuns() - before).toBe(1);
      if ('dag_run_id' in body) {
        expect(statuses.filter((status) => status === 200)).toHaveLength(1);
        return;
      }
      expect.soft(statuses).toEqual(Array(10).fill(200));
      expect.soft(new Set(responses.map(({ body }) => body.dag_run_id)).size).toBe(1);
    });

    test('a repeat that Airflow gets before the first request is the same run', async () => {
      if (unavailable) return;
      const before = countRuns();
      const body = { conf: { late: Math.random() } };
      // Longer than the relay waits for Airflow, in the nightly tests.
      await stack.setFault('rest-late-run', { method: 'POST', maxHits: 1, delaySeconds: RUNS_ALL ? 10 : 3 });
      const first = trigger(body);
      await wait(1500);
      const repeat = await trigger(body);
      const responses = [await first, repeat];
      await wait(RUNS_ALL ? 3000 : 0);
      await stack.setFault();
      report('first request is late', responses[0]!, countRuns() - before);
      expect(responses.map(({ status }) => status)).toEqual([200, 200]);
      expect(new Set(responses.map(({ body }) => body.dag_run_id)).size).toBe(1);
      expect(countRuns() - before).toBe(1);
    });

    test.runIf(RUNS_ALL && release.startsWith('3.'))('a request to materialize an asset, and its repeats', async () => {
      if (unavailable) return;
      const { assets } = (await stack.call({ path: '/assets' })).body;
      const { id } = assets.find(({ uri }: { uri: string }) => uri === `s3://reports/${DAG}`);
      const before = countRuns();
      // On 3.0 the request has no body, so it cannot name its run.
      const isNamed = !release.startsWith('3.0');
      const materialize = (headers = {}) =>
        stack.call({
          path: `/assets/${id}/materialize`,
          method: 'POST',
          headers,
          ...(isNamed && { body: { conf: { by: 'jo' } } }),
        });
      const responses: ApiResponse[] = [];
      for (let attempt = 0; attempt < 3; attempt += 1) {
        responses.push(await materialize());
        await wait(1100);
      }
      report('materialize, three times', responses[2]!, countRuns() - before);
      expect(
        responses.map(({ status }) => status),
        responses[0]!.text,
      ).toEqual([200, 200, 200]);
      expect(countRuns() - before).toBe(isNamed ? 1 : 3);
      if (!isNamed) return;
      expect(responses[2]!.headers['idempotency-replayed']).toBe('true');
      expect(responses[0]!.body.note).toMatch(/^Triggered by .*data-engineer/);
      const keyed = [await materialize({ 'idempotency-key': 'a' }), await materialize({ 'idempotency-key': 'a' })];
      expect(new Set(keyed.map(({ body }) => body.dag_run_id)).size, keyed[0]!.text).toBe(1);
      expect(countRuns() - before).toBe(2);
    });

    test.runIf(RUNS_ALL)(
      'an equal trigger 28 seconds later is the same run, and 31 seconds later another one',
      async () => {
        if (unavailable) return;
        const before = countRuns();
        const body = { conf: { window: Math.random() } };
        // The half minute of the clock does not matter.
        await wait(REPEAT_MS - (Date.now() % REPEAT_MS) - 1000);
        const first = await trigger(body);
        const sentAt = Date.now();
        for (const [afterMs, runs] of [
          [2000, 1],
          [28_000, 1],
          [31_000, 2],
          [33_000, 2],
        ] as const) {
          await wait(sentAt + afterMs - Date.now());
          const again = await trigger(body);
          report(`equal trigger after ${afterMs / 1000} s`, again, countRuns() - before);
          expect(again.status, again.text).toBe(200);
          expect(countRuns() - before).toBe(runs);
          expect(again.body.dag_run_id === first.body.dag_run_id).toBe(runs === 1);
          expect(again.headers['idempotency-replayed']).toBe(afterMs === 31_000 ? undefined : 'true');
        }
      },
    );

    test.runIf(RUNS_ALL)('ten equal triggers around the end of a day are one run', async () => {
      if (unavailable) return;
      const before = countRuns();
      const body = { conf: { end: Math.random() } };
      const { caller, endsAt } = findCallerAtEndOfDay(stack, 3000);
      await wait(endsAt - Date.now() - 1000);
      const responses = await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          await wait(index * 200);
          return trigger(body, {}, caller);
        }),
      );
      report('ten around the end of a day', responses.at(-1)!, countRuns() - before);
      expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200));
      expect(countRuns() - before).toBe(1);
    });

    test.runIf(RUNS_ALL)(
      'a trigger that reaches Airflow after the end of a day, and its repeat, are one run',
      async () => {
        if (unavailable) return;
        const before = countRuns();
        const body = { conf: { end: Math.random() } };
        const { caller, endsAt } = findCallerAtEndOfDay(stack, 3000);
        await stack.setFault('rest-late-run', { method: 'POST', maxHits: 1, delaySeconds: 5 });
        await wait(endsAt - Date.now() - 1000);
        const first = trigger(body, {}, caller);
        await wait(2000);
        const responses = await Promise.all([first, trigger(body, {}, caller)]);
        await stack.setFault();
        report('late over the end of a day', responses[0], countRuns() - before);
        expect(responses.map(({ status }) => status)).toEqual([200, 200]);
        expect(countRuns() - before).toBe(1);
      },
    );

    test.runIf(RUNS_ALL)('a trigger that is held up over the end of a day, and its repeat, are one run', async () => {
      if (unavailable) return;
      const before = countRuns();
      await stack.gateway.controls.endIdle();
      const body = { conf: { end: Math.random() } };
      const { caller, endsAt } = findCallerAtEndOfDay(stack, 1000);
      await wait(endsAt - Date.now() - 300);
      // The first starts a function and logs in. The second arrives the next day.
      const first = trigger(body, {}, caller);
      await wait(400);
      const responses = await Promise.all([first, trigger(body, {}, caller)]);
      report('held up over the end of a day', responses[0], countRuns() - before);
      expect(responses.map(({ status }) => status)).toEqual([200, 200]);
      expect(countRuns() - before).toBe(1);
    });

    test(`${CROWD} callers at once, with 10 slots: each gets its answer, and no run is lost or doubled`, async () => {
      if (unavailable) return;
      const before = new Set(readRunIds(stack));
      const callers = Array.from({ length: CROWD }, (_, index) => stack.createCaller('data-engineer', `c${index}`));
      const patience = { prefer: 'wait=200' };
      const time = async (send: (caller: Principal, index: number) => Promise<ApiResponse>) =>
        Promise.all(
          callers.map(async (caller, index) => {
            const startedAt = performance.now();
            return { response: await send(caller, index), ms: performance.now() - startedAt };
          }),
        );
      const reads = await time((caller) => stack.call({ path: '/dags?limit=1', caller, headers: patience }));
      const again = await time((caller) => stack.call({ path: '/dags?limit=1', caller, headers: patience }));
      const triggers = await time((caller, index) => trigger({ conf: { caller: index } }, patience, caller));
      for (const [name, results] of Object.entries({ reads, again, triggers })) {
        const times = results.map(({ ms }) => ms);
        const show = (share: number) => Math.round(findQuantile(times, share));
        crowd.push({
          release,
          name,
          callers: CROWD,
          first: show(0),
          half: show(0.5),
          most: show(0.95),
          last: show(1),
        });
        expect(
          results.filter(({ response: { status } }) => status !== 200).map(({ response }) => response.text),
        ).toEqual([]);
      }
      const runs = readRunIds(stack)!.filter((id) => !before.has(id));
      expect(triggers.map(({ response: { body } }) => body.dag_run_id).sort()).toEqual(runs.sort());
      expect(triggers.map(({ response: { body } }) => body.conf.caller)).toEqual(callers.map((_, index) => index));
    });

    testRestHealth(() => (unavailable === undefined ? stack : undefined));

    test('the web server restarts: the next trigger logs in again and runs once', async () => {
      if (unavailable) return;
      const before = countRuns();
      await stack.environments[0]!.webServer.end();
      await stack.environments[0]!.webServer.get();
      const response = await trigger({ conf: { restart: 1 } });
      report('web server restarted', response, countRuns() - before);
      expect(response.status, response.text).toBe(200);
      expect(countRuns() - before).toBe(1);
    });

    test.runIf(RUNS_ALL)(
      'the web server ends while a trigger is under way: the repeat with its key is one run',
      async () => {
        if (unavailable) return;
        const before = countRuns();
        const headers = { 'idempotency-key': 'restart' };
        const first = trigger({ conf: { restart: 2 } }, headers);
        await stack.environments[0]!.webServer.end();
        const { status } = await first;
        await stack.environments[0]!.webServer.get();
        const again = await trigger({ conf: { restart: 2 } }, headers);
        report(`web server ended under way (first: ${status})`, again, countRuns() - before);
        expect(again.status, again.text).toBe(200);
        expect(countRuns() - before).toBe(1);
      },
    );

    test('no token, session or key is in any log', () => {
      if (unavailable) return;
      const secrets = listCredentials(stack);
      expect(findSecrets(secrets, listLogLines(stack))).toEqual([]);
    });
  });
}

/** A caller whose day ends in some milliseconds, or up to two seconds later. */
function findCallerAtEndOfDay(stack: RestStack, ms: number): { readonly caller: Principal; readonly endsAt: number } {
  for (let n = 0; ; n += 1) {
    const series = createRunSeries({
      principal: `${ROLE}-${n}`,
      environment: 'prod',
      dagId: DAG,
      trigger: { content: '' },
    });
    const now = Date.now();
    const endsAt = series.getStart(series.getDay(now) + 1);
    if (endsAt - now > ms && endsAt - now < ms + 2000)
      return { caller: stack.createCaller(`data-engineer-${n}`, 'jo'), endsAt };
  }
}

/** These have no method: they affect connections and functions. */
const isConnectionFault = (fault: FaultName): boolean =>
  /^(?:connect|tls|token|function-concurrency|rest-session)/.test(fault);

function toExpected(response: ApiResponse): Expected {
  const { status, headers, body } = response;
  const name = getProblemCode(response) ?? '';
  // Airflow's own problems have a type too.
  if (!String(body?.type).startsWith('urn:mwaa-cli-proxy:')) return { status, name: 'answer' };
  return { status, name, retrySafe: body.retrySafe === true, retryAfter: headers['retry-after'] !== undefined };
}

/** Nothing of the web server's session reaches the caller. */
function checkHeaders({ headers, text }: ApiResponse): void {
  expect.soft(headers['set-cookie']).toBeUndefined();
  expect.soft(headers.location).toBeUndefined();
  expect.soft(headers['content-type']).toMatch(/json/);
  expect.soft(text).not.toContain('<html');
}
