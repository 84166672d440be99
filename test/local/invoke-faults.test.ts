/**
 * What a caller gets if Lambda cannot start the relay, or if the relay or the front ends early: every exception of `Invoke`, function
 * errors, and lost connections, through the deployed template and functions.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INVOKE_ERROR_MEANINGS } from '../../lambda/front/queue/invoke-errors.ts';
import type { InvokeFault } from '../../local/gateway/lambda/invoke-faults.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { MODELED_ERRORS } from '../unit/lambda/queue/modeled-errors.ts';
import { type ApiResponse, createConfig, getProblemCode, sendRequest, startSmallStack } from './small-stack.ts';

let stack: LocalStack;
let team: Principal;

beforeAll(async () => {
  const grant = 'who: "arn:aws:iam::111122223333:role/team", where: "*", may: ["dags trigger *"]';
  stack = await startSmallStack(
    createConfig(
      'callers: { accounts: ["111122223333"] }, throttling: { ratePerSecond: 1000, burst: 1000 }',
      ', concurrency: 50, timeouts: { queueSeconds: 0 }',
      [grant],
    ),
  );
  team = stack.createCaller('team', 'jo');
  expect((await send('version')).status).toBe(200);
});
afterAll(() => stack?.close());

const send = (command: string, headers: Record<string, string> = {}): Promise<ApiResponse> =>
  sendRequest(stack, {
    path: '/environments/prod/cli',
    body: JSON.stringify({ command }),
    caller: team,
    // Without a preference, a request waits for two minutes while Lambda prepares the relay.
    headers: { prefer: 'wait=0', ...headers },
  });

const getRelayName = (): string =>
  [...stack.gateway.model.functions.values()].find(({ name }) => name.endsWith('-relay-prod'))!.name;

/** Counts the commands that arrive at Airflow while a request is processed. */
async function sendWithFault(fault: InvokeFault | undefined, command: string, headers: Record<string, string> = {}) {
  await stack.mwaa.waitUntilIdle();
  const path = command.replace(/ daily_report$/, '');
  const countCommands = () => stack.mwaa.journal.filter(({ commandText }) => commandText?.startsWith(path)).length;
  const before = countCommands();
  stack.gateway.controls.setInvokeFault(getRelayName(), fault);
  const response = await send(command, headers);
  stack.gateway.controls.setInvokeFault(getRelayName(), undefined);
  await stack.mwaa.waitUntilIdle();
  return { response, runs: countCommands() - before };
}

interface Expectation {
  readonly code: string;
  readonly retrySafe: boolean;
}

/** What a caller gets for an exception, by its class in the table. */
function expectException(name: string, command: 'dags trigger daily_report' | 'version'): Expectation {
  const { kind, ...meaning } = INVOKE_ERROR_MEANINGS[name]!;
  if (kind === 'possibly-started')
    return command === 'version'
      ? { code: 'relay-failed', retrySafe: true }
      : { code: 'outcome-unknown', retrySafe: false };
  const isSlot = kind === 'wait' && 'reason' in meaning && ['slot', 'rate'].includes(meaning.reason);
  return { code: isSlot ? 'busy' : 'relay-unavailable', retrySafe: true };
}

const toExpectation = (response: ApiResponse): Expectation => ({
  code: getProblemCode(response) ?? String(response.status),
  retrySafe: response.body.retrySafe,
});

describe('an exception of Invoke', () => {
  test.each(Object.keys(INVOKE_ERROR_MEANINGS))('%s before the relay starts', async (name) => {
    const status = name.includes('TooManyRequests')
      ? 429
      : INVOKE_ERROR_MEANINGS[name]!.kind === 'possibly-started'
        ? 500
        : 400;
    for (const command of ['dags trigger daily_report', 'version'] as const) {
      const { response, runs } = await sendWithFault({ exception: name, status, when: 'before' }, command);
      expect({ ...toExpectation(response), runs }).toEqual({ ...expectException(name, command), runs: 0 });
      expect(response.text).not.toMatch(/arn:aws:lambda/);
      const isRepeatable = [429, 500, 502, 503, 504].includes(response.status);
      if (isRepeatable) expect(response.body.retrySafe).toBe(true);
    }
  });

  test('the table has every exception of the model', () => {
    for (const name of MODELED_ERRORS) expect(INVOKE_ERROR_MEANINGS).toHaveProperty(name);
  });

  test.each(['ServiceException', 'InternalFailure', 'SomethingNewException'])(
    '%s after the command ran: its outcome is unknown',
    async (exception) => {
      const fault: InvokeFault = { exception, status: 500, when: 'after', times: 1 };
      const { response, runs } = await sendWithFault(fault, 'dags trigger daily_report');
      expect({ ...toExpectation(response), runs }).toEqual({ code: 'outcome-unknown', retrySafe: false, runs: 1 });
      expect(response.body.runId).toMatch(/^mwaa-cli-proxy__/);
    },
  );
});

