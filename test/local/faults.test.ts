import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedFetch } from '../../client/library/signed-fetch.ts';
import { FAULTS, type FaultName, type FaultOptions } from '../../local/mwaa/faults.ts';
import {
  curlRetrying,
  type EnvironmentName,
  type FaultyStack,
  type Printed,
  ran,
  runsInDatabase,
  startFaultyStack,
} from './faults-stack.ts';
import { credentialsOf, filesOf, found, logged, recordOutput, type Written } from './secrets-search.ts';

/** What a caller is answered. */
interface Expected {
  readonly status: number;
  /** The problem's, or that it works. */
  readonly name: string;
  readonly retrySafe?: boolean;
  readonly retryAfter?: boolean;
}

const WORKS: Expected = { status: 200, name: 'works' };
const problem = (status: number, name: string, retry: 'safe' | 'look first', ...more: 'Retry-After'[]): Expected => ({
  status,
  name,
  retrySafe: retry === 'safe',
  retryAfter: more.length > 0,
});

const FATE_OPEN = problem(424, 'outcome-unknown', 'look first');
const UNCLEAR = problem(424, 'outcome-unclear', 'look first');
const UNCLEAR_READ = problem(424, 'outcome-unclear', 'safe');
const TOO_LARGE = problem(424, 'answer-too-large', 'safe');
const UNREACHABLE = problem(502, 'airflow-unreachable', 'safe');
const WEB_SERVER_FAILED = problem(502, 'airflow-error', 'safe');
const TIMED_OUT = problem(504, 'airflow-timeout', 'safe');
const REDIRECTED = problem(424, 'redirect-refused', 'safe');
const BUSY = problem(503, 'airflow-busy', 'safe', 'Retry-After');
const TOKEN_REFUSED = problem(424, 'token-refused', 'safe');
const COMMAND_REFUSED = problem(424, 'command-refused', 'safe');
const TOKEN_UNREACHABLE = problem(502, 'token-unreachable', 'safe');
const TOKEN_TIMED_OUT = problem(504, 'token-timeout', 'safe');
const TOKEN_THROTTLED = problem(503, 'token-throttled', 'safe', 'Retry-After');
const NOT_PERMITTED = problem(502, 'token-not-permitted', 'safe');
const NO_ENVIRONMENT = problem(502, 'no-such-environment', 'safe');
const NOT_AVAILABLE = problem(503, 'environment-not-available', 'safe', 'Retry-After');
const GATEWAY = problem(424, 'gateway-error', 'look first', 'Retry-After');

interface Row {
  readonly fault: FaultName;
  /** The answer to `dags trigger`, and how often Airflow had run by then. */
  readonly trigger: Expected;
  readonly runs: 0 | 1;
  /** The answer to a command that only reads, where it is another. */
  readonly read?: Expected;
  readonly environment?: EnvironmentName;
  readonly options?: FaultOptions;
}

const row = (fault: FaultName, trigger: Expected, runs: 0 | 1, more: Partial<Row> = {}): Row => ({
  ...{ fault, trigger, runs },
  ...more,
});
const hasty = { environment: 'hasty' } as const;

