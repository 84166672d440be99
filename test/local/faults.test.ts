import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedFetch } from '../../client/library/signed-fetch.ts';
import { FAULTS, type FaultName, type FaultOptions } from '../../local/mwaa/faults.ts';
import {
  type CurlResponse,
  type FaultyEnvironmentName,
  type FaultyStack,
  listFinishedCommands,
  readRunIds,
  runCurlWithRetry,
  startFaultyStack,
} from './faulty-stack.ts';
import {
  findSecrets,
  listCredentials,
  listLogLines,
  listStackFiles,
  recordOutput,
  type WrittenText,
} from './search-secrets.ts';

/** What a caller is answered. */
interface ExpectedResponse {
  readonly status: number;
  /** The problem's, or that it works. */
  readonly name: string;
  readonly retrySafe?: boolean;
  readonly retryAfter?: boolean;
}

const SUCCEEDED: ExpectedResponse = { status: 200, name: 'works' };
const expectProblem = (
  status: number,
  name: string,
  retry: 'safe' | 'look first',
  ...more: 'Retry-After'[]
): ExpectedResponse => ({
  status,
  name,
  retrySafe: retry === 'safe',
  retryAfter: more.length > 0,
});

const OUTCOME_UNKNOWN = expectProblem(424, 'outcome-unknown', 'look first');
const OUTCOME_UNCLEAR = expectProblem(424, 'outcome-unclear', 'look first');
const OUTCOME_UNCLEAR_READ = expectProblem(424, 'outcome-unclear', 'safe');
const TOO_LARGE = expectProblem(424, 'answer-too-large', 'safe');
const UNREACHABLE = expectProblem(502, 'airflow-unreachable', 'safe');
const WEB_SERVER_FAILED = expectProblem(502, 'airflow-error', 'safe');
const TIMED_OUT = expectProblem(504, 'airflow-timeout', 'safe');
const REDIRECTED = expectProblem(424, 'redirect-refused', 'safe');
const BUSY = expectProblem(503, 'airflow-busy', 'safe', 'Retry-After');
const TOKEN_REFUSED = expectProblem(424, 'token-refused', 'safe');
const COMMAND_REFUSED = expectProblem(424, 'command-refused', 'safe');
const TOKEN_UNREACHABLE = expectProblem(502, 'token-unreachable', 'safe');
const TOKEN_TIMED_OUT = expectProblem(504, 'token-timeout', 'safe');
const TOKEN_THROTTLED = expectProblem(503, 'token-throttled', 'safe', 'Retry-After');
const NOT_PERMITTED = expectProblem(502, 'token-not-permitted', 'safe');
const NO_ENVIRONMENT = expectProblem(502, 'no-such-environment', 'safe');
const NOT_AVAILABLE = expectProblem(503, 'environment-not-available', 'safe', 'Retry-After');
const GATEWAY = expectProblem(424, 'gateway-error', 'look first', 'Retry-After');

interface FaultCase {
  readonly fault: FaultName;
  /** The answer to `dags trigger`, and how often Airflow had run by then. */
  readonly trigger: ExpectedResponse;
  readonly runs: 0 | 1;
  /** The answer to a command that only reads, where it is another. */
  readonly read?: ExpectedResponse;
  readonly environment?: FaultyEnvironmentName;
  readonly options?: FaultOptions;
}

const createFaultCase = (
  fault: FaultName,
  trigger: ExpectedResponse,
  runs: 0 | 1,
  more: Partial<FaultCase> = {},
): FaultCase => ({
  ...{ fault, trigger, runs },
  ...more,
});
const hasty = { environment: 'hasty' } as const;

