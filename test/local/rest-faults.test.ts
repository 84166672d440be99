import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REPEAT_MS } from '../../lambda/command/call-run-id.ts';
import type { FaultName, FaultOptions } from '../../local/mwaa/faults.ts';
import { readRunIds } from './faulty-stack.ts';
import { DAG, type RestStack, startRestStack } from './rest-stack.ts';
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
const REDIRECTED = expectProblem(424, 'redirect-refused', true);
const SESSION_REFUSED = expectProblem(424, 'token-refused', true);
const REFUSED = expectProblem(424, 'call-refused', true);
const TOKEN_UNREACHABLE = expectProblem(502, 'token-unreachable', true);
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
  createCase('session-expires', ANSWER, 1, ANSWER),
  createCase('session-useless', SESSION_REFUSED, 0, SESSION_REFUSED),
  createCase('login-page-once', UNKNOWN, 0, ANSWER),
  createCase('login-redirect-once', ANSWER, 1, ANSWER),
  createCase('401-always', SESSION_REFUSED, 0, SESSION_REFUSED),
  createCase('403-once', REFUSED, 0, REFUSED),
  createCase('403-always', REFUSED, 0, REFUSED, { isRare }),

  // Nothing runs
  createCase('connect-refused', UNREACHABLE, 0, UNREACHABLE),
  createCase('tls-untrusted', UNREACHABLE, 0, UNREACHABLE, { isRare }),
  createCase('reset-before-read', UNKNOWN, 0, FAILED),
  createCase('reset-before-run', UNKNOWN, 0, FAILED),
  createCase('hang-before-run', UNKNOWN, 0, TIMED_OUT),
  createCase('redirect-elsewhere', REDIRECTED, 0, REDIRECTED, { isRare }),
  createCase('404-always', REFUSED, 0, REFUSED, { isRare }),
  createCase('429-always', UNKNOWN, 0, FAILED, { isRare }),
  createCase('500-before-run', UNKNOWN, 0, FAILED, { isRare }),
  createCase('502-before-run', UNKNOWN, 0, FAILED),
  createCase('503-always', UNKNOWN, 0, FAILED),

  // Airflow runs, and its answer is lost: the relay looks for the run
  createCase('reset-after-run', ANSWER, 1, FAILED),
  createCase('reset-in-body', ANSWER, 1, FAILED),
  createCase('hang-before-headers', ANSWER, 1, TIMED_OUT, { isRare }),
  createCase('hang-in-body', ANSWER, 1, TIMED_OUT),
  createCase('slow-answer', ANSWER, 1, ANSWER, { options: { delaySeconds: 2 } }),
  createCase('slow-answer', ANSWER, 1, TIMED_OUT, { options: { delaySeconds: 12 }, isRare }),
  createCase('500-after-run', ANSWER, 1, FAILED, { isRare }),
  createCase('502-after-run', ANSWER, 1, FAILED, { isRare }),
  createCase('504-after-run', ANSWER, 1, TIMED_OUT),
  createCase('html-after-run', ANSWER, 1, FAILED),
  createCase('huge-answer', ANSWER, 1, TOO_LARGE),
  createCase('empty-body', ANSWER, 1, FAILED, { isRare }),

  // The functions and the token
  createCase('function-crash', UNKNOWN, 1, expectProblem(502, 'relay-failed', true)),
  createCase('function-concurrency-limit', NO_SLOT, 0, NO_SLOT),
  createCase('token-throttled', expectProblem(503, 'token-throttled', true, true), 0, ANSWER, { isRare }),
  createCase('token-missing-permission', expectProblem(502, 'token-not-permitted', true), 0, ANSWER, { isRare }),
  createCase('token-connect-refused', TOKEN_UNREACHABLE, 0, ANSWER),
];

/** Calls whose repeat is safe, as the response says. */
const REPEATABLE: readonly [name: string, create: (fault: string) => [body: object, headers?: Record<string, string>]][] = [
  ['a run id', (fault) => [{ conf: { fault }, dag_run_id: `own-${fault}` }]],
  ['an Idempotency-Key', (fault) => [{ conf: { fault } }, { 'idempotency-key': `key-${fault}` }]],
  ['a logical date', (fault) => [{ conf: { fault }, logical_date: createDate() }]],
];

let dates = 0;
/** Another one each time. */
const createDate = () => new Date(Date.UTC(2026, 0, 1) + 60_000 * (dates += 1)).toISOString();