const MATRIX: readonly Row[] = [
  row('name-resolution', UNREACHABLE, 0),
  row('connect-refused', UNREACHABLE, 0),
  row('connect-hang', UNREACHABLE, 0, hasty),
  row('reset-before-tls', UNREACHABLE, 0),
  row('tls-hang', UNREACHABLE, 0, hasty),
  row('tls-untrusted', UNREACHABLE, 0),
  row('tls-wrong-name', UNREACHABLE, 0),

  row('reset-before-read', FATE_OPEN, 0, { read: WEB_SERVER_FAILED }),
  row('reset-before-run', FATE_OPEN, 0, { read: WEB_SERVER_FAILED }),
  row('hang-before-run', FATE_OPEN, 0, { ...hasty, read: TIMED_OUT }),
  row('redirect-elsewhere', REDIRECTED, 0),
  row('redirect-http', REDIRECTED, 0),
  row('redirect-loop', REDIRECTED, 0),
  row('401-always', TOKEN_REFUSED, 0),
  row('403-once', WORKS, 1),
  row('403-always', TOKEN_REFUSED, 0),
  row('403-command', COMMAND_REFUSED, 0),
  row('404-always', FATE_OPEN, 0, { read: WEB_SERVER_FAILED }),
  row('429-always', FATE_OPEN, 0, { read: WEB_SERVER_FAILED }),
  row('500-before-run', FATE_OPEN, 0, { read: WEB_SERVER_FAILED }),
  row('502-before-run', FATE_OPEN, 0, { read: WEB_SERVER_FAILED }),
  row('503-then-200', WORKS, 1),
  row('503-always', BUSY, 0),
  row('html-200', FATE_OPEN, 0, { read: WEB_SERVER_FAILED }),

  row('reset-after-run', FATE_OPEN, 1, { read: WEB_SERVER_FAILED }),
  row('hang-before-headers', FATE_OPEN, 1, { ...hasty, read: TIMED_OUT }),
  row('hang-in-body', FATE_OPEN, 1, { ...hasty, read: TIMED_OUT }),
  row('reset-in-body', FATE_OPEN, 1, { read: WEB_SERVER_FAILED }),
  row('slow-answer', WORKS, 1, { options: { seconds: 1 } }),
  row('slow-answer', FATE_OPEN, 1, { ...hasty, options: { seconds: 20 }, read: TIMED_OUT }),
  row('500-after-run', FATE_OPEN, 1, { read: WEB_SERVER_FAILED }),
  row('502-after-run', FATE_OPEN, 1, { read: WEB_SERVER_FAILED }),
  row('504-after-run', FATE_OPEN, 1, { read: TIMED_OUT }),
  row('html-after-run', FATE_OPEN, 1, { read: WEB_SERVER_FAILED }),
  row('empty-body', FATE_OPEN, 1, { read: WEB_SERVER_FAILED }),
  row('truncated-json', FATE_OPEN, 1, { read: WEB_SERVER_FAILED }),
  row('bad-base64', FATE_OPEN, 1, { read: WEB_SERVER_FAILED }),
  row('wrong-types', FATE_OPEN, 1, { read: WEB_SERVER_FAILED }),
  row('missing-streams', FATE_OPEN, 1, { read: WEB_SERVER_FAILED }),
  row('huge-answer', FATE_OPEN, 1, { read: TOO_LARGE }),
  row('null-streams', UNCLEAR, 1, { read: UNCLEAR_READ }),
  row('lost-stdout', UNCLEAR, 1, { read: UNCLEAR_READ }),
  row('returncode', WORKS, 1),
  row('status-400', WORKS, 1),
  row('wrong-release', WORKS, 1),

  row('token-name-resolution', TOKEN_UNREACHABLE, 0),
  row('token-connect-refused', TOKEN_UNREACHABLE, 0),
  row('token-connect-hang', TOKEN_UNREACHABLE, 0, hasty),
  row('token-tls-untrusted', TOKEN_UNREACHABLE, 0),
  row('token-reset', TOKEN_UNREACHABLE, 0),
  row('token-hang', TOKEN_TIMED_OUT, 0, hasty),
  row('token-throttled', TOKEN_THROTTLED, 0),
  row('token-throttled-once', WORKS, 1),
  row('token-missing-permission', NOT_PERMITTED, 0),
  row('token-no-environment', NO_ENVIRONMENT, 0),
  row('token-invalid', NOT_AVAILABLE, 0),
  row('token-unavailable', NOT_AVAILABLE, 0),
  row('token-error', NOT_AVAILABLE, 0),
  row('token-malformed-answer', NOT_AVAILABLE, 0),
  row('token-incomplete-answer', NOT_AVAILABLE, 0),
  row('token-expires-in-flight', WORKS, 1),
  row('token-revoked', WORKS, 1),
  row('token-useless', TOKEN_REFUSED, 0),
  row('clock-skew', WORKS, 1),

  row('function-crash', GATEWAY, 1),
  row('function-frozen', GATEWAY, 1, hasty),
  row('function-concurrency-limit', GATEWAY, 0),
];

