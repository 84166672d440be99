import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAirflow } from '../../../../client/airflow/run-airflow.ts';
import { PROBLEM_TYPES, toProblemTypeUrn } from '../../../../contract/problem-types.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';
import { NO_PROFILES } from '../no-profiles.ts';

/** The API returns this response to every request. */
let scriptedResponse: { status: number; body: string; headers?: Record<string, string> } = { status: 200, body: '' };
let preferences: unknown[] = [];
let sentBody = '';
let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    preferences.push(request.headers.prefer);
    sentBody = '';
    request.on('data', (chunk: Buffer) => (sentBody += chunk));
    if (scriptedResponse.status === 0) request.socket.destroy();
    else response.writeHead(scriptedResponse.status, scriptedResponse.headers).end(scriptedResponse.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => server.close());

async function runAirflowWithApi(
  environment: Record<string, string> = {},
  {
    argv = ['dags', 'pause', 'daily'],
    columns,
    signal,
  }: { argv?: string[]; columns?: number; signal?: AbortSignal } = {},
) {
  const { terminal, written } = createRecordedTerminal({
    XDG_CONFIG_HOME: NO_PROFILES,
    MWAA_CLI_PROXY_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    MWAA_ENVIRONMENT: 'prod',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    ...environment,
  });
  return { exitCode: await runAirflow(argv, { ...terminal, columns }, signal), ...written };
}

const createProblem = (type: string, status: number, more = {}) => ({
  status,
  body: JSON.stringify({ type, title: 'T', status, detail: 'What to do.', requestId: 'r-1', ...more }),
});

