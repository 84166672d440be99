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
import { selectReleases } from './select-releases.ts';

/** The response that a caller gets. */
interface ExpectedResponse {
  readonly status: number;
  /** The code of the problem, or `succeeded`. */
  readonly name: string;
  readonly retrySafe?: boolean;
  readonly retryAfter?: boolean;
}

const SUCCEEDED: ExpectedResponse = { status: 200, name: 'succeeded' };
const expectProblem = (
  status: number,
  name: string,
  retry: 'safe' | 'check first',
  ...headers: 'Retry-After'[]
): ExpectedResponse => ({
  status,
  name,
  retrySafe: retry === 'safe',
  retryAfter: headers.length > 0,
});

const OUTCOME_UNKNOWN = expectProblem(424, 'outcome-unknown', 'check first');
const OUTCOME_UNCLEAR = expectProblem(424, 'outcome-unclear', 'check first');
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
const RELAY_FAILED = expectProblem(502, 'relay-failed', 'safe');
const NO_SLOT = expectProblem(503, 'busy', 'safe', 'Retry-After');

interface FaultCase {
  readonly fault: FaultName;
  /** The response to `dags trigger`. */
  readonly trigger: ExpectedResponse;
  /** How often Airflow has run the trigger by then. */
  readonly runs: 0 | 1;
  /** The response to a command that only reads, if it differs. */
  readonly read?: ExpectedResponse;
  readonly environment?: FaultyEnvironmentName;
  readonly options?: FaultOptions;
}

const createFaultCase = (
  fault: FaultName,
  trigger: ExpectedResponse,
  runs: 0 | 1,
  options: Partial<FaultCase> = {},
): FaultCase => ({ fault, trigger, runs, ...options });
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
  createFaultCase('not-allowed-403', COMMAND_REFUSED, 0),
  createFaultCase('not-allowed-500', COMMAND_REFUSED, 0),
  createFaultCase('not-allowed-200', OUTCOME_UNCLEAR, 0, { read: OUTCOME_UNCLEAR_READ }),
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
  createFaultCase('slow-answer', OUTCOME_UNKNOWN, 1, { ...hasty, options: { delaySeconds: 10 }, read: TIMED_OUT }),
  createFaultCase('500-after-run', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED }),
  createFaultCase('502-after-run', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED }),
  createFaultCase('worker-timeout', OUTCOME_UNKNOWN, 1, { read: WEB_SERVER_FAILED, options: { delaySeconds: 1 } }),
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

  createFaultCase('function-crash', OUTCOME_UNKNOWN, 1, { read: RELAY_FAILED }),
  createFaultCase('function-frozen', OUTCOME_UNKNOWN, 1, { ...hasty, read: RELAY_FAILED }),
  createFaultCase('function-concurrency-limit', NO_SLOT, 0),
];

/** They are handled like others. They run only if all tests run. */
const LIKE_OTHERS = new Set<FaultName>([
  '403-always',
  '403-command',
  '403-once',
  '404-always',
  '429-always',
  '500-after-run',
  '502-after-run',
  '502-before-run',
  'bad-base64',
  'empty-body',
  'hang-before-headers',
  'hang-in-body',
  'html-200',
  'missing-streams',
  'name-resolution',
  'not-allowed-500',
  'null-streams',
  'redirect-http',
  'redirect-loop',
  'reset-before-read',
  'reset-before-tls',
  'reset-in-body',
  'status-400',
  'tls-hang',
  'tls-untrusted',
  'tls-wrong-name',
  'token-connect-hang',
  'truncated-json',
  'worker-timeout',
  'wrong-types',
]);