const MATRIX: readonly FaultCase[] = [
  createFaultCase('name-resolution', UNREACHABLE, 0),
  createFaultCase('connect-refused', UNREACHABLE, 0),
  createFaultCase('connect-hang', UNREACHABLE, 0, hasty),
  createFaultCase('reset-before-tls', UNREACHABLE, 0),
  createFaultCase('tls-hang', UNREACHABLE, 0, hasty),
  createFaultCase('tls-untrusted', UNREACHABLE, 0),
  createFaultCase('tls-wrong-name', UNREACHABLE, 0),

  createFaultCase('reset-before-read', OUTCOME_UNKNOWN, 0, { read: WEB_SERVER_FAILED }),
  createFaultCase('reset-before-run', OUTCOME_UNKNOWN, 0, { read: WEB_SERVER_FAILED }),
  createFaultCase('hang-before-run', OUTCOME_UNKNOWN, 0, { ...hasty, read: TIMED_OUT }),
  createFaultCase('redirect-elsewhere', REDIRECTED, 0),
  createFaultCase('redirect-http', REDIRECTED, 0),
  createFaultCase('redirect-loop', REDIRECTED, 0),
  createFaultCase('401-always', TOKEN_REFUSED, 0),
  createFaultCase('403-once', SUCCEEDED, 1),
  createFaultCase('403-always', TOKEN_REFUSED, 0),
  createFaultCase('403-command', COMMAND_REFUSED, 0),
  createFaultCase('404-always', OUTCOME_UNKNOWN, 0, { read: WEB_SERVER_FAILED }),
  createFaultCase('429-always', OUTCOME_UNKNOWN, 0, { read: WEB_SERVER_FAILED }),
  createFaultCase('500-before-run', OUTCOME_UNKNOWN, 0, { read: WEB_SERVER_FAILED }),
  createFaultCase('502-before-run', OUTCOME_UNKNOWN, 0, { read: WEB_SERVER_FAILED }),
  createFaultCase('503-then-200', SUCCEEDED, 1),
  createFaultCase('503-always', BUSY, 0),
  createFaultCase('html-200', OUTCOME_UNKNOWN, 0, { read: WEB_SERVER_FAILED }),

  createFaultCase('reset-after-run', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED }),
  createFaultCase('hang-before-headers', OUTCOME_UNKNOWN, 1, { ...hasty, read: TIMED_OUT }),
  createFaultCase('hang-in-body', OUTCOME_UNKNOWN, 1, { ...hasty, read: TIMED_OUT }),
  createFaultCase('reset-in-body', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED }),
  createFaultCase('slow-answer', SUCCEEDED, 1, { options: { delaySeconds: 1 } }),
  createFaultCase('slow-answer', OUTCOME_UNKNOWN, 1, { ...hasty, options: { delaySeconds: 20 }, read: TIMED_OUT }),
  createFaultCase('500-after-run', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED }),
  createFaultCase('502-after-run', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED }),
  createFaultCase('504-after-run', OUTCOME_UNKNOWN, 1, { read: TIMED_OUT }),
  createFaultCase('html-after-run', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED }),
  createFaultCase('empty-body', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED }),
  createFaultCase('truncated-json', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED }),
  createFaultCase('bad-base64', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED }),
  createFaultCase('wrong-types', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED }),
  createFaultCase('missing-streams', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED }),
  createFaultCase('huge-answer', OUTCOME_UNKNOWN, 1, { read: TOO_LARGE }),
  createFaultCase('null-streams', OUTCOME_UNCLEAR, 1, { read: OUTCOME_UNCLEAR_READ }),
  createFaultCase('lost-stdout', OUTCOME_UNCLEAR, 1, { read: OUTCOME_UNCLEAR_READ }),
  createFaultCase('returncode', SUCCEEDED, 1),
  createFaultCase('status-400', SUCCEEDED, 1),
  createFaultCase('wrong-release', SUCCEEDED, 1),

  createFaultCase('token-name-resolution', TOKEN_UNREACHABLE, 0),
  createFaultCase('token-connect-refused', TOKEN_UNREACHABLE, 0),
  createFaultCase('token-connect-hang', TOKEN_UNREACHABLE, 0, hasty),
  createFaultCase('token-tls-untrusted', TOKEN_UNREACHABLE, 0),
  createFaultCase('token-reset', TOKEN_UNREACHABLE, 0),
  createFaultCase('token-hang', TOKEN_TIMED_OUT, 0, hasty),
  createFaultCase('token-throttled', TOKEN_THROTTLED, 0),
  createFaultCase('token-throttled-once', SUCCEEDED, 1),
  createFaultCase('token-missing-permission', NOT_PERMITTED, 0),
  createFaultCase('token-no-environment', NO_ENVIRONMENT, 0),
  createFaultCase('token-invalid', NOT_AVAILABLE, 0),
  createFaultCase('token-unavailable', NOT_AVAILABLE, 0),
  createFaultCase('token-error', NOT_AVAILABLE, 0),
  createFaultCase('token-malformed-answer', NOT_AVAILABLE, 0),
  createFaultCase('token-incomplete-answer', NOT_AVAILABLE, 0),
  createFaultCase('token-expires-in-flight', SUCCEEDED, 1),
  createFaultCase('token-revoked', SUCCEEDED, 1),
  createFaultCase('token-useless', TOKEN_REFUSED, 0),
  createFaultCase('clock-skew', SUCCEEDED, 1),

  createFaultCase('function-crash', GATEWAY, 1),
  createFaultCase('function-frozen', GATEWAY, 1, hasty),
  createFaultCase('function-concurrency-limit', GATEWAY, 0),
];