describe('every fault by its name, end to end', () => {
  let stack: FaultyStack;
  const answers: Written[] = [];
  const output = recordOutput();

  beforeAll(async () => {
    stack = await startFaultyStack(['patient', 'hasty'], { onProgress: console.error });
    if (runsInDatabase(stack) === undefined) console.error('SKIPPED: no real Airflow here, runs are not counted in it');
    // Functions that are warm, as they mostly are when something breaks.
    for (const environment of ['patient', 'hasty'] as const) await read(environment, 'version');
  });
  afterAll(async () => {
    await stack?.close();
    output.stop();
  });

  test('each has a row, but the caller that hangs up, who gets no answer', () => {
    const named = new Set(MATRIX.map(({ fault }) => fault));
    expect(Object.keys(FAULTS).filter((name) => !named.has(name as FaultName))).toEqual(['early-abort']);
  });

  test.each(MATRIX)('$fault: $trigger.status $trigger.name, $runs run', async (expected) => {
    const { fault, environment = 'patient', options } = expected;
    await stack.fault(fault, options);
    const before = counted();
    const isRepeated = [429, 500, 502, 503, 504].includes(expected.trigger.status);

    const { answers: triggered, runs } = await triggerUntilFree(environment);
    const [first, ...repeated] = triggered;

    expect(inShort(first as Printed)).toEqual(expected.trigger);
    expect(runs - before.runs, 'commands that Airflow ran').toBe(expected.runs);
    const after = counted();
    // curl repeats what has such a status, and the fault is gone by then: only now may the command have run.
    expect(after.runs - before.runs, 'after all repeats of curl').toBeLessThanOrEqual(1);
    if (!isRepeated) expect(repeated).toEqual([]);
    for (const last of repeated.slice(-1)) expect(last.status).toBe(200);
    if (before.stored !== undefined && fault !== 'wrong-release') {
      expect(after.stored! - before.stored, "runs in Airflow's database").toBe(after.runs - before.runs);
      expectRunIdsToBeTrue(triggered, expected.runs === 1 || repeated.length > 0);
    }

    if (expected.read !== undefined) {
      await stack.fault(fault, options);
      expect(inShort(await read(environment, 'dags list'))).toEqual(expected.read);
      await stack.fault();
    }
    // The environment is itself again, which no upgrade ever is: the functions start anew, see below.
    if (fault === 'wrong-release') await stack.gateway.controls.recycle();
    expect(await read(environment, 'version'), 'the next request').toMatchObject({ status: 200 });
    expect(stack.mwaa.journal.filter(({ kind }) => kind === 'elsewhere')).toEqual([]);
  });

  test.each<FaultName>([
    ...(['500-before-run', 'reset-before-read', 'reset-after-run', 'truncated-json', 'lost-stdout'] as const),
    ...(['function-crash', 'function-concurrency-limit'] as const),
  ])('%s: whoever repeats a trigger with its Idempotency-Key gets one run', async (fault) => {
    const before = counted();
    const headers = { 'idempotency-key': `after-${fault}` };
    await stack.fault(fault);
    const first = await post('patient', 'dags trigger daily_report', { headers });
    await stack.fault();
    const again = await post('patient', 'dags trigger daily_report', { headers });

    expect(first.status).toBe(424);
    expect(again.status, await again.text()).toBe(200);
    const { runId } = (await again.json()) as { runId: string };
    if (before.stored === undefined) return;
    expect(counted().stored! - before.stored).toBe(1);
    expect(runsInDatabase(stack)?.filter((id) => id === runId)).toHaveLength(1);
  });

  test.each<[fault: FaultName, step: string, advice: RegExp, environment?: EnvironmentName]>([
    ['token-name-resolution', 'token', /airflow\.env with private DNS/],
    ['token-missing-permission', 'token', /airflow:CreateCliToken/],
    ['token-no-environment', 'token', /mwaaName/],
    ['token-throttled', 'token', /Wait a moment/],
    ['name-resolution', 'name resolution', /DNS resolution/],
    ['connect-refused', 'connect', /security group/],
    ['connect-hang', 'connect', /security group/, 'hasty'],
    ['tls-hang', 'TLS', /webServerHostname/, 'hasty'],
    ['tls-untrusted', 'TLS', /certificate/],
    ['tls-wrong-name', 'TLS', /webServerHostname/],
    ['403-always', 'version', /webServerHostname/],
    ['503-always', 'version', /wait/],
    ['500-before-run', 'version', /web server's log/],
    ['html-200', 'version', /web server's log/],
    ['lost-stdout', 'version', /web server's log/],
    ['wrong-release', 'release', /set airflow: \d/],
  ])('%s: health says that %s is broken, and what to change', async (fault, step, advice, environment = 'patient') => {
    await stack.gateway.controls.recycle();
    await stack.fault(fault);
    const { status, body } = await health(environment);
    await stack.fault();
    if (fault === 'wrong-release') await stack.gateway.controls.recycle();
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { healthy: false, detail: expect.stringMatching(advice) },
    });
    const steps = body.steps as { step: string; status: string }[];
    const broken = steps.findIndex(({ status }) => status === 'failed');
    expect(steps[broken]?.step).toBe(step);
    expect(steps.slice(0, broken).every((one) => one.status === 'ok')).toBe(true);
    expect(steps.slice(broken + 1).every((one) => one.status === 'not tried')).toBe(true);
    expect(await health('patient')).toMatchObject({ status: 200, body: { healthy: true } });
  });

  test('an environment that is set back from Airflow 3 to 2 is reached by the functions there are', async () => {
    await stack.fault('wrong-release');
    await read('patient', 'version');
    await stack.fault();
    const answer = await read('patient', 'version');
    await stack.gateway.controls.recycle();
    expect(answer.status).toBe(200);
  });

  test('early-abort: the caller hangs up, the command runs once and is in the log', async () => {
    const before = counted();
    const arrived = stack.mwaa.journal.length;
    const written = audited();
    const leave = new AbortController();
    const asked = post('patient', 'dags trigger daily_report', { signal: leave.signal });
    const hasArrived = async () => {
      while (!stack.mwaa.journal.slice(arrived).some(({ text }) => text?.startsWith('dags trigger'))) await wait(5);
    };
    const early = await Promise.race([hasArrived(), asked]);
    if (early instanceof Response) throw new Error(`answered before it arrived: ${await early.text()}`);
    leave.abort();
    await expect(asked).rejects.toThrow();
    await stack.mwaa.settled();
    await expect.poll(audited, { timeout: 20_000 }).toBe(written + 1);

    const after = counted();
    expect(after.runs - before.runs).toBe(1);
    if (before.stored !== undefined) expect(after.stored! - before.stored).toBe(1);
    expect(await read('patient', 'version')).toMatchObject({ status: 200 });
  });

  test('in all that was written meanwhile there is no token and no key', () => {
    const all = [...logged(stack), ...filesOf(stack), ...answers, ...output.written];
    const secrets = credentialsOf(stack);

    expect(secrets['a CLI token']?.length).toBeGreaterThan(20);
    expect(found(secrets, all)).toEqual([]);
    // The search finds what is there.
    const planted = { where: 'here', text: `x${stack.tokens.at(-1)}x` };
    expect(found(secrets, [...all, planted])).toHaveLength(1);
    expect(found({ 'an audit line': ['"audit":'] }, all).length).toBeGreaterThan(100);
  });

  /** Sends a trigger by `curl --retry` and takes the fault away with the first answer. */
  async function triggerUntilFree(environment: EnvironmentName): Promise<{ answers: Printed[]; runs: number }> {
    const answered = () => stack.logs.search('"resourcePath":"/environments/').length;
    const before = answered();
    const asked = curlRetrying(stack, environment, 'dags trigger daily_report');
    while (answered() === before) await wait(10);
    await stack.mwaa.settled();
    const { runs } = counted();
    await stack.fault();
    const printed = await asked;
    await stack.mwaa.settled();
    answers.push(...printed.map((answer) => ({ where: 'an answer', text: JSON.stringify(answer) })));
    return { answers: printed, runs };
  }

  /** How many triggers the audit lines say succeeded. */
  function audited(): number {
    return stack.logs.search(/"audit":.*"trigger".*"outcome":"succeeded"/).length;
  }

  async function post(
    environment: EnvironmentName,
    command: string,
    more: Parameters<typeof signedFetch>[4] = {},
  ): ReturnType<typeof signedFetch> {
    const address = new URL(`${stack.url}/environments/${environment}/cli`);
    return signedFetch(address, JSON.stringify({ command }), stack.engineer, stack.region, more);
  }

  async function health(environment: EnvironmentName): Promise<{ status: number; body: Printed['body'] }> {
    const address = new URL(`${stack.url}/environments/${environment}/health`);
    const response = await signedFetch(address, undefined, stack.engineer, stack.region);
    return { status: response.status, body: (await response.json()) as Printed['body'] };
  }

  async function read(environment: EnvironmentName, command: string): Promise<Printed> {
    const response = await post(environment, command);
    const { status, headers } = response;
    const answer = { status, headers: Object.fromEntries(headers), body: (await response.json()) as Printed['body'] };
    answers.push({ where: 'an answer', text: JSON.stringify(answer) });
    return answer;
  }

  /** How many triggers Airflow ran, by the stand-in's count and by its own. */
  function counted(): { runs: number; stored: number | undefined } {
    const runs = ran(stack).filter(({ text }) => text?.startsWith('dags trigger')).length;
    return { runs, stored: runsInDatabase(stack)?.length };
  }

  /** A run that an answer names exists, once, where one was made; an answer after which none may have been names none else. */
  function expectRunIdsToBeTrue(printed: readonly Printed[], exists: boolean): void {
    const { status, body } = printed.at(-1) as Printed;
    if (status === 200) expect(body.runId).toEqual(expect.any(String));
    if (body.runId === undefined) return;
    expect(runsInDatabase(stack)?.filter((id) => id === body.runId)).toHaveLength(exists ? 1 : 0);
  }
});

/** What is compared of an answer. */
function inShort({ status, headers, body }: Printed): Expected {
  if (status === 200) return WORKS;
  return {
    status,
    name: String(body.type).replace('urn:mwaa-cli-proxy:problem:', ''),
    retrySafe: body.retrySafe === true,
    retryAfter: headers['retry-after'] !== undefined,
  };
}