for (const release of selectReleases(['2.10.3', '3.0.6', '3.3.1'], (name) => name === '2.10.3')) {
  describe(`faults of the REST API of Airflow ${release}`, () => {
    let stack: RestStack;
    let unavailable: string | undefined;
    const isAirflow3 = release.startsWith('3.');
    const table: Record<string, string | number>[] = [];
    const complete = (body: object) => (isAirflow3 && !('logical_date' in body) ? { ...body, logical_date: null } : body);

    beforeAll(async () => {
      stack = await startRestStack(release);
      unavailable = stack.environments[0]!.replayReason;
      if (unavailable === undefined) await stack.environments[0]!.webServer.get();
      else console.error(`SKIPPED: faults of the REST API of Airflow ${release}: ${unavailable}`);
    });
    afterAll(async () => {
      console.table(table);
      await stack?.close();
    });

    const list = () => stack.call({ path: '/dags?limit=1' });
    const trigger = (body: object, headers?: Record<string, string>, caller = stack.engineer) =>
      stack.trigger(complete(body), headers, caller);
    const countRuns = () => readRunIds(stack)!.length;
    const report = (name: string, response: ApiResponse, runs: number) =>
      table.push({ name, status: response.status, result: getProblemCode(response) ?? '', runs });

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
        if (!fault.startsWith('token-')) expect.soft(toExpected(answer), answer.text).toEqual(read);
        checkHeaders(answer);
      },
    );

    test.each(
      REPEATABLE.flatMap(([name, create]) =>
        (['reset-before-run', 'reset-after-run', '504-after-run', 'function-crash'] satisfies FaultName[])
          .filter((fault) => RUNS_ALL || fault !== '504-after-run')
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

    test('airflowctl sends a trigger three times, 5 seconds apart, with the same body: one run', async () => {
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
    });

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
      table.push({ name: `ten ${name}`, status: statuses.join(' '), result: '', runs: countRuns() - before });
      expect(countRuns() - before).toBe(1);
      if ('dag_run_id' in body) {
        expect(statuses.filter((status) => status === 200)).toHaveLength(1);
        return;
      }
      expect.soft(statuses).toEqual(Array(10).fill(200));
      expect.soft(new Set(responses.map(({ body }) => body.dag_run_id)).size).toBe(1);
    });

    test('ten equal triggers around the end of a period are one run', async () => {
      if (unavailable) return;
      const before = countRuns();
      await wait(REPEAT_MS - (Date.now() % REPEAT_MS) - 1000);
      const responses = await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          await wait(index * 200);
          return trigger({ conf: { crowd: 'around' } });
        }),
      );
      report('ten around the boundary', responses.at(-1)!, countRuns() - before);
      expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200));
      expect(countRuns() - before).toBe(1);
    });

    test('a trigger that is held up over the end of a period, and its repeat, are one run', async () => {
      if (unavailable) return;
      const before = countRuns();
      await stack.gateway.controls.endIdle();
      await wait(REPEAT_MS - (Date.now() % REPEAT_MS) - 300);
      const body = { conf: { crowd: 'held up' } };
      // The first starts a function and logs in. The second arrives in the next period.
      const first = trigger(body);
      await wait(400);
      const responses = await Promise.all([first, trigger(body)]);
      report('held up over the boundary', responses[0], countRuns() - before);
      expect(responses.map(({ status }) => status)).toEqual([200, 200]);
      expect(countRuns() - before).toBe(1);
    });

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

    test('no token, session or key is in any log', () => {
      if (unavailable) return;
      const secrets = listCredentials(stack);
      expect(findSecrets(secrets, listLogLines(stack))).toEqual([]);
    });
  });
}

/** These have no method: they affect connections and functions. */
const isConnectionFault = (fault: FaultName): boolean => /^(?:connect|tls|token|function-concurrency)/.test(fault);

function toExpected(response: ApiResponse): Expected {
  const { status, headers, body } = response;
  const name = getProblemCode(response);
  if (name === undefined) return { status, name: 'answer' };
  return { status, name, retrySafe: body.retrySafe === true, retryAfter: headers['retry-after'] !== undefined };
}

/** Nothing of the web server's session reaches the caller. */
function checkHeaders({ headers, text }: ApiResponse): void {
  expect.soft(headers['set-cookie']).toBeUndefined();
  expect.soft(headers.location).toBeUndefined();
  expect.soft(headers['content-type']).toMatch(/json/);
  expect.soft(text).not.toContain('<html');
}