describe('a fault, end to end', () => {
  let stack: FaultyStack;
  const answers: WrittenText[] = [];
  const output = recordOutput();

  beforeAll(async () => {
    stack = await startFaultyStack(['patient', 'hasty'], { onProgress: console.error });
    if (readRunIds(stack) === undefined)
      console.error('SKIPPED: counting the runs in the database, because there is no real Airflow on this machine');
    // Functions are usually warm when something breaks.
    for (const environment of ['patient', 'hasty'] as const) await read(environment, 'version');
  });
  afterAll(async () => {
    await stack?.close();
    output.stop();
  });

  test('every fault of commands has a row, except the one in which the caller disconnects and gets no response', () => {
    const named = new Set(MATRIX.map(({ fault }) => fault));
    const ofCommands = Object.entries(FAULTS).filter(([, { target }]) => target !== 'REST API');
    expect(ofCommands.flatMap(([name]) => (named.has(name as FaultName) ? [] : [name]))).toEqual(['early-abort']);
  });

  test.each(selectReleases(MATRIX, ({ fault }) => !LIKE_OTHERS.has(fault)))(
    '$fault: a trigger returns $trigger.status $trigger.name, and Airflow runs it $runs times',
    async (expected) => {
      const { fault, environment = 'patient', options } = expected;
      await stack.setFault(fault, options);
      const before = countTriggers();
      const isRetried = [429, 500, 502, 503, 504].includes(expected.trigger.status);

      const { answers: triggered, runs } = await triggerAndEndFault(environment);
      const [first, ...retried] = triggered;

      expect(toExpectedResponse(first as CurlResponse)).toEqual(expected.trigger);
      expect(runs - before.runs, 'commands that Airflow ran').toBe(expected.runs);
      const after = countTriggers();
      // curl retries responses with these statuses. The fault is gone by then, so the command may have run only after a retry.
      expect(after.runs - before.runs, 'after all retries of curl').toBeLessThanOrEqual(1);
      if (!isRetried) expect(retried).toEqual([]);
      for (const last of retried.slice(-1)) expect(last.status).toBe(200);
      if (before.stored !== undefined && fault !== 'wrong-release') {
        expect(after.stored! - before.stored, "runs in Airflow's database").toBe(after.runs - before.runs);
        expectRunIdToBeCorrect(triggered, expected.runs === 1 || retried.length > 0);
      }

      if (expected.read !== undefined) {
        await stack.setFault(fault, options);
        expect(toExpectedResponse(await read(environment, 'dags list'))).toEqual(expected.read);
        await stack.setFault();
      }
      // The environment is back on its old release, which never happens after a real upgrade. So the functions are started again.
      if (fault === 'wrong-release') await stack.gateway.controls.endIdle();
      expect(await read(environment, 'version'), 'the next request').toMatchObject({ status: 200 });
      expect(stack.mwaa.journal.filter(({ kind }) => kind === 'foreign-host')).toEqual([]);
    },
  );

  test.each<FaultName>([
    '500-before-run',
    'reset-before-read',
    'reset-after-run',
    'truncated-json',
    'lost-stdout',
    'function-crash',
    'function-concurrency-limit',
  ])('%s: a trigger that is sent again with its Idempotency-Key starts one run', async (fault) => {
    const before = countTriggers();
    const headers = { 'idempotency-key': `after-${fault}` };
    await stack.setFault(fault);
    const first = await post('patient', 'dags trigger daily_report', { headers });
    await stack.setFault();
    const again = await post('patient', 'dags trigger daily_report', { headers });

    expect(first.status).toBe(fault === 'function-concurrency-limit' ? 503 : 424);
    expect(again.status, await again.text()).toBe(200);
    const { runId } = (await again.json()) as { runId: string };
    if (before.stored === undefined) return;
    expect(countTriggers().stored! - before.stored).toBe(1);
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
  ])(
    '%s: the health check reports the failed step "%s" and what to change',
    async (fault, step, advice, environment = 'patient') => {
      await stack.gateway.controls.endIdle();
      await stack.setFault(fault);
      const { status, body } = await checkHealth(environment);
      await stack.setFault();
      if (fault === 'wrong-release') await stack.gateway.controls.endIdle();
      expect({ status, body }).toMatchObject({
        status: 503,
        body: { healthy: false, detail: expect.stringMatching(advice) },
      });
      const steps = body.steps as { step: string; status: string }[];
      const broken = steps.findIndex(({ status }) => status === 'failed');
      expect(steps[broken]?.step).toBe(step);
      expect(steps.slice(0, broken).every((step) => step.status === 'ok')).toBe(true);
      expect(steps.slice(broken + 1).every((step) => step.status === 'not tried')).toBe(true);
      expect(await checkHealth('patient')).toMatchObject({ status: 200, body: { healthy: true } });
    },
  );

  test('an environment that changes from Airflow 3 back to 2 can be called without a restart of the functions', async () => {
    await stack.setFault('wrong-release');
    await read('patient', 'version');
    await stack.setFault();
    const answer = await read('patient', 'version');
    await stack.gateway.controls.endIdle();
    expect(answer.status).toBe(200);
  });

  test('early-abort: if the caller disconnects, the command runs once and is in the log', async () => {
    const before = countTriggers();
    const journalLength = stack.mwaa.journal.length;
    const auditedBefore = countAuditedTriggers();
    const disconnect = new AbortController();
    const response = post('patient', 'dags trigger daily_report', { signal: disconnect.signal });
    const waitForArrival = async () => {
      while (
        !stack.mwaa.journal.slice(journalLength).some(({ commandText }) => commandText?.startsWith('dags trigger'))
      )
        await wait(5);
    };
    const early = await Promise.race([waitForArrival(), response]);
    if (early instanceof Response) throw new Error(`Got a response before the command arrived: ${await early.text()}`);
    disconnect.abort();
    await expect(response).rejects.toThrow();
    await stack.mwaa.waitUntilIdle();
    await expect.poll(countAuditedTriggers, { timeout: 20_000 }).toBe(auditedBefore + 1);

    const after = countTriggers();
    expect(after.runs - before.runs).toBe(1);
    if (before.stored !== undefined) expect(after.stored! - before.stored).toBe(1);
    expect(await read('patient', 'version')).toMatchObject({ status: 200 });
  });

  test('no token or key is in any log, file, response or output of these tests', () => {
    const all = [...listLogLines(stack), ...listStackFiles(stack), ...answers, ...output.written];
    const secrets = listCredentials(stack);

    expect(secrets['a CLI token']?.length).toBeGreaterThan(20);
    expect(findSecrets(secrets, all)).toEqual([]);
    // Proves that the search works.
    const planted = { where: 'here', text: `x${stack.tokens.at(-1)}x` };
    expect(findSecrets(secrets, [...all, planted])).toHaveLength(1);
    expect(findSecrets({ 'an audit line': ['"audit":'] }, all).length).toBeGreaterThan(100);
  });

  /** Sends a trigger with `curl --retry`, and ends the fault after the first response. */
  async function triggerAndEndFault(
    environment: FaultyEnvironmentName,
  ): Promise<{ answers: CurlResponse[]; runs: number }> {
    const countResponses = () => stack.logs.search('"resourcePath":"/environments/').length;
    const before = countResponses();
    const pending = runCurlWithRetry(stack, environment, 'dags trigger daily_report');
    while (countResponses() === before) await wait(10);
    await stack.mwaa.waitUntilIdle();
    const { runs } = countTriggers();
    await stack.setFault();
    const printed = await pending;
    await stack.mwaa.waitUntilIdle();
    answers.push(...printed.map((answer) => ({ where: 'a response', text: JSON.stringify(answer) })));
    return { answers: printed, runs };
  }

  /** How many triggers have an audit line with the outcome `succeeded`. */
  function countAuditedTriggers(): number {
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

  async function checkHealth(
    environment: FaultyEnvironmentName,
  ): Promise<{ status: number; body: CurlResponse['body'] }> {
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
    answers.push({ where: 'a response', text: JSON.stringify(answer) });
    return answer;
  }

  /** How many triggers Airflow has run: `runs` as the stand-in for MWAA counted them, `stored` as Airflow's database has them. */
  function countTriggers(): { runs: number; stored: number | undefined } {
    const runs = listFinishedCommands(stack).filter(({ commandText }) =>
      commandText?.startsWith('dags trigger'),
    ).length;
    return { runs, stored: readRunIds(stack)?.length };
  }

  /** Checks that the run that the last response names is in the database once if it was created, and otherwise not at all. */
  function expectRunIdToBeCorrect(printed: readonly CurlResponse[], exists: boolean): void {
    const { status, body } = printed.at(-1) as CurlResponse;
    if (status === 200) expect(body.runId).toEqual(expect.any(String));
    if (body.runId === undefined) return;
    expect(readRunIds(stack)?.filter((id) => id === body.runId)).toHaveLength(exists ? 1 : 0);
  }
});

/** The members of a response that are compared. */
function toExpectedResponse({ status, headers, body }: CurlResponse): ExpectedResponse {
  if (status === 200) return SUCCEEDED;
  return {
    status,
    name: String(body.type).replace('urn:mwaa-cli-proxy:problem:', ''),
    retrySafe: body.retrySafe === true,
    retryAfter: headers['retry-after'] !== undefined,
  };
}