describe('a relay or a connection that ends', () => {
  const TRIGGER = 'dags trigger daily_report';
  const UNKNOWN: Expectation = { code: 'outcome-unknown', retrySafe: false };

  test.each<[what: string, fault: InvokeFault, runs: number]>([
    ['the connection is cut before the request is read', { cut: 'before' }, 0],
    ['the connection is cut before the relay starts', { cut: 'during' }, 0],
    ['the connection is cut after the command ran', { cut: 'after' }, 1],
    ['the relay cannot be loaded', { functionError: 'Runtime.ImportModuleError', when: 'before' }, 0],
    ['the relay is out of memory after the command ran', { functionError: 'Runtime.OutOfMemory', when: 'after' }, 1],
    ['the relay is stopped at its timeout', { functionError: 'Sandbox.Timedout', when: 'after' }, 1],
    ['the relay exits', { functionError: 'Runtime.ExitError', when: 'after' }, 1],
    ['the relay throws', { functionError: 'Error', when: 'after' }, 1],
    ['the response is too large', { responseBytes: 6 * 1024 * 1024 + 1 }, 1],
    ['the response is no response of a relay', { responseBytes: 100 }, 1],
  ])('%s', async (what, fault, runs) => {
    const triggered = await sendWithFault(fault, TRIGGER);
    expect({ ...toExpectation(triggered.response), runs: triggered.runs }).toEqual({ ...UNKNOWN, runs });
    expect(triggered.response.status).toBe(424);
    expect(triggered.response.body.detail).toMatch(
      /exists: tasks states-for-dag-run --output=json daily_report mwaa-cli-proxy__/,
    );

    const keyed = await sendWithFault(fault, TRIGGER, { 'idempotency-key': `key-${what.replaceAll(' ', '-')}` });
    expect(toExpectation(keyed.response)).toEqual({ ...UNKNOWN, retrySafe: true });

    const read = await sendWithFault(fault, 'version');
    expect(toExpectation(read.response)).toEqual({ code: 'relay-failed', retrySafe: true });
    expect(read.response.status).toBe(502);
    expect((await send('version')).status).toBe(200);
  });

  test('a front that dies while it waits for a slot: nothing runs, and API Gateway reports an unknown outcome', async () => {
    const front = [...stack.gateway.model.functions.values()].find(({ handler }) => handler === 'front.handler')!.name;
    stack.gateway.controls.setThrottled(true, getRelayName());
    const { mwaa } = stack;
    const before = mwaa.journal.length;
    const waiting = send('dags trigger daily_report', { prefer: 'wait=20' });
    await expect.poll(() => stack.gateway.functionStatistics(front).running).toBe(1);
    await expect
      .poll(() => Object.values(stack.gateway.functionStatistics(getRelayName()).throttled).length)
      .toBeGreaterThan(0);
    stack.gateway.controls.signal('SIGKILL', front);
    const response = await waiting;
    stack.gateway.controls.setThrottled(false, getRelayName());
    expect(getProblemCode(response)).toBe('gateway-error');
    expect(response.status).toBe(424);
    expect(mwaa.journal.length).toBe(before);
  });
});

test('a relay that Lambda prepares is waited for', async () => {
  const fault: InvokeFault = { exception: 'CodeArtifactUserPendingException', status: 409, when: 'before', times: 2 };
  const { response, runs } = await sendWithFault(fault, 'version', { prefer: 'wait=30' });
  expect({ status: response.status, runs }).toEqual({ status: 200, runs: 1 });
  expect(response.body.queuedMs).toBeGreaterThan(1000);
});