describe('airflow exits', () => {
  test.each<[outcome: string, exitCode: number]>([
    ['succeeded', 0],
    ['unverified', 0],
    ['failed', 1],
  ])("for the outcome %s with %i and prints Airflow's streams unchanged", async (outcome, exitCode) => {
    scriptedResponse = { status: 200, body: JSON.stringify({ outcome, stdout: 'rows\n', stderr: 'warning\n' }) };
    expect(await runAirflowWithApi()).toEqual({ exitCode, stdout: 'rows\n', stderr: 'warning\n' });
  });

  const exitCodes: Record<string, number> = {
    'malformed-request': 2,
    'invalid-command': 2,
    'not-signed': 77,
    'not-authenticated': 77,
    'caller-refused': 77,
    'gateway-refused': 77,
    'not-granted': 77,
    'command-refused': 77,
    'not-found': 78,
    'key-reused': 2,
    'airflow-busy': 75,
    'token-throttled': 75,
    throttled: 75,
    busy: 75,
    'command-failed': 1,
    'logical-date-collision': 1,
    'outcome-unclear': 3,
    'outcome-unknown': 3,
    'gateway-error': 3,
    'gateway-timeout': 3,
  };
  test.each<[mode: string, printed: string]>([
    ['quiet', 'a text\n'],
    ['all', '\u001b[0m\u001b[0ma text\n\u001b[0m\n'],
  ])('the mode %s prints %j for a text behind sequences that reset colors', async (mode, printed) => {
    const body = { outcome: 'succeeded', stdout: '', stderr: '\u001b[0m\u001b[0ma text\n\u001b[0m' };
    scriptedResponse = { status: 200, body: JSON.stringify(body) };
    expect(await runAirflowWithApi({ MWAA_CLI_PROXY_STDERR: mode })).toMatchObject({ stderr: printed });
  });

  test.each(Object.entries(PROBLEM_TYPES))(
    'for the problem %s with its exit code and prints its detail',
    async (code, { status }) => {
      scriptedResponse = createProblem(toProblemTypeUrn(code as keyof typeof PROBLEM_TYPES), status, {
        stdout: 'out',
        stderr: 'err\n',
      });
      expect(await runAirflowWithApi({ MWAA_CLI_PROXY_WAIT: '0' })).toEqual({
        exitCode: exitCodes[code] ?? 69,
        stdout: 'out',
        // Airflow's own error output is not repeated.
        stderr: code === 'command-failed' ? 'err\n' : 'err\nairflow (proxy): What to do. (request r-1)\n',
      });
    },
  );

  test('with 1 for a failed command, and prints the detail if Airflow printed no error', async () => {
    scriptedResponse = createProblem(toProblemTypeUrn('command-failed'), 422);
    expect(await runAirflowWithApi()).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'airflow (proxy): What to do. (request r-1)\n',
    });
  });

  test("with 2, like argparse, for a usage error of Airflow's own parser", async () => {
    scriptedResponse = createProblem(toProblemTypeUrn('command-failed'), 422, {
      evidence: "argparse's usage error",
      stderr: 'usage\n',
    });
    expect(await runAirflowWithApi()).toMatchObject({ exitCode: 2, stderr: 'usage\n' });
  });

  test.each([
    ['What to do.', 'What to do. Environments that you can use: prod-a, prod-b. (request r-1)'],
    ['Use prod-a or prod-b.', 'Use prod-a or prod-b. (request r-1)'],
  ])('with 78 for an unknown environment and prints the known ones once: %s', async (detail, text) => {
    scriptedResponse = createProblem(toProblemTypeUrn('not-found'), 404, {
      detail,
      environments: ['prod-a', 'prod-b'],
    });
    expect(await runAirflowWithApi()).toMatchObject({ exitCode: 78, stderr: `airflow (proxy): ${text}\n` });
  });

  test('with 3 for a lost connection, because the command may have run', async () => {
    scriptedResponse = { status: 0, body: '' };
    expect(await runAirflowWithApi()).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('may have run') });
  });

  test('with 69 if a command that only reads gets no answer', async () => {
    scriptedResponse = createProblem(toProblemTypeUrn('gateway-error'), 424);
    expect(await runAirflowWithApi({}, { argv: ['dags', 'list'] })).toMatchObject({ exitCode: 69 });
  });

  test('with 3 for a response that is not from the proxy, because the command may have run', async () => {
    scriptedResponse = { status: 502, body: '<html>' };
    expect(await runAirflowWithApi()).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining('is not from the proxy'),
    });
  });

  test('with 69 for an address that cannot be reached', async () => {
    const { exitCode, stderr } = await runAirflowWithApi({ MWAA_CLI_PROXY_URL: 'http://127.0.0.1:1/v1' });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 69, stderr: expect.stringContaining('cannot be reached') });
  });

  test.each([
    ['MWAA_CLI_PROXY_URL', 'nowhere'],
    ['MWAA_ENVIRONMENT', ''],
    ['AWS_REGION', ''],
    ['MWAA_CLI_PROXY_WAIT', 'long'],
  ])('with 78 for a missing or invalid setting: %s=%s', async (name, value) => {
    expect(await runAirflowWithApi({ [name]: value })).toMatchObject({
      exitCode: 78,
      stdout: '',
      stderr: expect.stringContaining(name),
    });
  });
});

describe('airflow asks the proxy for the answer and the messages, and prints', () => {
  const messages = [
    { stream: 'stdout', kind: 'log', text: 'a log\n' },
    { stream: 'stdout', kind: 'text', text: 'cut' },
    { stream: 'stderr', kind: 'warning', text: 'a warning\n' },
    { stream: 'stderr', kind: 'notice', text: '\u001b[0m' },
  ];

  test.each([
    ['quiet', 'a log\ncut\n'],
    ['all', 'a log\ncut\na warning\n\u001b[0m\n'],
  ])('both: %s', async (mode, stderr) => {
    scriptedResponse = { status: 200, body: JSON.stringify({ outcome: 'succeeded', answer: '[]\n', messages }) };
    expect(await runAirflowWithApi({ MWAA_CLI_PROXY_STDERR: mode })).toEqual({ exitCode: 0, stdout: '[]\n', stderr });
    expect(JSON.parse(sentBody)).toEqual({ argv: ['dags', 'pause', 'daily'], format: 'raw', streams: 'split' });
  });

  test('not with --raw, which needs the streams', async () => {
    scriptedResponse = { status: 200, body: JSON.stringify({ outcome: 'succeeded', stdout: 'a', stderr: 'b' }) };
    const result = await runAirflowWithApi({}, { argv: ['--raw', 'dags', 'pause', 'daily'] });
    expect(result).toEqual({ exitCode: 0, stdout: 'a', stderr: 'b' });
    expect(JSON.parse(sentBody)).toEqual({ argv: ['dags', 'pause', 'daily'], format: 'raw' });
  });

  test.each<[what: string, stderr: string, detail: boolean, messages: readonly object[]]>([
    ['its error output explains it', 'a log\ncut\na warning\n\u001b[0m\n', false, messages],
    ['Airflow printed no error', 'a log\ncut\n', true, messages.slice(0, 2)],
  ])('everything of a command that failed, and the detail unless %s', async (_what, stderr, hasDetail, printed) => {
    const members = { answer: 'out', messages: printed };
    scriptedResponse = createProblem(toProblemTypeUrn('command-failed'), 422, members);
    expect(await runAirflowWithApi()).toEqual({
      exitCode: 1,
      stdout: 'out',
      stderr: hasDetail ? `${stderr}airflow (proxy): What to do. (request r-1)\n` : stderr,
    });
  });

  test('a hint if Airflow asked for confirmation', async () => {
    const members = { answer: 'Proceed? (y/n)', messages: [{ stream: 'stderr', kind: 'text', text: 'EOFError\n' }] };
    scriptedResponse = createProblem(toProblemTypeUrn('command-failed'), 422, members);
    const { stderr } = await runAirflowWithApi();
    expect(stderr).toBe(
      'EOFError\nairflow (proxy): Airflow asked for confirmation, which is not possible on MWAA. Add --yes to the command.\n',
    );
  });
});