describe('every fault by its name, end to end', () => {
  let stack: FaultyStack;
  const answers: WrittenText[] = [];
  const output = recordOutput();

  beforeAll(async () => {
    stack = await startFaultyStack(['patient', 'hasty'], { onProgress: console.error });
    if (readRunIds(stack) === undefined) console.error('SKIPPED: no real Airflow here, runs are not counted in it');
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
    await stack.setFault(fault, options);
    const before = counted();
    const isRepeated = [429, 500, 502, 503, 504].includes(expected.trigger.status);

    const { answers: triggered, runs } = await triggerUntilFree(environment);
    const [first, ...repeated] = triggered;

    expect(toExpectedResponse(first as CurlResponse)).toEqual(expected.trigger);
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
      await stack.setFault(fault, options);
      expect(toExpectedResponse(await read(environment, 'dags list'))).toEqual(expected.read);
      await stack.setFault();
    }
    // The environment is itself again, which no upgrade ever is: the functions start anew, see below.
    if (fault === 'wrong-release') await stack.gateway.controls.endIdle();
    expect(await read(environment, 'version'), 'the next request').toMatchObject({ status: 200 });
    expect(stack.mwaa.journal.filter(({ kind }) => kind === 'foreign-host')).toEqual([]);
  });

  test.each<FaultName>([
    ...(['500-before-run', 'reset-before-read', 'reset-after-run', 'truncated-json', 'lost-stdout'] as const),
    ...(['function-crash', 'function-concurrency-limit'] as const),
  ])('%s: whoever repeats a trigger with its Idempotency-Key gets one run', async (fault) => {
    const before = counted();
    const headers = { 'idempotency-key': `after-${fault}` };
    await stack.setFault(fault);
    const first = await post('patient', 'dags trigger daily_report', { headers });
    await stack.setFault();
    const again = await post('patient', 'dags trigger daily_report', { headers });

    expect(first.status).toBe(424);
    expect(again.status, await again.text()).toBe(200);
    const { runId } = (await again.json()) as { runId: string };
    if (before.stored === undefined) return;
    expect(counted().stored! - before.stored).toBe(1);
    expect(readRunIds(stack)?.filter((id) => id === runId)).toHaveLength(1);
  });

  test.each<[fault: FaultName, step: string, advice: RegExp, environment?: FaultyEnvironmentName]>([
    ['token-name-resolution', 'token', /private DNS/],
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
    ['503-always', 'version', /Wait, then/],
    ['500-before-run', 'version', /web server's log/],
    ['html-200', 'version', /web server's log/],
    ['lost-stdout', 'version', /web server's log/],
    ['wrong-release', 'release', /Set "airflow: \d/],
  ])('%s: health says that %s is broken, and what to change', async (fault, step, advice, environment = 'patient') => {
    await stack.gateway.controls.endIdle();
    await stack.setFault(fault);
    const { status, body } = await health(environment);
    await stack.setFault();
    if (fault === 'wrong-release') await stack.gateway.controls.endIdle();
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
    await stack.setFault('wrong-release');
    await read('patient', 'version');
    await stack.setFault();
    const answer = await read('patient', 'version');
    await stack.gateway.controls.endIdle();
    expect(answer.status).toBe(200);
  });

  test('early-abort: the caller hangs up, the command runs once and is in the log', async () => {
    const before = counted();
    const arrived = stack.mwaa.journal.length;
    const written = audited();
    const leave = new AbortController();
    const asked = post('patient', 'dags trigger daily_report', { signal: leave.signal });
    const hasArrived = async () => {
      while (!stack.mwaa.journal.slice(arrived).some(({ commandText }) => commandText?.startsWith('dags trigger')))
        await wait(5);
    };
    const early = await Promise.race([hasArrived(), asked]);
    if (early instanceof Response) throw new Error(`answered before it arrived: ${await early.text()}`);
    leave.abort();
    await expect(asked).rejects.toThrow();
    await stack.mwaa.waitUntilIdle();
    await expect.poll(audited, { timeout: 20_000 }).toBe(written + 1);

    const after = counted();
    expect(after.runs - before.runs).toBe(1);
    if (before.stored !== undefined) expect(after.stored! - before.stored).toBe(1);
    expect(await read('patient', 'version')).toMatchObject({ status: 200 });
  });

  test('in all that was written meanwhile there is no token and no key', () => {
    const all = [...listLogLines(stack), ...listStackFiles(stack), ...answers, ...output.written];
    const secrets = listCredentials(stack);

    expect(secrets['a CLI token']?.length).toBeGreaterThan(20);
    expect(findSecrets(secrets, all)).toEqual([]);
    // The search finds what is there.
    const planted = { where: 'here', text: `x${stack.tokens.at(-1)}x` };
    expect(findSecrets(secrets, [...all, planted])).toHaveLength(1);
    expect(findSecrets({ 'an audit line': ['"audit":'] }, all).length).toBeGreaterThan(100);
  });

  /** Sends a trigger by `curl --retry` and takes the fault away with the first answer. */
  async function triggerUntilFree(
    environment: FaultyEnvironmentName,
  ): Promise<{ answers: CurlResponse[]; runs: number }> {
    const answered = () => stack.logs.search('"resourcePath":"/environments/').length;
    const before = answered();
    const asked = runCurlWithRetry(stack, environment, 'dags trigger daily_report');
    while (answered() === before) await wait(10);
    await stack.mwaa.waitUntilIdle();
    const { runs } = counted();
    await stack.setFault();
    const printed = await asked;
    await stack.mwaa.waitUntilIdle();
    answers.push(...printed.map((answer) => ({ where: 'an answer', text: JSON.stringify(answer) })));
    return { answers: printed, runs };
  }

  /** How many triggers the audit lines say succeeded. */
  function audited(): number {
    return stack.logs.search(/"audit":.*"trigger".*"outcome":"succeeded"/).length;
  }

  async function post(
    environment: FaultyEnvironmentName,
    command: string,
    more: Parameters<typeof signedFetch>[4] = {},
  ): ReturnType<typeof signedFetch> {
    const address = new URL(`${stack.url}/environments/${environment}/cli`);
    return signedFetch(address, JSON.stringify({ command }), stack.engineer, stack.region, more);
  }

  async function health(environment: FaultyEnvironmentName): Promise<{ status: number; body: CurlResponse['body'] }> {
    const address = new URL(`${stack.url}/environments/${environment}/health`);
    const response = await signedFetch(address, undefined, stack.engineer, stack.region);
    return { status: response.status, body: (await response.json()) as CurlResponse['body'] };
  }

  async function read(environment: FaultyEnvironmentName, command: string): Promise<CurlResponse> {
    const response = await post(environment, command);
    const { status, headers } = response;
    const answer = {
      status,
      headers: Object.fromEntries(headers),
      body: (await response.json()) as CurlResponse['body'],
    };
    answers.push({ where: 'an answer', text: JSON.stringify(answer) });
    return answer;
  }

  /** How many triggers Airflow ran, by the stand-in's count and by its own. */
  function counted(): { runs: number; stored: number | undefined } {
    const runs = listFinishedCommands(stack).filter(({ commandText }) =>
      commandText?.startsWith('dags trigger'),
    ).length;
    return { runs, stored: readRunIds(stack)?.length };
  }

  /** A run that an answer names exists, once, where one was made; an answer after which none may have been names none else. */
  function expectRunIdsToBeTrue(printed: readonly CurlResponse[], exists: boolean): void {
    const { status, body } = printed.at(-1) as CurlResponse;
    if (status === 200) expect(body.runId).toEqual(expect.any(String));
    if (body.runId === undefined) return;
    expect(readRunIds(stack)?.filter((id) => id === body.runId)).toHaveLength(exists ? 1 : 0);
  }
});

/** What is compared of an answer. */
function toExpectedResponse({ status, headers, body }: CurlResponse): ExpectedResponse {
  if (status === 200) return SUCCEEDED;
  return {
    status,
    name: String(body.type).replace('urn:mwaa-cli-proxy:problem:', ''),
    retrySafe: body.retrySafe === true,
    retryAfter: headers['retry-after'] !== undefined,
  };
}