describe('airflow, if no slot is free,', () => {
  const setBusy = (retryAfter: number) => {
    preferences = [];
    scriptedResponse = {
      ...createProblem(toProblemTypeUrn('busy'), 503),
      headers: { 'retry-after': String(retryAfter) },
    };
  };

  test.each<[what: string, argv: string[], environment: Record<string, string>]>([
    ['--no-wait before the command', ['--no-wait', 'dags', 'pause', 'daily'], {}],
    ['MWAA_CLI_PROXY_WAIT=0', ['dags', 'pause', 'daily'], { MWAA_CLI_PROXY_WAIT: '0' }],
  ])('exits at once with 75 with %s', async (_what, argv, environment) => {
    setBusy(0);
    const result = await runAirflowWithApi(environment, { argv, columns: 80 });
    expect(result).toEqual({ exitCode: 75, stdout: '', stderr: 'airflow (proxy): What to do. (request r-1)\n' });
    expect(preferences).toEqual(['wait=0']);
  });

  test('waits, and says so once on a terminal', async () => {
    setBusy(0);
    const { exitCode, stderr } = await runAirflowWithApi({ MWAA_CLI_PROXY_WAIT: '1' }, { columns: 80 });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 75,
      stderr: 'airflow (proxy): waiting for a free slot …\nairflow (proxy): What to do. (request r-1)\n',
    });
    expect(preferences.length).toBeGreaterThan(1);
  });

  test('waits silently if standard error is not a terminal', async () => {
    setBusy(0);
    const { stderr } = await runAirflowWithApi({ MWAA_CLI_PROXY_WAIT: '1' });
    expect(stderr).not.toContain('waiting');
  });

  test('exits with 130 after Ctrl-C and says that the command did not run', async () => {
    setBusy(60);
    const result = await runAirflowWithApi({}, { columns: 80, signal: AbortSignal.timeout(500) });
    expect(result).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('The command did not run.') });
  });
});

describe('airflow, without a request', () => {
  test('prints its help without a command, and exits with 2 as Airflow does', async () => {
    const { exitCode, stdout, stderr } = await runAirflowWithApi({ MWAA_AIRFLOW_VERSION: '2.10.3' }, { argv: [] });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'airflow (proxy): No command. Write one, as in: airflow dags list\n',
    });
    expect(stdout).toContain('Usage: airflow');
  });

  test('prints help for the words "help dags"', async () => {
    const result = await runAirflowWithApi({ MWAA_AIRFLOW_VERSION: '2.10.3' }, { argv: ['help', 'dags'] });
    expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Usage: airflow dags'), stderr: '' });
  });

  test('says what to write for words of other programs', async () => {
    expect(await runAirflowWithApi({}, { argv: ['--version'] })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'airflow (proxy): Airflow has no option --version. Write: airflow version\n',
    });
  });
});
